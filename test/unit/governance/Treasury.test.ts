import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, ISO, government, phaseTwo } from "./fixture";
import { expectLimits } from "../../helpers/limits";

async function funded() {
  const base = await government();
  const { treasury, ledger } = base.contracts;
  const coin = await ethers.deployContract("PlainCoin", [1_000n * ISO]);
  await coin.transfer(treasury, 100n * ISO);
  await base.actors.whale.sendTransaction({ to: treasury, value: 10n * ISO });
  return { ...base, coin, ledger, pay: treasury.connect(base.actors.dao) };
}

describe("Treasury", () => {
  it("publishes its limits", async () => {
    const { contracts } = await loadFixture(government);
    await expectLimits(contracts.treasury, {
      EARLY_LIMIT_BPS: 100n,
      EARLY_WINDOW: 30n * DAY,
    });
  });

  describe("pay", () => {
    // claim(attacks#government-and-citizens): a payment above the balance
    it("refuses anyone but the DAO, the zero address and more than it holds", async () => {
      const { contracts, actors, coin, pay } = await loadFixture(funded);
      await expect(contracts.treasury.connect(actors.whale).pay(coin, actors.whale, 1n))
        .to.be.revertedWithCustomError(pay, "AccessManagedUnauthorized")
        .withArgs(actors.whale.address);
      await expect(pay.pay(coin, ethers.ZeroAddress, 1n)).to.be.revertedWithCustomError(pay, "Treasury_ZeroRecipient");
      await expect(pay.pay(coin, actors.voter, 100n * ISO + 1n))
        .to.be.revertedWithCustomError(pay, "Treasury_InsufficientBalance")
        .withArgs(await coin.getAddress(), 100n * ISO, 100n * ISO + 1n);
    });

    // claim(attacks#government-and-citizens): emptying the treasury of a young DAO
    it("pays at most one percent in any thirty days while the DAO is young", async () => {
      const { actors, coin, pay } = await loadFixture(funded);
      const address = await coin.getAddress();
      expect(await pay.available(coin)).to.equal(ISO);
      await expect(pay.pay(coin, actors.voter, ISO + 1n))
        .to.be.revertedWithCustomError(pay, "Treasury_EarlyLimit")
        .withArgs(address, ISO + 1n, ISO);
      await expect(pay.pay(coin, actors.voter, (6n * ISO) / 10n))
        .to.emit(pay, "Paid")
        .withArgs(address, actors.voter.address, (6n * ISO) / 10n);
      const first = BigInt(await time.latest());
      await time.increase(29n * DAY);
      await pay.pay(coin, actors.voter, (4n * ISO) / 10n);
      await expect(pay.pay(coin, actors.voter, 1n))
        .to.be.revertedWithCustomError(pay, "Treasury_EarlyLimit")
        .withArgs(address, 1n, 0n);
      // The window slides: the first payment leaves it, the second does not.
      await time.increaseTo(first + 30n * DAY);
      expect(await pay.available(coin)).to.be.closeTo((6n * ISO) / 10n, ISO / 100n);
      expect(await coin.balanceOf(actors.voter)).to.equal(ISO);
    });

    it("rounds the early limit down, to the unit", async () => {
      const { contracts, actors, pay } = await loadFixture(funded);
      const odd = await ethers.deployContract("PlainCoin", [1_000n]);
      await odd.transfer(contracts.treasury, 199n);
      expect(await pay.available(odd)).to.equal(1n);
      await expect(pay.pay(odd, actors.voter, 2n))
        .to.be.revertedWithCustomError(pay, "Treasury_EarlyLimit")
        .withArgs(await odd.getAddress(), 2n, 1n);
      await pay.pay(odd, actors.voter, 1n);
      expect(await odd.balanceOf(actors.voter)).to.equal(1n);
      expect(await odd.balanceOf(contracts.treasury)).to.equal(198n);
    });

    // claim(attacks#government-and-citizens): one token's payments counted against another's limit, or another's limit
    //   used for one
    it("counts each token by itself: what left in one is neither taken from another nor given to it", async () => {
      const { contracts, actors, coin, pay } = await loadFixture(funded);
      const NATIVE = ethers.ZeroAddress;
      const second = await ethers.deployContract("PlainCoin", [1_000n * ISO]);
      await second.transfer(contracts.treasury, 300n * ISO);
      const tokens = [await coin.getAddress(), NATIVE, await second.getAddress()];
      const whole = [ISO, ISO / 10n, 3n * ISO];
      const available = () => Promise.all(tokens.map((token) => pay.available(token)));
      expect(await available()).to.deep.equal(whole);
      const left = [...whole];
      // the largest last and first, so that neither a sum nor a largest one would allow it
      for (const index of [2, 1, 0]) {
        await pay.pay(tokens[index]!, actors.voter, whole[index]!);
        left[index] = 0n;
        expect(await available()).to.deep.equal(left);
        for (const [other, amount] of left.entries()) {
          await expect(pay.pay(tokens[other]!, actors.voter, amount + 1n))
            .to.be.revertedWithCustomError(pay, "Treasury_EarlyLimit")
            .withArgs(tokens[other]!, amount + 1n, amount);
        }
      }
      expect(await coin.balanceOf(actors.voter)).to.equal(ISO);
      expect(await second.balanceOf(actors.voter)).to.equal(3n * ISO);
    });

    // claim(attacks#government-and-citizens): a token that multiplies balances or has two addresses, against the early
    //   limit: not prevented, and bounded
    it("counts units at one address: a token that multiplies balances, or answers at two addresses, lets out more", async () => {
      const { contracts, actors, pay } = await loadFixture(funded);
      const { treasury } = contracts;
      const rebasing = await ethers.deployContract("RebasingToken");
      await rebasing.mint(treasury, 100n * ISO);
      await pay.pay(rebasing, actors.voter, ISO);
      expect(await pay.available(rebasing)).to.equal(0n);
      await rebasing.setPercent(1_000n);
      // ten of the new units have left, and one of them counts: a hundredth of 991, less that one
      expect(await pay.available(rebasing)).to.equal((991n * ISO) / 100n - ISO);
      await rebasing.setPercent(10n);
      expect(await pay.available(rebasing)).to.equal(0n);

      const first = await ethers.deployContract("TwoDoorToken");
      const door = await first.SECOND();
      await first.mint(treasury, 100n * ISO);
      await pay.pay(first, actors.voter, ISO);
      expect(await pay.available(first)).to.equal(0n);
      await pay.pay(door, actors.voter, (99n * ISO) / 100n);
      expect(await pay.available(door)).to.equal(0n);
      expect(await first.balanceOf(actors.voter)).to.equal((199n * ISO) / 100n);
    });

    it("pays native coin, and says so when it is refused", async () => {
      const { contracts, actors, pay } = await loadFixture(funded);
      await expect(pay.pay(ethers.ZeroAddress, actors.voter, ISO / 10n)).to.changeEtherBalances(
        [contracts.treasury, actors.voter],
        [-ISO / 10n, ISO / 10n],
      );
      await time.increase(31n * DAY);
      const greedy = await ethers.deployContract("GreedyReceiver", [contracts.treasury]);
      await expect(pay.pay(ethers.ZeroAddress, greedy, 5n))
        .to.be.revertedWithCustomError(pay, "Treasury_RecipientRefused")
        .withArgs(await greedy.getAddress(), 5n);
    });

    // claim(attacks#government-and-citizens): a recipient that re-enters the treasury
    it("cannot be entered again by the recipient", async () => {
      const { contracts, actors, pay } = await loadFixture(funded);
      const { treasury, authority } = contracts;
      const greedy = await ethers.deployContract("GreedyReceiver", [treasury]);
      // Even with the role of the DAO it gets nothing twice.
      await authority.connect(actors.dao).grantRole(3, greedy, 0);
      await greedy.ask(treasury.interface.encodeFunctionData("pay", [ethers.ZeroAddress, actors.whale.address, 1n]));
      await expect(pay.pay(ethers.ZeroAddress, greedy, 5n)).to.be.revertedWithCustomError(
        pay,
        "Treasury_RecipientRefused",
      );
    });

    it("has no such limit in phase 2", async () => {
      const { contracts, actors } = await loadFixture(phaseTwo);
      await setBalance(await contracts.treasury.getAddress(), 10n * ISO);
      expect(await contracts.treasury.available(ethers.ZeroAddress)).to.equal(10n * ISO);
      const pay = contracts.treasury.connect(actors.dao).pay(ethers.ZeroAddress, actors.voter, 10n * ISO);
      await expect(pay).to.changeEtherBalance(actors.voter, 10n * ISO);
    });
  });

  describe("collect", () => {
    it("fetches income for anyone who calls, in tokens and native coin", async () => {
      const { contracts, actors, coin, ledger } = await loadFixture(funded);
      const treasury = contracts.treasury.connect(actors.stranger);
      await coin.approve(ledger, 7n);
      await ledger.put(coin, 7n);
      await expect(treasury.collect(coin))
        .to.emit(treasury, "Collected")
        .withArgs(await coin.getAddress(), 7n);
      await actors.whale.sendTransaction({ to: ledger, value: 9n });
      await expect(treasury.collect(ethers.ZeroAddress)).to.changeEtherBalance(treasury, 9n);
      await expect(treasury.collect(coin)).to.be.revertedWith("nothing");
    });

    it("is not entered again while the income arrives", async () => {
      const { contracts, coin } = await loadFixture(funded);
      const source = await ethers.deployContract("EchoingIncomeSource");
      const parts = [contracts.authority, contracts.registry, source] as const;
      const treasury = await ethers.deployContract("Treasury", [...parts]);
      await expect(treasury.collect(coin)).to.be.revertedWithCustomError(treasury, "ReentrancyGuardReentrantCall");
    });
  });

  it("announces native coin", async () => {
    const { contracts, actors } = await loadFixture(funded);
    await expect(actors.whale.sendTransaction({ to: contracts.treasury, value: 3n }))
      .to.emit(contracts.treasury, "Received")
      .withArgs(actors.whale.address, 3n);
  });
});
