import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { Exchange } from "../../../typechain-types";
import {
  add,
  deployExchange,
  hop,
  type Key,
  keyOf,
  MAX_RESERVE,
  NEVER,
  nextPeriod,
  poolId,
  stateOf,
  UNIT,
} from "./fixture";

const DAY = 86_400;
const Q128 = 2 ** 128;
const asNumber = (priceX128: bigint): number => Number(priceX128) / Q128;
const close = (actual: number, expected: number, tolerance = 1e-8): void => {
  expect(Math.abs(actual / expected - 1)).to.be.below(tolerance);
};

/** Swaps a little of the pool's first token and gives the gas of it. */
const swapping = (exchange: Exchange, key: Key, trader: HardhatEthersSigner) => async (): Promise<bigint> => {
  const sent = await exchange.connect(trader).swapExactIn(key.token0, [hop(key.token1)], 1000, 0, trader, NEVER);
  return (await sent.wait())!.gasUsed;
};

/** Sells so much of either token that the price (token1 per token0) becomes about `target`. */
async function moveTo(
  exchange: Exchange,
  actors: Awaited<ReturnType<typeof deployExchange>>["actors"],
  key: Key,
  target: number,
) {
  const { reserve0, reserve1 } = await stateOf(exchange, key);
  const factor = Math.sqrt(target / (Number(reserve1) / Number(reserve0)));
  const bob = exchange.connect(actors.bob);
  const sell0 = factor < 1;
  const reserve = sell0 ? reserve0 : reserve1;
  const amount = BigInt(Math.floor(Number(reserve) * ((sell0 ? 1 / factor : factor) - 1) * 1.0015));
  await bob.swapExactIn(
    sell0 ? key.token0 : key.token1,
    [hop(sell0 ? key.token1 : key.token0)],
    amount,
    0,
    actors.bob,
    NEVER,
  );
  const state = await stateOf(exchange, key);
  return Number(state.reserve1) / Number(state.reserve0);
}

