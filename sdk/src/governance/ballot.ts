import { solidityPacked } from "ethers";

/** How to vote. The numbers are the contract's. */
export const SUPPORT = { against: 0, for: 1, abstain: 2, split: 255 } as const;
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
 */
export function encodeBallot(units: Side | Split, asCitizen?: Side): EncodedBallot {
  const house = asCitizen === undefined ? [] : [SUPPORT[asCitizen]];
  if (typeof units === "string") {
    return { support: SUPPORT[units], params: house.length === 0 ? "0x" : solidityPacked(["uint8"], house) };
  }
  const types = ["uint128", "uint128", "uint128", ...house.map(() => "uint8")];
  return { support: SUPPORT.split, params: solidityPacked(types, [units.against, units.for, units.abstain, ...house]) };
}
