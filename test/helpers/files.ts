import { AbiCoder, concat, getBytes, hexlify, keccak256, SigningKey, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { createCipheriv, createHash } from "node:crypto";
import type { VersionDataStruct } from "../../typechain-types/contracts/market/ModelRegistry";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What somebody shows who says that a chunk is not what was promised. */
export interface Evidence {
  key: bigint;
  index: bigint;
  contentHash: string;
  encryptedChunk: string;
  path: string[];
}

/** A file of one chunk as a creator publishes it, and what a buyer of its key could show against it. */
export interface SealedFile {
  key: bigint;
  data: VersionDataStruct;
  evidence: Evidence;
}

/** A key whose public point has an even y, made from any number. */
export function evenKey(seed: bigint): bigint {
  const key = (seed % (ORDER - 1n)) + 1n;
  return hexlify(SigningKey.computePublicKey(toBeHex(key, 32), true)).startsWith("0x02") ? key : ORDER - key;
}

/** The x coordinate of a scalar's point. */
export function xOf(scalar: bigint): string {
  return `0x${SigningKey.computePublicKey(toBeHex(scalar, 32), true).slice(4)}`;
}

/** The address of a scalar's point. */
export function padOf(scalar: bigint): string {
  const point = SigningKey.computePublicKey(toBeHex(scalar, 32), false);
  return `0x${keccak256(`0x${point.slice(4)}`).slice(26)}`;
}

/** What the creator delivers: the key under the buyer's pad. */
export function scalarFor(key: bigint, padSecret: bigint): bigint {
  return (key + padSecret) % ORDER;
}

/**
 * Encrypts one chunk of at most 1,024 bytes under the key of `seed`. With `honest: false` the file's tree holds another
 * content hash than the chunk has.
 */
export function sealFile(seed: bigint, content: Uint8Array, honest = true): SealedFile {
  const key = evenKey(seed);
  const streamKey = getBytes(derive("isonomy.stream.v1", key));
  const encrypted = createCipheriv("chacha20", streamKey, Buffer.alloc(16)).update(content);
  const right = sha256("0x02", derive("isonomy.salt.v1", key), toBeHex(0n, 8), content);
  const contentHash = honest ? right : sha256("0x03", content);
  const root = sha256("0x00", contentHash, encrypted);
  return {
    key,
    data: {
      metadataHash: keccak256(toBeHex(key, 32)),
      root,
      contentRoot: sha256("0x00", contentHash),
      keyX: xOf(key),
      size: BigInt(content.length),
      uri: "ipfs://bafkreifile",
    },
    evidence: { key, index: 0n, contentHash, encryptedChunk: hexlify(encrypted), path: [] },
  };
}

/** The fields of an order that belong to the escrow: none. */
export const NO_PAD = { buyerKey: ZeroHash, pad: ZeroAddress };

function derive(label: string, key: bigint): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["string", "uint256"], [label, key]));
}

function sha256(...parts: (string | Uint8Array)[]): string {
  return `0x${createHash("sha256")
    .update(getBytes(concat(parts)))
    .digest("hex")}`;
}
