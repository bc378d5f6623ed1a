import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  ExchangeClient,
  amountIn,
  amountOut,
  bestExactIn,
  bestExactOut,
  depositSingle,
  isIsonomyError,
  lowerBound,
  paths,
  upperBound,
} from "../../../sdk/src";
import { add, deployExchange, keyOf, NATIVE, poolId, UNIT } from "../exchange/fixture";
import { calledBy } from "../../support/untyped";

async function deployClient() {
  const base = await deployExchange();
  const [t0, t1, t2] = base.tokens.map((token) => token.target as string) as [string, string, string];
  // A shallow direct way beside the deep one over the middle token.
  await add(base.exchange, base.actors.alice, keyOf(t0, t2), UNIT, 4n * UNIT);
  await base.exchange.setProtocolShare(20);
  await base.exchange.applyProtocolShare(base.keys.key01);
  const client = new ExchangeClient({ contracts: { Exchange: base.exchange.target as string } }, base.actors.bob);
  return { ...base, client, t0, t1, t2 };
}

describe("sdk exchange", () => {
  describe("bounds", () => {
    // claim(attacks#exchange): sandwich of a trade with bound 0: the SDK never sends such a trade
    it("a sandwich finds nothing to take: a quote of nothing is refused, and no quote is bound by nothing", () => {
      expect(() => lowerBound(0n))
        .to.throw()
        .with.property("code", "SWAP_WITHOUT_BOUND");
      expect(lowerBound(1n)).to.equal(1n);
      expect(lowerBound(10_000n)).to.equal(9_950n);
      expect(upperBound(10_001n, 0n)).to.equal(10_001n);
      for (const slippage of [-1n, 5_001n]) {
        expect(() => lowerBound(1n, slippage))
          .to.throw()
          .with.property("code", "SLIPPAGE_OUT_OF_RANGE");
        expect(() => upperBound(1n, slippage))
          .to.throw()
          .with.property("code", "SLIPPAGE_OUT_OF_RANGE");
      }
    });

    // claim(attacks#exchange): sandwich within the default bound's reach: the trade reverts
    it("a sandwich is refused by the default bound", async () => {
      const { client, exchange, actors, t0, t1 } = await loadFixture(deployClient);
      const route = await client.routeExactIn(t0, t1, UNIT);
      await exchange.connect(actors.alice).swapExactIn(t0, [...route.hops], 10n * UNIT, 1, actors.alice, 10n ** 11n);
      const error = await client.swapExactIn(route).catch((e: unknown) => e);
      expect(isIsonomyError(error)).to.equal(true);
    });
  });

  describe("curve", () => {
    it("equals the contract to the wei, for random amounts and in both directions", async () => {
      const { client, exchange, t0, t1, keys } = await loadFixture(deployClient);
      const { reserve0, reserve1 } = await client.pool(keys.key01);
      const forth = { reserveIn: reserve0, reserveOut: reserve1, feeBps: 30n };
      const hops = [BigInt(t1) | (30n << 160n)];
      for (let bits = 2; bits < 112; bits += 3) {
        const amount = (1n << BigInt(bits)) + BigInt(bits * 7919);
        const onChain = await exchange.quoteExactIn(t0, hops, amount).catch(() => undefined);
        expect(amountOut(amount, forth)).to.equal(onChain);
        const asked = await exchange.quoteExactOut(t0, hops, amount).catch(() => undefined);
        expect(amountIn(amount, forth)).to.equal(asked);
      }
    });

    it("knows the shares of a one-sided deposit, with a protocol share in force", async () => {
      const { client, exchange, actors, t0, t1, keys } = await loadFixture(deployClient);
      for (const token of [t0, t1]) {
        for (const amount of [1_000_000n, UNIT, 700n * UNIT + 1n]) {
          const pool = await client.pool(keys.key01);
          const shares = depositSingle(pool, token === t0, amount, 30n, pool.protocolShare);
          const bob = exchange.connect(actors.bob);
          const args = [keys.key01, token, amount, 0, actors.bob, 10n ** 11n] as const;
          expect(await bob.addLiquiditySingle.staticCall(...args)).to.equal(shares);
        }
      }
      const pool = await client.pool(keys.key01);
      expect(depositSingle(pool, true, 1n << 112n, 30n, 0n)).to.equal(undefined);
      expect(depositSingle(pool, true, 1n, 30n, 0n)).to.equal(undefined);
    });
  });

  describe("routes", () => {
    it("finds every path without a token twice and takes the best, whatever its length", async () => {
      const { client, exchange, t0, t2 } = await loadFixture(deployClient);
      const pools = await client.pools();
      expect(pools).to.have.length(4);
      expect(paths(pools, t0, t2)).to.have.length(2);
      const small = await client.routeExactIn(t0, t2, 1_000_000n);
      const large = await client.routeExactIn(t0, t2, 10n * UNIT);
      expect([small.hops.length, large.hops.length]).to.deep.equal([1, 2]);
      expect(await exchange.quoteExactIn(t0, [...large.hops], 10n * UNIT)).to.equal(large.amountOut);
      const wanted = await client.routeExactOut(t0, t2, 5n * UNIT);
      expect(await exchange.quoteExactOut(t0, [...wanted.hops], 5n * UNIT)).to.equal(wanted.amountIn);
      expect(large.priceImpact).to.be.within(0.03, 0.06);
      expect(small.priceImpact).to.be.within(0.0029, 0.0031);
    });

    it("says when there is none", async () => {
      const { client, t0, actors } = await loadFixture(deployClient);
      const pools = await client.pools();
      expect(bestExactIn(pools, t0, t0, UNIT)).to.equal(undefined);
      expect(bestExactOut(pools, t0, actors.bob.address, UNIT)).to.equal(undefined);
      for (const call of [
        () => client.routeExactIn(t0, actors.bob.address, UNIT),
        () => client.routeExactOut(t0, actors.bob.address, UNIT),
      ]) {
        const error = await call().catch((e: unknown) => e);
        expect(isIsonomyError(error, "NO_ROUTE")).to.equal(true);
      }
    });
  });

  describe("client", () => {
    it("swaps in both ways with an exact allowance, in tokens and in native coin", async () => {
      const { client, exchange, tokens, actors, t0, t2 } = await loadFixture(deployClient);
      for (const token of tokens) await calledBy(actors.bob, token).approve(exchange, 0);
      await calledBy(actors.bob, tokens[0]).approve(exchange, 1);
      const route = await client.routeExactIn(t0, t2, UNIT);
      const before = await tokens[2].balanceOf(actors.bob);
      await client.swapExactIn(route);
      expect((await tokens[2].balanceOf(actors.bob)) - before).to.equal(route.amountOut);
      expect(await tokens[0].allowance(actors.bob, exchange)).to.equal(0);
      const bought = await client.routeExactOut(NATIVE, t2, UNIT);
      await client.swapExactOut(bought, { recipient: actors.carol.address });
      expect(await tokens[2].balanceOf(actors.carol)).to.equal(UNIT);
    });

    it("adds on both sides and on one, and removes", async () => {
      const { client, exchange, actors, keys, t0 } = await loadFixture(deployClient);
      const bob = client.connect(actors.bob);
      await bob.addLiquidity(keys.key01, UNIT, 10n * UNIT);
      await bob.addLiquidity(keys.keyN1, UNIT, 10n * UNIT);
      await bob.addLiquiditySingle(keys.key01, t0, UNIT);
      await bob.addLiquiditySingle(keys.keyN1, NATIVE, UNIT);
      for (const key of [keys.key01, keys.keyN1]) {
        const shares = await exchange.balanceOf(actors.bob, poolId(key));
        await bob.removeLiquidity(key, shares);
        expect(await exchange.balanceOf(actors.bob, poolId(key))).to.equal(0);
      }
      const reader = client.connect(ethers.provider);
      const error = await reader.removeLiquidity(keys.key01, 1n).catch((e: unknown) => e);
      expect(isIsonomyError(error, "SIGNER_MISSING")).to.equal(true);
    });

    it("tells what a position earned in fees, and how it did against holding", async () => {
      const { client, exchange, actors, keys } = await loadFixture(deployClient);
      await client.addLiquidity(keys.key12, 100n * UNIT, 100n * UNIT);
      const alice = client.connect(actors.alice);
      const [before] = (await client.positions(actors.bob.address)).filter(
        ({ pool }) => pool.id === poolId(keys.key12),
      );
      expect(before!.fees0).to.be.at.most(1n);
      expect(before!.profitAgainstHolding1).to.be.within(-2n, 0n);
      // There and back: the price is where it was, so that all there is to see is fees.
      for (const [from, to] of [
        [keys.key12.token0, keys.key12.token1],
        [keys.key12.token1, keys.key12.token0],
      ] as const) {
        await alice.swapExactIn(await alice.routeExactIn(from, to, 100n * UNIT, [await alice.pool(keys.key12)]));
      }
      const [after] = (await client.positions(actors.bob.address)).filter(({ pool }) => pool.id === poolId(keys.key12));
      const fees = (100n * UNIT * 30n * 2n) / 10_000n;
      const earned = after!.fees0 + after!.fees1;
      expect(earned * 11n).to.be.within((fees * 95n) / 100n, (fees * 105n) / 100n);
      expect(after!.profitAgainstHolding1).to.be.greaterThan(0n);
      // A large move in one direction: holding would have done better.
      await alice.swapExactIn(
        await alice.routeExactIn(keys.key12.token0, keys.key12.token1, 900n * UNIT, [await alice.pool(keys.key12)]),
      );
      const [moved] = (await client.positions(actors.bob.address)).filter(({ pool }) => pool.id === poolId(keys.key12));
      expect(moved!.profitAgainstHolding1).to.be.lessThan(0n);
      // Half withdrawn, a quarter sent away, and some received from somebody whose cost nobody knows.
      await client.removeLiquidity(keys.key12, moved!.shares / 2n);
      const id = poolId(keys.key12);
      await exchange.connect(actors.bob).transfer(actors.carol, id, moved!.shares / 4n);
      const [rest] = (await client.positions(actors.bob.address)).filter(({ pool }) => pool.id === id);
      expect(Number(rest!.deposited0) / Number(moved!.deposited0)).to.be.closeTo(0.25, 1e-9);
      expect(rest!.sharesOfUnknownCost).to.equal(0n);
      const [carol] = await client.positions(actors.carol.address);
      expect(carol!.sharesOfUnknownCost).to.equal(moved!.shares / 4n);
    });
  });
});
