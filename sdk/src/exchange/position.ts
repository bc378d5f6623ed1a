import { checked } from "../base/checked";
import { squareRoot, withdrawal, type PoolAmounts } from "./curve";

/** One deposit into or withdrawal from a pool, as its event tells it. */
export interface Movement {
  readonly kind: "added" | "removed";
  readonly amount0: bigint;
  readonly amount1: bigint;
  readonly shares: bigint;
}

/** What a holder's deposits have become; amounts are in the smallest units of the pool's tokens. */
export interface PositionFigures {
  /** Shares held now, and what they redeem. */
  readonly shares: bigint;
  readonly amount0: bigint;
  readonly amount1: bigint;
  /** What of that came from fees: the growth of the pool's product per share since the deposits. */
  readonly fees0: bigint;
  readonly fees1: bigint;
  /** What was deposited for the shares that are left. */
  readonly deposited0: bigint;
  readonly deposited1: bigint;
  /** Worth now less worth of the deposits had they been held, in token1 at the pool's price: fees less divergence. */
  readonly profitAgainstHolding1: bigint;
  /** Shares that came by transfer, whose cost nobody knows; the figures above leave them out, except `shares`. */
  readonly sharesOfUnknownCost: bigint;
}

const SCALE = 10n ** 18n;

/**
 * What a holder's deposits have become. `movements` are all of its own, oldest first.
 * @example
 * ```ts
 * const pool = { reserve0: 1_000_000n, reserve1: 2_000_000n, totalShares: 1_000n };
 * const movements = [{ kind: "added", amount0: 1_000n, amount1: 2_000n, shares: 1n } as const];
 * const { fees0, profitAgainstHolding1 } = positionFigures(pool, movements, 1n);
 * ```
 */
export const positionFigures = /* @__PURE__ */ checked(
  (pool: PoolAmounts, movements: readonly Movement[], sharesHeld: bigint): PositionFigures => {
    let shares = 0n;
    let deposited0 = 0n;
    let deposited1 = 0n;
    let root = 0n;
    for (const movement of movements) {
      if (movement.kind === "added") {
        shares += movement.shares;
        deposited0 += movement.amount0;
        deposited1 += movement.amount1;
        root += squareRoot(movement.amount0 * movement.amount1 * SCALE * SCALE);
        continue;
      }
      // A withdrawal takes its part of every deposit before it.
      const left = shares > movement.shares ? shares - movement.shares : 0n;
      [deposited0, deposited1, root] = [deposited0, deposited1, root].map((x) =>
        shares === 0n ? 0n : (x * left) / shares,
      ) as [bigint, bigint, bigint];
      shares = left;
    }
    if (shares > sharesHeld) {
      // Some were sent away.
      [deposited0, deposited1, root] = [deposited0, deposited1, root].map((x) => (x * sharesHeld) / shares) as [
        bigint,
        bigint,
        bigint,
      ];
      shares = sharesHeld;
    }
    const { amount0, amount1 } = withdrawal(pool, shares);
    const rootNow = squareRoot(amount0 * amount1 * SCALE * SCALE);
    const grown = rootNow > root ? rootNow - root : 0n;
    const fees = (amount: bigint): bigint => (rootNow === 0n ? 0n : (amount * grown) / rootNow);
    const worth = (a0: bigint, a1: bigint): bigint =>
      pool.reserve0 === 0n ? 0n : (a0 * pool.reserve1) / pool.reserve0 + a1;
    return {
      shares: sharesHeld,
      amount0,
      amount1,
      fees0: fees(amount0),
      fees1: fees(amount1),
      deposited0,
      deposited1,
      profitAgainstHolding1: worth(amount0, amount1) - worth(deposited0, deposited1),
      sharesOfUnknownCost: sharesHeld - shares,
    };
  },
);
