import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectCredits, NATIVE } from "../../helpers/market";
import { CHILD, lineageFixture, parentsOf } from "./fixture";

const ROYALTY = 1_000n;
const HOOK = { before: 1n, after: 2n };

describe("Splitter, what comes by a plain transfer", () => {
  /** A tenth of the child's income is model 1's. */
  async function gatherFixture() {
    const fixture = await loadFixture(lineageFixture);
    const account = await fixture.actions.createFor(CHILD, parentsOf([1n, 1_000n]));
    return { ...fixture, account, parent: fixture.actions.holderOf(1n) };
  }

  it("is put into the account's ledger balance when anyone calls, and shared from there", async () => {
    const { account, token, ledger, actors, parent } = await loadFixture(gatherFixture);
    await token.mint(account, ROYALTY);
    // not in the ledger yet
    expect(await account.settle.staticCall(token)).to.equal(0n);
    const gatherer = account.connect(actors.stranger);
    expect(await gatherer.gather.staticCall(token)).to.equal(ROYALTY);
    const gather = async () => {
      const call = gatherer.gather(token);
      await expect(call).to.emit(account, "Gathered").withArgs(token, ROYALTY);
      await expect(call).to.emit(ledger, "Credited").withArgs(token, account, ROYALTY);
      await expect(call).to.changeTokenBalances(token, [account, ledger], [-ROYALTY, ROYALTY]);
    };
    await expectCredits(ledger, token, gather, [
      [account, ROYALTY],
      [actors.stranger, 0n],
    ]);
    await expectCredits(ledger, token, () => account.settle(token), [
      [account, -ROYALTY],
      [parent, 100n],
      [actors.creator, 900n],
    ]);
    expect(await account.distributed(token)).to.equal(ROYALTY);
  });

  it("is put there in native coin too, which the account takes", async () => {
    const { account, ledger, actors, parent } = await loadFixture(gatherFixture);
    await actors.buyer.sendTransaction({ to: account, value: ROYALTY });
    const gather = async () => {
      const call = account.connect(actors.stranger).gather(NATIVE);
      await expect(call).to.emit(account, "Gathered").withArgs(NATIVE, ROYALTY);
      await expect(call).to.emit(ledger, "Credited").withArgs(NATIVE, account, ROYALTY);
      await expect(call).to.changeEtherBalances([account, ledger], [-ROYALTY, ROYALTY]);
    };
    await expectCredits(ledger, NATIVE, gather, [[account, ROYALTY]]);
    await expectCredits(ledger, NATIVE, () => account.settle(NATIVE), [
      [account, -ROYALTY],
      [parent, 100n],
      [actors.creator, 900n],
    ]);
  });

  it("joins what the ledger holds for the account", async () => {
    const { account, token, ledger, actions } = await loadFixture(gatherFixture);
    await actions.credit(account, 5n);
    await token.mint(account, ROYALTY);
    await account.gather(token);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY + 5n);
    await token.mint(account, 1n);
    await account.gather(token);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY + 6n);
  });

  it("waits at the account before its code exists, tokens and coin", async () => {
    const { lineage, ledger, token, actors, actions } = await loadFixture(lineageFixture);
    const parents = parentsOf([1n, 1_000n]);
    const address = await lineage.predictAccount(CHILD, parents);
    await token.mint(address, ROYALTY);
    await actors.buyer.sendTransaction({ to: address, value: 7n });
    const account = await actions.createFor(CHILD, parents);
    await account.gather(token);
    await account.gather(NATIVE);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY);
    expect(await ledger.balanceOf(NATIVE, account)).to.equal(7n);
  });

  it("adds nothing to anybody when nothing came", async () => {
    const { account, token, ledger, actions } = await loadFixture(gatherFixture);
    await actions.credit(account, 5n);
    for (const of of [await token.getAddress(), NATIVE]) {
      const owed = await ledger.totalOwed(of);
      expect(await account.gather.staticCall(of)).to.equal(0n);
      await expect(account.gather(of)).to.emit(account, "Gathered").withArgs(of, 0n);
      expect(await ledger.totalOwed(of)).to.equal(owed);
    }
    expect(await ledger.balanceOf(token, account)).to.equal(5n);
  });

  it("claims nothing that others have in the ledger, nor what lies there unclaimed", async () => {
    const { account, token, ledger, actors, actions } = await loadFixture(gatherFixture);
    await actions.credit(actors.buyer, 50n);
    await token.mint(ledger, 50n);
    await token.mint(account, ROYALTY);
    await account.gather(token);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY);
    expect(await ledger.balanceOf(token, actors.buyer)).to.equal(50n);
    expect(await ledger.totalOwed(token)).to.equal(ROYALTY + 50n);
  });

  it("refuses what is no token", async () => {
    const { account, actors } = await loadFixture(gatherFixture);
    await expect(account.gather(actors.stranger)).to.be.revertedWithoutReason();
  });

  it("takes a token whose transfer returns nothing, and refuses one that returns false", async () => {
    const { account, ledger } = await loadFixture(gatherFixture);
    const silent = await ethers.deployContract("MissingReturnToken");
    await silent.mint(account, ROYALTY);
    await account.gather(silent);
    expect(await ledger.balanceOf(silent, account)).to.equal(ROYALTY);
    const failing = await ethers.deployContract("FalseReturnToken");
    await failing.mint(account, ROYALTY);
    await failing.setFailing(true);
    await expect(account.gather(failing))
      .to.be.revertedWithCustomError(account, "SafeERC20FailedOperation")
      .withArgs(failing);
    await failing.setFailing(false);
    await account.gather(failing);
    expect(await ledger.balanceOf(failing, account)).to.equal(ROYALTY);
  });

  // claim(attacks#licences-listings-offers-and-signatures): income in a token that charges or says what is not so
  it("refuses a token that charges for the transfer", async () => {
    const { account, ledger } = await loadFixture(gatherFixture);
    const token = await ethers.deployContract("FeeToken");
    await token.mint(account, ROYALTY);
    await token.setFee(100n);
    await expect(account.gather(token))
      .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
      .withArgs(token, ROYALTY, 990n);
    expect(await token.balanceOf(account)).to.equal(ROYALTY);
    await token.setFee(0n);
    await account.gather(token);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY);
  });

  it("stays with the account while the token's issuer stops it, and does not hold up the ledger's part", async () => {
    const { account, ledger, actions, parent } = await loadFixture(gatherFixture);
    const token = await ethers.deployContract("FreezingToken");
    await actions.credit(account, ROYALTY, await token.getAddress());
    await token.mint(account, ROYALTY);
    await token.freeze(account, true);
    await expect(account.gather(token)).to.be.revertedWithCustomError(token, "FreezingToken_Frozen").withArgs(account);
    await account.settle(token);
    expect(await ledger.balanceOf(token, parent)).to.equal(100n);
    await token.freeze(account, false);
    await account.gather(token);
    expect(await ledger.balanceOf(token, account)).to.equal(ROYALTY);
  });

  it("is refused by the contract that accounts are copies of", async () => {
    const { lineage, token } = await loadFixture(gatherFixture);
    const original = await ethers.getContractAt("Splitter", await lineage.SPLITTER());
    await token.mint(original, ROYALTY);
    for (const of of [await token.getAddress(), NATIVE]) {
      await expect(original.gather(of)).to.be.revertedWithCustomError(original, "Splitter_NoModel");
    }
  });

  describe("a token that calls during the transfer", () => {
    /** The royalty came in such a token; 300 of it are in the ledger for the account already. */
    async function hookFixture() {
      const fixture = await loadFixture(gatherFixture);
      const { account, ledger, actions, actors } = fixture;
      const hooked = await ethers.deployContract("HookToken");
      await actions.credit(account, 300n, await hooked.getAddress());
      await actions.credit(actors.buyer, 300n, await hooked.getAddress());
      await hooked.mint(account, ROYALTY);
      const again = account.interface.encodeFunctionData("gather", [await hooked.getAddress()]);
      const settle = account.interface.encodeFunctionData("settle", [await hooked.getAddress()]);
      const claim = ledger.interface.encodeFunctionData("credit", [
        await hooked.getAddress(),
        [{ account: actors.stranger.address, amount: ROYALTY }],
      ]);
      return { ...fixture, hooked, calls: { again, settle, claim } };
    }

    // claim(attacks#licences-listings-offers-and-signatures): a royalty claimed by its own token's callback, on the way to the ledger
    it("cannot have the royalty credited to somebody else", async () => {
      const { account, ledger, hooked, calls, actors } = await loadFixture(hookFixture);
      await hooked.setHook(HOOK.after, ledger, calls.claim, true);
      await expect(account.gather(hooked))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(hooked, 2n * ROYALTY + 600n, ROYALTY + 600n);
      expect(await ledger.balanceOf(hooked, actors.stranger)).to.equal(0n);
      expect(await hooked.balanceOf(account)).to.equal(ROYALTY);
    });

    it("cannot have it credited twice", async () => {
      const { account, ledger, hooked, calls } = await loadFixture(hookFixture);
      await hooked.setHook(HOOK.before, account, calls.again, true);
      // the call within took all, and the first finds nothing left
      await expect(account.gather(hooked))
        .to.be.revertedWithCustomError(hooked, "ERC20InsufficientBalance")
        .withArgs(account, 0n, ROYALTY);
      await hooked.setHook(HOOK.after, account, calls.again, true);
      await account.gather(hooked);
      expect(await hooked.succeeded()).to.equal(true);
      expect(await ledger.balanceOf(hooked, account)).to.equal(ROYALTY + 300n);
      expect(await ledger.totalOwed(hooked)).to.equal(ROYALTY + 600n);
    });

    for (const [title, when] of Object.entries(HOOK)) {
      it(`may settle ${title} it, once and no more than the ledger has for the account`, async () => {
        const { account, ledger, hooked, calls, parent, actors } = await loadFixture(hookFixture);
        await hooked.setHook(when, account, calls.settle, true);
        await account.gather(hooked);
        expect(await hooked.succeeded()).to.equal(true);
        expect(await account.distributed(hooked)).to.equal(300n);
        expect(await ledger.balanceOf(hooked, account)).to.equal(ROYALTY);
        await account.settle(hooked);
        expect(await account.distributed(hooked)).to.equal(ROYALTY + 300n);
        expect(await ledger.balanceOf(hooked, parent)).to.equal(130n);
        expect(await ledger.balanceOf(hooked, actors.creator)).to.equal(1_170n);
        expect(await ledger.balanceOf(hooked, actors.buyer)).to.equal(300n);
      });
    }
  });
});
