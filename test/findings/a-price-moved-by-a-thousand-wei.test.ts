import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { times } from "../support/extent";
import { NEVER, UNIT, deployExchange, hop, nextPeriod, stateOf } from "../unit/exchange/fixture";

const DAY = 86_400;
const PERIOD = 300;
/** The windows that a consumer may choose: the shortest, the one that the guide advises, one between, the longest. */
const WINDOWS = [600, 1_800, 12_345, DAY];
const DUST = 1_000n;

async function watched() {
  const base = await deployExchange();
  const { exchange, tokens, keys, actors } = base;
  const witness = await ethers.deployContract("OracleWitness", [exchange]);
  await tokens[0].mint(witness, UNIT);
  for (const token of tokens) await token.mint(actors.bob, 10n ** 9n * UNIT);
  const bob = exchange.connect(actors.bob);
  const key = keys.key01;

  const price = async (): Promise<number> => {
    const { reserve0, reserve1 } = await stateOf(exchange, key);
    return Number(reserve1) / Number(reserve0);
  };
  /** Pushes the price to about a target and says what it is. */
  async function moveTo(target: number): Promise<number> {
    const { reserve0, reserve1 } = await stateOf(exchange, key);
    const factor = Math.sqrt(target / (Number(reserve1) / Number(reserve0)));
    const down = factor < 1;
    const grow = (down ? 1 / factor : factor) - 1;
    const amount = BigInt(Math.floor(Number(down ? reserve0 : reserve1) * grow));
    const [from, to] = down ? [key.token0, key.token1] : [key.token1, key.token0];
    if (amount > 0n) await bob.swapExactIn(from, [hop(to)], amount, 0, actors.bob, NEVER);
    return price();
  }
  /** Asks before and after a swap of a thousand units, in one transaction that reverts when an answer changes. */
  async function touch(windows: number[]): Promise<number[]> {
    const at = (await time.latest()) + 1;
    await time.setNextBlockTimestamp(at);
    const answers: bigint[] = await witness.touch.staticCall(key, DUST, windows, { blockTag: "pending" });
    await time.setNextBlockTimestamp(at);
    await witness.touch(key, DUST, windows);
    return answers.map((answer) => Number(answer) / 2 ** 128);
  }
  await time.increase(2 * DAY);
  return { ...base, key, witness, price, moveTo, touch };
}

/**
 * What was lost: whatever was borrowed against a price. In a quiet pool somebody held the price 256-fold for a minute.
 * Half an hour later the 30-minute price was right; then a swap of a thousand wei, in the middle of a transaction, spread
 * that minute over the half hour, and the price moved by 19.5 %.
 */
describe("Finding: a price moved by a thousand wei", () => {
  for (const factor of [4, 256, 65_536]) {
    for (const seconds of [12, 60, 599]) {
      // claim(attacks#exchange): a push of a quiet pool spread over half an hour by a swap of a thousand wei, between
      //   two readings of one transaction: the last use before a whole period without one is recorded too
      it(`a ${factor}-fold push for ${seconds} s weighs what it may, and no touch changes it`, async () => {
        for (const offset of [0, 150, 299]) {
          for (const quiet of [1, 298, 302, 601, 1_860, 7_201]) {
            const { moveTo, touch } = await loadFixture(watched);
            await nextPeriod();
            if (offset > 0) await time.increase(offset);
            const usual = await moveTo(4);
            const pushed = await moveTo(4 * factor);
            const from = await time.latest();
            await time.setNextBlockTimestamp(from + seconds);
            const after = await moveTo(usual);
            await time.increase(quiet);
            // once by the touch that makes the records, and once more with the records made
            const first = await touch(WINDOWS);
            await time.increase(PERIOD);
            const second = await touch(WINDOWS);
            for (const [answers, ago] of [
              [first, quiet],
              [second, quiet + PERIOD],
            ] as const) {
              for (const [i, window] of WINDOWS.entries()) {
                const label = `window ${window}, ${offset} s into a period, ${quiet} s quiet`;
                const moved = Math.abs(Math.log(answers[i]! / usual));
                const noise = Math.abs(Math.log(after / usual)) + 1e-6;
                const bound = (Math.log(pushed / usual) * seconds) / window;
                expect(moved, label).to.be.at.most(bound + noise);
                // the push ended so long before the window that it weighs nothing
                if (ago - window >= 600) expect(moved, label).to.be.at.most(noise);
              }
            }
          }
        }
      }).timeout(60_000);
    }
  }

  // claim(attacks#exchange): a push of a quiet pool spread over half an hour by a swap of a thousand wei, between two
  //   readings of one transaction: the last use before a whole period without one is recorded too
  // claim(invariants#exchange): a use of a pool changes no answer of the oracle in the same second
  it("a touch never changes an answer: random prices, waits and touches, with every window", async () => {
    const { moveTo, touch, exchange, key } = await loadFixture(watched);
    let seed = 0x15;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let i = 0; i < times(500); i++) {
      if (random(3) === 0) await moveTo(2 ** (random(20) - 8));
      await time.increase([1, 7, 60, 298, 299, 300, 301, 599, 600, 601, 900, 1_799, 5_000][random(13)]!);
      await touch([600, 601, 899, 900, 1_200, 600 + random(DAY - 600), DAY]);
    }
    // each period has at most one record, so that the ring still holds a day
    const { observationCount } = await stateOf(exchange, key);
    expect(observationCount).to.be.greaterThan(BigInt(times(300)));
  }).timeout(120_000);

  // claim(attacks#exchange): the ring filled with two records in every two periods
  it("a day stays in the ring when it is filled as fast as it can be: two records in every two periods", async () => {
    const { moveTo, touch, exchange, key } = await loadFixture(watched);
    await nextPeriod();
    for (let i = 0; i < 300; i++) {
      // two touches in a period, then a whole period without one: as many records as there can be
      await moveTo(i % 2 === 0 ? 8 : 4);
      await time.increase(1);
      await touch([600]);
      await time.increaseTo((Math.floor((await time.latest()) / PERIOD) + 2) * PERIOD);
    }
    expect((await stateOf(exchange, key)).observationCount).to.be.greaterThan(512n);
    const [day] = await touch([DAY]);
    expect(day).to.be.within(4, 8);
  }).timeout(60_000);
});
