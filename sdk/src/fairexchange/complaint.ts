import { checked } from "../base/checked";
import { blobLength, requireRoot } from "./blob";
import { streamSecrets, xorChunk } from "./cipher";
import { isSecretOf } from "./curve";
import { fromHex, safeSize, toHex } from "./encoding";
import { fairExchangeError } from "./errors";
import {
  chunkCount,
  ChunkHasher,
  CHUNK_BYTES,
  HASH_BYTES,
  SEGMENT_BYTES,
  TreeBuilder,
  type Primitives,
} from "./kernel";
import type { Platform } from "./platform";
import type { FileCommitment } from "./prepare";
import { ByteReader, type ByteSource } from "./streams";
import { verifyPath } from "./tree";

/** The evidence that the contract takes, in its order. Sending it publishes the version's key. */
export interface Complaint {
  key: bigint;
  index: bigint;
  contentHash: string;
  encryptedChunk: string;
  path: string[];
}

/**
 * Decides a complaint exactly as the contract would, without asking anybody: true when it proves the version defective, false when the
 * chunk is as committed.
 * @throws `COMPLAINT_INVALID` where the contract would revert.
 * @example
 * ```ts
 * if (complaintProves(platform.primitives, version, complaint)) await deals.complain(versionId, complaint);
 * ```
 */
export const complaintProves = /* @__PURE__ */ checked(
  (primitives: Primitives, version: FileCommitment, complaint: Complaint): boolean => {
    const refuse = (detail: string): never => {
      throw fairExchangeError("COMPLAINT_INVALID", { detail });
    };
    const size = safeSize(version.size);
    const count = chunkCount(size);
    if (complaint.index < 0n || complaint.index >= BigInt(count))
      refuse(`the file has ${count} chunks, counted from 0.`);
    const index = Number(complaint.index);
    const chunk = fromHex(complaint.encryptedChunk);
    const expected = Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
    if (chunk.length !== expected) refuse(`the chunk has ${chunk.length} bytes instead of ${expected}.`);
    if (!isSecretOf(complaint.key, version.keyX)) refuse("its key is not the version's.");

    const { stream, salt } = streamSecrets(complaint.key);
    const hasher = new ChunkHasher(primitives.sha256, salt);
    const contentHash = fromHex(complaint.contentHash);
    const leaf = hasher.leaf(contentHash, chunk);
    if (!verifyPath(primitives, fromHex(version.root), count, index, leaf, complaint.path.map(fromHex))) {
      refuse("hash and chunk are not in the version's tree.");
    }
    return (
      toHex(hasher.content(index, xorChunk(primitives, stream, index, chunk))) !== complaint.contentHash.toLowerCase()
    );
  },
);

/**
 * Builds the complaint about one chunk in a second pass over the blob, and decides it here before it is returned:
 * a false one would publish the key for nothing, and asking a node to simulate it would show the key to the node.
 * @param index The chunk that is wrong, from 0.
 * @throws `COMPLAINT_FALSE` where the chunk is as committed, `BLOB_TRUNCATED`.
 * @example
 * ```ts
 * const complaint = await buildComplaint(store.get(cid), key, version, 12, nodePlatform());
 * await deals.complain(versionId, complaint);
 * ```
 */
export const buildComplaint = /* @__PURE__ */ checked(
  async (
    source: ByteSource,
    key: bigint,
    version: FileCommitment,
    index: number,
    platform: Platform,
  ): Promise<Complaint> => {
    const { primitives } = platform;
    const size = safeSize(version.size);
    const tree = new TreeBuilder(primitives.sha256, index);
    const hasher = new ChunkHasher(primitives.sha256);
    const reader = new ByteReader(source);
    let contentHash = "0x";
    let encryptedChunk = "0x";

    try {
      for (let done = 0, chunk = 0; done < size; done += SEGMENT_BYTES) {
        const bytes = Math.min(SEGMENT_BYTES, size - done);
        const segment = await reader.read(blobLength(bytes));
        if (segment.length < blobLength(bytes)) {
          throw fairExchangeError("BLOB_TRUNCATED", {
            actual: blobLength(done) + segment.length,
            expected: blobLength(size),
          });
        }
        const hashes = HASH_BYTES * chunkCount(bytes);
        for (let i = 0; i * CHUNK_BYTES < bytes; i++, chunk++) {
          const hash = segment.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1));
          const encrypted = segment.subarray(hashes + i * CHUNK_BYTES, hashes + Math.min((i + 1) * CHUNK_BYTES, bytes));
          if (chunk === index) [contentHash, encryptedChunk] = [toHex(hash), toHex(encrypted)];
          tree.push(1, hasher.leaf(hash, encrypted));
        }
      }
    } finally {
      await reader.close();
    }

    // where this copy of the blob is not the committed one, the fault is not the seller's
    requireRoot("root", toHex(tree.root()), version.root);
    const complaint = { key, index: BigInt(index), contentHash, encryptedChunk, path: tree.path.map(toHex) };
    if (!complaintProves(primitives, version, complaint)) throw fairExchangeError("COMPLAINT_FALSE", { index });
    return complaint;
  },
);
