import { AbiCoder, concat, dataSlice, getAddress, getBytes, hexlify, keccak256, SigningKey, toBeHex } from "ethers";
import { createCipheriv, createHash } from "node:crypto";
import type { VersionDataStruct } from "../../typechain-types/contracts/registry/ModelRegistry";

// A twin of the SDK's side, written from the description of the protocol and with other libraries, so that a mistake in
// one shows in the other.

/** Order of secp256k1. */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

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

/** A secret whose point has an even y, and the x coordinate of that point. */
export interface Key {
  secret: bigint;
  x: string;
}

/** A key made from any number. */
export function evenKey(seed: bigint): Key {
  const secret = (seed % (ORDER - 1n)) + 1n;
  const point = SigningKey.computePublicKey(toBeHex(secret, 32), true);
  return { secret: point.startsWith("0x02") ? secret : ORDER - secret, x: xOf(secret) };
}

/** The x coordinate of a scalar's point. */
export function xOf(scalar: bigint): string {
  return `0x${SigningKey.computePublicKey(toBeHex(scalar, 32), true).slice(4)}`;
}

/** The address of a scalar's point. */
export function padOf(scalar: bigint): string {
  const point = SigningKey.computePublicKey(toBeHex(scalar, 32), false);
  return getAddress(dataSlice(keccak256(dataSlice(point, 1)), 12));
}

/** What the creator delivers: the key under the buyer's pad. */
export function scalarFor(key: bigint, padSecret: bigint): bigint {
  return (key + padSecret) % ORDER;
}

/** What a buyer sends with a purchase and keeps, the scalar behind its pad, and what an honest seller answers with. */
export interface Purchase {
  secret: bigint;
  buyerKey: string;
  pad: string;
  hidden: bigint;
  c: bigint;
}

/** A purchase of a version under `key`, by the buyer's key of `seed`. */
export function buy(
  key: Key,
  about: { chainId: bigint; escrow: string; versionId: bigint; payer: string },
  seed = 0xb0b0n,
): Purchase {
  const buyer = evenKey(seed);
  const context = hash(
    ["string", "uint256", "address", "uint64", "address", "bytes32"],
    ["isonomy.pad.v1", about.chainId, about.escrow, about.versionId, about.payer, buyer.x],
  );
  const shared = new SigningKey(toBeHex(key.secret, 32)).computeSharedSecret(
    SigningKey.computePublicKey(toBeHex(buyer.secret, 32)),
  );
  const sharedAddress = dataSlice(keccak256(dataSlice(shared, 1)), 12);
  const hidden = BigInt(hash(["bytes32", "address"], [context, sharedAddress])) % ORDER;
  return { secret: buyer.secret, buyerKey: buyer.x, pad: padOf(hidden), hidden, c: scalarFor(key.secret, hidden) };
}

/**
 * Encrypts one chunk of at most 1,024 bytes under the key of `seed`. With `honest: false` the file's tree holds another
 * content hash than the chunk has.
 */
export function sealFile(seed: bigint, content: Uint8Array, honest = true): SealedFile {
  const { secret: key, x: keyX } = evenKey(seed);
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
      keyX,
      size: BigInt(content.length),
      uri: "ipfs://bafkreifile",
    },
    evidence: { key, index: 0n, contentHash, encryptedChunk: hexlify(encrypted), path: [] },
  };
}

function derive(label: string, key: bigint): string {
  return hash(["string", "uint256"], [label, key]);
}

function hash(types: string[], values: unknown[]): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, values));
}

function sha256(...parts: (string | Uint8Array)[]): string {
  return `0x${createHash("sha256")
    .update(getBytes(concat(parts)))
    .digest("hex")}`;
}
