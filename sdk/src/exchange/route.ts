import { addressKey, canonicalAddress, sameAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { chainError } from "../errors/chainErrors";
import { amountIn, amountOut, type Reserves } from "./curve";

/** The state of a pool when it was read. */
export interface Pool {
  readonly id: bigint;
  readonly token0: string;
  readonly token1: string;
  readonly feeBps: bigint;
  readonly reserve0: bigint;
  readonly reserve1: bigint;
  readonly totalShares: bigint;
  /** Percent of the fee that goes to the treasury. */
  readonly protocolShare: bigint;
}

/** One pool of a route, and in which direction it is crossed. */
export interface Leg {
  readonly pool: Pool;
  readonly tokenIn: string;
  readonly tokenOut: string;
}

/** How one token is changed into another, and at which price now. */
export interface Route {
  readonly legs: readonly Leg[];
  /** What goes in, and what comes out, to the wei while no pool of the route changes. */
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** What is lost against the price of an infinitely small swap without a fee, as a part of one. */
  readonly priceImpact: number;
  /** The path as the contract takes it. */
  readonly hops: readonly bigint[];
}

/** Longer paths than this cost more in gas and fees than they can gain. */
export const MAX_HOPS = 4;

const BPS = 10_000n;
const IMPACT_SCALE = 10n ** 12n;

/**
 * A path's step as the contract packs it: the token it ends in and the fee of the pool it crosses.
 * @throws `ARGUMENT_INVALID` for a fee that is none, `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const hop = packHop(tokenOut, 30n);
 * ```
 */
export const packHop = /* @__PURE__ */ checked((token: string, feeBps: bigint): bigint => {
  // a larger number would run out of the hop, or name another pool
  if (feeBps < 0n || feeBps >= BPS) {
    throw chainError("ARGUMENT_INVALID", { detail: `a fee of ${feeBps} is not one of 0 to ${BPS - 1n} basis points.` });
  }
  return BigInt(canonicalAddress(token, "token")) | (feeBps << 160n);
});

function reservesOf({ pool, tokenIn }: Leg): Reserves {
  const { reserve0, reserve1, feeBps, token0 } = pool;
  return sameAddress(tokenIn, token0)
    ? { reserveIn: reserve0, reserveOut: reserve1, feeBps }
    : { reserveIn: reserve1, reserveOut: reserve0, feeBps };
}

/**
 * Every path between two tokens that crosses no pool twice and visits no token twice.
 * @param maxHops The longest path; 4 when left out.
 * @example
 * ```ts
 * const direct = paths(await exchange.pools(), tokenIn, tokenOut, 1);
 * ```
 */
export const paths = /* @__PURE__ */ checked(
  (pools: readonly Pool[], tokenIn: string, tokenOut: string, maxHops = MAX_HOPS): Leg[][] => {
    const byToken = new Map<string, Pool[]>();
    for (const { token0, token1, ...pool } of pools) {
      if (pool.reserve0 === 0n) continue;
      const known = { ...pool, token0: canonicalAddress(token0, "token0"), token1: canonicalAddress(token1, "token1") };
      for (const token of [known.token0, known.token1]) {
        const key = addressKey(token);
        byToken.set(key, [...(byToken.get(key) ?? []), known]);
      }
    }
    const found: Leg[][] = [];
    const walk = (at: string, legs: Leg[], seen: ReadonlySet<string>): void => {
      for (const pool of byToken.get(addressKey(at)) ?? []) {
        const next = sameAddress(pool.token0, at) ? pool.token1 : pool.token0;
        if (seen.has(addressKey(next))) continue;
        const longer = [...legs, { pool, tokenIn: at, tokenOut: next }];
        if (sameAddress(next, tokenOut)) found.push(longer);
        else if (longer.length < maxHops) walk(next, longer, new Set([...seen, addressKey(next)]));
      }
    };
    const from = canonicalAddress(tokenIn, "tokenIn");
    if (!sameAddress(from, tokenOut)) walk(from, [], new Set([addressKey(from)]));
    return found;
  },
);

/**
 * What a path pays for an input, rounded down hop by hop; undefined where a pool would refuse it.
 * @example
 * ```ts
 * const paid = quoteExactIn(route.legs, 1_000_000n);
 * ```
 */
export const quoteExactIn = /* @__PURE__ */ checked((legs: readonly Leg[], input: bigint): bigint | undefined => {
  let amount: bigint | undefined = input;
  for (const leg of legs) {
    if (amount === undefined) return undefined;
    amount = amountOut(amount, reservesOf(leg));
  }
  return amount;
});

/**
 * What a path asks for an output, rounded up hop by hop; undefined where a pool would refuse it.
 * @example
 * ```ts
 * const asked = quoteExactOut(route.legs, 1_000_000n);
 * ```
 */
export const quoteExactOut = /* @__PURE__ */ checked((legs: readonly Leg[], output: bigint): bigint | undefined => {
  let amount: bigint | undefined = output;
  for (const leg of [...legs].reverse()) {
    if (amount === undefined) return undefined;
    amount = amountIn(amount, reservesOf(leg));
  }
  return amount;
});

/**
 * One minus the price obtained over the product of the pools' prices.
 * @returns A part of one: 0.01 is one per cent. Fees are in it.
 * @example
 * ```ts
 * const paid = quoteExactIn(route.legs, 1_000_000n);
 * if (paid !== undefined) console.log(priceImpact(route.legs, 1_000_000n, paid));
 * ```
 */
export const priceImpact = /* @__PURE__ */ checked((legs: readonly Leg[], input: bigint, output: bigint): number => {
  let fairOut = input * IMPACT_SCALE;
  for (const leg of legs) {
    const { reserveIn, reserveOut } = reservesOf(leg);
    fairOut = (fairOut * reserveOut) / reserveIn;
  }
  if (fairOut === 0n) return 0;
  return 1 - Number((output * IMPACT_SCALE * IMPACT_SCALE) / fairOut) / Number(IMPACT_SCALE);
});

function routeOf(legs: readonly Leg[], input: bigint, output: bigint): Route {
  const hops = legs.map(({ pool, tokenOut }) => packHop(tokenOut, pool.feeBps));
  return { legs, amountIn: input, amountOut: output, priceImpact: priceImpact(legs, input, output), hops };
}

/**
 * The path that pays most for an input. Every path is tried, so that the answer is exact over the pools given.
 * @returns Undefined where no path can carry the input.
 * @example
 * ```ts
 * const route = bestExactIn(await exchange.pools(), tokenIn, tokenOut, 1_000_000n);
 * ```
 */
export const bestExactIn = /* @__PURE__ */ checked(
  (pools: readonly Pool[], tokenIn: string, tokenOut: string, input: bigint, maxHops = MAX_HOPS): Route | undefined => {
    let best: Route | undefined;
    for (const legs of paths(pools, tokenIn, tokenOut, maxHops)) {
      const output = quoteExactIn(legs, input);
      if (output !== undefined && (best === undefined || output > best.amountOut)) best = routeOf(legs, input, output);
    }
    return best;
  },
);

/**
 * The path that asks least for an output.
 * @returns Undefined where no path can pay the output.
 * @example
 * ```ts
 * const route = bestExactOut(await exchange.pools(), tokenIn, tokenOut, 1_000_000n);
 * ```
 */
export const bestExactOut = /* @__PURE__ */ checked(
  (
    pools: readonly Pool[],
    tokenIn: string,
    tokenOut: string,
    output: bigint,
    maxHops = MAX_HOPS,
  ): Route | undefined => {
    let best: Route | undefined;
    for (const legs of paths(pools, tokenIn, tokenOut, maxHops)) {
      const input = quoteExactOut(legs, output);
      if (input !== undefined && (best === undefined || input < best.amountIn)) best = routeOf(legs, input, output);
    }
    return best;
  },
);
