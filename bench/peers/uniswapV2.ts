import type { Contract, Wallet } from "ethers";
import { type Chain, FAR_DEADLINE } from "../lib/chain";
import type { Figures } from "../lib/types";

const PERIPHERY = "@uniswap/v2-periphery/build";
const ONE = 10n ** 18n;
const DEPTH = 1_000_000n * ONE;

export type UniswapV2Operation =
  | "swap1"
  | "swap2"
  | "swap3"
  | "swapNative"
  | "createPool"
  | "addFirst"
  | "addSecond"
  | "addNew"
  | "addAgain"
  | "remove";

/** Uniswap v2: a contract for each pair, reached through Router02 with its bounds and deadline. */
export async function uniswapV2(chain: Chain): Promise<Figures<UniswapV2Operation>> {
  const [owner, provider, trader] = await chain.actors(3, "uniswap");
  const factory = await chain.deploy("@uniswap/v2-core/build/UniswapV2Factory.json", owner, owner.address);
  const weth = await chain.deploy(`${PERIPHERY}/WETH9.json`, owner);
  const router = await chain.deploy(
    `${PERIPHERY}/UniswapV2Router02.json`,
    owner,
    await factory.getAddress(),
    await weth.getAddress(),
  );
  const tokens: Contract[] = [];
  for (const symbol of ["AAA", "BBB", "CCC", "DDD"]) tokens.push(await chain.token(owner, symbol));
  for (const token of tokens) {
    for (const person of [provider, trader]) await chain.fund(token, owner, person, 10n * DEPTH, router);
  }
  const addresses = await Promise.all(tokens.map((token) => token.getAddress()));
  const add = (from: Wallet, a: string, b: string, amount: bigint) =>
    chain.gas(from, router, "addLiquidity", [a, b, amount, amount, 1n, 1n, from.address, FAR_DEADLINE]);

  await chain.gas(owner, factory, "createPair", addresses.slice(2, 4));
  const createPool = await chain.gas(owner, factory, "createPair", addresses.slice(0, 2));
  const addFirst = await add(provider, addresses[0], addresses[1], DEPTH);
  const second = await chain.actor("uniswap.second");
  for (const token of tokens) await chain.fund(token, owner, second, DEPTH, router);
  // the pair's two price sums leave zero here, once in its life
  const addSecond = await add(second, addresses[0], addresses[1], 1_000n * ONE);
  await add(provider, addresses[1], addresses[2], DEPTH);
  await add(provider, addresses[2], addresses[3], DEPTH);
  const native = [addresses[0], DEPTH, 1n, 1n, provider.address, FAR_DEADLINE];
  await chain.gas(provider, router, "addLiquidityETH", native, 1_000n * ONE);

  const swap = (hops: number) =>
    chain.gas(trader, router, "swapExactTokensForTokens", [
      ONE,
      1n,
      addresses.slice(0, hops + 1),
      trader.address,
      FAR_DEADLINE,
    ]);
  const swapNative = async () => {
    const path = [await weth.getAddress(), addresses[0]];
    return chain.gas(trader, router, "swapExactETHForTokens", [1n, path, trader.address, FAR_DEADLINE], ONE);
  };
  for (let i = 0; i < 3; i++) {
    await swap(3);
    await swapNative();
  }
  const swaps = { swap1: await swap(1), swap2: await swap(2), swap3: await swap(3), swapNative: await swapNative() };

  const addNew = await add(trader, addresses[0], addresses[1], 1_000n * ONE);
  const addAgain = await add(trader, addresses[0], addresses[1], 1_000n * ONE);
  const pair = await chain.ethers.getContractAt(
    ["function approve(address,uint256) returns (bool)"],
    await factory.getPair(addresses[0], addresses[1]),
    trader,
  );
  await pair.approve(await router.getAddress(), 2n ** 256n - 1n);
  const remove = await chain.gas(trader, router, "removeLiquidity", [
    addresses[0],
    addresses[1],
    500n * ONE,
    1n,
    1n,
    trader.address,
    FAR_DEADLINE,
  ]);
  return { ...swaps, createPool, addFirst, addSecond, addNew, addAgain, remove };
}
