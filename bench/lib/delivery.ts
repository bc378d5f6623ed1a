import {
  AbiCoder,
  SigningKey,
  computeAddress,
  concat,
  dataSlice,
  id,
  keccak256,
  sha256,
  toBeHex,
  zeroPadValue,
} from "ethers";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const CHUNK_BYTES = 1_024;
const coder = AbiCoder.defaultAbiCoder();

/** A secret whose public point has an even y, as the keys of versions and buyers must. */
export interface EvenKey {
  secret: bigint;
  point: string;
  x: string;
}

export function evenKey(seed: string): EvenKey {
  let secret = BigInt(id(seed)) % ORDER;
  let point = SigningKey.computePublicKey(toBytes32(secret));
  if (BigInt(dataSlice(point, 64, 65)) % 2n === 1n) {
    secret = ORDER - secret;
    point = SigningKey.computePublicKey(toBytes32(secret));
  }
  return { secret, point, x: dataSlice(point, 1, 33) };
}

/** What a buyer posts with a purchase and what the seller answers with. */
export function padFor(
  version: EvenKey,
  buyer: EvenKey,
  context: { chainId: bigint; escrow: string; versionId: bigint; payer: string },
): { pad: string; scalar: bigint } {
  const { chainId, escrow, versionId, payer } = context;
  const bound = keccak256(
    coder.encode(
      ["string", "uint256", "address", "uint64", "address", "bytes32"],
      ["isonomy.pad.v1", chainId, escrow, versionId, payer, buyer.x],
    ),
  );
  const shared = new SigningKey(toBytes32(buyer.secret)).computeSharedSecret(version.point);
  const h = BigInt(keccak256(coder.encode(["bytes32", "address"], [bound, computeAddress(shared)]))) % ORDER;
  return { pad: computeAddress(SigningKey.computePublicKey(toBytes32(h))), scalar: (version.secret + h) % ORDER };
}

export interface Complaint {
  root: string;
  evidence: { key: bigint; index: bigint; contentHash: string; encryptedChunk: string; path: string[] };
}

/**
 * The root of a file of `2 ** depth` chunks, of which only one is made up, and the proof that it is not what was
 * promised: a tree's other branches need not exist to be named.
 */
export function wrongChunk(version: EvenKey, depth: number, index: bigint): Complaint {
  const contentHash = id("what the seller promised");
  let chunk = "0x";
  for (let i = 0; i < CHUNK_BYTES / 32; i++) chunk = concat([chunk, id(`ciphertext ${i}`)]);
  const path: string[] = [];
  let node = sha256(concat(["0x00", contentHash, chunk]));
  for (let level = 0; level < depth; level++) {
    const sibling = id(`sibling ${level}`);
    path.push(sibling);
    const right = (index >> BigInt(level)) & 1n;
    node = sha256(concat(right === 1n ? ["0x01", sibling, node] : ["0x01", node, sibling]));
  }
  return { root: node, evidence: { key: version.secret, index, contentHash, encryptedChunk: chunk, path } };
}

function toBytes32(value: bigint): string {
  return zeroPadValue(toBeHex(value), 32);
}
