import type { ContractTransaction, ContractTransactionReceipt } from "ethers";

import type { IExchange } from "../../../typechain-types";
import { IExchange__factory } from "../../../typechain-types/factories/contracts/exchange/IExchange__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { checked } from "../base/checked";
import type { ClientOptions, Writing } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, eventsIn, missing, type EventMatch } from "../chain/events";
import type { Sent } from "../chain/sent";
import { exchangeError } from "../domains/exchange/errors";
import { decodingErrors } from "../errors/explain";
import { deposit, depositSingle, withdrawal } from "./curve";
import { positionFigures, type Movement, type PositionFigures } from "./position";
import { bestExactIn, bestExactOut, type Pool, type Route } from "./route";

const LINKS = { Exchange: { treasury: "any" } } as const satisfies Links<"Exchange">;

/** Names a pool: two tokens, the zero address for native coin, and the fee in basis points. */
export interface PoolKey {
  readonly token0: string;
  readonly token1: string;
  readonly feeBps: bigint;
}

/** What bounds a trade. */
export interface TradeOptions {
  /** How much worse than the quote a trade may end, in basis points; 50 when left out, at most 5,000. */
  readonly slippageBps?: bigint;
  /** Who gets what is paid out; the signer when left out. */
  readonly recipient?: string;
  /** Seconds from now until the trade is refused; 20 minutes when left out. */
  readonly validFor?: number;
}

/** What an account holds in a pool. */
export interface Position extends PositionFigures {
  readonly pool: Pool;
}

/** How much worse than its quote a trade may end where nothing is said, in basis points: half a per cent. */
export const DEFAULT_SLIPPAGE_BPS = 50n;
/** The most that `slippageBps` may be, in basis points: a half. */
export const MAX_SLIPPAGE_BPS = 5_000n;

const BPS = 10_000n;
const DEFAULT_VALID_FOR = 1_200;

/**
 * The least to accept when `quoted` is expected, rounded up. It is never 0: a bound of 0 invites those who order transactions to take
 * everything.
 * @throws `SLIPPAGE_OUT_OF_RANGE`, and `SWAP_WITHOUT_BOUND` for a quote of 0.
 * @example
 * ```ts
 * const least = lowerBound(route.amountOut, 50n); // half a per cent below the quote
 * ```
 */
export const lowerBound = /* @__PURE__ */ checked((quoted: bigint, slippageBps = DEFAULT_SLIPPAGE_BPS): bigint => {
  requireSlippage(slippageBps);
  if (quoted <= 0n) throw exchangeError("SWAP_WITHOUT_BOUND");
  return (quoted * (BPS - slippageBps) + BPS - 1n) / BPS;
});

/**
 * The most to pay when `quoted` is expected, rounded up.
 * @throws `SLIPPAGE_OUT_OF_RANGE`.
 * @example
 * ```ts
 * const most = upperBound(route.amountIn, 50n); // half a per cent above the quote
 * ```
 */
export const upperBound = /* @__PURE__ */ checked((quoted: bigint, slippageBps = DEFAULT_SLIPPAGE_BPS): bigint => {
  requireSlippage(slippageBps);
  return (quoted * (BPS + slippageBps) + BPS - 1n) / BPS;
});

function requireSlippage(slippageBps: bigint): void {
  if (slippageBps < 0n || slippageBps > MAX_SLIPPAGE_BPS) {
    throw exchangeError("SLIPPAGE_OUT_OF_RANGE", { slippageBps, maximum: MAX_SLIPPAGE_BPS });
  }
}

/**
 * Finds routes, swaps, and keeps liquidity. With a provider it reads; with a signer it also sends, as that account. A
 * route is computed from the pools as they were read: the bound of a trade is what protects it from what happens since.
 * @example
 * ```ts
 * const exchange = new ExchangeClient(deploymentOn(chainId), signer);
 * const route = await exchange.routeExactIn(tokenIn, tokenOut, amountIn);
 * const receipt = await exchange.swapExactIn(route);
 * ```
 */
export class ExchangeClient extends Client<"Exchange"> {
  /** The exchange's contract, for calls of your own. */
  readonly exchange: IExchange;

  constructor(deployment: PartialDeployment<"Exchange">, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.exchange = this.contract(IExchange__factory, "Exchange");
  }

  /**
   * Every pool there is, with its reserves now.
   * @throws What a node fails with.
   * @example
   * ```ts
   * for (const { token0, token1, feeBps } of await exchange.pools()) console.log(token0, token1, `${feeBps} bps`);
   * ```
   */
  async pools(): Promise<Pool[]> {
    const created = this.exchange.filters.PoolCreated();
    const events = await this.chain.logs(this.exchange, created, this.deployment.block);
    return Promise.all(events.map(({ args: { token0, token1, feeBps } }) => this.pool({ token0, token1, feeBps })));
  }