describe("Exchange oracle", () => {
  describe("consult", () => {
    it("reverts on windows below 10 minutes and above a day", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      for (const window of [0, 599, DAY + 1]) {
        await expect(exchange.consult(keys.key01, window))
          .to.be.revertedWithCustomError(exchange, "Exchange_WindowOutOfRange")
          .withArgs(window, 600, DAY);
      }
    });

    it("reverts while history is too short, by one second, and without any", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const key = { ...keys.key01, feeBps: 100n };
      await expect(exchange.consult(key, 600))
        .to.be.revertedWithCustomError(exchange, "Exchange_HistoryTooShort")
        .withArgs(poolId(key), 600, 0);
      await add(exchange, actors.alice, key, UNIT, UNIT);
      const start = await time.latest();
      await time.increaseTo(start + 599);
      await expect(exchange.consult(key, 600))
        .to.be.revertedWithCustomError(exchange, "Exchange_HistoryTooShort")
        .withArgs(poolId(key), 600, 599);
      await time.increaseTo(start + 600);
      close(asNumber(await exchange.consult(key, 600)), 1);
    });

    it("returns the price of token0 in token1 of a pool nobody touched, for every window", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      await time.increase(DAY);
      for (const window of [600, 1800, 12_345, DAY]) close(asNumber(await exchange.consult(keys.key01, window)), 4);
    });

    it("is the geometric mean weighted by time, to the second", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await time.increase(DAY);
      await nextPeriod();
      const first = await moveTo(exchange, actors, keys.key01, 8);
      const movedAt = await time.latest();
      await time.increaseTo(movedAt + 100);
      const second = await moveTo(exchange, actors, keys.key01, 2);
      const secondAt = await time.latest();
      await time.increaseTo(movedAt + 600);
      const start = movedAt + 600 - 900;
      const mean = (4 ** (movedAt - start) * 1) ** (1 / 900);
      const expected = mean * first ** ((secondAt - movedAt) / 900) * second ** ((movedAt + 600 - secondAt) / 900);
      close(asNumber(await exchange.consult(keys.key01, 900)), expected, 1e-6);
    });

    it("interpolates between two records and is exact after the last touch", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await time.increase(DAY);
      await nextPeriod();
      const price = await moveTo(exchange, actors, keys.key01, 9);
      await time.increase(3600);
      close(asNumber(await exchange.consult(keys.key01, 1800)), price);
      await moveTo(exchange, actors, keys.key01, 3);
      await time.increase(300);
      const answer = asNumber(await exchange.consult(keys.key01, 2000));
      expect(answer).to.be.within(2.9, price);
    });

    it("stays within the range of prices seen when the ring has turned round twice", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const prices: number[] = [4];
      for (let i = 0; i < 1100; i++) {
        await nextPeriod();
        if (i % 100 === 0) prices.push(await moveTo(exchange, actors, keys.key01, 3 + ((i / 100) % 3)));
        else {
          await exchange
            .connect(actors.bob)
            .swapExactIn(keys.key01.token0, [hop(keys.key01.token1)], 1000, 0, actors.bob, NEVER);
        }
      }
      expect((await stateOf(exchange, keys.key01)).observationCount).to.be.within(512n, 1023n);
      for (const window of [600, 1800, 40_000, DAY]) {
        const answer = asNumber(await exchange.consult(keys.key01, window));
        expect(answer).to.be.within(Math.min(...prices) * 0.999999, Math.max(...prices) * 1.000001);
      }
    });

    // claim(attacks#exchange): oracle history flushed by one swap per block: at most one record per period
    it("keeps a day of history through a swap in every block", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await time.increase(DAY);
      const before = (await stateOf(exchange, keys.key01)).observationCount;
      await nextPeriod();
      for (let i = 0; i < 40; i++) {
        await exchange
          .connect(actors.bob)
          .swapExactIn(keys.key01.token0, [hop(keys.key01.token1)], 1000, 0, actors.bob, NEVER);
      }
      expect((await stateOf(exchange, keys.key01)).observationCount).to.equal(before + 1n);
      close(asNumber(await exchange.consult(keys.key01, DAY)), 4);
    });

    // claim(attacks#exchange): same-block price: a price that lasted for no time weighs nothing
    it("is out of reach of a swap in the same block", async () => {
      const { exchange, keys, actors, tokens } = await loadFixture(deployExchange);
      await time.increase(DAY);
      const before = await exchange.consult(keys.key01, 600);
      const puppet = await ethers.deployContract("Marionette");
      const reader = await ethers.deployContract("OracleReader");
      await tokens[0].mint(puppet, 1_000_000n * UNIT);
      await puppet.execute(
        tokens[0],
        tokens[0].interface.encodeFunctionData("approve", [exchange.target, MAX_RESERVE]),
      );
      await puppet.prepare(
        reader,
        reader.interface.encodeFunctionData("read", [exchange.target as string, keys.key01, 600]),
      );
      const path = [hop(tokens[1])];
      const wanted = 3600n * UNIT;
      await exchange.connect(actors.bob).flashSwap(puppet, tokens[0], path, wanted, MAX_RESERVE, "0x");
      close(asNumber(await reader.price()), asNumber(before));
      const state = await stateOf(exchange, keys.key01);
      expect(Number(state.reserve1) / Number(state.reserve0)).to.be.below(0.1);
    });
  });

  describe("prepareOracle", () => {
    it("reverts before the first deposit", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      const key = { ...keys.key01, feeBps: 100n };
      await expect(exchange.prepareOracle(key, 1))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(key));
    });

    it("spares the first swap of a period the price of a new place, and changes no answer", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const swap = swapping(exchange, keys.key01, actors.bob);
      await swap();
      await nextPeriod();
      const dear = await swap();
      await exchange.prepareOracle(keys.key01, 1000);
      await nextPeriod();
      expect(dear - (await swap())).to.equal(17_100n);
      await exchange.prepareOracle(keys.key01, 0);
      await time.increase(600);
      close(asNumber(await exchange.consult(keys.key01, 600)), 4);
    });

    it("writes as many places as it was asked for", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const swap = swapping(exchange, keys.key01, actors.bob);
      await swap();
      await nextPeriod();
      const dear = await swap();
      await exchange.prepareOracle(keys.key01, 1);
      await nextPeriod();
      expect(dear - (await swap())).to.equal(17_100n);
      await nextPeriod();
      expect(await swap()).to.equal(dear);
    });
  });

  describe("extremes", () => {
    // claim(attacks#exchange): a price so extreme that the oracle closes the exit: the ratio never rounds to 0
    it("never close a pool whose price is 2^-111 or 2^111", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      for (const token of tokens) await token.mint(actors.alice, MAX_RESERVE);
      const pairs = [
        [2n, MAX_RESERVE - UNIT],
        [MAX_RESERVE - UNIT, 2n],
      ] as const;
      for (const [i, [amount0, amount1]] of pairs.entries()) {
        const key = keyOf(tokens[0].target as string, tokens[2].target as string, i === 0 ? 30n : 100n);
        await add(exchange, actors.alice, key, amount0, amount1);
        await time.increase(301);
        const small = i === 0 ? key.token0 : key.token1;
        const large = i === 0 ? key.token1 : key.token0;
        const alice = exchange.connect(actors.alice);
        await alice.swapExactIn(small, [hop(large, key.feeBps)], 1, 0, actors.alice, NEVER);
        await time.increase(301);
        const shares = await exchange.balanceOf(actors.alice, poolId(key));
        await alice.removeLiquidity(key, shares, 0, 0, actors.alice, NEVER);
        const { reserve0, reserve1 } = await stateOf(exchange, key);
        expect(reserve0).to.be.greaterThan(0n);
        expect(reserve1).to.be.greaterThan(0n);
        expect(await exchange.consult(key, 600)).to.be.greaterThan(0n);
      }
    });
  });

  describe("logarithm and exponential", () => {
    it("are as correct as they promise, and monotone, over the whole range", async () => {
      const math = await ethers.deployContract("ExchangeMathHarness");
      let last = -(10n ** 30n);
      let lastExp = 0n;
      for (let bit = 16; bit < 240; bit++) {
        for (const ratio of [1n << BigInt(bit), (3n << BigInt(bit)) / 2n, (1n << BigInt(bit + 1)) - 1n]) {
          const ln = await math.lnX128(ratio);
          expect(ln).to.be.at.least(last);
          last = ln;
          const expected = Math.log(Number(ratio)) - 128 * Math.LN2;
          expect(Math.abs(Number(ln) / 1e18 - expected)).to.be.below(1e-8);
          const back = await math.expX128(ln);
          expect(back).to.be.at.least(lastExp);
          lastExp = back;
          // the ratio 2^28 is the price 2^-100; the lowest that reserves can have is 2^16
          expect(Math.abs(Number(back) / Number(ratio) - 1)).to.be.below(bit >= 28 ? 1e-8 : 2 ** -15);
        }
      }
      expect(await math.lnX128(1)).to.equal(-128n * 693147180559945309n);
      expect(await math.lnRatio(7, 7)).to.equal(0);
    });

    it("truncates every term of the series, so that no ratio is above what its octave ends with", async () => {
      const math = await ethers.deployContract("ExchangeMathHarness");
      // found by search: its logarithm lies so close below a unit that any of the seven terms, rounded up, would add one
      const ratio = 0xff3212166310f08ae8b8f2d3f7241b87n;
      expect(await math.lnX128(ratio)).to.equal(689_999_999_989_490_317n - 693_147_180_559_945_309n);
    });
  });
});
