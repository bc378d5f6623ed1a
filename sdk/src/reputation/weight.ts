import { concat, keccak256, toUtf8Bytes } from "ethers";

import { argumentError, checked } from "../base/checked";

/** The reviews of a model, added up. */
export interface ReviewTotal {
  /** Sum of the weights. */
  readonly weight: bigint;
  /** Sum of weight times stars. */
  readonly weightedStars: bigint;
}

/** Stars in thousandths: finer is no mean that a person names. */
const PARTS = 1_000n;
const [LEAST, MOST] = [1n, 5n];

/**
 * The hash of a review's text, as the chain keeps it. The salt is what keeps a short text from being guessed: who keeps the text deletes
 * both when the review is erased.
 * @param salt 32 random bytes, in hexadecimal.
 * @throws `ARGUMENT_INVALID` for a salt that is not of 32 bytes.
 * @example
 * ```ts
 * const salt = hexlify(randomBytes(32));
 * await reviews.review(offer, licenseId, 4n, contentHash(salt, "Does what its card says."));
 * ```
 */
export const contentHash = /* @__PURE__ */ checked((salt: string, text: string): string => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(salt)) {
    throw argumentError("ARGUMENT_INVALID", { detail: "the salt of a review has to be of 32 bytes, in hexadecimal." });
  }
  return keccak256(concat([salt, toUtf8Bytes(text)]));
});

/**
 * The mean of a model's reviews, each by its weight; undefined where nothing has a weight.
 * @throws `ARGUMENT_INVALID` for what is no total.
 * @example
 * ```ts
 * const stars = meanStars(await reviews.totalOf(modelId));
 * console.log(stars === undefined ? "no reviews that weigh" : `${stars.toFixed(1)} of 5`);
 * ```
 */
export const meanStars = /* @__PURE__ */ checked(({ weight, weightedStars }: ReviewTotal): number | undefined => {
  if (weight === 0n) return undefined;
  // a quotient of large numbers, to nine places
  return Number((weightedStars * 1_000_000_000n) / weight) / 1e9;
});

/**
 * The weight that somebody would have to add to move a model's mean to a target: of reviews with 5 stars where the target is above, with 1
 * star where it is below. It is paid in fees, which never come back: `W (t - s) / (5 - t)` for a mean `s` of the weight `W`,
 * and `W (s - t) / (t - 1)` downwards, rounded up.
 * @param target Stars, above 1 and below 5, to the thousandth. No weight moves a mean to 1 or 5.
 * @throws `ARGUMENT_INVALID` for another target.
 * @example
 * ```ts
 * const weight = costToMove(await reviews.totalOf(modelId), 4.5);
 * const inFees = feeOfWeight(weight, await reviews.unitWeight(ZeroAddress)); // in wei of the native coin
 * ```
 */
export const costToMove = /* @__PURE__ */ checked(({ weight, weightedStars }: ReviewTotal, target: number): bigint => {
  const at = BigInt(Math.round(target * Number(PARTS)));
  if (at <= LEAST * PARTS || at >= MOST * PARTS) {
    throw argumentError("ARGUMENT_INVALID", { detail: `${target} is no mean above 1 and below 5 stars.` });
  }
  const missing = at * weight - PARTS * weightedStars;
  return missing >= 0n ? dividedUp(missing, MOST * PARTS - at) : dividedUp(-missing, at - LEAST * PARTS);
});

/**
 * The fee in a token's smallest unit that a weight is, rounded up; undefined where the token has no weight.
 * @param unitWeight What 1e18 of the token's smallest units weigh: `ReviewClient.unitWeight`.
 * @throws `ARGUMENT_INVALID` for what is no whole number.
 * @example
 * ```ts
 * const wei = feeOfWeight(25_000_000n, await reviews.unitWeight(ZeroAddress));
 * ```
 */
export const feeOfWeight = /* @__PURE__ */ checked((weight: bigint, unitWeight: bigint): bigint | undefined => {
  return unitWeight === 0n ? undefined : dividedUp(weight * 10n ** 18n, unitWeight);
});

function dividedUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
