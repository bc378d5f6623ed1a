import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectCredits, PRICE, sharesOf } from "../../helpers/market";
import { purchaseFixture } from "../../helpers/purchase";

const FEE_BPS = 250n;
const REENTRANT = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

describe("Market: purchase", () => {
  describe("tokens that misbehave", () => {
    /** An offer in a fresh token of this kind, with the buyer's money and allowance. */
    async function offerIn(name: string) {
      const protocol = await loadFixture(purchaseFixture);
      const { market, actors, actions } = protocol;
      const pay = await ethers.deployContract(name as "HookToken");
      await pay.mint(actors.buyer, 10n * PRICE);
      await pay.connect(actors.buyer).approve(market, ethers.MaxUint256);
      await actions.allow(pay);
      const offer = actions.terms({ payToken: await pay.getAddress() });
      await actions.list(offer);
      return { ...protocol, pay, offer, order: await actions.orderFor(offer) };
    }

    // claim(attacks#licences-listings-offers-and-signatures): no-return tokens
    it("takes a token that returns nothing", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn("MissingReturnToken");
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      await expectCredits(ledger, pay, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
      ]);
      expect(await pay.balanceOf(ledger)).to.equal(PRICE);
    });

    // claim(attacks#licences-listings-offers-and-signatures): tokens that return false
    it("refuses a token that says false and moves nothing", async () => {
      const { market, actors, pay, offer, order } = await offerIn("FalseReturnToken");
      await (await ethers.getContractAt("FalseReturnToken", await pay.getAddress())).setFailing(true);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "SafeERC20FailedOperation")
        .withArgs(await pay.getAddress());
    });

    // claim(attacks#licences-listings-offers-and-signatures): fee-taking tokens
    it("refuses a token that starts to charge for transfers, even one unit", async () => {
      const { market, ledger, actors, actions, pay, offer, order } = await offerIn(
        "test/contracts/tokens/FeeToken.sol:FeeToken",
      );
      const token = await ethers.getContractAt(
        "test/contracts/tokens/FeeToken.sol:FeeToken" as "FeeToken",
        await pay.getAddress(),
      );
      await market.connect(actors.buyer).purchase(offer, order);
      await token.setFee(100n);
      const fee = PRICE / 100n;
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), 2n * PRICE, 2n * PRICE - fee);
      const small = actions.terms({ payToken: await token.getAddress(), price: 100n });
      await actions.list(small);
      await expect(market.connect(actors.buyer).purchase(small, await actions.orderFor(small)))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), PRICE + 100n, PRICE + 99n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): tokens that freeze accounts
    it("refuses a frozen payer, and a frozen ledger, with the token's own word", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn("FreezingToken");
      const token = await ethers.getContractAt("FreezingToken", await pay.getAddress());
      for (const account of [actors.buyer.address, await ledger.getAddress()]) {
        await token.freeze(account, true);
        await expect(market.connect(actors.buyer).purchase(offer, order))
          .to.be.revertedWithCustomError(token, "FreezingToken_Frozen")
          .withArgs(account);
        await token.freeze(account, false);
      }
      // a frozen creator is still credited: the money waits in the ledger
      await token.freeze(actors.creator, true);
      await market.connect(actors.buyer).purchase(offer, order);
    });

    for (const [when, name] of [
      [1n, "before"],
      [2n, "after"],
    ] as const) {
      // claim(attacks#licences-listings-offers-and-signatures): re-entry by a token before and after its transfer
      it(`stops a token that buys again ${name} it moves`, async () => {
        const { market, ledger, actors, pay, offer, order, nativeOffer, actions } = await offerIn(
          "test/contracts/tokens/HookToken.sol:HookToken",
        );
        const inner = market.interface.encodeFunctionData("purchase", [offer, order]);
        await pay.setHook(when, market, inner, false);
        await market.connect(actors.buyer).purchase(offer, order);
        expect(await pay.succeeded()).to.equal(false);
        expect((await pay.returned()).slice(0, 10)).to.equal(REENTRANT);
        expect((await market.offerState(order.termsHash)).sold).to.equal(1n);
        expect(await pay.balanceOf(ledger)).to.equal(PRICE);

        const other = market.interface.encodeFunctionData("purchaseSigned", [
          nativeOffer,
          await actions.orderFor(nativeOffer),
          "0x",
        ]);
        await pay.setHook(when, market, other, true);
        await expect(market.connect(actors.buyer).purchase(offer, order)).to.be.revertedWithCustomError(
          market,
          "ReentrancyGuardReentrantCall",
        );
      });
    }

    // claim(attacks#licences-listings-offers-and-signatures): re-entry by a token before and after its transfer
    it("loses nothing to a token that credits the payment to a thief before the market does", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn(
        "test/contracts/tokens/HookToken.sol:HookToken",
      );
      const address = await pay.getAddress();
      const theft = [{ account: actors.stranger.address, amount: PRICE }];
      await pay.setHook(2n, ledger, ledger.interface.encodeFunctionData("credit", [address, theft]), false);
      const before = await pay.balanceOf(actors.buyer);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(address, 2n * PRICE, PRICE);
      expect(await pay.balanceOf(actors.buyer)).to.equal(before);
      expect(await ledger.balanceOf(pay, actors.stranger)).to.equal(0n);
    });
  });

  // claim(attacks#licences-listings-offers-and-signatures): re-entry through the ERC-721 receiver hook
  describe("re-entry through the receiver's hook", () => {
    const entries = [
      "purchase",
      "purchaseSigned",
      "purchaseCart",
      "purchaseWithPermit",
      "purchaseWithSwap",
      "createOffer",
    ] as const;
    for (const entry of entries) {
      it(`cannot reach ${entry}`, async () => {
        const { market, licenses, actors, actions, offer, nativeOffer, hash } = await loadFixture(purchaseFixture);
        const thief = await ethers.deployContract("HookedReceiver");
        const recipient = await thief.getAddress();
        const inner = await actions.orderFor(nativeOffer, { recipient });
        const data = {
          purchase: () => market.interface.encodeFunctionData("purchase", [nativeOffer, inner]),
          purchaseSigned: () => market.interface.encodeFunctionData("purchaseSigned", [nativeOffer, inner, "0x"]),
          purchaseCart: () =>
            market.interface.encodeFunctionData("purchaseCart", [
              [{ offer: nativeOffer, order: inner, signature: "0x" }],
            ]),
          purchaseWithPermit: () =>
            market.interface.encodeFunctionData("purchaseWithPermit", [
              offer,
              inner,
              { value: 0n, deadline: 0n, v: 27n, r: ethers.ZeroHash, s: ethers.ZeroHash },
            ]),
          purchaseWithSwap: () =>
            market.interface.encodeFunctionData("purchaseWithSwap", [
              offer,
              inner,
              { tokenIn: ethers.ZeroAddress, maxSpent: PRICE, deadline: ethers.MaxUint256, hops: [] },
            ]),
          createOffer: () => market.interface.encodeFunctionData("createOffer", [offer]),
        }[entry]();
        const value = entry === "purchaseWithPermit" ? 0n : PRICE;
        await thief.setHook(market, value, data, { value: PRICE });
        await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { recipient }));
        expect(await thief.succeeded()).to.equal(false);
        expect((await thief.returned()).slice(0, 10)).to.equal(REENTRANT);
        expect(await licenses.balanceOf(thief)).to.equal(1n);
        expect((await market.offerState(hash)).sold).to.equal(1n);
      });
    }

    // claim(attacks#licences-listings-offers-and-signatures): re-entry through the ERC-721 receiver hook
    it("finds all books written: the licence is its own and the money is credited", async () => {
      const { market, licenses, actors, actions, offer } = await loadFixture(purchaseFixture);
      const receiver = await ethers.deployContract("HookedReceiver");
      const recipient = await receiver.getAddress();
      const order = await actions.orderFor(offer, { recipient });
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
      const give = licenses.interface.encodeFunctionData("transferFrom", [recipient, actors.other.address, licenseId]);
      await receiver.setHook(licenses, 0n, give);
      await market.connect(actors.buyer).purchase(offer, order);
      expect(await receiver.succeeded()).to.equal(true);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.other.address);
    });
  });

  it("costs the same however many were sold before", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const offer = actions.terms({ salt: 11n });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    const costs: bigint[] = [];
    for (let i = 0; i < 6; i++) {
      const receipt = await (await market.connect(actors.buyer).purchase(offer, order)).wait();
      costs.push(receipt!.gasUsed);
    }
    expect(new Set(costs.slice(2)).size).to.equal(1);
  });
});
