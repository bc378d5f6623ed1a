import { checked } from "../base/checked";

/** People's votes, heaviest first, and what they say about who decides. */
export interface VoteConcentration {
  /** The share of all votes that the ten people with the most votes have. */
  readonly topTen: number;
  /** How many people together have more than half. */
  readonly nakamoto: number;
  /** 0 when all have the same, towards 1 when one has all. */
  readonly gini: number;
}

/**
 * Measures votes by person; `votes` may come in any order.
 * @returns `topTen` and `gini` are parts of one; `nakamoto` is how many people have more than half.
 * @example
 * ```ts
 * const { nakamoto } = voteConcentration([50n, 30n, 20n]);
 * ```
 */
export const voteConcentration = /* @__PURE__ */ checked((votes: readonly bigint[]): VoteConcentration => {
  if (votes.length === 0) throw new RangeError("there are no votes to measure");
  // Numbers are exact enough for shares, and a sum of thousands of bigints is slow.
  const sorted = votes.map(Number).sort((a, b) => b - a);
  const total = sorted.reduce((sum, one) => sum + one, 0);
  if (total === 0) throw new RangeError("nobody has any votes");
  const topTen = sorted.slice(0, 10).reduce((sum, one) => sum + one, 0) / total;
  let nakamoto = 0;
  for (let sum = 0; sum <= total / 2; nakamoto++) sum += sorted[nakamoto];
  const weighted = sorted.reduce((sum, one, index) => sum + one * (sorted.length - index), 0);
  const gini = ((2 * weighted) / total - sorted.length - 1) / sorted.length;
  return { topTen, nakamoto, gini };
});

/**
 * A person's units after the best use of `identities` credentials: each holds a part, one of them whatever a curve no longer favours.
 * @example
 * ```ts
 * const curve = unitsCurve(10n ** 24n);
 * const units = unitsOfSplitHolder(10n ** 21n, 3, (balance, citizen) => unitsOf(balance, citizen, curve));
 * ```
 */
export const unitsOfSplitHolder = /* @__PURE__ */ checked(
  (tokens: bigint, identities: number, unitsOf: (balance: bigint, citizen: boolean) => bigint): bigint => {
    if (identities === 0) return unitsOf(tokens, false);
    const parts = BigInt(identities);
    // The curve is concave, so equal parts weigh most.
    const part = tokens / parts;
    return unitsOf(part, true) * (parts - 1n) + unitsOf(tokens - part * (parts - 1n), true);
  },
);
