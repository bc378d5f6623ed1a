// What Node offers, for the main thread and for the workers, whose program this module is part of.
import { createCipheriv, createHash, hash } from "node:crypto";

import { CHUNK_BYTES, HASH_BYTES, SEGMENT_CHUNKS, type Primitives, type Segments } from "./kernel";
import { segmentHasher, type SegmentHasher } from "./segments";

/**
 * The long hashes by OpenSSL, which knows the processor's own instructions for one message, and the short ones, for which
 * a call costs more than the hash, four at a time.
 */
class NodeSegments implements Segments {
  readonly #lanes: SegmentHasher;
  readonly #salted = Buffer.alloc(1 + HASH_BYTES + 8 + CHUNK_BYTES);
  readonly #leaf = Buffer.alloc(1 + HASH_BYTES + CHUNK_BYTES);
  readonly #hashes = Buffer.alloc(HASH_BYTES * SEGMENT_CHUNKS);

  constructor(lanes: SegmentHasher) {
    this.#lanes = lanes;
    this.#salted[0] = 0x02;
    this.#leaf[0] = 0x00;
  }

  contents(salt: Uint8Array, firstChunk: number, content: Uint8Array): Uint8Array {
    this.#salted.set(salt, 1);
    for (let i = 0; i < SEGMENT_CHUNKS; i++) {
      this.#salted.writeUInt32BE(Math.floor((firstChunk + i) / 2 ** 32), 1 + HASH_BYTES);
      this.#salted.writeUInt32BE((firstChunk + i) % 2 ** 32, 1 + HASH_BYTES + 4);
      this.#salted.set(content.subarray(CHUNK_BYTES * i, CHUNK_BYTES * (i + 1)), 1 + HASH_BYTES + 8);
      this.#keep(i, this.#salted);
    }
    return this.#hashes;
  }

  root(contentHashes: Uint8Array, encrypted: Uint8Array): Uint8Array {
    for (let i = 0; i < SEGMENT_CHUNKS; i++) {
      this.#leaf.set(contentHashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)), 1);
      this.#leaf.set(encrypted.subarray(CHUNK_BYTES * i, CHUNK_BYTES * (i + 1)), 1 + HASH_BYTES);
      this.#keep(i, this.#leaf);
    }
    return this.#lanes.rootOver(this.#hashes);
  }

  contentRoot(contentHashes: Uint8Array): Uint8Array {
    return this.#lanes.contentRoot(contentHashes);
  }

  #keep(index: number, message: Buffer): void {
    // a string of one byte a letter is what the library hands out fastest: no other memory is allocated for it
    this.#hashes.write(hash("sha256", message, "binary"), HASH_BYTES * index, "latin1");
  }
}

let segments: Segments | undefined;

export const nodePrimitives: Primitives = {
  sha256: (data) => createHash("sha256").update(data).digest(),
  chacha20(key, nonce, counter, data) {
    const iv = new Uint8Array(16);
    new DataView(iv.buffer).setUint32(0, counter, true);
    iv.set(nonce, 4);
    return createCipheriv("chacha20", key, iv).update(data);
  },
  segments() {
    const lanes = segmentHasher();
    if (lanes) segments ??= new NodeSegments(lanes);
    return segments;
  },
};
