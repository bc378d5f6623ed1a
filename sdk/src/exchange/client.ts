import type { ContractTransactionReceipt, Provider, Signer } from "ethers";

import type { IExchange } from "../../../typechain-types";
import { IERC20__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { IExchange__factory } from "../../../typechain-types/factories/contracts/exchange/IExchange__factory";
import { canonicalAddress, canonicalFields, isZeroAddress, sameAddress } from "../addresses/address";
import { fail } from "../errors/catalogue";
import { explained } from "../errors/decode";
import { eventIn, sent } from "../market/client";
import { deposit, depositSingle, withdrawal } from "./curve";
import { positionFigures, type Movement, type PositionFigures } from "./position";
import { bestExactIn, bestExactOut, type Pool, type Route } from "./route";

export interface ExchangeAddresses {
  readonly Exchange: string;
  /** The block of the deployment: events are read from here on. */
  readonly fromBlock?: number;
}

export interface PoolKey {
  readonly token0: string;
  readonly token1: string;
  readonly feeBps: bigint;
}

export interface TradeOptions {
  /** How much worse than the quote a trade may end, in basis points; 50 when left out, at most 5,000. */
  readonly slippageBps?: bigint;
  /** Who gets what is paid out; the signer when left out. */
  readonly recipient?: string;
  /** Seconds from now until the trade is refused; 20 minutes when left out. */
  readonly validFor?: number;
}

export interface Position extends PositionFigures {
  readonly pool: Pool;
}

export const DEFAULT_SLIPPAGE_BPS = 50n;
export const MAX_SLIPPAGE_BPS = 5_000n;

const BPS = 10_000n;
const DEFAULT_VALID_FOR = 1_200;

/** The least to accept when `quoted` is expected. It is never 0: a bound of 0 invites whoever orders transactions to take all. */
export function lowerBound(quoted: bigint, slippageBps = DEFAULT_SLIPPAGE_BPS): bigint {
  requireSlippage(slippageBps);
  if (quoted <= 0n) throw fail("SWAP_WITHOUT_BOUND");
  return (quoted * (BPS - slippageBps) + BPS - 1n) / BPS;
}

/** The most to pay when `quoted` is expected. */
export function upperBound(quoted: bigint, slippageBps = DEFAULT_SLIPPAGE_BPS): bigint {
  requireSlippage(slippageBps);
  return (quoted * (BPS + slippageBps) + BPS - 1n) / BPS;
}

function requireSlippage(slippageBps: bigint): void {
  if (slippageBps < 0n || slippageBps > MAX_SLIPPAGE_BPS) {
    throw fail("SLIPPAGE_OUT_OF_RANGE", { slippageBps, maximum: MAX_SLIPPAGE_BPS });
  }
}

/**
 * Finds routes, swaps, and keeps liquidity. With a provider it reads; with a signer it also sends, as that account. A
 * route is computed from the pools as they were read: the bound of a trade is what protects it from what happens since.
 */
export class ExchangeClient {
  readonly addresses: ExchangeAddresses;
  readonly exchange: IExchange;
  readonly #runner: Signer | Provider;

  constructor(addresses: ExchangeAddresses, runner: Signer | Provider) {
    this.addresses = canonicalFields(addresses, ["Exchange"]);
    this.#runner = runner;
    this.exchange = IExchange__factory.connect(this.addresses.Exchange, runner);
  }

  /** The same deployment, as another account. */
  connect(runner: Signer | Provider): ExchangeClient {
    return new ExchangeClient(this.addresses, runner);
  }

  /** Every pool there is, with its reserves now. */
  async pools(): Promise<Pool[]> {
    const events = await explained(() =>
      this.exchange.queryFilter(this.exchange.filters.PoolCreated(), this.addresses.fromBlock ?? 0),
    );
    return Promise.all(events.map(({ args: { token0, token1, feeBps } }) => this.pool({ token0, token1, feeBps })));
  }

  /** One pool, with its reserves now; all are 0 where it does not exist. */
  async pool(named: PoolKey): Promise<Pool> {
    const key = plainKey(named);
    const { token0, token1, feeBps } = key;
    const [id, state] = await explained(() => Promise.all([this.exchange.poolIdOf(key), this.exchange.poolState(key)]));
    const { reserve0, reserve1, totalShares, protocolShare } = state;
    return { id, token0, token1, feeBps, reserve0, reserve1, totalShares, protocolShare };
  }

  /** The route that pays most for exactly `amountIn`. */
  async routeExactIn(tokenIn: string, tokenOut: string, amountIn: bigint, pools?: readonly Pool[]): Promise<Route> {
    const route = bestExactIn(pools ?? (await this.pools()), tokenIn, tokenOut, amountIn);
    if (route === undefined) throw fail("NO_ROUTE", { tokenIn, tokenOut });
    return route;
  }

  /** The route that asks least for exactly `amountOut`. */
  async routeExactOut(tokenIn: string, tokenOut: string, amountOut: bigint, pools?: readonly Pool[]): Promise<Route> {
    const route = bestExactOut(pools ?? (await this.pools()), tokenIn, tokenOut, amountOut);
    if (route === undefined) throw fail("NO_ROUTE", { tokenIn, tokenOut });
    return route;
  }

  /** Sells exactly the route's input for at least its output less the slippage. The input is approved first, exactly. */
  async swapExactIn(route: Route, options: TradeOptions = {}): Promise<ContractTransactionReceipt> {
    const tokenIn = inputOf(route);
    const least = lowerBound(route.amountOut, options.slippageBps);
    const { recipient, deadline } = await this.#terms(options);
    await this.#approve(tokenIn, route.amountIn);
    return sent(() =>
      this.exchange.swapExactIn(tokenIn, [...route.hops], route.amountIn, least, recipient, deadline, {
        value: isZeroAddress(tokenIn) ? route.amountIn : 0n,
      }),
    );
  }

  /** Buys exactly the route's output for at most its input plus the slippage. */
  async swapExactOut(route: Route, options: TradeOptions = {}): Promise<ContractTransactionReceipt> {
    const tokenIn = inputOf(route);
    const most = upperBound(route.amountIn, options.slippageBps);
    const { recipient, deadline } = await this.#terms(options);
    await this.#approve(tokenIn, most, route.amountIn);
    return sent(() =>
      this.exchange.swapExactOut(tokenIn, [...route.hops], route.amountOut, most, recipient, deadline, {
        value: isZeroAddress(tokenIn) ? most : 0n,
      }),
    );
  }

  /** Makes an empty pool of two tokens, in the contract's order. */
  async createPool(named: PoolKey): Promise<{ poolId: bigint; receipt: ContractTransactionReceipt }> {
    const key = plainKey(named);
    const receipt = await sent(() => this.exchange.createPool(key));
    return { poolId: eventIn(this.exchange, receipt, "PoolCreated").args.poolId as bigint, receipt };
  }

  /** Deposits at most these amounts in the pool's ratio. */
  async addLiquidity(
    named: PoolKey,
    amount0Max: bigint,
    amount1Max: bigint,
    options: TradeOptions = {},
  ): Promise<ContractTransactionReceipt> {
    const key = plainKey(named);
    const quoted = deposit(await this.pool(key), amount0Max, amount1Max);
    const least = lowerBound(quoted?.shares ?? 0n, options.slippageBps);
    const { recipient, deadline } = await this.#terms(options);
    await this.#approve(key.token0, amount0Max, quoted?.amount0);
    await this.#approve(key.token1, amount1Max, quoted?.amount1);
    return sent(() =>
      this.exchange.addLiquidity(key, amount0Max, amount1Max, least, recipient, deadline, {
        value: isZeroAddress(key.token0) ? amount0Max : 0n,
      }),
    );
  }

  /** Deposits one token, of which the right part is swapped. */
  async addLiquiditySingle(
    named: PoolKey,
    token: string,
    amountIn: bigint,
    options: TradeOptions = {},
  ): Promise<ContractTransactionReceipt> {
    const key = plainKey(named);
    const tokenIn = canonicalAddress(token, "tokenIn");
    const pool = await this.pool(key);
    const quoted = depositSingle(pool, sameAddress(tokenIn, key.token0), amountIn, key.feeBps, pool.protocolShare);
    const least = lowerBound(quoted ?? 0n, options.slippageBps);
    const { recipient, deadline } = await this.#terms(options);
    await this.#approve(tokenIn, amountIn);
    return sent(() =>
      this.exchange.addLiquiditySingle(key, tokenIn, amountIn, least, recipient, deadline, {
        value: isZeroAddress(tokenIn) ? amountIn : 0n,
      }),
    );
  }

  /** Burns shares of the signer for at least what they redeem now, less the slippage. */
  async removeLiquidity(
    named: PoolKey,
    shares: bigint,
    options: TradeOptions = {},
  ): Promise<ContractTransactionReceipt> {
    const key = plainKey(named);
    const { amount0, amount1 } = withdrawal(await this.pool(key), shares);
    // A few shares can be worth nothing of one token; nothing is then what they are bound to.
    const least = (amount: bigint): bigint => (amount === 0n ? 0n : lowerBound(amount, options.slippageBps));
    const { recipient, deadline } = await this.#terms(options);
    return sent(() => this.exchange.removeLiquidity(key, shares, least(amount0), least(amount1), recipient, deadline));
  }

  /** What an account holds in every pool, what of it came from fees, and how it did against holding. */
  async positions(account: string): Promise<Position[]> {
    const owner = canonicalAddress(account, "owner");
    const pools = await this.pools();
    const positions = await Promise.all(
      pools.map(async (pool): Promise<Position> => {
        const shares = await explained(() => this.exchange.balanceOf(owner, pool.id));
        return { pool, ...positionFigures(pool, await this.#movements(pool.id, owner), shares) };
      }),
    );
    return positions.filter(({ shares }) => shares > 0n);
  }

  async #movements(poolId: bigint, owner: string): Promise<Movement[]> {
    const { filters } = this.exchange;
    const from = this.addresses.fromBlock ?? 0;
    const [added, removed] = await explained(() =>
      Promise.all([
        this.exchange.queryFilter(filters.LiquidityAdded(poolId, owner), from),
        this.exchange.queryFilter(filters.LiquidityRemoved(poolId, owner), from),
      ]),
    );
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

  async #account(): Promise<string> {
    if (!("getAddress" in this.#runner)) throw fail("SIGNER_MISSING");
    return canonicalAddress(await this.#runner.getAddress(), "signer");
  }

  async #terms(options: TradeOptions): Promise<{ recipient: string; deadline: bigint }> {
    const block = await explained(async () => this.#runner.provider?.getBlock("latest"));
    const now = block?.timestamp ?? Math.floor(Date.now() / 1000);
    return {
      recipient: canonicalAddress(options.recipient ?? (await this.#account()), "recipient"),
      deadline: BigInt(now + (options.validFor ?? DEFAULT_VALID_FOR)),
    };
  }

  async #approve(token: string, amount: bigint, needed = amount): Promise<void> {
    if (isZeroAddress(token)) return;
    const account = await this.#account();
    const contract = IERC20__factory.connect(token, this.#runner);
    const [allowed, balance] = await explained(() =>
      Promise.all([contract.allowance(account, this.addresses.Exchange), contract.balanceOf(account)]),
    );
    // no allowance is paid for when the trade could not be
    if (balance < needed) throw fail("TOKEN_BALANCE_TOO_LOW", { token, account, balance, needed });
    if (allowed >= amount) return;
    // Some tokens change an allowance only from zero.
    if (allowed > 0n) await sent(() => contract.approve(this.addresses.Exchange, 0n));
    await sent(() => contract.approve(this.addresses.Exchange, amount));
  }
}

function plainKey({ token0, token1, feeBps }: PoolKey): PoolKey {
  return { token0: canonicalAddress(token0, "token0"), token1: canonicalAddress(token1, "token1"), feeBps };
}

function inputOf(route: Route): string {
  const [first] = route.legs;
  if (first === undefined) throw fail("NO_ROUTE", { tokenIn: "nothing", tokenOut: "nothing" });
  return canonicalAddress(first.tokenIn, "tokenIn");
}