  /**
   * One pool, with its reserves now; all are 0 where it does not exist.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const { reserve0, reserve1 } = await exchange.pool({ token0, token1, feeBps: 30n });
   * ```
   */
  async pool(named: PoolKey): Promise<Pool> {
    const key = plainKey(named);
    const { token0, token1, feeBps } = key;
    const [id, state] = await decodingErrors(() =>
      Promise.all([this.exchange.poolIdOf(key), this.exchange.poolState(key)]),
    );
    const { reserve0, reserve1, totalShares, protocolShare } = state;
    return { id, token0, token1, feeBps, reserve0, reserve1, totalShares, protocolShare };
  }

  /**
   * The route that pays most for exactly `amountIn`, in the smallest unit of `tokenIn`. What it pays is rounded down, hop by hop, as
   * the contract does.
   * @param pools The pools that may be crossed; all of them, read now, when left out.
   * @throws `NO_ROUTE`, and what a node fails with.
   * @example
   * ```ts
   * const { amountOut, priceImpact } = await exchange.routeExactIn(tokenIn, tokenOut, amountIn);
   * console.log(`${amountOut}, ${(100 * priceImpact).toFixed(2)} % below the price`);
   * ```
   */
  async routeExactIn(tokenIn: string, tokenOut: string, amountIn: bigint, pools?: readonly Pool[]): Promise<Route> {
    const route = bestExactIn(pools ?? (await this.pools()), tokenIn, tokenOut, amountIn);
    if (route === undefined) throw exchangeError("NO_ROUTE", { tokenIn, tokenOut });
    return route;
  }

  /**
   * The route that asks least for exactly `amountOut`, in the smallest unit of `tokenOut`. What it asks is rounded up, hop by hop, as
   * the contract does.
   * @param pools The pools that may be crossed; all of them, read now, when left out.
   * @throws `NO_ROUTE`, and what a node fails with.
   * @example
   * ```ts
   * const route = await exchange.routeExactOut(tokenIn, offer.payToken, offer.price);
   * console.log(`costs ${route.amountIn}`);
   * ```
   */
  async routeExactOut(tokenIn: string, tokenOut: string, amountOut: bigint, pools?: readonly Pool[]): Promise<Route> {
    const route = bestExactOut(pools ?? (await this.pools()), tokenIn, tokenOut, amountOut);
    if (route === undefined) throw exchangeError("NO_ROUTE", { tokenIn, tokenOut });
    return route;
  }

