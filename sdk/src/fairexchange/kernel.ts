// The work on one batch of a file. This module imports nothing, because it is part of the program of the worker threads.

/** Bytes of a chunk, the part of a file that a complaint is about. */
export const CHUNK_BYTES = 1024;
/** Bytes of a hash. */
export const HASH_BYTES = 32;
/** Chunks under one nonce of the cipher. */
export const SEGMENT_CHUNKS = 64;
/** Bytes of a file that are encrypted under one nonce. */
export const SEGMENT_BYTES = CHUNK_BYTES * SEGMENT_CHUNKS;
/** Chunks handled at once: a power of two, so that a full batch is one subtree. */
export const BATCH_CHUNKS = 1024;

/** The functions that everything here is made of. */
export interface Primitives {
  sha256(data: Uint8Array): Uint8Array;
  /** ChaCha20 of RFC 8439 with the block counter from `counter`. */
  chacha20(key: Uint8Array, nonce: Uint8Array, counter: number, data: Uint8Array): Uint8Array;
  /** What hashes whole segments faster; without it, or where it returns nothing, every hash is computed by itself. */
  segments?(): Segments | undefined;
}

/** The hashes of whole segments of 64 chunks. What is returned is good until the next call. */
export interface Segments {
  /** SHA256(0x02 || salt || u64be(index) || content) of each chunk. */
  contents(salt: Uint8Array, firstChunk: number, content: Uint8Array): Uint8Array;
  /** Root of the subtree over the leaves SHA256(0x00 || contentHash || encrypted). */
  root(contentHashes: Uint8Array, encrypted: Uint8Array): Uint8Array;
  /** Root of the subtree over the leaves SHA256(0x00 || contentHash). */
  contentRoot(contentHashes: Uint8Array): Uint8Array;
}

/** A perfect subtree of leaves next to each other. */
export interface Subtree {
  leaves: number;
  hash: Uint8Array;
}

/** Keys that the secret of a version yields. */
export interface StreamSecrets {
  stream: Uint8Array;
  salt: Uint8Array;
}

/** One batch to work on: plain bytes when sealing, bytes of the blob when checking or opening. */
export interface Task {
  kind: "seal" | "check" | "open";
  firstChunk: number;
  /** Bytes of the file in this batch: only the last batch of a file may be shorter than the others. */
  plainBytes: number;
  data: Uint8Array;
  secrets?: StreamSecrets;
}

export interface Result {
  /** The blob's bytes when sealed, the file's when opened, nothing when only checked. */
  data: Uint8Array;
  tree: Subtree[];
  contentTree: Subtree[];
  /** The first chunk whose content hash is wrong; the bytes of such a batch are not to be used. */
  wrongChunk?: number;
}

/**
 * Gathers leaves, or perfect subtrees of them, from left to right into the tree of RFC 9162, in logarithmic memory.
 * With a target it also gathers the siblings on the target's way up.
 */
export class TreeBuilder {
  readonly path: Uint8Array[] = [];
  readonly #sha256: Primitives["sha256"];
  readonly #target: number;
  readonly #stack: { start: number; leaves: number; hash: Uint8Array }[] = [];
  readonly #node = new Uint8Array(1 + 2 * HASH_BYTES);
  #count = 0;

  constructor(sha256: Primitives["sha256"], target = -1) {
    this.#sha256 = sha256;
    this.#target = target;
    this.#node[0] = 0x01;
  }

  push(leaves: number, hash: Uint8Array): void {
    this.#stack.push({ start: this.#count, leaves, hash });
    this.#count += leaves;
    while (
      this.#stack.length > 1 &&
      this.#stack[this.#stack.length - 2].leaves === this.#stack[this.#stack.length - 1].leaves
    ) {
      this.#joinTop();
    }
  }

  /** What has been gathered so far, as perfect subtrees of falling size. */
  subtrees(): Subtree[] {
    // copies, because a hash may be a view of a larger buffer that would travel with it
    return this.#stack.map(({ leaves, hash }) => ({ leaves, hash: new Uint8Array(hash) }));
  }

