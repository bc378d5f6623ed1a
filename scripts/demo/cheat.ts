import {
  CHUNK_BYTES,
  HASH_BYTES,
  SEGMENT_CHUNKS,
  chunkCount,
  prepare,
  type Platform,
  type Prepared,
} from "../../sdk/src/fairexchange";
import { ChunkHasher, TreeBuilder } from "../../sdk/src/fairexchange/kernel";

/**
 * What a dishonest seller would publish: one chunk of the blob is not what its content hash promises, and the root is over
 * the wrong chunk, so that the blob verifies without the key. Only a buyer who has the key finds out.
 */
export async function prepareWithWrongChunk(
  file: Uint8Array,
  wrongChunk: number,
  platform: Platform,
): Promise<{ blob: Uint8Array; prepared: Prepared }> {
  const parts: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void parts.push(bytes) };
  const honest = await prepare([file], sink, platform);
  const blob = new Uint8Array(Buffer.concat(parts));

  const { sha256 } = platform.primitives;
  const hasher = new ChunkHasher(sha256);
  const tree = new TreeBuilder(sha256);
  for (const { index, hash, encrypted } of chunksOf(blob, file.length)) {
    if (index === wrongChunk) encrypted[0]! ^= 1;
    tree.push(1, hasher.leaf(hash, encrypted));
  }
  const root = `0x${Buffer.from(tree.root()).toString("hex")}`;
  return { blob, prepared: { ...honest, root } };
}

/** Views of the blob's chunks: a segment is the hashes of its chunks, then the chunks. */
function* chunksOf(blob: Uint8Array, size: number) {
  const count = chunkCount(size);
  for (let first = 0, at = 0; first < count; first += SEGMENT_CHUNKS) {
    const chunks = Math.min(SEGMENT_CHUNKS, count - first);
    let start = at + HASH_BYTES * chunks;
    for (let i = 0; i < chunks; i++) {
      const end = start + Math.min(CHUNK_BYTES, size - (first + i) * CHUNK_BYTES);
      const hash = blob.subarray(at + HASH_BYTES * i, at + HASH_BYTES * (i + 1));
      yield { index: first + i, hash, encrypted: blob.subarray(start, end) };
      start = end;
    }
    at = start;
  }
}
