import { type Contract, type Wallet, ZeroAddress } from "ethers";
import { type Chain, FAR_DEADLINE } from "../lib/chain";
import { compare, type Context } from "../lib/context";
import { type Floors, SLOT_CHANGE, intrinsic, log, measureFloors } from "../lib/floors";
import { PEER } from "../lib/peers";
import type { Entry } from "../lib/types";
import { uniswapV2 } from "../peers/uniswapV2";
import { uniswapV4 } from "../peers/uniswapV4";

const ONE = 10n ** 18n;
const DEPTH = 1_000_000n * ONE;
const FEE_BPS = 30n;
const PERIOD = 300;
const POOLS = 10_000;
/** Calldata that does not depend on luck: the deadline is the same in each run, bounds are one unit. */
const BOUND = 1n;

interface Deployed {
  chain: Chain;
  exchange: Contract;
  address: string;
  owner: Wallet;
  provider: Wallet;
  trader: Wallet;
  tokens: string[];
  contracts: Contract[];
}

type Key = [token0: string, token1: string, feeBps: bigint];

/** Swaps, liquidity and loans in steady state, beside Uniswap v2 and v4. */
export async function run(context: Context): Promise<Entry[]> {
  const v2 = await context.peer(PEER.uniswapV2, uniswapV2);
  const v4 = await context.peer(PEER.uniswapV4, uniswapV4);

  context.say("deploying the exchange and its pools");
  const deployed = await deploy(context.chain);
  const floors = await measureFloors(context.chain);
  const createPool = await create(deployed);
  await open(deployed);

  context.say("swapping, adding, removing, lending");
  const first = await firstOfPeriod(deployed);
  const swaps = [await swap(deployed, 1), await swap(deployed, 2), await swap(deployed, 3)];
  const native = await swapNative(deployed);
  const shared = await swapWithShare(deployed);
  const liquidity = await addAndRemove(deployed);
  const loan = await borrow(deployed);
  const crowded = await swapAmong(context, deployed);

  const swapFloor = (hops: number) => floorOfSwap(deployed, floors, hops);
  return [
    ...compare("exchange.swap1", swaps[0], { [PEER.uniswapV2]: v2.swap1, [PEER.uniswapV4]: v4.swap1 }, swapFloor(1)),
    ...compare("exchange.swap2", swaps[1], { [PEER.uniswapV2]: v2.swap2 }, swapFloor(2)),
    ...compare("exchange.swap3", swaps[2], { [PEER.uniswapV2]: v2.swap3 }, swapFloor(3)),
    ...compare("exchange.swap1FirstOfPeriod", first, {}, swapFloor(1) + SLOT_CHANGE),
    ...compare("exchange.swap1WithProtocolShare", shared, {}, swapFloor(1) + SLOT_CHANGE),
    ...compare("exchange.swapNative", native, { [PEER.uniswapV2]: v2.swapNative }),
    ...compare("exchange.createPool", createPool, { [PEER.uniswapV2]: v2.createPool, [PEER.uniswapV4]: v4.createPool }),
    ...compare("exchange.addAgain", liquidity.addAgain, { [PEER.uniswapV2]: v2.addAgain }),
    // The known figure of a new provider is that of a pair's second deposit ever, which starts its two price sums.
    ...compare("exchange.addNew", liquidity.addNew, { [PEER.uniswapV2]: v2.addSecond }),
    ...compare("exchange.addNewLater", liquidity.addNew, { [PEER.uniswapV2]: v2.addNew }),
    ...compare("exchange.remove", liquidity.remove, { [PEER.uniswapV2]: v2.remove }),
    ...compare("exchange.swap1@10000", crowded, {}, swapFloor(1)),
    ...compare("exchange.flashLoan", loan),
  ];
}

async function deploy(chain: Chain): Promise<Deployed> {
  const [owner, provider, trader] = await chain.actors(3, "exchange");
  const authority = await chain.ours("Authority", owner, owner.address);
  const exchange = await chain.ours("Exchange", owner, await authority.getAddress(), owner.address);
  const contracts: Contract[] = [];
  for (const symbol of ["AAA", "BBB", "CCC", "DDD"]) {
    const token = await chain.token(owner, symbol);
    for (const person of [provider, trader]) await chain.fund(token, owner, person, 10n * DEPTH, exchange);
    contracts.push(token);
  }
  const tokens = await Promise.all(contracts.map((token) => token.getAddress()));
  return { chain, exchange, address: await exchange.getAddress(), owner, provider, trader, tokens, contracts };
}

function keyOf(a: string, b: string, feeBps = FEE_BPS): Key {
  return BigInt(a) < BigInt(b) ? [a, b, feeBps] : [b, a, feeBps];
}

async function create({ chain, exchange, owner, tokens }: Deployed): Promise<number> {
  await chain.gas(owner, exchange, "createPool", [keyOf(tokens[0], tokens[3])]);
  return chain.gas(owner, exchange, "createPool", [keyOf(tokens[0], tokens[1])]);
}

