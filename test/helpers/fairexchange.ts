import { AbiCoder, SigningKey, dataSlice, getAddress, getBytes, hexlify, id, keccak256, sha256, toBeHex } from "ethers";
import { createCipheriv } from "node:crypto";
import type { VersionDataStruct } from "../../typechain-types/contracts/market/ModelRegistry";

/** Order of secp256k1. */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const abi = AbiCoder.defaultAbiCoder();
const hash = (types: string[], values: unknown[]) => keccak256(abi.encode(types, values));
const modOrder = (value: string) => BigInt(value) % ORDER;
const word = (value: bigint) => toBeHex(value, 32);
const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Address of an uncompressed point. */
const addressOf = (point: string) => getAddress(dataSlice(keccak256(dataSlice(point, 1)), 12));
const pointOf = (secret: bigint) => new SigningKey(word(secret)).publicKey;

/** A secret whose point has an even y, and the x coordinate of that point. */
export interface Key {
  secret: bigint;
  x: string;
}

export function evenKey(seed: string): Key {
  const secret = modOrder(id(seed));
  const point = pointOf(secret);
  const odd = BigInt(dataSlice(point, 33)) % 2n === 1n;
  return { secret: odd ? ORDER - secret : secret, x: dataSlice(point, 1, 33) };
}

/** What a buyer sends with a purchase, and the scalar that an honest seller answers with. */
export interface Purchase {
  buyerKey: string;
  pad: string;
  c: bigint;
}

export function buy(
  key: Key,
  about: { chainId: bigint; escrow: string; versionId: bigint; payer: string },
  seed = "buyer",
): Purchase {
  const buyer = evenKey(seed);
  const context = hash(
    ["string", "uint256", "address", "uint64", "address", "bytes32"],
    ["isonomy.pad.v1", about.chainId, about.escrow, about.versionId, about.payer, buyer.x],
  );
  const shared = addressOf(new SigningKey(word(key.secret)).computeSharedSecret(pointOf(buyer.secret)));
  const h = modOrder(hash(["bytes32", "address"], [context, shared]));
  return { buyerKey: buyer.x, pad: addressOf(pointOf(h)), c: (key.secret + h) % ORDER };
}

/** A published file of one chunk, and what shows whether that chunk is right. */
export interface SealedChunk {
  data: VersionDataStruct;
  evidence: { key: bigint; index: bigint; contentHash: string; encryptedChunk: string; path: string[] };
}

/** Seals a file of at most 1,024 bytes; a cheat commits to the hash of something else. */
export function sealChunk(key: Key, content: Uint8Array, cheats = false): SealedChunk {
  const stream = getBytes(hash(["string", "uint256"], ["isonomy.stream.v1", key.secret]));
  const salt = getBytes(hash(["string", "uint256"], ["isonomy.salt.v1", key.secret]));
  // nonce and block counter of chunk 0 are both zero
  const encrypted = new Uint8Array(createCipheriv("chacha20", stream, new Uint8Array(16)).update(content));
  const promised = cheats ? new Uint8Array(content.length) : content;
  const contentHash = getBytes(sha256(concat(Uint8Array.of(2), salt, new Uint8Array(8), promised)));
  return {
    data: {
      metadataHash: id("card"),
      root: sha256(concat(Uint8Array.of(0), contentHash, encrypted)),
      contentRoot: sha256(concat(Uint8Array.of(0), contentHash)),
      keyX: key.x,
      size: BigInt(content.length),
      uri: "ipfs://card",
    },
    evidence: {
      key: key.secret,
      index: 0n,
      contentHash: hexlify(contentHash),
      encryptedChunk: hexlify(encrypted),
      path: [],
    },
  };
}
