import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { protocolFixture } from "../../helpers/fixture";
import { expectCredits, NATIVE } from "../../helpers/market";

describe("RevenueLedger", () => {
  /** The other has credit of 1,000 of the token, of the native coin and of a freezing token. */
  async function ledgerFixture() {
    const protocol = await loadFixture(protocolFixture);
    const { token, actors } = protocol;
    const ledger = protocol.contracts.RevenueLedger;
    const freezing = await ethers.deployContract("FreezingToken");
    await freezing.mint(ledger, 1_000n);
    await token.mint(ledger, 1_000n);
    const credits = [{ account: actors.other.address, amount: 1_000n }];
    await ledger.credit(token, credits);
    await ledger.credit(freezing, credits);
    await ledger.credit(NATIVE, credits, { value: 1_000n });
    return { ...protocol, ledger, freezing };
  }

  describe("credit", () => {
    // claim(attacks#licences-listings-offers-and-signatures): crediting what was never paid
    it("refuses to owe one unit more than it holds", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const credits = [{ account: actors.buyer.address, amount: 51n }];
      await token.mint(ledger, 50n);
      await expect(ledger.credit(token, credits))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), 1_051n, 1_050n);
      await expect(ledger.credit(NATIVE, credits, { value: 50n }))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(NATIVE, 1_051n, 1_050n);
      await expectCredits(ledger, token, () => ledger.credit(token, [{ ...credits[0], amount: 50n }]), [
        [actors.buyer, 50n],
      ]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): crediting what was never paid
    it("refuses credits whose sum overflows", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const credits = [
        { account: actors.buyer.address, amount: ethers.MaxUint256 },
        { account: actors.stranger.address, amount: 1n },
      ];
      await expect(ledger.credit(token, credits)).to.be.revertedWithPanic(0x11);
      await expect(
        ledger.credit(token, [{ account: actors.other.address, amount: ethers.MaxUint256 }]),
      ).to.be.revertedWithPanic(0x11);
    });

    it("refuses native coin along with credits in a token", async () => {
      const { ledger, token } = await loadFixture(ledgerFixture);
      await expect(ledger.credit(token, [], { value: 3n }))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_UnexpectedValue")
        .withArgs(3n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): the zero address as recipient or party
    it("refuses a credit to the zero address", async () => {
      const { ledger, token } = await loadFixture(ledgerFixture);
      await token.mint(ledger, 1n);
      await expect(ledger.credit(token, [{ account: ethers.ZeroAddress, amount: 1n }])).to.be.revertedWithCustomError(
        ledger,
        "RevenueLedger_ZeroAccount",
      );
    });

    it("refuses a token that is not a contract", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      await expect(ledger.credit(actors.stranger.address, [])).to.be.reverted;
    });

    it("announces every credit and adds up several to one account", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const address = await token.getAddress();
      await token.mint(ledger, 10n);
      const credits = [
        { account: actors.buyer.address, amount: 4n },
        { account: actors.creator.address, amount: 5n },
        { account: actors.buyer.address, amount: 1n },
      ];
      const call = await ledger.credit(token, credits);
      for (const { account, amount } of credits) {
        await expect(call).to.emit(ledger, "Credited").withArgs(address, account, amount);
      }
      expect(await ledger.balanceOf(token, actors.buyer)).to.equal(5n);
      expect(await ledger.totalOwed(token)).to.equal(1_010n);
    });

    it("gives tokens that arrived without a credit to the first who claims them, and no more", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      await token.mint(ledger, 7n);
      const claim = [{ account: actors.stranger.address, amount: 7n }];
      await ledger.connect(actors.stranger).credit(token, claim);
      await expect(ledger.connect(actors.stranger).credit(token, claim))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), 1_014n, 1_007n);
      expect(await ledger.balanceOf(token, actors.other)).to.equal(1_000n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a token with two addresses, including the native coin as
    //   a token: must never be a pay token, and nobody else loses from it
    it("loses a token that answers at two addresses to the first who credits it at the second, and no other token", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const two = await ethers.deployContract("TwoDoorToken");
      await two.mint(ledger, 1_000n);
      await ledger.credit(two, [{ account: actors.other.address, amount: 1_000n }]);

      const thief = ledger.connect(actors.stranger);
      const second = await two.SECOND();
      await thief.credit(second, [{ account: actors.stranger.address, amount: 1_000n }]);
      await thief.withdraw(second);
      expect(await two.balanceOf(actors.stranger)).to.equal(1_000n);
      await expect(ledger.connect(actors.other).withdraw(two)).to.be.revertedWithCustomError(
        two,
        "ERC20InsufficientBalance",
      );
      // this is why no such token may be put on the list of pay tokens; what is held in others is as it was
      for (const other of [token, NATIVE]) await ledger.connect(actors.other).withdraw(other);
      expect(await token.balanceOf(actors.other)).to.be.at.least(1_000n);
    });

    it("takes native coin in no other way", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      await expect(actors.buyer.sendTransaction({ to: ledger, value: 1n })).to.be.reverted;
    });
  });

  describe("move", () => {
    it("refuses more than the caller has", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const credits = [
        { account: actors.buyer.address, amount: 600n },
        { account: actors.stranger.address, amount: 401n },
      ];
      await expect(ledger.connect(actors.other).move(token, credits))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_InsufficientBalance")
        .withArgs(await token.getAddress(), actors.other.address, 1_000n, 1_001n);
      await expect(ledger.connect(actors.stranger).move(token, credits))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_InsufficientBalance")
        .withArgs(await token.getAddress(), actors.stranger.address, 0n, 1_001n);
      const overflow = [
        { account: actors.buyer.address, amount: ethers.MaxUint256 },
        { account: actors.stranger.address, amount: 1n },
      ];
      await expect(ledger.connect(actors.other).move(token, overflow)).to.be.revertedWithPanic(0x11);
    });

    it("refuses the zero address", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      await expect(
        ledger.connect(actors.other).move(token, [{ account: ethers.ZeroAddress, amount: 1n }]),
      ).to.be.revertedWithCustomError(ledger, "RevenueLedger_ZeroAccount");
    });

    it("keeps the rest of the balance, and tells the sum that moved", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const credits = [
        { account: actors.buyer.address, amount: 200n },
        { account: actors.stranger.address, amount: 50n },
      ];
      await expect(ledger.connect(actors.other).move(token, credits))
        .to.emit(ledger, "Moved")
        .withArgs(await token.getAddress(), actors.other.address, 250n);
      expect(await ledger.balanceOf(token, actors.other)).to.equal(750n);
      expect(await ledger.balanceOf(token, actors.buyer)).to.equal(200n);
      expect(await ledger.balanceOf(token, actors.stranger)).to.equal(50n);
    });

    it("moves the whole balance, to the caller too, and no token leaves", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const address = await token.getAddress();
      const move = () =>
        ledger.connect(actors.other).move(token, [
          { account: actors.buyer.address, amount: 600n },
          { account: actors.other.address, amount: 400n },
        ]);
      await expect(move()).to.changeTokenBalance(token, ledger, 0n);
      const again = ledger.connect(actors.other).move(token, [{ account: actors.buyer.address, amount: 400n }]);
      await expect(again).to.emit(ledger, "Moved").withArgs(address, actors.other.address, 400n);
      await expect(again).to.emit(ledger, "Credited").withArgs(address, actors.buyer.address, 400n);
      expect(await ledger.balanceOf(token, actors.buyer)).to.equal(1_000n);
      expect(await ledger.balanceOf(token, actors.other)).to.equal(0n);
      expect(await ledger.totalOwed(token)).to.equal(1_000n);
    });
  });

  describe("withdraw", () => {
    it("refuses an account with nothing", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      await expect(ledger.connect(actors.stranger).withdraw(token))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_NothingToWithdraw")
        .withArgs(await token.getAddress(), actors.stranger.address);
    });

    it("pays the whole balance of a token once", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const address = await token.getAddress();
      expect(await ledger.connect(actors.other).withdraw.staticCall(token)).to.equal(1_000n);
      const call = ledger.connect(actors.other).withdraw(token);
      await expect(call).to.changeTokenBalances(token, [ledger, actors.other], [-1_000n, 1_000n]);
      await expect(call)
        .to.emit(ledger, "Withdrawn")
        .withArgs(address, actors.other.address, actors.other.address, 1_000n);
      expect(await ledger.totalOwed(token)).to.equal(0n);
      await expect(ledger.connect(actors.other).withdraw(token))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_NothingToWithdraw")
        .withArgs(address, actors.other.address);
    });

    it("pays native coin", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      await expect(ledger.connect(actors.other).withdraw(NATIVE)).to.changeEtherBalances(
        [ledger, actors.other],
        [-1_000n, 1_000n],
      );
      expect(await ledger.totalOwed(NATIVE)).to.equal(0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a creator, referrer or treasury that refuses coin
    it("names a receiver that refuses native coin, and keeps its balance", async () => {
      const { ledger } = await loadFixture(ledgerFixture);
      const actor = await ethers.deployContract("MarketActor");
      const address = await actor.getAddress();
      await ledger.credit(NATIVE, [{ account: address, amount: 5n }], { value: 5n });
      await expect(actor.act(ledger, 0n, ledger.interface.encodeFunctionData("withdraw", [NATIVE])))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_ReceiverRefused")
        .withArgs(address, 5n);
      expect(await ledger.balanceOf(NATIVE, address)).to.equal(5n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a creator, referrer or treasury that refuses coin
    it("keeps the balance of a frozen account, which can withdraw to another address", async () => {
      const { ledger, freezing, actors } = await loadFixture(ledgerFixture);
      await freezing.freeze(actors.other, true);
      await expect(ledger.connect(actors.other).withdraw(freezing))
        .to.be.revertedWithCustomError(freezing, "FreezingToken_Frozen")
        .withArgs(actors.other.address);
      await expect(ledger.connect(actors.other).withdrawTo(freezing, actors.recipient, 1_000n)).to.changeTokenBalance(
        freezing,
        actors.recipient,
        1_000n,
      );
    });

    // claim(attacks#licences-listings-offers-and-signatures): no-return tokens
    it("pays a token that returns nothing, and refuses one that returns false", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      const missing = await ethers.deployContract("MissingReturnToken");
      const lying = await ethers.deployContract("FalseReturnToken");
      const credits = [{ account: actors.buyer.address, amount: 9n }];
      for (const token of [missing, lying]) {
        await token.mint(ledger, 9n);
        await ledger.credit(token, credits);
      }
      await ledger.connect(actors.buyer).withdraw(missing);
      expect(await missing.balanceOf(actors.buyer)).to.equal(9n);
      await lying.setFailing(true);
      await expect(ledger.connect(actors.buyer).withdraw(lying))
        .to.be.revertedWithCustomError(ledger, "SafeERC20FailedOperation")
        .withArgs(await lying.getAddress());
      expect(await ledger.balanceOf(lying, actors.buyer)).to.equal(9n);
    });
  });

  describe("withdrawTo", () => {
    it("refuses nothing, the zero address and more than the balance", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const address = await token.getAddress();
      const from = ledger.connect(actors.other);
      await expect(from.withdrawTo(token, actors.buyer, 0n))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_NothingToWithdraw")
        .withArgs(address, actors.other.address);
      await expect(from.withdrawTo(token, ethers.ZeroAddress, 1n)).to.be.revertedWithCustomError(
        ledger,
        "RevenueLedger_ZeroAccount",
      );
      await expect(from.withdrawTo(token, actors.buyer, 1_001n))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_InsufficientBalance")
        .withArgs(address, actors.other.address, 1_000n, 1_001n);
    });

    it("names a receiver that refuses native coin", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      const actor = await ethers.deployContract("MarketActor");
      await expect(ledger.connect(actors.other).withdrawTo(NATIVE, actor, 10n))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_ReceiverRefused")
        .withArgs(await actor.getAddress(), 10n);
    });

    it("pays a part to somebody else", async () => {
      const { ledger, token, actors } = await loadFixture(ledgerFixture);
      const call = ledger.connect(actors.other).withdrawTo(token, actors.recipient, 400n);
      await expect(call).to.changeTokenBalances(token, [ledger, actors.recipient, actors.other], [-400n, 400n, 0n]);
      await expect(call)
        .to.emit(ledger, "Withdrawn")
        .withArgs(await token.getAddress(), actors.other.address, actors.recipient.address, 400n);
      await expect(ledger.connect(actors.other).withdrawTo(NATIVE, actors.recipient, 1n)).to.changeEtherBalance(
        actors.recipient,
        1n,
      );
      expect(await ledger.balanceOf(token, actors.other)).to.equal(600n);
      expect(await ledger.totalOwed(token)).to.equal(600n);
      expect(await ledger.balanceOf(NATIVE, actors.other)).to.equal(999n);
    });
  });

  describe("re-entry", () => {
    const reentrant = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

    // claim(attacks#licences-listings-offers-and-signatures): re-entry through a withdrawal
    it("does not let the receiver of native coin withdraw, move or credit again", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      const calls: [string, string][] = [
        ["withdraw", ledger.interface.encodeFunctionData("withdraw", [NATIVE])],
        ["withdrawTo", ledger.interface.encodeFunctionData("withdrawTo", [NATIVE, actors.other.address, 1n])],
        ["move", ledger.interface.encodeFunctionData("move", [NATIVE, []])],
        ["credit", ledger.interface.encodeFunctionData("credit", [NATIVE, []])],
      ];
      for (const [name, data] of calls) {
        const receiver = await ethers.deployContract("HookedReceiver");
        await ledger.credit(NATIVE, [{ account: receiver, amount: 5n }], { value: 5n });
        await receiver.setHook(ledger, 0n, data);
        await receiver.act(ledger, 0n, ledger.interface.encodeFunctionData("withdraw", [NATIVE]));
        expect(await receiver.succeeded(), name).to.equal(false);
        expect((await receiver.returned()).slice(0, 10), name).to.equal(reentrant);
        expect(await ethers.provider.getBalance(receiver)).to.equal(5n);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): re-entry through a withdrawal
    it("does not let a token credit what is on its way out", async () => {
      const { ledger, actors } = await loadFixture(ledgerFixture);
      const hook = await ethers.deployContract("test/contracts/tokens/HookToken.sol:HookToken" as "HookToken");
      await hook.mint(ledger, 100n);
      await ledger.credit(hook, [{ account: actors.buyer.address, amount: 100n }]);
      const steal = [{ account: actors.stranger.address, amount: 100n }];
      const data = ledger.interface.encodeFunctionData("credit", [await hook.getAddress(), steal]);
      await hook.setHook(1n, ledger, data, false);
      await ledger.connect(actors.buyer).withdraw(hook);
      expect(await hook.succeeded()).to.equal(false);
      expect((await hook.returned()).slice(0, 10)).to.equal(reentrant);
      expect(await hook.balanceOf(actors.buyer)).to.equal(100n);
      expect(await ledger.balanceOf(hook, actors.stranger)).to.equal(0n);
    });
  });
});
