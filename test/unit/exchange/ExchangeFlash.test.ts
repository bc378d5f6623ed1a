import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { add, deployExchange, fund, hop, inFor, keyOf, NATIVE, poolId, stateOf, UNIT } from "./fixture";

async function deployBorrower() {
  const base = await deployExchange();
  const borrower = await ethers.deployContract("IdleBorrower", [base.exchange]);
  for (const token of base.tokens) {
    await borrower.approve(token);
    await token.mint(borrower, UNIT);
  }
  const puppet = await ethers.deployContract("Marionette");
  return { ...base, borrower, puppet };
}

describe("Exchange flash loans", () => {
  describe("maxFlashLoan and flashFee", () => {
    it("offer the whole balance of a token, over all pools, and no native coin", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployBorrower);
      expect(await exchange.maxFlashLoan(tokens[1])).to.equal(5200n * UNIT);
      expect(await exchange.maxFlashLoan(NATIVE)).to.equal(0);
      expect(await exchange.maxFlashLoan(actors.bob)).to.equal(0);
      await expect(exchange.flashFee(NATIVE, 1)).to.be.revertedWithCustomError(exchange, "Exchange_NativeNotAccepted");
    });

    it("round the fee up", async () => {
      const { exchange, tokens } = await loadFixture(deployBorrower);
      expect(await exchange.flashFee(tokens[0], UNIT)).to.equal(0);
      await exchange.setFlashFee(1);
      expect(await exchange.flashFee(tokens[0], 1_000_001)).to.equal(2);
      await exchange.setFlashFee(500);
      expect(await exchange.flashFee(tokens[0], 2000)).to.equal(1);
      expect(await exchange.flashFee(tokens[0], 2001)).to.equal(2);
    });
  });

  describe("flashLoan", () => {
    it("reverts on nothing, on more than there is and on the native coin", async () => {
      const { exchange, tokens, borrower } = await loadFixture(deployBorrower);
      await expect(exchange.flashLoan(borrower, tokens[0], 0, "0x")).to.be.revertedWithCustomError(
        exchange,
        "Exchange_ZeroAmount",
      );
      await expect(exchange.flashLoan(borrower, tokens[0], 1000n * UNIT + 1n, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_LoanAboveBalance")
        .withArgs(tokens[0].target, 1000n * UNIT + 1n, 1000n * UNIT);
      await expect(exchange.flashLoan(borrower, NATIVE, 1, "0x")).to.be.revertedWithCustomError(
        exchange,
        "Exchange_NativeNotAccepted",
      );
    });

    it("reverts when the callback answers anything else, and for an account without code", async () => {
      const { exchange, tokens, puppet, actors } = await loadFixture(deployBorrower);
      await puppet.setAnswer(ethers.ZeroHash);
      await expect(exchange.flashLoan(puppet, tokens[0], UNIT, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_CallbackRefused")
        .withArgs(puppet.target);
      await expect(exchange.flashLoan(actors.bob, tokens[0], UNIT, "0x")).to.be.reverted;
    });

    it("reverts when the receiver has not approved the repayment", async () => {
      const { exchange, tokens, puppet } = await loadFixture(deployBorrower);
      await expect(exchange.flashLoan(puppet, tokens[0], UNIT, "0x")).to.be.revertedWithCustomError(
        tokens[0],
        "ERC20InsufficientAllowance",
      );
    });

    it("lends all of a token for nothing and leaves no trace", async () => {
      const { exchange, tokens, borrower } = await loadFixture(deployBorrower);
      const loan = exchange.flashLoan(borrower, tokens[1], 5200n * UNIT, "0x1234");
      await expect(loan).to.changeTokenBalances(tokens[1], [exchange, borrower], [0, 0]);
      await expect(loan).not.to.emit(exchange, "FlashFeePaid");
      expect(await exchange.flashLoan.staticCall(borrower, tokens[1], 1, "0x")).to.equal(true);
    });

    it("takes its fee into the protocol's pot, outside every reserve", async () => {
      const { exchange, tokens, keys, borrower } = await loadFixture(deployBorrower);
      await exchange.setFlashFee(500);
      const before = await stateOf(exchange, keys.key01);
      const fee = (100n * UNIT * 500n) / 1_000_000n;
      const loan = exchange.flashLoan(borrower, tokens[0], 100n * UNIT, "0x");
      await expect(loan)
        .to.emit(exchange, "FlashFeePaid")
        .withArgs(borrower.target, tokens[0].target, 100n * UNIT, fee);
      await expect(loan).to.changeTokenBalances(tokens[0], [borrower, exchange], [-fee, fee]);
      expect(await exchange.protocolOwed(tokens[0])).to.equal(fee);
      expect(await stateOf(exchange, keys.key01)).to.deep.equal(before);
    });

    it("refuses a token that takes a fee, and one that lies about the repayment", async () => {
      const { exchange, tokens, actors, borrower } = await loadFixture(deployBorrower);
      const fee = await ethers.deployContract("BurningFeeToken");
      const liar = await ethers.deployContract("LyingToken");
      for (const token of [fee, liar]) {
        await fund(exchange, token, actors.alice);
        await add(exchange, actors.alice, keyOf(token.target as string, tokens[1].target as string), UNIT, UNIT);
        await token.mint(borrower, UNIT);
        await borrower.approve(token);
      }
      await expect(exchange.flashLoan(borrower, fee, 1000, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_TokenTookFee")
        .withArgs(fee.target, 990, 1000);
      await liar.setLying(true);
      await expect(exchange.flashLoan(borrower, liar, 1000, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_TokenTookFee")
        .withArgs(liar.target, 0, 1000);
    });

    // claim(attacks#exchange): flash loan of a token that charges the sender: the balance is checked too
    it("checks the balance as well as what was pulled", async () => {
      const { exchange, tokens, actors, borrower } = await loadFixture(deployBorrower);
      const token = await ethers.deployContract("SenderFeeToken");
      await fund(exchange, token, actors.alice);
      await token.mint(borrower, UNIT);
      await borrower.approve(token);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, UNIT, UNIT);
      await expect(exchange.flashLoan(borrower, token, 1000, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_LoanNotRepaid")
        .withArgs(token.target, UNIT - 10n, UNIT);
    });
  });

  describe("flashSwap", () => {
    it("sends the output first, asks for the price and pulls it", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployBorrower);
      const borrower = await ethers.deployContract("SwapBorrower");
      await tokens[0].mint(borrower, UNIT);
      await borrower.approve(tokens[0], exchange, UNIT);
      const cost = inFor(UNIT, 1000n * UNIT, 4000n * UNIT);
      const swap = exchange.connect(actors.bob).flashSwap(borrower, tokens[0], [hop(tokens[1])], UNIT, cost, "0x1234");
      await expect(swap).to.changeTokenBalances(tokens[0], [borrower, exchange], [-cost, cost]);
      await expect(swap).to.changeTokenBalances(tokens[1], [borrower, exchange], [UNIT, -UNIT]);
      await expect(swap).to.emit(exchange, "Swapped").withArgs(poolId(keys.key01), actors.bob.address, cost, -UNIT);
      expect(await borrower.seenToken()).to.equal(tokens[1].target);
      expect(await borrower.seenAmount()).to.equal(UNIT);
    });

    it("tells the receiver what it owes, and pays native coin out", async () => {
      const { exchange, tokens, puppet } = await loadFixture(deployBorrower);
      const cost = inFor(UNIT, 200n * UNIT, 100n * UNIT);
      await tokens[1].mint(puppet, cost);
      await puppet.execute(tokens[1], tokens[1].interface.encodeFunctionData("approve", [exchange.target, cost]));
      await expect(exchange.flashSwap(puppet, tokens[1], [hop(NATIVE)], UNIT, cost, "0x1234")).to.changeEtherBalances(
        [puppet, exchange],
        [UNIT, -UNIT],
      );
      const told = ethers.AbiCoder.defaultAbiCoder().decode(["address", "uint256", "bytes"], await puppet.lastData());
      expect([...told]).to.deep.equal([tokens[1].target, cost, "0x1234"]);
      expect(await puppet.lastFee()).to.equal(0);
    });

    // claim(attacks#exchange): flash swap not repaid: the price is pulled and measured
    it("reverts on the bound, the native coin in, a short payment, a wrong answer and a bad receiver", async () => {
      const { exchange, tokens, puppet } = await loadFixture(deployBorrower);
      const path = [hop(tokens[1])];
      const cost = inFor(UNIT, 1000n * UNIT, 4000n * UNIT);
      await expect(exchange.flashSwap(puppet, tokens[0], path, UNIT, cost - 1n, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound")
        .withArgs(cost, cost - 1n);
      await expect(exchange.flashSwap(puppet, NATIVE, path, UNIT, cost, "0x")).to.be.revertedWithCustomError(
        exchange,
        "Exchange_NativeNotAccepted",
      );
      await expect(exchange.flashSwap(puppet, tokens[0], path, UNIT, cost, "0x")).to.be.revertedWithCustomError(
        tokens[0],
        "ERC20InsufficientAllowance",
      );
      await puppet.setAnswer(ethers.ZeroHash);
      await expect(exchange.flashSwap(puppet, tokens[0], path, UNIT, cost, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_CallbackRefused")
        .withArgs(puppet.target);
      await expect(exchange.flashSwap(NATIVE, tokens[0], path, UNIT, cost, "0x"))
        .to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient")
        .withArgs(NATIVE);
    });
  });
});
