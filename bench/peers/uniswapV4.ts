import { Contract } from "ethers";
import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const OUT = "@uniswap/v4-core/out";
const NOBODY = "0x0000000000000000000000000000000000000000";
const NO_SALT = `0x${"0".repeat(64)}`;
const ONE = 10n ** 18n;
const FEE = 3_000n;
const SPACING = 60n;
const FULL_RANGE = 887_220n;
const PRICE_ONE = 2n ** 96n;
const LOWEST_PRICE = 4_295_128_740n;
const LIQUIDITY = 1_000_000n * ONE;

const SWAP = "swap((address,address,uint24,int24,address),(bool,int256,uint160),(bool,bool),bytes)";
const MODIFY = "modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,bytes32),bytes)";

/** Uniswap v4: all pools in one manager, reached through the routers of its own test suite; full range, no hooks. */
export async function uniswapV4(
  chain: Chain,
): Promise<Figures<"swap1" | "createPool" | "addFirst" | "addAgain" | "remove">> {
  const [owner, person] = await chain.actors(2, "uniswap4");
  const manager = await chain.deploy(`${OUT}/PoolManager.sol/PoolManager.json`, owner, owner.address);
  const address = await manager.getAddress();
  const swapper = await chain.deploy(`${OUT}/PoolSwapTest.sol/PoolSwapTest.json`, owner, address);
  const adder = await chain.deploy(`${OUT}/PoolModifyLiquidityTest.sol/PoolModifyLiquidityTest.json`, owner, address);
  const tokens: Contract[] = [];
  for (const symbol of ["AAA", "BBB"]) {
    const token = await chain.token(owner, symbol);
    await chain.fund(token, owner, person, 10n * LIQUIDITY, swapper, adder);
    tokens.push(token);
  }
  const [currency0, currency1] = (await Promise.all(tokens.map((token) => token.getAddress()))).sort((a, b) =>
    BigInt(a) < BigInt(b) ? -1 : 1,
  );
  const pool = [currency0, currency1, FEE, SPACING, NOBODY];
  await chain.gas(owner, manager, "initialize", [[currency0, currency1, 500n, 10n, NOBODY], PRICE_ONE]);
  const createPool = await chain.gas(owner, manager, "initialize", [pool, PRICE_ONE]);

  const modify = (amount: bigint) =>
    chain.gas(person, adder, MODIFY, [pool, [-FULL_RANGE, FULL_RANGE, amount, NO_SALT], "0x"]);
  const swap = () => chain.gas(person, swapper, SWAP, [pool, [true, -ONE, LOWEST_PRICE], [false, false], "0x"]);
  const addFirst = await modify(LIQUIDITY);
  for (let i = 0; i < 3; i++) await swap();
  const swap1 = await swap();
  // between two changes of a position somebody swaps, so its fees are due at each
  await modify(1_000n * ONE);
  await swap();
  const addAgain = await modify(1_000n * ONE);
  await swap();
  const remove = await modify(-500n * ONE);
  return { swap1, createPool, addFirst, addAgain, remove };
}