/** Three pools in a row and one of the native coin, whose oracles have turned round once as far as gas can tell. */
async function open({ chain, exchange, provider, tokens }: Deployed): Promise<void> {
  const keys = [keyOf(tokens[0], tokens[1]), keyOf(tokens[1], tokens[2]), keyOf(tokens[2], tokens[3])];
  for (const key of keys) await add({ chain, exchange }, provider, key, DEPTH);
  const native = keyOf(ZeroAddress, tokens[0]);
  const amounts = [1_000n * ONE, DEPTH, BOUND, provider.address, FAR_DEADLINE];
  await chain.gas(provider, exchange, "addLiquidity", [native, ...amounts], 1_000n * ONE);
  for (const key of [...keys, native]) await chain.gas(provider, exchange, "prepareOracle", [key, 512n]);
}

function add({ chain, exchange }: Pick<Deployed, "chain" | "exchange">, from: Wallet, key: Key, amount: bigint) {
  return chain.gas(from, exchange, "addLiquidity", [key, amount, amount, BOUND, from.address, FAR_DEADLINE]);
}

function swapArguments({ tokens, trader }: Deployed, hops: number): unknown[] {
  const path = tokens.slice(1, hops + 1).map((token) => BigInt(token) | (FEE_BPS << 160n));
  return [tokens[0], path, ONE, BOUND, trader.address, FAR_DEADLINE];
}

function swap(deployed: Deployed, hops: number): Promise<number> {
  return deployed.chain.gas(deployed.trader, deployed.exchange, "swapExactIn", swapArguments(deployed, hops));
}

/** Waits for the first second of an oracle period, so that what follows stays within it. */
async function nextPeriod(chain: Chain): Promise<void> {
  await chain.wait(PERIOD - ((await chain.now()) % PERIOD));
}

async function firstOfPeriod(deployed: Deployed): Promise<number> {
  for (let i = 0; i < 3; i++) await swap(deployed, 3);
  await nextPeriod(deployed.chain);
  const first = await swap(deployed, 1);
  await swap(deployed, 3);
  return first;
}

async function swapNative({ chain, exchange, trader, tokens }: Deployed): Promise<number> {
  const path = [BigInt(tokens[0]) | (FEE_BPS << 160n)];
  const sell = () =>
    chain.gas(trader, exchange, "swapExactIn", [ZeroAddress, path, ONE, BOUND, trader.address, FAR_DEADLINE], ONE);
  await sell();
  return sell();
}

async function swapWithShare(deployed: Deployed): Promise<number> {
  const { chain, exchange, owner, tokens } = deployed;
  const set = async (percent: bigint) => {
    await chain.gas(owner, exchange, "setProtocolShare", [percent]);
    await chain.gas(owner, exchange, "applyProtocolShare", [keyOf(tokens[0], tokens[1])]);
  };
  await set(20n);
  await swap(deployed, 1);
  const gas = await swap(deployed, 1);
  await set(0n);
  return gas;
}

async function addAndRemove(deployed: Deployed) {
  const { chain, exchange, trader, tokens } = deployed;
  const key = keyOf(tokens[1], tokens[2]);
  const addNew = await add(deployed, trader, key, 1_000n * ONE);
  const addAgain = await add(deployed, trader, key, 1_000n * ONE);
  const removal = [key, 500n * ONE, BOUND, BOUND, trader.address, FAR_DEADLINE];
  const remove = await chain.gas(trader, exchange, "removeLiquidity", removal);
  return { addNew, addAgain, remove };
}

async function borrow({ chain, exchange, address, owner, tokens, contracts }: Deployed): Promise<number> {
  const borrower = await chain.ours("IdleBorrower", owner, address);
  const receiver = await borrower.getAddress();
  await chain.gas(owner, borrower, "approve", [tokens[0]]);
  await chain.gas(owner, contracts[0], "transfer", [receiver, ONE]);
  await chain.gas(owner, exchange, "flashLoan", [receiver, tokens[0], 1_000n * ONE, "0x"]);
  return chain.gas(owner, exchange, "flashLoan", [receiver, tokens[0], 1_000n * ONE, "0x"]);
}

/** The same swap when the contract holds 10,000 pools more. */
async function swapAmong(context: Context, deployed: Deployed): Promise<number> {
  const { chain, exchange, owner } = deployed;
  for (let i = 1; i <= POOLS; i++) {
    // Creating a pool asks nothing of its tokens, so that their addresses need no contract.
    const token = `0x${i.toString(16).padStart(40, "0")}`;
    await chain.gas(owner, exchange, "createPool", [keyOf(token, deployed.tokens[0])]);
    if (i % 2_500 === 0) context.say(`${i} pools created`);
  }
  await nextPeriod(chain);
  await swap(deployed, 1);
  return swap(deployed, 1);
}

/** Intrinsic gas, the two transfers, what a hop must write and tell: its reserves, its price sum and one event. */
function floorOfSwap(deployed: Deployed, floors: Floors, hops: number): number {
  const data = deployed.exchange.interface.encodeFunctionData("swapExactIn", swapArguments(deployed, hops));
  return intrinsic(data) + floors.transferFrom + floors.transfer + hops * (2 * SLOT_CHANGE + log(3, 64));
}