  /**
   * Sells exactly the route's input for at least its output less the slippage. The input is approved first, exactly.
   * @throws `SLIPPAGE_OUT_OF_RANGE`, `Exchange_OutputBelowBound`, `Exchange_Expired`, `TOKEN_BALANCE_TOO_LOW`.
   * @example
   * ```ts
   * const route = await exchange.routeExactIn(tokenIn, tokenOut, amountIn);
   * const { hash } = await exchange.swapExactIn(route, { slippageBps: 30n });
   * ```
   */
  swapExactIn(route: Route, options: TradeOptions = {}): Sent<ContractTransactionReceipt> {
    return this.chain.write(async (writing) => {
      const tokenIn = inputOf(route);
      const { hops, amountIn } = route;
      const least = lowerBound(route.amountOut, options.slippageBps);
      const { recipient, deadline } = await this.#terms(options);
      await this.#approve(writing, tokenIn, amountIn);
      const value = isZeroAddress(tokenIn) ? amountIn : 0n;
      return this.#swap(writing, route, () =>
        this.exchange.swapExactIn.populateTransaction(tokenIn, [...hops], amountIn, least, recipient, deadline, {
          value,
        }),
      );
    });
  }

  /**
   * Buys exactly the route's output for at most its input plus the slippage. That much is approved first, or sent as native coin; what
   * is not needed comes back.
   * @throws `SLIPPAGE_OUT_OF_RANGE`, `Exchange_InputAboveBound`, `Exchange_Expired`, `TOKEN_BALANCE_TOO_LOW`.
   * @example
   * ```ts
   * const route = await exchange.routeExactOut(tokenIn, tokenOut, 5_000_000n);
   * await exchange.swapExactOut(route, { slippageBps: 30n });
   * ```
   */
  swapExactOut(route: Route, options: TradeOptions = {}): Sent<ContractTransactionReceipt> {
    return this.chain.write(async (writing) => {
      const tokenIn = inputOf(route);
      const { hops, amountIn, amountOut } = route;
      const most = upperBound(amountIn, options.slippageBps);
      const { recipient, deadline } = await this.#terms(options);
      await this.#approve(writing, tokenIn, most, amountIn);
      const value = isZeroAddress(tokenIn) ? most : 0n;
      return this.#swap(writing, route, () =>
        this.exchange.swapExactOut.populateTransaction(tokenIn, [...hops], amountOut, most, recipient, deadline, {
          value,
        }),
      );
    });
  }

  /**
   * Makes an empty pool of two tokens, in the contract's order.
   * @throws `Exchange_PoolExists`, `Exchange_BadPair`, `Exchange_TierNotListed` for a fee that the vote has not listed.
   * @example
   * ```ts
   * const { poolId } = await exchange.createPool({ token0, token1, feeBps: 30n });
   * ```
   */
  createPool(named: PoolKey): Sent<{ poolId: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const key = plainKey(named);
      const receipt = await send(this.exchange, () => this.exchange.createPool.populateTransaction(key));
      return { poolId: eventIn(this.exchange, receipt, "PoolCreated", { ...key }).args.poolId as bigint, receipt };
    });
  }

  /**
   * Deposits at most these amounts, each in its token's smallest unit, in the pool's ratio; what exceeds it is not taken. Into an empty
   * pool both go whole and set the price.
   * @throws `Exchange_SharesBelowBound`, `Exchange_DepositsPaused`, `Exchange_Expired`.
   * @example
   * ```ts
   * await exchange.addLiquidity({ token0, token1, feeBps: 30n }, 1_000_000n, 2_000_000n);
   * ```
   */
  addLiquidity(
    named: PoolKey,
    amount0Max: bigint,
    amount1Max: bigint,
    options: TradeOptions = {},
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async (writing) => {
      const key = plainKey(named);
      await this.chain.require();
      const pool = await this.pool(key);
      const quoted = deposit(pool, amount0Max, amount1Max);
      const least = lowerBound(quoted?.shares ?? 0n, options.slippageBps);
      const { recipient, deadline } = await this.#terms(options);
      await this.#approve(writing, key.token0, amount0Max, quoted?.amount0);
      await this.#approve(writing, key.token1, amount1Max, quoted?.amount1);
      const value = isZeroAddress(key.token0) ? amount0Max : 0n;
      return this.#moved(writing, "LiquidityAdded", { poolId: pool.id, recipient }, () =>
        this.exchange.addLiquidity.populateTransaction(key, amount0Max, amount1Max, least, recipient, deadline, {
          value,
        }),
      );
    });
  }

  /**
   * Deposits one token, of which the right part is swapped.
   * @param amountIn In the token's smallest unit.
   * @throws `Exchange_TokenNotInPool`, `Exchange_SharesBelowBound`, `Exchange_DepositsPaused`, `Exchange_Expired`.
   * @example
   * ```ts
   * await exchange.addLiquiditySingle({ token0, token1, feeBps: 30n }, token0, 1_000_000n);
   * ```
   */
  addLiquiditySingle(
    named: PoolKey,
    token: string,
    amountIn: bigint,
    options: TradeOptions = {},
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async (writing) => {
      const key = plainKey(named);
      const tokenIn = canonicalAddress(token, "tokenIn");
      await this.chain.require();
      const pool = await this.pool(key);
      const quoted = depositSingle(pool, sameAddress(tokenIn, key.token0), amountIn, key.feeBps, pool.protocolShare);
      const least = lowerBound(quoted ?? 0n, options.slippageBps);
      const { recipient, deadline } = await this.#terms(options);
      await this.#approve(writing, tokenIn, amountIn);
      const value = isZeroAddress(tokenIn) ? amountIn : 0n;
      return this.#moved(writing, "LiquidityAdded", { poolId: pool.id, recipient }, () =>
        this.exchange.addLiquiditySingle.populateTransaction(key, tokenIn, amountIn, least, recipient, deadline, {
          value,
        }),
      );
    });
  }

  /**
   * Burns shares of the signer for at least what they redeem now, less the slippage.
   * @throws `Exchange_AmountBelowBound`, `Exchange_Expired`.
   * @example
   * ```ts
   * const [position] = await exchange.positions(account);
   * if (position) await exchange.removeLiquidity(position.pool, position.shares);
   * ```
   */
  removeLiquidity(named: PoolKey, shares: bigint, options: TradeOptions = {}): Sent<ContractTransactionReceipt> {
    return this.chain.write(async (writing) => {
      const key = plainKey(named);
      await this.chain.require();
      const pool = await this.pool(key);
      const { amount0, amount1 } = withdrawal(pool, shares);
      // A few shares can be worth nothing of one token; nothing is then what they are bound to.
      const least = (amount: bigint): bigint => (amount === 0n ? 0n : lowerBound(amount, options.slippageBps));
      const [least0, least1] = [least(amount0), least(amount1)];
      const { recipient, deadline } = await this.#terms(options);
      const match = { poolId: pool.id, owner: await this.chain.account(), recipient };
      return this.#moved(writing, "LiquidityRemoved", match, () =>
        this.exchange.removeLiquidity.populateTransaction(key, shares, least0, least1, recipient, deadline),
      );
    });
  }

  /**
   * What an account holds in every pool, what of it came from fees, and how it did against holding.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * for (const { pool, fees0, fees1 } of await exchange.positions(account)) console.log(pool.id, fees0, fees1);
   * ```
   */
  async positions(account: string): Promise<Position[]> {
    const owner = canonicalAddress(account, "owner");
    const pools = await this.pools();
    const positions = await Promise.all(
      pools.map(async (pool): Promise<Position> => {
        const shares = await decodingErrors(() => this.exchange.balanceOf(owner, pool.id));
        return { pool, ...positionFigures(pool, await this.#movements(pool.id, owner), shares) };
      }),
    );
    return positions.filter(({ shares }) => shares > 0n);
  }

  async #movements(poolId: bigint, owner: string): Promise<Movement[]> {
    const { filters } = this.exchange;
    const { block } = this.deployment;
    const [added, removed] = await Promise.all([
      this.chain.logs(this.exchange, filters.LiquidityAdded(poolId, owner), block),
      this.chain.logs(this.exchange, filters.LiquidityRemoved(poolId, owner), block),
    ]);
    return [
      ...added.map((event) => ({ event, kind: "added" as const })),
      ...removed.map((event) => ({ event, kind: "removed" as const })),
    ]
      .sort((a, b) => a.event.blockNumber - b.event.blockNumber || a.event.index - b.event.index)
      .map(({ event: { args }, kind }) => ({
        kind,
        amount0: args.amount0,
        amount1: args.amount1,
        shares: args.shares,
      }));
  }

  async #terms(options: TradeOptions): Promise<{ recipient: string; deadline: bigint }> {
    return {
      recipient: canonicalAddress(options.recipient ?? (await this.chain.account()), "recipient"),
      deadline: BigInt((await this.chain.now()) + (options.validFor ?? DEFAULT_VALID_FOR)),
    };
  }

  async #approve({ approve }: Writing, token: string, amount: bigint, needed = amount): Promise<void> {
    await this.chain.require();
    await approve(token, this.deployment.contracts.Exchange, amount, needed);
  }

  /** Sends a trade, which has to leave a swap in each of its pools, in their order. */
  async #swap(
    { send }: Writing,
    route: Route,
    encode: () => Promise<ContractTransaction>,
  ): Promise<ContractTransactionReceipt> {
    const receipt = await send(this.exchange, encode);
    if (swapsIn(this.exchange, receipt, route, await this.chain.account()) === undefined) {
      throw missing(this.exchange, receipt, "Swapped");
    }
    return receipt;
  }

  /** Sends what moves liquidity, which has to leave its event. */
  async #moved(
    { send }: Writing,
    name: string,
    match: EventMatch,
    encode: () => Promise<ContractTransaction>,
  ): Promise<ContractTransactionReceipt> {
    const receipt = await send(this.exchange, encode);
    eventIn(this.exchange, receipt, name, match);
    return receipt;
  }
}

