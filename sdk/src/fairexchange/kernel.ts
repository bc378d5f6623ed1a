// The work on one batch of a file. This module imports nothing at run time, because its text is also the program of
// the worker threads.

export const CHUNK_BYTES = 1024;
export const HASH_BYTES = 32;
/** Chunks under one nonce of the cipher. */
export const SEGMENT_CHUNKS = 64;
export const SEGMENT_BYTES = CHUNK_BYTES * SEGMENT_CHUNKS;
/** Chunks handled at once: a power of two, so that a full batch is one subtree. */
export const BATCH_CHUNKS = 1024;

/** The two functions that everything here is made of. */
export interface Primitives {
  sha256(data: Uint8Array): Uint8Array;
  /** ChaCha20 of RFC 8439 with the block counter from `counter`. */
  chacha20(key: Uint8Array, nonce: Uint8Array, counter: number, data: Uint8Array): Uint8Array;
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

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (a[i] !== b[i]) return false;
  return true;
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

/** The constants of SHA-256 (FIPS 180-4): fractional parts of the cube roots of the first 64 primes. */
// prettier-ignore
const ROUND_CONSTANTS = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const schedule = new Int32Array(64);
const state = new Int32Array(8);

/** What fits into two blocks of SHA-256 with its padding. */
export const SHORT_BYTES = 119;

/**
 * SHA-256 of at most {@link SHORT_BYTES} bytes. Three of the five hashes of a chunk are this short, and calling out of
 * the language costs more than they do. Nothing secret is hashed here that is not hidden by a whole salt beside it.
 */
export function shortSha256(data: Uint8Array): Uint8Array {
  const length = data.length;
  const blocks = (length + 72) >> 6;
  state[0] = 0x6a09e667;
  state[1] = 0xbb67ae85;
  state[2] = 0x3c6ef372;
  state[3] = 0xa54ff53a;
  state[4] = 0x510e527f;
  state[5] = 0x9b05688c;
  state[6] = 0x1f83d9ab;
  state[7] = 0x5be0cd19;

  for (let block = 0, at = 0; block < blocks; block++) {
    for (let i = 0; i < 16; i++, at += 4) {
      if (at + 4 <= length) {
        schedule[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
      } else {
        // the last bytes, then a one bit, then zeros
        let word = 0;
        for (let j = at; j < at + 4; j++) word = (word << 8) | (j < length ? data[j] : j === length ? 0x80 : 0);
        schedule[i] = word;
      }
    }
    if (block === blocks - 1) schedule[15] = length * 8;
    compress();
  }

  const hash = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < 8; i++) {
    const word = state[i];
    hash[4 * i] = word >>> 24;
    hash[4 * i + 1] = word >>> 16;
    hash[4 * i + 2] = word >>> 8;
    hash[4 * i + 3] = word;
  }
  return hash;
}

/** The compression function of FIPS 180-4, section 6.2.2. */
function compress(): void {
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15];
    const y = schedule[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[i] = (schedule[i - 16] + s0 + schedule[i - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + ROUND_CONSTANTS[i] + schedule[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** Does one batch: seals it, checks it without a key, or opens it. */
export function runTask(primitives: Primitives, task: Task): Result {
  const { kind, firstChunk, plainBytes, data, secrets } = task;
  const hasher = new ChunkHasher(primitives.sha256, secrets?.salt);
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
    for (let i = 0; i < chunks; i++, chunk++) {
      const start = i * CHUNK_BYTES;
      const end = Math.min(start + CHUNK_BYTES, bytes);
      let hash = hashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1));
      if (content) {
        const real = hasher.content(chunk, content.subarray(start, end));
        if (sealing) {
          hash.set(real);
          hash = real;
        } else if (wrongChunk === undefined && !sameHash(real, hash)) {
          wrongChunk = chunk;
        }
      }
      tree.push(1, hasher.leaf(hash, encrypted.subarray(start, end)));
      contentTree.push(1, hasher.contentLeaf(hash));
    }
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
