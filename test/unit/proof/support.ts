import { expect } from "chai";
import { ethers } from "hardhat";
import { createHash, createCipheriv, randomInt } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

import { isIsonomyError } from "../../../sdk/src/errors";
import type { FairExchangeCode } from "../../../sdk/src/fairexchange";
import { times } from "../../support/extent";

/** Set PROOF_SEED to run again what a failed run printed. */
export const SEED = Number(process.env.PROOF_SEED ?? randomInt(2 ** 31));

/** Random inputs of a cross-check. The measurement of coverage asks for fewer still: its instrumented code takes a second for each. */
export const CHECKS = Number(process.env.PROOF_CHECKS ?? times(1_000));

export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
export const FIELD = 2n ** 256n - 2n ** 32n - 977n;
export const GENERATOR_X = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
export const ZERO = `0x${"0".repeat(40)}`;

interface OraclePoint {
  multiplyUnsafe(scalar: bigint): OraclePoint;
  add(other: OraclePoint): OraclePoint;
  is0(): boolean;
  toAffine(): { x: bigint; y: bigint };
}

// the packages as the SDK has them: other tools bring older ones to the root
const sdkRequire = createRequire(join(__dirname, "../../../sdk/package.json"));
export const { secp256k1 } = sdkRequire("@noble/curves/secp256k1.js") as {
  secp256k1: { Point: { BASE: OraclePoint; fromAffine(p: { x: bigint; y: bigint }): OraclePoint } };
};
export const { chacha20: nobleChaCha20 } = sdkRequire("@noble/ciphers/chacha.js") as {
  chacha20(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, out?: undefined, counter?: number): Uint8Array;
};

export class Random {
  #state: Buffer;

  constructor(label: string) {
    this.#state = createHash("sha256").update(`${label} ${SEED}`).digest();
  }

  bytes(length: number): Buffer {
    const parts: Buffer[] = [];
    for (let have = 0; have < length; have += 32) {
      this.#state = createHash("sha256").update(this.#state).digest();
      parts.push(createHash("sha256").update("out").update(this.#state).digest());
    }
    return Buffer.concat(parts).subarray(0, length);
  }

  bigint(bound: bigint): bigint {
    return BigInt(`0x${this.bytes(40).toString("hex")}`) % bound;
  }

  int(bound: number): number {
    return Number(this.bigint(BigInt(bound)));
  }

  scalar(): bigint {
    return 1n + this.bigint(ORDER - 1n);
  }
}

export async function proofFixture() {
  const harness = await ethers.deployContract("ProofHarness");
  return { harness };
}

/** Calls with at most `size` inputs at once and joins what comes back. */
export async function inBatches<In, Out>(inputs: In[], size: number, call: (part: In[]) => Promise<Out[]>) {
  const results: Out[] = [];
  for (let i = 0; i < inputs.length; i += size) {
    results.push(...(await call(inputs.slice(i, i + size))));
    // the chain keeps every step of a call until its answer is collected, and does not tell V8 how much that is
    globalThis.gc?.();
  }
  return results;
}

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** MTH of RFC 9162, section 2.1.1, over hashes of leaves, as its text defines it. */
export function referenceRoot(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0];
  const split = splitOf(leaves.length);
  return sha256(Buffer.of(1), referenceRoot(leaves.slice(0, split)), referenceRoot(leaves.slice(split)));
}

/** PATH of RFC 9162, section 2.1.3.1. */
export function referencePath(leaves: Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...referencePath(left, index), referenceRoot(right)]
    : [...referencePath(right, index - split), referenceRoot(left)];
}

function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

export function nodeChaCha20(key: Uint8Array, index: bigint, data: Uint8Array): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32LE(16 * Number(index & 63n), 0);
  iv.writeBigUInt64BE(index >> 6n, 8);
  return createCipheriv("chacha20", key, iv).update(data);
}

export function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/** Expects a failure with this code, a reason and a fix, and no argument left unfilled. */
export async function expectCode(work: Promise<unknown> | (() => unknown), code: FairExchangeCode) {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (!isIsonomyError(error)) throw error;
    expect(error.code).to.equal(code);
    expect(error.explain()).to.not.match(/\{\w+\}/);
    return error;
  }
  return expect.fail(`expected ${code}`);
}
