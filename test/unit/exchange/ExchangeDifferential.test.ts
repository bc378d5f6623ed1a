import { setBlockGasLimit } from "@nomicfoundation/hardhat-network-helpers";
import pairArtifact from "@uniswap/v2-core/build/UniswapV2Pair.json";
import { expect } from "chai";
import type { Log } from "ethers";
import { ethers } from "hardhat";
import { times } from "../../support/extent";
import { inFor, MAX_RESERVE, MINIMUM_SHARES, outOf, sqrt } from "./fixture";

const SEED = Number(process.env.SEED ?? 20260101);
/** Pools, each with another depth. */
const ARENAS = times(40);
/** Operations of one transaction; the trace of a transaction is kept in memory. */
const BATCH = 25;
const OPERATIONS = 500 * ARENAS;

enum Kind {
  Sell0,
  Sell1,
  Buy1,
  Buy0,
  Add,
  Remove,
}

type Operation = { kind: Kind; a: bigint; b: bigint };
type Model = { reserve0: bigint; reserve1: bigint; shares: bigint };

/** A small seeded generator (mulberry32), so that a failure can be played again. */
function randomness(seed: number) {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  /** Log-uniform from 1 to 2^bits - 1. */
  const amount = (bits: number): bigint => {
    const top = BigInt(Math.floor(unit() * bits));
    let value = 1n << top;
    for (let i = 0n; i < top; i += 30n) value ^= BigInt(Math.floor(unit() * 1_073_741_824)) << i;
    return (value & ((1n << (top + 1n)) - 1n)) | (1n << top);
  };
  return { unit, amount };
}

/** What the operation should return, and its effect on the model; null when it should be refused. */
function playModel(model: Model, { kind, a, b }: Operation): [bigint, bigint] | null {
  const min = (x: bigint, y: bigint) => (x < y ? x : y);
  const { reserve0, reserve1, shares } = model;
  if (kind === Kind.Remove) {
    if (a === 0n || a > shares - MINIMUM_SHARES) return null;
    const amounts: [bigint, bigint] = [(a * reserve0) / shares, (a * reserve1) / shares];
    // Uniswap refuses to burn shares that are worth nothing of a token; the generator does not ask for it.
    Object.assign(model, { reserve0: reserve0 - amounts[0], reserve1: reserve1 - amounts[1], shares: shares - a });
    return amounts;
  }
  if (kind === Kind.Add) {
    if (a > MAX_RESERVE - reserve0 || b > MAX_RESERVE - reserve1) return null;
    const wanted = min((a * shares) / reserve0, (b * shares) / reserve1);
    const up = (reserve: bigint) => (wanted * reserve + shares - 1n) / shares;
    const [amount0, amount1] = [up(reserve0), up(reserve1)];
    const minted = min((amount0 * shares) / reserve0, (amount1 * shares) / reserve1);
    if (minted === 0n) return null;
    Object.assign(model, { reserve0: reserve0 + amount0, reserve1: reserve1 + amount1, shares: shares + minted });
    return [amount0, amount1];
  }
  const zeroIn = kind === Kind.Sell0 || kind === Kind.Buy1;
  const exactIn = kind === Kind.Sell0 || kind === Kind.Sell1;
  const [reserveIn, reserveOut] = zeroIn ? [reserve0, reserve1] : [reserve1, reserve0];
  if (!exactIn && a >= reserveOut) return null;
  const amountIn = exactIn ? a : inFor(a, reserveIn, reserveOut);
  const amountOut = exactIn ? outOf(a, reserveIn, reserveOut) : a;
  if (amountOut === 0n || amountIn > MAX_RESERVE - reserveIn) return null;
  const [nextIn, nextOut] = [reserveIn + amountIn, reserveOut - amountOut];
  Object.assign(model, zeroIn ? { reserve0: nextIn, reserve1: nextOut } : { reserve0: nextOut, reserve1: nextIn });
  return [exactIn ? amountOut : amountIn, 0n];
}

describe("Exchange beside Uniswap v2", () => {
  // claim(invariants#exchange): a pool at 30 basis points returns what a pair of Uniswap v2 returns | those who trade
  //   or withdraw against the others in the pool
  it(`returns what a real pair and a big-integer model return, over ${OPERATIONS} operations (seed ${SEED})`, async function () {
    this.timeout(600_000);
    await setBlockGasLimit(200_000_000);
    const [admin] = await ethers.getSigners();
    const authority = await ethers.deployContract("TestAuthority", [admin]);
    const exchange = await ethers.deployContract("Exchange", [authority, admin]);
    const driver = await ethers.deployContract("DifferentialDriver", [exchange]);
    const { unit, amount } = randomness(SEED);
    const done = new Array<number>(6).fill(0);
    let played = 0;

    for (let arena = 0; arena < ARENAS; arena++) {
      const [amount0, amount1] = [(1n << 20n) + amount(110), (1n << 20n) + amount(110)];
      await driver.open(`0x${pairArtifact.evm.bytecode.object}`, amount0, amount1, { gasLimit: 30_000_000 });
      const model: Model = { reserve0: amount0, reserve1: amount1, shares: sqrt(amount0 * amount1) };

      for (let batch = 0; batch < OPERATIONS / ARENAS; batch += BATCH) {
        const operations: Operation[] = [];
        const expected: bigint[] = [];
        for (let i = 0; i < BATCH; i++) {
          const kind = Math.floor(unit() * 6) as Kind;
          const { reserve0, reserve1, shares } = model;
          const operation: Operation = { kind, a: amount(112), b: amount(112) };
          if (kind === Kind.Remove) {
            // Half the requests are for all there is of the shares at most; none is worth nothing.
            operation.a = operation.a % shares;
            if (operation.a * reserve0 < shares || operation.a * reserve1 < shares) operation.kind = Kind.Sell0;
          }
          if (operation.kind === Kind.Buy0 && unit() < 0.8) operation.a = (operation.a % reserve0) + 1n;
          if (operation.kind === Kind.Buy1 && unit() < 0.8) operation.a = (operation.a % reserve1) + 1n;
          const k = model.reserve0 * model.reserve1;
          const result = playModel(model, operation);
          if (result !== null) done[operation.kind]! += 1;
          if (operation.kind < Kind.Add) expect(model.reserve0 * model.reserve1).to.be.at.least(k);
          operations.push(operation);
          expected.push(...(result ?? [0n, 0n]));
        }
        const receipt = await (await driver.play(operations, { gasLimit: 190_000_000 })).wait();
        const log = receipt!.logs.find((entry: Log) => entry.address === driver.target && entry.topics.length === 1)!;
        const { results } = driver.interface.parseLog(log)!.args;
        expect([...(results as bigint[])]).to.deep.equal(expected);
        played += BATCH;
      }
    }
    expect(played).to.equal(OPERATIONS);
    console.log(`      done, by kind: ${done.map((count, kind) => `${Kind[kind]} ${count}`).join(", ")}`);
    for (const count of done) expect(count).to.be.greaterThan(OPERATIONS / 50);
  });
});
