import { checked } from "../base/checked";
import { taggedHash } from "./encoding";
import { SEGMENT_CHUNKS, segmentNonce, type Primitives, type StreamSecrets } from "./kernel";

const BLOCKS_A_CHUNK = 16;

/**
 * The cipher's key and the salt of the content hashes, both from a version's secret.
 * @example
 * ```ts
 * const { stream, salt } = streamSecrets(key);
 * ```
 */
export const streamSecrets = /* @__PURE__ */ checked((key: bigint): StreamSecrets => {
  return { stream: taggedHash("isonomy.stream.v1", key), salt: taggedHash("isonomy.salt.v1", key) };
});

/**
 * Encrypts or decrypts one chunk, as the contract does.
 * @param index The chunk's place in the file, from 0.
 * @example
 * ```ts
 * const { stream } = streamSecrets(key);
 * const plain = xorChunk(platform.primitives, stream, 0, encrypted);
 * ```
 */
export const xorChunk = /* @__PURE__ */ checked(
  (primitives: Primitives, stream: Uint8Array, index: number, chunk: Uint8Array): Uint8Array => {
    const nonce = segmentNonce(Math.floor(index / SEGMENT_CHUNKS));
    return primitives.chacha20(stream, nonce, BLOCKS_A_CHUNK * (index % SEGMENT_CHUNKS), chunk);
  },
);
