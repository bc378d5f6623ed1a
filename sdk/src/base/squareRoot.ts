import { checked } from "./checked";

/**
 * The largest integer whose square is at most `value`: the root, rounded down.
 * @throws `ARGUMENT_INVALID` when `value` is negative.
 * @example
 * ```ts
 * const root = integerSqrt(10n); // 3n
 * ```
 */
export const squareRoot = /* @__PURE__ */ checked((value: bigint): bigint => {
  if (value < 0n) throw new RangeError(`there is no square root of ${value}`);
  if (value < 2n) return value;
  let root = 1n << (BigInt(value.toString(2).length + 1) / 2n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
});
