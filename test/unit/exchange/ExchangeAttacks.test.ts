import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Interface } from "ethers";
import { ethers } from "hardhat";
import {
  add,
  deployExchange,
  fund,
  hop,
  keyOf,
  MAX_RESERVE,
  NATIVE,
  NEVER,
  nextPeriod,
  outOf,
  poolId,
  stateOf,
  UNIT,
} from "./fixture";
import { calledBy } from "../../support/untyped";

const ENTERED = "0x3ee5aeb5"; // ReentrancyGuardReentrantCall()

async function deployWithPuppet() {
  const base = await deployExchange();
  const puppet = await ethers.deployContract("Marionette");
  for (const token of base.tokens) {
    await token.mint(puppet, 100_000n * UNIT);
    const approve = token.interface.encodeFunctionData("approve", [base.exchange.target as string, MAX_RESERVE]);
    await puppet.execute(token, approve);
  }
  return { ...base, puppet };
}

describe("Exchange under attack", () => {
  describe("shares", () => {
    // claim(attacks#exchange): first-depositor inflation: reserves are counted, not read from balances, and 1,000
    //   shares are locked
    it("first-deposit inflation costs the attacker what it was meant to steal", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const key = keyOf(tokens[0].target as string, tokens[2].target as string);
      // The attacker keeps one share, and gives the pool 100 units of each token before the victim deposits 150.
      await add(exchange, actors.bob, key, 1001n, 1001n);
      for (const token of [tokens[0], tokens[2]]) {
        await calledBy(actors.bob, token).transfer(exchange, 100n * UNIT);
      }
      await add(exchange, actors.alice, key, 150n * UNIT, 150n * UNIT);
      const shares = await exchange.balanceOf(actors.alice, poolId(key));
      expect(shares).to.equal(150n * UNIT);
      await expect(
        exchange.connect(actors.alice).removeLiquidity(key, shares, 0, 0, actors.alice, NEVER),
      ).to.changeTokenBalances(tokens[0], [actors.alice], [150n * UNIT]);
      const own = await exchange.balanceOf(actors.bob, poolId(key));
      expect(
        await exchange.connect(actors.bob).removeLiquidity.staticCall(key, own, 0, 0, actors.bob, NEVER),
      ).to.deep.equal([1n, 1n]);
    });

    // claim(attacks#exchange): donation before the second deposit: a donation is in no reserve
    it("a donation before the second deposit is nobody's profit and nobody's loss", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const before = await stateOf(exchange, keys.key01);
      await calledBy(actors.bob, tokens[0]).transfer(exchange, 500n * UNIT);
      expect(await stateOf(exchange, keys.key01)).to.deep.equal(before);
      const amountIn = UNIT;
      const out = outOf(amountIn, before.reserve0, before.reserve1);
      expect(await exchange.quoteExactIn(tokens[0], [hop(tokens[1])], amountIn)).to.equal(out);
      const [amount0, amount1, shares] = await exchange
        .connect(actors.bob)
        .addLiquidity.staticCall(keys.key01, UNIT, 4n * UNIT, 0, actors.bob, NEVER);
      expect([amount0, amount1]).to.deep.equal([UNIT, 4n * UNIT]);
      expect(shares).to.equal((UNIT * before.totalShares) / before.reserve0);
    });

    // claim(attacks#exchange): donation from a hook during a payment: no more is credited than was asked for
    it("a donation by a hook during the payment is not credited to the payer", async () => {
      const { exchange, tokens, actors, puppet } = await loadFixture(deployWithPuppet);
      const token = await ethers.deployContract("CallingToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 100n * UNIT, 100n * UNIT);
      await token.mint(puppet, 10n * UNIT);
      const call = async (to: { target: unknown; interface: Interface }, name: string, args: unknown[]) =>
        puppet.execute(to.target as string, to.interface.encodeFunctionData(name, args));
      await call(token, "approve", [exchange.target, UNIT]);
      await call(token, "setHook", [puppet.target]);
      await puppet.prepare(token, token.interface.encodeFunctionData("transfer", [exchange.target as string, UNIT]));
      const quote = await exchange.quoteExactIn(token, [hop(tokens[1])], UNIT);
      const before = await tokens[1].balanceOf(puppet);
      await call(exchange, "swapExactIn", [token.target, [hop(tokens[1])], UNIT, 1, puppet.target, NEVER]);
      expect((await tokens[1].balanceOf(puppet)) - before).to.equal(quote);
      expect(await puppet.outcomes()).to.deep.equal([true]);
    });

    // claim(attacks#exchange): operator or allowance abuse on shares: a withdrawal is the owner's alone
    it("an operator or spender moves no more than it was given, and cannot withdraw for the owner", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const id = poolId(keys.key01);
      const bob = exchange.connect(actors.bob);
      await expect(bob.transferFrom(actors.alice, actors.bob, id, 1))
        .to.be.revertedWithCustomError(exchange, "ERC6909InsufficientAllowance")
        .withArgs(actors.bob.address, 0, 1, id);
      await exchange.connect(actors.alice).approve(actors.bob, id, 5);
      await expect(bob.removeLiquidity(keys.key01, 5, 0, 0, actors.bob, NEVER)).to.be.revertedWithCustomError(
        exchange,
        "ERC6909InsufficientBalance",
      );
      await bob.transferFrom(actors.alice, actors.bob, id, 5);
      await expect(bob.transferFrom(actors.alice, actors.bob, id, 1)).to.be.revertedWithCustomError(
        exchange,
        "ERC6909InsufficientAllowance",
      );
      await exchange.connect(actors.alice).setOperator(actors.bob, true);
      await bob.transferFrom(actors.alice, actors.bob, id, 7);
      await exchange.connect(actors.alice).setOperator(actors.bob, false);
      await expect(bob.transferFrom(actors.alice, actors.bob, id, 1)).to.be.reverted;
      // Nobody can move the shares that are locked in the Exchange itself.
      await expect(bob.transferFrom(exchange, actors.bob, id, 1)).to.be.revertedWithCustomError(
        exchange,
        "ERC6909InsufficientAllowance",
      );
    });
  });

  describe("re-entry", () => {
    // claim(attacks#exchange): re-entry in a callback: one transient guard over all
    it("every function that moves value is closed during a callback, and so are the quotes", async () => {
      const { exchange, tokens, keys, actors, puppet } = await loadFixture(deployWithPuppet);
      const path = [hop(tokens[1])];
      const none = [0, 0, 0, ethers.ZeroHash, ethers.ZeroHash];
      const key = [keys.key01.token0, keys.key01.token1, keys.key01.feeBps];
      const self = puppet.target as string;
      const attempts: [string, unknown[]][] = [
        ["swapExactIn", [tokens[0].target, path, UNIT, 1, self, NEVER]],
        ["swapExactInWithPermit", [tokens[0].target, path, UNIT, 1, self, NEVER, none]],
        ["swapExactOut", [tokens[0].target, path, 1, UNIT, self, NEVER]],
        ["swapExactOutWithPermit", [tokens[0].target, path, 1, UNIT, self, NEVER, none]],
        ["flashSwap", [self, tokens[0].target, path, 1, UNIT, "0x"]],
        ["addLiquidity", [key, UNIT, UNIT, 1, self, NEVER]],
        ["addLiquidityWithPermit", [key, UNIT, UNIT, 1, self, NEVER, none, none]],
        ["addLiquiditySingle", [key, tokens[0].target, UNIT, 1, self, NEVER]],
        ["addLiquiditySingleWithPermit", [key, tokens[0].target, UNIT, 1, self, NEVER, none]],
        ["removeLiquidity", [key, 1, 0, 0, self, NEVER]],
        ["claim", [tokens[0].target, self]],
        ["flashLoan", [self, tokens[0].target, 1, "0x"]],
        ["collectProtocol", [tokens[0].target]],
        ["applyProtocolShare", [key]],
        ["prepareOracle", [key, 1]],
        ["quoteExactIn", [tokens[0].target, path, UNIT]],
        ["quoteExactOut", [tokens[0].target, path, 1]],
        ["poolState", [key]],
      ];
      for (const [name, args] of attempts) {
        await puppet.prepare(exchange, exchange.interface.encodeFunctionData(name as "claim", args as never));
      }
      await puppet.prepare(
        exchange,
        exchange.interface.encodeFunctionData("maxFlashLoan", [tokens[0].target as string]),
      );
      await exchange.connect(actors.bob).flashLoan(puppet, tokens[0], UNIT, "0x");
      const outcomes = await puppet.outcomes();
      // Orders run last to first: the size of a loan is read first, and is nothing.
      expect(outcomes).to.deep.equal([true, ...attempts.map(() => false)]);
      expect(BigInt(await puppet.answers(0))).to.equal(0n);
      for (let i = 1; i <= attempts.length; i++) expect(await puppet.answers(i)).to.equal(ENTERED);
    });

    // claim(attacks#exchange): spot price as oracle: quotes and state revert during a callback, `consult` does not
    it("consult answers from committed state inside a callback", async () => {
      const { exchange, tokens, keys, actors, puppet } = await loadFixture(deployWithPuppet);
      await time.increase(3600);
      const committed = await exchange.consult(keys.key01, 1800);
      const key = [keys.key01.token0, keys.key01.token1, keys.key01.feeBps] as const;
      const [token0, token1, feeBps] = key;
      const data = exchange.interface.encodeFunctionData("consult", [{ token0, token1, feeBps }, 1800]);
      await puppet.prepare(exchange, data);
      await exchange
        .connect(actors.bob)
        .flashSwap(puppet, tokens[0], [hop(tokens[1])], 2000n * UNIT, MAX_RESERVE, "0x");
      const seen = BigInt(await puppet.answers(0));
      expect(Math.abs(Number(seen - committed)) / Number(committed)).to.be.below(1e-8);
    });

    // claim(attacks#exchange): re-entry by a token's hook, read-only too: the same guard
    it("a token that calls its sender, as ERC-777 does, finds the Exchange closed and its quotes too", async () => {
      const { exchange, tokens, actors, puppet } = await loadFixture(deployWithPuppet);
      const token = await ethers.deployContract("CallingToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 100n * UNIT, 100n * UNIT);
      await token.mint(puppet, 10n * UNIT);
      const call = async (to: { target: unknown; interface: Interface }, name: string, args: unknown[]) =>
        puppet.execute(to.target as string, to.interface.encodeFunctionData(name, args));
      await call(token, "approve", [exchange.target, 10n * UNIT]);
      await call(token, "setHook", [puppet.target]);
      const path = [hop(tokens[1])];
      const again = [token.target, path, UNIT, 1, puppet.target, NEVER] as const;
      await puppet.prepare(exchange, exchange.interface.encodeFunctionData("swapExactIn", again as never));
      await puppet.prepare(
        exchange,
        exchange.interface.encodeFunctionData("quoteExactIn", [token.target as string, path, UNIT]),
      );
      await call(exchange, "swapExactIn", [...again]);
      expect(await puppet.outcomes()).to.deep.equal([false, false]);
      for (const i of [0, 1]) expect(await puppet.answers(i)).to.equal(ENTERED);
    });

    // claim(attacks#exchange): re-entry by a recipient of native coin: the same guard
    it("a recipient of native coin cannot re-enter a withdrawal: it keeps a payout, or a claim", async () => {
      const { exchange, keys, actors, puppet } = await loadFixture(deployWithPuppet);
      const id = poolId(keys.keyN1);
      await exchange.connect(actors.alice).transfer(puppet, id, 10n * UNIT);
      const { token0, token1, feeBps } = keys.keyN1;
      const remove = exchange.interface.encodeFunctionData("removeLiquidity", [
        { token0, token1, feeBps },
        UNIT,
        0,
        0,
        puppet.target as string,
        NEVER,
      ]);
      await puppet.prepare(exchange, remove);
      await puppet.execute(exchange, remove);
      expect(await puppet.outcomes()).to.deep.equal([false]);
      expect(await puppet.answers(0)).to.equal(ENTERED);
      expect(await exchange.balanceOf(puppet, id)).to.equal(9n * UNIT);
      await puppet.setRefusing(true);
      await puppet.execute(exchange, remove);
      expect(await exchange.claimOf(puppet, NATIVE)).to.be.greaterThan(0n);
    });
  });

  describe("flash loans", () => {
    // claim(attacks#exchange): flash loan of one pool's asset put into another: everything is locked during the
    //   callback, and the loan is pulled
    it("of one pool's asset cannot be paid into another pool to repay themselves", async () => {
      const { exchange, tokens, keys, actors, puppet } = await loadFixture(deployWithPuppet);
      await puppet.execute(
        tokens[1],
        tokens[1].interface.encodeFunctionData("approve", [exchange.target as string, 0]),
      );
      const { token0, token1, feeBps } = keys.key12;
      for (const data of [
        exchange.interface.encodeFunctionData("addLiquidity", [
          { token0, token1, feeBps },
          UNIT,
          UNIT,
          1,
          puppet.target as string,
          NEVER,
        ]),
        exchange.interface.encodeFunctionData("swapExactIn", [
          tokens[1].target as string,
          [hop(tokens[2])],
          UNIT,
          1,
          puppet.target as string,
          NEVER,
        ]),
      ]) {
        await puppet.prepare(exchange, data);
      }
      // Returning the loan by a plain transfer repays nothing either: the Exchange pulls.
      await puppet.prepare(
        tokens[1],
        tokens[1].interface.encodeFunctionData("transfer", [exchange.target as string, UNIT]),
      );
      await expect(exchange.connect(actors.bob).flashLoan(puppet, tokens[1], UNIT, "0x"))
        .to.be.revertedWithCustomError(tokens[1], "ERC20InsufficientAllowance")
        .withArgs(exchange.target, 0, UNIT);
    });
  });

  describe("odd tokens", () => {
    // claim(attacks#exchange): rebasing token: its own pools pay for it
    it("a rebasing token that loses half its balances hurts its own pool and no other", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const token = await ethers.deployContract("RebasingToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 100n * UNIT, 100n * UNIT);
      const before = await stateOf(exchange, keys.key01);
      await token.setPercent(50);
      const shares = await exchange.balanceOf(actors.alice, poolId(key));
      await exchange.connect(actors.alice).removeLiquidity(key, shares, 0, 0, actors.alice, NEVER);
      expect(await stateOf(exchange, keys.key01)).to.deep.equal(before);
      // All that is left of the other token in the pool is what the locked shares hold.
      expect(await tokens[1].balanceOf(exchange)).to.equal(5200n * UNIT + 1000n);
    });

    // claim(attacks#exchange): native coin beside a token, or sent outside a call: refused
    it("native coin sent outside a call is refused", async () => {
      const { exchange, actors } = await loadFixture(deployExchange);
      await expect(actors.bob.sendTransaction({ to: exchange, value: 1 })).to.be.reverted;
    });

    it("a swap back and forth never gains", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      for (const amount of [1000n, UNIT, 333n * UNIT + 1n]) {
        const out = await exchange.quoteExactIn(tokens[0], [hop(tokens[1])], amount);
        await bob.swapExactIn(tokens[0], [hop(tokens[1])], amount, out, actors.bob, NEVER);
        const back = await exchange.quoteExactIn(tokens[1], [hop(tokens[0])], out);
        await bob.swapExactIn(tokens[1], [hop(tokens[0])], out, back, actors.bob, NEVER);
        expect(back).to.be.below(amount);
      }
    });
  });

  describe("the oracle", () => {
    /** Moves the spot price by `factor`, holds it for `seconds`, and says what that did to the 30-minute price and cost. */
    async function push(factor: number, seconds: number, arbitraged: boolean) {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await time.increase(7200);
      await nextPeriod();
      const before = await exchange.consult(keys.key01, 1800);
      const { reserve0 } = await stateOf(exchange, keys.key01);
      const amount = BigInt(Math.floor((Number(reserve0) * (Math.sqrt(factor) - 1)) / 0.9985));
      const bob = exchange.connect(actors.bob);
      const out = await exchange.quoteExactIn(tokens[0], [hop(tokens[1])], amount);
      await bob.swapExactIn(tokens[0], [hop(tokens[1])], amount, out, actors.bob, NEVER);
      await time.setNextBlockTimestamp((await time.latest()) + seconds);
      // Either the attacker gets its own price back, or somebody else trades first and it is left with what it bought.
      const seller = exchange.connect(arbitraged ? actors.alice : actors.bob);
      const back = await exchange.quoteExactIn(tokens[1], [hop(tokens[0])], out);
      await seller.swapExactIn(tokens[1], [hop(tokens[0])], out, back, actors.alice, NEVER);
      const after = await exchange.consult(keys.key01, 1800);
      const moved = Number(after) / Number(before) - 1;
      const fair = Number(out) / 4;
      const loss = arbitraged ? Number(amount) - fair : Number(amount) - Number(back);
      return { moved, lossOfReserve: loss / Number(reserve0) };
    }

    it("does not move within one block", async () => {
      const { moved } = await push(16, 1, false);
      // One second of weight is the least a later block can have: a sixteenth of the price for 1 of 1,800 seconds.
      expect(Math.abs(moved)).to.be.below(0.002);
    });

    it("moves by 5 % in 30 minutes for a price held 16 seconds 320 times off, which loses 16 times the reserve", async () => {
      const { moved, lossOfReserve } = await push(320, 16, true);
      expect(Math.abs(moved)).to.be.within(0.045, 0.055);
      expect(lossOfReserve).to.be.within(15, 18);
    });

    // claim(attacks#exchange): oracle pushed for a block or ten minutes: the cost is in `docs/exchange.md`
    it("moves by 5 % when a price 16 % off is held for 10 minutes, which costs fees alone if nobody trades", async () => {
      const { moved, lossOfReserve } = await push(1.165, 600, false);
      expect(Math.abs(moved)).to.be.within(0.045, 0.055);
      expect(lossOfReserve).to.be.within(0.0003, 0.001);
      const arbitraged = await push(1.165, 600, true);
      expect(arbitraged.lossOfReserve).to.be.within(0.005, 0.008);
    });
  });
});
