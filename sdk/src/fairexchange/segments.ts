// The hashes of a segment, four at a time: a file has five hashes to a kilobyte, most of them short, and asking a library
// for each costs more than the hashing. This module is part of the program of the worker threads.
import { CHUNK_BYTES, HASH_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS, type Segments } from "./kernel";
import { BLOCK_BYTES, FREE, fourLanes, LANES } from "./lanes";

/** Sizes of a message's parts: a fixed beginning, then a head and a body that differ from message to message. */
interface Shape {
  /** Where four messages are, each with its beginning and its padding already in place. */
  readonly at: number;
  readonly blocks: number;
  readonly fixed: number;
  readonly head: number;
  readonly body: number;
}

const SALTED = shape(FREE, 1 + HASH_BYTES, 8, CHUNK_BYTES);
const LEAF = shape(endOf(SALTED), 1, HASH_BYTES, CHUNK_BYTES);
const CONTENT_LEAF = shape(endOf(LEAF), 1, HASH_BYTES, 0);
const NODE = shape(endOf(CONTENT_LEAF), 1, 2 * HASH_BYTES, 0);
const INDICES = endOf(NODE);
const HASHES = INDICES + 8 * SEGMENT_CHUNKS;
const NODES = HASHES + HASH_BYTES * SEGMENT_CHUNKS;
const BYTES = NODES + HASH_BYTES * SEGMENT_CHUNKS;

function shape(at: number, fixed: number, head: number, body: number): Shape {
  // padding is a one bit and the length in eight bytes
  return { at, fixed, head, body, blocks: Math.ceil((fixed + head + body + 9) / BLOCK_BYTES) };
}

function endOf({ at, blocks }: Shape): number {
  return at + LANES * BLOCK_BYTES * blocks;
}

/** Hashes segments four chunks at a time. */
export class SegmentHasher implements Segments {
  readonly #run: ReturnType<typeof fourLanes>["run"];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor() {
    const { run, memory } = fourLanes(BYTES + SEGMENT_BYTES - FREE);
    this.#run = run;
    this.#bytes = memory;
    this.#view = new DataView(memory.buffer);
    const tags: [Shape, number][] = [
      [LEAF, 0x00],
      [CONTENT_LEAF, 0x00],
      [NODE, 0x01],
      [SALTED, 0x02],
    ];
    for (const [{ at, blocks, fixed, head, body }, tag] of tags) {
      const length = fixed + head + body;
      for (let lane = 0; lane < LANES; lane++) {
        const message = at + lane * BLOCK_BYTES * blocks;
        this.#bytes[message] = tag;
        this.#bytes[message + length] = 0x80;
        this.#view.setUint32(message + BLOCK_BYTES * blocks - 4, 8 * length);
      }
    }
  }

  contents(salt: Uint8Array, firstChunk: number, content: Uint8Array): Uint8Array {
    for (let lane = 0; lane < LANES; lane++) this.#bytes.set(salt, SALTED.at + lane * BLOCK_BYTES * SALTED.blocks + 1);
    for (let i = 0; i < SEGMENT_CHUNKS; i++) {
      this.#view.setUint32(INDICES + 8 * i, Math.floor((firstChunk + i) / 2 ** 32));
      this.#view.setUint32(INDICES + 8 * i + 4, (firstChunk + i) % 2 ** 32);
    }
    this.#bytes.set(content, BYTES);
    this.#hash(SALTED, INDICES, HASHES, SEGMENT_CHUNKS);
    return this.#bytes.subarray(HASHES, HASHES + HASH_BYTES * SEGMENT_CHUNKS);
  }

  root(contentHashes: Uint8Array, encrypted: Uint8Array): Uint8Array {
    this.#bytes.set(contentHashes, HASHES);
    this.#bytes.set(encrypted, BYTES);
    this.#hash(LEAF, HASHES, NODES, SEGMENT_CHUNKS);
    return this.#fold();
  }

  contentRoot(contentHashes: Uint8Array): Uint8Array {
    this.#bytes.set(contentHashes, HASHES);
    this.#hash(CONTENT_LEAF, HASHES, NODES, SEGMENT_CHUNKS);
    return this.#fold();
  }

  /** Root of the subtree over 64 hashes of leaves. */
  rootOver(leaves: Uint8Array): Uint8Array {
    this.#bytes.set(leaves, NODES);
    return this.#fold();
  }

  #fold(): Uint8Array {
    // in place: a group's four hashes are read from where it writes, or from further on
    for (let nodes = SEGMENT_CHUNKS / 2; nodes >= 1; nodes /= 2) this.#hash(NODE, NODES, NODES, nodes);
    return this.#bytes.slice(NODES, NODES + HASH_BYTES);
  }

  /** Hashes `count` messages; a last group that is not full works on the memory as it is. */
  #hash({ at, blocks, fixed, head, body }: Shape, heads: number, out: number, count: number): void {
    this.#run(at, blocks, fixed, heads, head, BYTES, body, out, Math.ceil(count / LANES));
  }
}

let shared: SegmentHasher | null | undefined;

/**
 * The hasher of this thread, or undefined where the platform has no vector instructions or a page's policy forbids to
 * compile.
 */
export function segmentHasher(): SegmentHasher | undefined {
  if (shared === undefined) {
    try {
      shared = new SegmentHasher();
    } catch {
      shared = null;
    }
  }
  return shared ?? undefined;
}
