import { checked } from "../base/checked";
import { squareRoot as integerSqrt } from "../base/squareRoot";

export { integerSqrt };

/** The steepest slope of the citizens' curve, at a balance of zero. */
export const MAX_SLOPE = 200n;

/** The concave curve by which a citizen's balance weighs, as the token computes it. Amounts in the token's smallest unit. */
export interface UnitsCurve {
  /** The balance `X` up to which units are concave. */
  readonly cap: bigint;
  /** The offset that bounds the slope at zero. */
  readonly offset: bigint;
  /** The root that is subtracted, so that nothing weighs nothing. */
  readonly base: bigint;
}

/**
 * The curve of a token whose `CURVE_CAP()` is `cap`.
 * @param cap In the token's smallest unit.
 * @example
 * ```ts
 * const curve = unitsCurve(10n ** 24n);
 * ```
 */
export const unitsCurve = /* @__PURE__ */ checked((cap: bigint): UnitsCurve => {
  const offset = cap / (MAX_SLOPE * MAX_SLOPE - 1n);
  return { cap, offset, base: integerSqrt(4n * (cap + offset) * offset) };
});

/**
 * What `balance` weighs: itself, or for a counted citizen who votes for itself the concave curve. Rounds down, as the token does.
 * @param balance In the token's smallest unit, as the result is.
 * @example
 * ```ts
 * const units = unitsOf(10n ** 18n, true, unitsCurve(10n ** 24n));
 * ```
 */
export const unitsOf = /* @__PURE__ */ checked((balance: bigint, citizen: boolean, curve: UnitsCurve): bigint => {
  if (!citizen) return balance;
  const curved = balance < curve.cap ? balance : curve.cap;
  return integerSqrt(4n * (curve.cap + curve.offset) * (curved + curve.offset)) - curve.base + balance - curved;
});

/**
 * How many times more a citizen's balance weighs than the same balance without a credential.
 * @example
 * ```ts
 * const times = multiplierOf(10n ** 18n, unitsCurve(10n ** 24n));
 * ```
 */
export const multiplierOf = /* @__PURE__ */ checked((balance: bigint, curve: UnitsCurve): number => {
  return balance === 0n ? Number(MAX_SLOPE) : Number((unitsOf(balance, true, curve) * 10_000n) / balance) / 10_000;
});
