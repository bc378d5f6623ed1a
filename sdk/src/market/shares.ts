import { checked } from "../base/checked";

const BPS = 10_000n;

/** Who gets what of a payment; the three add up to it. */
export interface Shares {
  readonly toPayee: bigint;
  readonly toTreasury: bigint;
  readonly toReferrer: bigint;
}

/**
 * Splits a payment as the contracts do: both fees round down, in the payee's favour. Without a referrer, `referrerBps` is 0.
 * @param amount In the token's smallest unit, as the shares are; they sum up to it.
 * @throws `ARGUMENT_INVALID` for numbers that are no `bigint`.
 * @example
 * ```ts
 * const toPayee = sharesOf(1_000_000n, 250n, 500n).toPayee; // 925000n
 * ```
 */
export const sharesOf = /* @__PURE__ */ checked(
  (amount: bigint, protocolFeeBps: bigint, referrerBps: bigint): Shares => {
    const toTreasury = (amount * protocolFeeBps) / BPS;
    const toReferrer = (amount * referrerBps) / BPS;
    return { toPayee: amount - toTreasury - toReferrer, toTreasury, toReferrer };
  },
);
