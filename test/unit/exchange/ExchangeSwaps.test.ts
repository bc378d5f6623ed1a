import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  deployExchange,
  fund,
  hop,
  inFor,
  keyOf,
  MAX_RESERVE,
  NATIVE,
  NEVER,
  outOf,
  poolId,
  stateOf,
  UNIT,
  add,
} from "./fixture";
import { calledBy } from "../../support/untyped";

describe("Exchange swaps", () => {
  describe("swapExactIn", () => {
    // claim(attacks#exchange): expired deadline: refused a second later
    it("reverts after its deadline, by one second", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const deadline = (await time.latest()) + 10;
      const swap = () =>
        exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, actors.bob, deadline);
      await time.setNextBlockTimestamp(deadline);
      await swap();
      await time.setNextBlockTimestamp(deadline + 1);
      await expect(swap())
        .to.be.revertedWithCustomError(exchange, "Exchange_Expired")
        .withArgs(deadline, deadline + 1);
    });

    it("reverts when the recipient is nobody or the Exchange", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      for (const recipient of [NATIVE, exchange.target as string]) {
        await expect(exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, recipient, NEVER))
          .to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient")
          .withArgs(recipient);
      }
    });

    // claim(attacks#exchange): a path that crosses a pool twice, or has no hop: refused by name
    it("reverts without a hop", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      await expect(
        exchange.connect(actors.bob).swapExactIn(tokens[0], [], UNIT, 1, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_PathEmpty");
    });

    // claim(attacks#exchange): a path that crosses a pool twice, or has no hop: refused by name
    it("reverts when a pool comes twice, in either direction", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const path = [hop(tokens[1]), hop(tokens[0])];
      await expect(exchange.connect(actors.bob).swapExactIn(tokens[0], path, UNIT, 1, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolRepeated")
        .withArgs(poolId(keys.key01));
    });

    it("reverts when a pool does not exist, is empty, or pairs a token with itself", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const empty = keyOf(tokens[0].target as string, tokens[1].target as string, 5n);
      await exchange.createPool(empty);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[1], 5n)], UNIT, 1, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(empty));
      const missing = keyOf(tokens[0].target as string, tokens[2].target as string);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[2])], UNIT, 1, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(missing));
      await expect(
        bob.swapExactIn(tokens[0], [hop(tokens[0])], UNIT, 1, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty");
    });

    // claim(attacks#exchange): native coin beside a token, or sent outside a call: refused
    it("reverts when the value does not fit the token sold", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, actors.bob, NEVER, { value: 1 }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(1, 0);
      await expect(bob.swapExactIn(NATIVE, [hop(tokens[1])], UNIT, 1, actors.bob, NEVER, { value: UNIT - 1n }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(UNIT - 1n, UNIT);
    });

    // claim(attacks#exchange): zero swap: refused, in and out
    it("reverts on nothing in and on nothing out", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[1])], 0, 0, actors.bob, NEVER)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_ZeroAmount",
      );
      await expect(bob.swapExactIn(tokens[1], [hop(tokens[0])], 1, 0, actors.bob, NEVER)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_ZeroAmount",
      );
    });

    it("pays out a single unit", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const swap = () =>
        exchange.connect(actors.bob).swapExactIn(tokens[1], [hop(tokens[2])], 2, 1, actors.carol, NEVER);
      await expect(swap).to.changeTokenBalance(tokens[2], actors.carol, 1);
    });

    it("reverts when the output is one unit below the bound and passes at the bound", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const out = outOf(UNIT, 1000n * UNIT, 4000n * UNIT);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[1])], UNIT, out + 1n, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_OutputBelowBound")
        .withArgs(out, out + 1n);
      await bob.swapExactIn(tokens[0], [hop(tokens[1])], UNIT, out, actors.bob, NEVER);
    });

    // claim(attacks#exchange): reserve overflow: 112 bits are checked before anything is multiplied
    it("reverts when a reserve would leave 112 bits, by one unit", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const most = MAX_RESERVE - 1000n * UNIT;
      await fund(exchange, tokens[0], actors.bob, most + 1n);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactIn(tokens[0], [hop(tokens[1])], most + 1n, 1, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow")
        .withArgs(poolId(keys.key01), most + 1n);
      await bob.swapExactIn(tokens[0], [hop(tokens[1])], most, 1, actors.bob, NEVER);
      expect((await stateOf(exchange, keys.key01)).reserve0).to.equal(MAX_RESERVE);
    });

    it("pays the formula's amount, rounded down, to a recipient other than the payer", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const amountIn = UNIT + 7n;
      const out = outOf(amountIn, 1000n * UNIT, 4000n * UNIT);
      const swap = exchange
        .connect(actors.bob)
        .swapExactIn(tokens[0], [hop(tokens[1])], amountIn, out, actors.carol, NEVER);
      await expect(swap).to.emit(exchange, "Swapped").withArgs(poolId(keys.key01), actors.bob.address, amountIn, -out);
      await expect(swap).to.changeTokenBalances(tokens[0], [actors.bob, exchange], [-amountIn, amountIn]);
      await expect(swap).to.changeTokenBalances(tokens[1], [actors.carol, exchange], [out, -out]);
      const state = await stateOf(exchange, keys.key01);
      expect([state.reserve0, state.reserve1]).to.deep.equal([1000n * UNIT + amountIn, 4000n * UNIT - out]);
    });

    it("sells the second token of a pair as well as the first", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const out = outOf(UNIT, 4000n * UNIT, 1000n * UNIT);
      await expect(exchange.connect(actors.bob).swapExactIn(tokens[1], [hop(tokens[0])], UNIT, 1, actors.bob, NEVER))
        .to.emit(exchange, "Swapped")
        .withArgs(poolId(keys.key01), actors.bob.address, -out, UNIT);
    });

    it("crosses two pools with two transfers and equals its quote", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const path = [hop(tokens[1]), hop(tokens[2])];
      const quote = await exchange.quoteExactIn(tokens[0], path, UNIT);
      const middle = outOf(UNIT, 1000n * UNIT, 4000n * UNIT);
      expect(quote).to.equal(outOf(middle, 1000n * UNIT, 1000n * UNIT));
      const swap = exchange.connect(actors.bob).swapExactIn(tokens[0], path, UNIT, quote, actors.bob, NEVER);
      await expect(swap).to.changeTokenBalances(tokens[2], [actors.bob], [quote]);
      await expect(swap).to.changeTokenBalances(tokens[1], [actors.bob, exchange], [0n, 0n]);
      const receipt = await (await swap).wait();
      const transfer = tokens[0].interface.getEvent("Transfer")!.topicHash;
      expect(receipt?.logs.filter((log) => log.topics[0] === transfer)).to.have.length(2);
    });

    it("sells the native coin by value and pays it out as itself", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const out = outOf(UNIT, 100n * UNIT, 200n * UNIT);
      const sold = exchange
        .connect(actors.bob)
        .swapExactIn(NATIVE, [hop(tokens[1])], UNIT, 1, actors.carol, NEVER, { value: UNIT });
      await expect(sold).to.changeTokenBalances(tokens[1], [actors.carol], [out]);
      await expect(sold).to.changeEtherBalances([actors.bob, exchange], [-UNIT, UNIT]);
      const back = outOf(UNIT, 200n * UNIT - out, 101n * UNIT);
      await expect(
        exchange.connect(actors.bob).swapExactIn(tokens[1], [hop(NATIVE)], UNIT, back, actors.carol, NEVER),
      ).to.changeEtherBalances([actors.carol, exchange], [back, -back]);
    });

    it("reverts when the recipient refuses the native coin", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const out = outOf(UNIT, 200n * UNIT, 100n * UNIT);
      const refuser = tokens[0].target as string;
      await expect(exchange.connect(actors.bob).swapExactIn(tokens[1], [hop(NATIVE)], UNIT, 1, refuser, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_NativeTransferFailed")
        .withArgs(refuser, out);
    });

    // claim(attacks#exchange): fee-taking token: credited as received, or refused by name
    it("credits a token that takes a fee as received", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const token = await ethers.deployContract("BurningFeeToken");
      await fund(exchange, token, actors.alice);
      await fund(exchange, token, actors.bob);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 1000n * UNIT, 1000n * UNIT);
      const state = await stateOf(exchange, key);
      const feeFirst = key.token0 === token.target;
      const [reserveFee, reserve] = feeFirst ? [state.reserve0, state.reserve1] : [state.reserve1, state.reserve0];
      expect([reserveFee, reserve]).to.deep.equal([990n * UNIT, 1000n * UNIT]);
      const out = outOf((100n * UNIT * 99n) / 100n, reserveFee, reserve);
      await expect(
        exchange.connect(actors.bob).swapExactIn(token, [hop(tokens[1])], 100n * UNIT, out, actors.bob, NEVER),
      ).to.changeTokenBalances(tokens[1], [actors.bob], [out]);
    });

    // claim(attacks#exchange): token that returns nothing or false: works, or is refused
    it("swaps a token that returns nothing and refuses one that returns false", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const silent = await ethers.deployContract("SilentToken");
      await silent.mint(actors.alice, 10_000n * UNIT);
      await calledBy(actors.alice, silent).approve(exchange, ethers.MaxUint256);
      const broken = await ethers.deployContract("FalseToken");
      await fund(exchange, broken, actors.alice);
      for (const token of [silent, broken]) {
        await add(exchange, actors.alice, keyOf(token.target as string, tokens[1].target as string), UNIT, UNIT);
        await exchange.connect(actors.alice).swapExactIn(token, [hop(tokens[1])], UNIT, 1, actors.alice, NEVER);
      }
      await broken.setBroken(true);
      await expect(exchange.connect(actors.alice).swapExactIn(broken, [hop(tokens[1])], UNIT, 1, actors.alice, NEVER))
        .to.be.revertedWithCustomError(exchange, "SafeERC20FailedOperation")
        .withArgs(broken.target);
    });

    // claim(attacks#exchange): token that lies about a transfer: credited with nothing
    it("credits nothing for a transfer that claims success and moves nothing", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const liar = await ethers.deployContract("LyingToken");
      await fund(exchange, liar, actors.alice);
      await add(exchange, actors.alice, keyOf(liar.target as string, tokens[1].target as string), UNIT, UNIT);
      await liar.setLying(true);
      const alice = exchange.connect(actors.alice);
      await expect(
        alice.swapExactIn(liar, [hop(tokens[1])], UNIT, 0, actors.alice, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_ZeroAmount");
      await expect(alice.swapExactOut(liar, [hop(tokens[1])], 1000, UNIT, actors.alice, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_TokenTookFee")
        .withArgs(liar.target, 0, inFor(1000n, UNIT, UNIT));
    });
  });

  describe("swapExactOut", () => {
    it("buys a single unit", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const swap = () =>
        exchange.connect(actors.bob).swapExactOut(tokens[1], [hop(tokens[2])], 1, 2, actors.carol, NEVER);
      await expect(swap).to.changeTokenBalance(tokens[2], actors.carol, 1);
    });

    // claim(attacks#exchange): output at or above the reserve: refused by name
    it("reverts on nothing out, on the whole reserve and above the bound", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(
        bob.swapExactOut(tokens[0], [hop(tokens[1])], 0, UNIT, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_ZeroAmount");
      await expect(bob.swapExactOut(tokens[0], [hop(tokens[1])], 4000n * UNIT, MAX_RESERVE, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_OutputAboveReserve")
        .withArgs(poolId(keys.key01), 4000n * UNIT, 4000n * UNIT);
      const cost = inFor(UNIT, 1000n * UNIT, 4000n * UNIT);
      await expect(bob.swapExactOut(tokens[0], [hop(tokens[1])], UNIT, cost - 1n, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound")
        .withArgs(cost, cost - 1n);
      await bob.swapExactOut(tokens[0], [hop(tokens[1])], UNIT, cost, actors.bob, NEVER);
    });

    it("reverts when the price would push a reserve out of 112 bits", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const out = 4000n * UNIT - 1n;
      const cost = inFor(out, 1000n * UNIT, 4000n * UNIT);
      await expect(exchange.quoteExactOut(tokens[0], [hop(tokens[1])], out))
        .to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow")
        .withArgs(poolId(keys.key01), cost);
      await expect(
        exchange.connect(actors.bob).swapExactOut(tokens[0], [], 1, 1, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_PathEmpty");
    });

    it("takes the formula's amount, rounded up, over two hops", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const path = [hop(tokens[1]), hop(tokens[2])];
      const wanted = UNIT + 1n;
      const cost = inFor(inFor(wanted, 1000n * UNIT, 1000n * UNIT), 1000n * UNIT, 4000n * UNIT);
      expect(await exchange.quoteExactOut(tokens[0], path, wanted)).to.equal(cost);
      const swap = exchange.connect(actors.bob).swapExactOut(tokens[0], path, wanted, 2n * UNIT, actors.carol, NEVER);
      await expect(swap).to.changeTokenBalances(tokens[0], [actors.bob, exchange], [-cost, cost]);
      await expect(swap).to.changeTokenBalances(tokens[2], [actors.carol, exchange], [wanted, -wanted]);
    });

    it("returns the native coin it does not need", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const cost = inFor(UNIT, 100n * UNIT, 200n * UNIT);
      const bob = exchange.connect(actors.bob);
      await expect(
        bob.swapExactOut(NATIVE, [hop(tokens[1])], UNIT, UNIT, actors.carol, NEVER, { value: UNIT }),
      ).to.changeEtherBalances([actors.bob, exchange], [-cost, cost]);
      const again = await exchange.quoteExactOut(NATIVE, [hop(tokens[1])], UNIT);
      await expect(
        bob.swapExactOut(NATIVE, [hop(tokens[1])], UNIT, again, actors.carol, NEVER, { value: again }),
      ).to.changeEtherBalances([actors.bob, exchange], [-again, again]);
    });

    it("reverts when the value is not the bound, or comes with a token", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(bob.swapExactOut(NATIVE, [hop(tokens[1])], UNIT, UNIT, actors.bob, NEVER, { value: UNIT + 1n }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(UNIT + 1n, UNIT);
      await expect(bob.swapExactOut(tokens[0], [hop(tokens[1])], UNIT, UNIT, actors.bob, NEVER, { value: 1 }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(1, 0);
    });

    // claim(attacks#exchange): fee-taking token: credited as received, or refused by name
    it("refuses a token that takes a fee, by name", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const token = await ethers.deployContract("BurningFeeToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 1000n * UNIT, 1000n * UNIT);
      const cost = await exchange.quoteExactOut(token, [hop(tokens[1])], UNIT);
      await expect(
        exchange.connect(actors.alice).swapExactOut(token, [hop(tokens[1])], UNIT, 2n * UNIT, actors.alice, NEVER),
      )
        .to.be.revertedWithCustomError(exchange, "Exchange_TokenTookFee")
        .withArgs(token.target, cost - cost / 100n, cost);
    });
  });

  describe("quoteExactIn and quoteExactOut", () => {
    it("revert as the swap would", async () => {
      const { exchange, tokens } = await loadFixture(deployExchange);
      await expect(exchange.quoteExactIn(tokens[0], [], UNIT)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_PathEmpty",
      );
      const twice = [hop(tokens[1]), hop(tokens[0])];
      await expect(exchange.quoteExactIn(tokens[0], twice, UNIT)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_PoolRepeated",
      );
      await expect(exchange.quoteExactOut(tokens[0], [hop(tokens[1])], 0)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_ZeroAmount",
      );
    });

    it("equal the execution with a protocol share in force", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(20);
      await exchange.applyProtocolShare(keys.key01);
      const path = [hop(tokens[1]), hop(tokens[2])];
      const quote = await exchange.quoteExactIn(tokens[0], path, 12_345_678_901n);
      const bob = exchange.connect(actors.bob);
      expect(await bob.swapExactIn.staticCall(tokens[0], path, 12_345_678_901n, 0, actors.bob, NEVER)).to.equal(quote);
      const cost = await exchange.quoteExactOut(tokens[0], path, 777n);
      expect(await bob.swapExactOut.staticCall(tokens[0], path, 777n, UNIT, actors.bob, NEVER)).to.equal(cost);
    });
  });
});
