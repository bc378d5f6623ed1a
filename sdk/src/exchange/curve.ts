/** The arithmetic of a pool, equal to the contract's to the wei. All amounts are in a token's smallest unit. */

import { checked } from "../base/checked";
import { squareRoot } from "../base/squareRoot";

export { squareRoot };

/** A reserve is below this. */
export const MAX_RESERVE = (1n << 112n) - 1n;
/** Shares that the first deposit locks for ever. */
export const MINIMUM_SHARES = 1_000n;

const BPS = 10_000n;
const BPS_PERCENT = 1_000_000n;

/** A pool as a swap sees it: the reserves of the token that goes in and of the one that comes out, and the fee in basis points. */
export interface Reserves {
  readonly reserveIn: bigint;
  readonly reserveOut: bigint;
  readonly feeBps: bigint;
}

/**
 * What the pool pays for `amountIn`, rounded down; undefined where the contract refuses. The formula is that of Uniswap v2's constant
 * product, with the fee on the input.
 * @example
 * ```ts
 * const paid = amountOut(1_000n, { reserveIn: 1_000_000n, reserveOut: 2_000_000n, feeBps: 30n });
 * ```
 */
export const amountOut = /* @__PURE__ */ checked(
  (amountIn: bigint, { reserveIn, reserveOut, feeBps }: Reserves): bigint | undefined => {
    if (amountIn <= 0n || reserveIn === 0n || amountIn > MAX_RESERVE - reserveIn) return undefined;
    const kept = amountIn * (BPS - feeBps);
    const out = (kept * reserveOut) / (reserveIn * BPS + kept);
    return out === 0n ? undefined : out;
  },
);

/**
 * What the pool asks for `wanted`, rounded up; undefined where the contract refuses. The formula is that of Uniswap v2's constant
 * product, with the fee on the input.
 * @example
 * ```ts
 * const asked = amountIn(1_000n, { reserveIn: 1_000_000n, reserveOut: 2_000_000n, feeBps: 30n });
 * ```
 */
export const amountIn = /* @__PURE__ */ checked(
  (wanted: bigint, { reserveIn, reserveOut, feeBps }: Reserves): bigint | undefined => {
    if (wanted <= 0n || wanted >= reserveOut) return undefined;
    const asked = (reserveIn * wanted * BPS) / ((reserveOut - wanted) * (BPS - feeBps)) + 1n;
    return asked > MAX_RESERVE - reserveIn ? undefined : asked;
  },
);

/**
 * The part of an input that leaves the fee for the protocol, rounded down.
 * @param sharePercent The protocol's part of the fee, in per cent.
 * @example
 * ```ts
 * const fee = protocolFee(1_000_000n, 30n, 10n); // 300n: a tenth of 0.3 per cent
 * ```
 */
export const protocolFee = /* @__PURE__ */ checked((input: bigint, feeBps: bigint, sharePercent: bigint): bigint => {
  return (input * feeBps * sharePercent) / BPS_PERCENT;
});

/** What is in a pool: the reserves in the smallest units of its tokens, and its shares. */
export interface PoolAmounts {
  readonly reserve0: bigint;
  readonly reserve1: bigint;
  readonly totalShares: bigint;
}

/**
 * What a deposit of at most these amounts takes, rounded up, and mints, rounded down; undefined where the contract refuses.
 * @example
 * ```ts
 * const taken = deposit({ reserve0: 1_000_000n, reserve1: 2_000_000n, totalShares: 1_414_213n }, 1_000n, 3_000n);
 * ```
 */
export const deposit = /* @__PURE__ */ checked(
  (
    { reserve0, reserve1, totalShares }: PoolAmounts,
    max0: bigint,
    max1: bigint,
  ): { amount0: bigint; amount1: bigint; shares: bigint } | undefined => {
    if (max0 > MAX_RESERVE - reserve0 || max1 > MAX_RESERVE - reserve1) return undefined;
    if (totalShares === 0n) {
      const shares = squareRoot(max0 * max1) - MINIMUM_SHARES;
      return shares > 0n ? { amount0: max0, amount1: max1, shares } : undefined;
    }
    const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
    const wanted = least((max0 * totalShares) / reserve0, (max1 * totalShares) / reserve1);
    const up = (reserve: bigint): bigint => (wanted * reserve + totalShares - 1n) / totalShares;
    const amount0 = up(reserve0);
    const amount1 = up(reserve1);
    const shares = least((amount0 * totalShares) / reserve0, (amount1 * totalShares) / reserve1);
    return shares > 0n ? { amount0, amount1, shares } : undefined;
  },
);

/**
 * The shares that a deposit of one token mints, rounded down, after swapping the right part of it; undefined where the contract
 * refuses.
 * @param zeroIn Whether the token is the pool's `token0`.
 * @param sharePercent The protocol's part of the fee, in per cent.
 * @example
 * ```ts
 * const pool = { reserve0: 1_000_000n, reserve1: 2_000_000n, totalShares: 1_414_213n };
 * const shares = depositSingle(pool, true, 1_000n, 30n, 10n);
 * ```
 */
export const depositSingle = /* @__PURE__ */ checked(
  (
    { reserve0, reserve1, totalShares }: PoolAmounts,
    zeroIn: boolean,
    amount: bigint,
    feeBps: bigint,
    sharePercent: bigint,
  ): bigint | undefined => {
    const [reserveIn, reserveOut] = zeroIn ? [reserve0, reserve1] : [reserve1, reserve0];
    if (amount > MAX_RESERVE - reserveIn) return undefined;
    const kept = BPS - feeBps;
    const linear = reserveIn * (BPS + kept);
    const swapped = (squareRoot(linear * linear + 4n * kept * BPS * amount * reserveIn) - linear) / (2n * kept);
    const received = amountOut(swapped, { reserveIn, reserveOut, feeBps });
    if (received === undefined) return undefined;
    const newIn = reserveIn + swapped - protocolFee(swapped, feeBps, sharePercent);
    const newOut = reserveOut - received;
    const byIn = ((amount - swapped) * totalShares) / newIn;
    const byOut = (received * totalShares) / newOut;
    const shares = byIn < byOut ? byIn : byOut;
    return shares > 0n ? shares : undefined;
  },
);

/**
 * What shares redeem, rounded down.
 * @example
 * ```ts
 * const { amount0, amount1 } = withdrawal({ reserve0: 1_000n, reserve1: 2_000n, totalShares: 100n }, 10n);
 * ```
 */
export const withdrawal = /* @__PURE__ */ checked(
  ({ reserve0, reserve1, totalShares }: PoolAmounts, shares: bigint): { amount0: bigint; amount1: bigint } => {
    if (totalShares === 0n) return { amount0: 0n, amount1: 0n };
    return { amount0: (shares * reserve0) / totalShares, amount1: (shares * reserve1) / totalShares };
  },
);