/**
 * What a trade of an account moved in each pool of its route; undefined when it is not in the receipt. A transaction may
 * carry the swaps of others, so the pools have to follow one another as the route does.
 */
export function swapsIn(
  exchange: IExchange,
  receipt: ContractTransactionReceipt,
  route: Route,
  payer: string,
): { amount0: bigint; amount1: bigint }[] | undefined {
  const swaps = eventsIn(exchange, receipt, "Swapped", { payer });
  const ids = route.legs.map(({ pool }) => pool.id);
  const start = swaps.findIndex((_, at) => ids.every((id, step) => swaps[at + step]?.args.poolId === id));
  if (start < 0) return undefined;
  return swaps
    .slice(start, start + ids.length)
    .map(({ args }) => ({ amount0: args.amount0 as bigint, amount1: args.amount1 as bigint }));
}

function plainKey({ token0, token1, feeBps }: PoolKey): PoolKey {
  return { token0: canonicalAddress(token0, "token0"), token1: canonicalAddress(token1, "token1"), feeBps };
}

function inputOf(route: Route): string {
  const [first] = route.legs;
  if (first === undefined) throw exchangeError("NO_ROUTE", { tokenIn: "nothing", tokenOut: "nothing" });
  return canonicalAddress(first.tokenIn, "tokenIn");
}