  root(): Uint8Array {
    while (this.#stack.length > 1) this.#joinTop();
    return this.#stack[0].hash;
  }

  #joinTop(): void {
    const right = this.#stack.pop()!;
    const left = this.#stack.pop()!;
    if (this.#target >= right.start && this.#target < right.start + right.leaves) this.path.push(left.hash);
    else if (this.#target >= left.start && this.#target < right.start) this.path.push(right.hash);
    this.#node.set(left.hash, 1);
    this.#node.set(right.hash, 1 + HASH_BYTES);
    this.#stack.push({ start: left.start, leaves: left.leaves + right.leaves, hash: this.#sha256(this.#node) });
  }
}

export function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** The nonce of a segment: its number as 96 bits, big-endian. */
export function segmentNonce(segment: number): Uint8Array {
  const nonce = new Uint8Array(12);
  writeU64(nonce, 4, segment);
  return nonce;
}

function writeU64(target: Uint8Array, offset: number, value: number): void {
  const view = new DataView(target.buffer, target.byteOffset + offset, 8);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value % 2 ** 32);
}

/** The chunk whose hash is the first that differs, where `first` is the chunk of the first hash. */
function firstDifference(real: Uint8Array, claimed: Uint8Array, first: number): number | undefined {
  const at = real.findIndex((byte, i) => byte !== claimed[i]);
  return at < 0 ? undefined : first + Math.floor(at / HASH_BYTES);
}

/** Reusable buffers for the three kinds of hashes of a chunk. */
export class ChunkHasher {
  readonly #sha256: Primitives["sha256"];
  readonly #leaf = new Uint8Array(1 + HASH_BYTES + CHUNK_BYTES);
  readonly #content = new Uint8Array(1 + HASH_BYTES + 8 + CHUNK_BYTES);

  constructor(sha256: Primitives["sha256"], salt?: Uint8Array) {
    this.#sha256 = sha256;
    this.#content[0] = 0x02;
    if (salt) this.#content.set(salt, 1);
  }

  /** SHA256(0x02 || salt || u64be(index) || content). */
  content(index: number, content: Uint8Array): Uint8Array {
    writeU64(this.#content, 1 + HASH_BYTES, index);
    this.#content.set(content, 1 + HASH_BYTES + 8);
    return this.#sha256(this.#content.subarray(0, 1 + HASH_BYTES + 8 + content.length));
  }

  /** SHA256(0x00 || contentHash || encrypted). */
  leaf(contentHash: Uint8Array, encrypted: Uint8Array): Uint8Array {
    this.#leaf.set(contentHash, 1);
    this.#leaf.set(encrypted, 1 + HASH_BYTES);
    return this.#sha256(this.#leaf.subarray(0, 1 + HASH_BYTES + encrypted.length));
  }

  /** SHA256(0x00 || contentHash). */
  contentLeaf(contentHash: Uint8Array): Uint8Array {
    this.#leaf.set(contentHash, 1);
    return this.#sha256(this.#leaf.subarray(0, 1 + HASH_BYTES));
  }
}

/** Does one batch: seals it, checks it without a key, or opens it. */
export function runTask(primitives: Primitives, task: Task): Result {
  const { kind, firstChunk, plainBytes, data, secrets } = task;
  const hasher = new ChunkHasher(primitives.sha256, secrets?.salt);
  const segments = primitives.segments?.();
  const tree = new TreeBuilder(primitives.sha256);
  const contentTree = new TreeBuilder(primitives.sha256);
  const sealing = kind === "seal";
  const blobBytes = plainBytes + HASH_BYTES * chunkCount(plainBytes);
  const blob = sealing ? new Uint8Array(blobBytes) : data;
  const plain = sealing ? data : kind === "open" ? new Uint8Array(plainBytes) : undefined;
  let wrongChunk: number | undefined;

  for (let done = 0, at = 0, chunk = firstChunk; done < plainBytes;) {
    const bytes = Math.min(SEGMENT_BYTES, plainBytes - done);
    const chunks = chunkCount(bytes);
    const hashes = blob.subarray(at, at + HASH_BYTES * chunks);
    const encrypted = blob.subarray(at + hashes.length, at + hashes.length + bytes);
    const content = plain?.subarray(done, done + bytes);

    if (content && secrets) {
      const nonce = segmentNonce(chunk / SEGMENT_CHUNKS);
      const [from, to] = sealing ? [content, encrypted] : [encrypted, content];
      to.set(primitives.chacha20(secrets.stream, nonce, 0, from));
    }
    if (segments && chunks === SEGMENT_CHUNKS && bytes === SEGMENT_BYTES) {
      if (content && secrets) {
        const real = segments.contents(secrets.salt, chunk, content);
        if (sealing) hashes.set(real);
        else wrongChunk ??= firstDifference(real, hashes, chunk);
      }
      tree.push(chunks, segments.root(hashes, encrypted));
      contentTree.push(chunks, segments.contentRoot(hashes));
    } else {
      for (let i = 0; i < chunks; i++) {
        const part = (bytes: Uint8Array) => bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES);
        const hash = hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1));
        if (content) {
          const real = hasher.content(chunk + i, part(content));
          if (sealing) hash.set(real);
          else wrongChunk ??= firstDifference(real, hash, chunk + i);
        }
        tree.push(1, hasher.leaf(hash, part(encrypted)));
        contentTree.push(1, hasher.contentLeaf(hash));
      }
    }
    chunk += chunks;
    done += bytes;
    at += hashes.length + bytes;
  }

  return {
    data: sealing ? blob : (plain ?? new Uint8Array(0)),
    tree: tree.subtrees(),
    contentTree: contentTree.subtrees(),
    wrongChunk,
  };
}
