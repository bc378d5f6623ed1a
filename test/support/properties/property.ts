import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { ethers } from "hardhat";

/** Random inputs tried for each property. Where every step of a transaction is traced, fewer. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 20);

/** Printed in the title of every suite: `PROPERTY_SEED=n` repeats a run, `PROPERTY_SEED=random` draws a new one. */
export const SEED = seedFrom(process.env.PROPERTY_SEED);

/** Something that must hold for every input, on a fresh copy of what is tested. */
export interface Property<Subject> {
  readonly title: string;
  /** Throws with the input, shrunk, when the property does not hold. */
  assert(makeSubject: () => Promise<Subject>, runs?: number): Promise<void>;
  /** Whether an input was found for which it does not hold. */
  isViolated(makeSubject: () => Promise<Subject>): Promise<boolean>;
}

/** A property from its random inputs and what must hold for each. Every input starts from the fixture's state. */
export function property<Subject, Input>(
  title: string,
  inputs: fc.Arbitrary<Input>,
  holds: (subject: Subject, input: Input) => Promise<void>,
): Property<Subject> {
  const on = (makeSubject: () => Promise<Subject>) =>
    fc.asyncProperty(inputs, async (input) => holds(await loadFixture(makeSubject), input));
  return {
    title,
    assert: async (makeSubject, runs = RUNS) => {
      await fc.assert(on(makeSubject), { seed: SEED, numRuns: runs });
    },
    isViolated: async (makeSubject) =>
      (await fc.check(on(makeSubject), { seed: SEED, numRuns: RUNS, endOnFailure: true })).failed,
  };
}

/** One test for each property. */
export function checkProperties<Subject>(
  standard: string,
  properties: readonly Property<Subject>[],
  makeSubject: () => Promise<Subject>,
): void {
  context(`${standard}, ${properties.length} properties, seed ${SEED}`, () => {
    for (const one of properties) it(one.title, () => one.assert(makeSubject));
  });
}

/** Expects a call by its signature to be refused from any caller. */
export async function expectRefused(
  target: string,
  callers: readonly HardhatEthersSigner[],
  signature: string,
  values: readonly unknown[],
): Promise<void> {
  const data = new ethers.Interface([`function ${signature}`]).encodeFunctionData(signature.split("(")[0], values);
  for (const caller of callers) await expect(caller.sendTransaction({ to: target, data }), signature).to.be.reverted;
}

/** One of the list, by a random number. */
export const pick = <T>(list: readonly T[], number: number): T => list[number % list.length];

/** A number that `pick` uses. */
export const anyIndex = fc.nat({ max: 1_000 });

/** Parts of a whole in millionths; nothing, everything and the neighbours of both come often. */
export const PARTS = 1_000_000n;
export const anyPart = fc.bigInt({ min: 0n, max: PARTS });
export const partOf = (whole: bigint, part: bigint): bigint => (whole * part) / PARTS;

/** An address that nobody holds the key of. */
export const anyAddress = fc
  .bigInt({ min: 2n ** 32n, max: 2n ** 160n - 1n })
  .map((value) => ethers.getAddress(ethers.toBeHex(value, 20)));

export const anyUint = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

function seedFrom(wanted: string | undefined): number {
  if (wanted === undefined || wanted === "") return 20_260_115;
  if (wanted === "random") return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(wanted);
  if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is "${wanted}". Give a whole number, or "random".`);
  return seed;
}
