import { checked } from "../base/checked";
import { chainError } from "../errors/chainErrors";

/** How to vote. The numbers are the contract's. */
export const SUPPORT = { against: 0, for: 1, abstain: 2, split: 255 } as const;
/** One side of a vote. */
export type Side = "against" | "for" | "abstain";

/** Units by side, when a custodian votes for several people at once. */
export interface Split {
  readonly against: bigint;
  readonly for: bigint;
  readonly abstain: bigint;
}

/** What the governor is called with. */
export interface EncodedBallot {
  readonly support: number;
  readonly params: string;
}

/**
 * One ballot for both houses. `units` is a side, for all units that are left, or a split of them; `asCitizen` is the vote in the
 * citizens' house where it differs from `units`, and the only way to cast one together with a split.
 * @throws `ARGUMENT_INVALID` for a split of more than 128 bits.
 * @example
 * ```ts
 * const { support, params } = encodeBallot({ for: 70n, against: 30n, abstain: 0n }, "for");
 * ```
 */
export const encodeBallot = /* @__PURE__ */ checked((units: Side | Split, asCitizen?: Side): EncodedBallot => {
  const packedHouse = asCitizen === undefined ? "" : packed(BigInt(SUPPORT[asCitizen]), 1);
  if (typeof units === "string") {
    return { support: SUPPORT[units], params: `0x${packedHouse}` };
  }
  const packedUnits = [units.against, units.for, units.abstain].map((part) => packed(part, 16)).join("");
  return { support: SUPPORT.split, params: `0x${packedUnits}${packedHouse}` };
});

/** A whole number in this many bytes, as Solidity packs it. */
function packed(value: bigint, bytes: number): string {
  if (value < 0n || value >> BigInt(8 * bytes) !== 0n) {
    throw chainError("ARGUMENT_INVALID", { detail: `${value} does not fit ${bytes} bytes.` });
  }
  return value.toString(16).padStart(2 * bytes, "0");
}
