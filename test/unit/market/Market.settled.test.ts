import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectCredits, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { purchaseFixture, REFERRER_BPS } from "../../helpers/purchase";

const FEE_BPS = 250n;

describe("Market: purchase", () => {
  describe("a licence settled at once", () => {
    it("moves the price from the payer to creator, treasury and referrer, to the unit", async () => {
      const { market, token, ledger, licenses, actors, actions, offer, hash, ids } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer, recipient } = actors;
      const order = await actions.orderFor(offer, { referrer: referrer.address, recipient: recipient.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      const licenseId = await market.connect(buyer).purchase.staticCall(offer, order);
      const before = await token.balanceOf(buyer);

      await expectCredits(
        ledger,
        token,
        async () => {
          const call = market.connect(buyer).purchase(offer, order);
          await expect(call).to.emit(licenses, "Transfer").withArgs(ethers.ZeroAddress, recipient.address, licenseId);
          for (const [account, amount] of [
            [creator, toCreator],
            [treasury, toTreasury],
            [referrer, toReferrer],
          ] as const) {
            await expect(call).to.emit(ledger, "Credited").withArgs(ids.payToken, account.address, amount);
          }
        },
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
          [buyer, 0n],
          [recipient, 0n],
        ],
      );

      expect(before - (await token.balanceOf(buyer))).to.equal(PRICE);
      expect(await token.balanceOf(ledger)).to.equal(PRICE);
      expect(await token.balanceOf(market)).to.equal(0n);
      expect((await market.offerState(hash)).sold).to.equal(1n);
      expect(await licenses.ownerOf(licenseId)).to.equal(recipient.address);
      expect(await licenses.isAuthorized(licenseId, recipient)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
      expect(await licenses.licenseInfo(licenseId)).to.deep.equal([
        ids.versionId,
        true,
        false,
        false,
        await market.getAddress(),
        ethers.ZeroAddress,
        FEE_BPS,
      ]);
    });

    it("moves native coin in the same way, and leaves none in the market", async () => {
      const { market, ledger, actors, actions, nativeOffer, nativeHash } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer } = actors;
      const order = await actions.orderFor(nativeOffer, { referrer: referrer.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      await expectCredits(
        ledger,
        NATIVE,
        async () => {
          const call = market.connect(buyer).purchase(nativeOffer, order, { value: PRICE });
          await expect(call).to.changeEtherBalances([buyer, ledger, market], [-PRICE, PRICE, 0n]);
        },
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ],
      );
      expect((await market.offerState(nativeHash)).sold).to.equal(1n);
    });

    it("gives the creator the referrer's share when nobody referred", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      const order = await actions.orderFor(offer);
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
        [actors.referrer, 0n],
      ]);
    });

    it("credits nobody the zero address when the fee and the share are nothing", async () => {
      const { market, token, ledger, actors, actions } = await loadFixture(purchaseFixture);
      await market.connect(await actions.asAdmin()).setProtocolFee(0n);
      const offer = actions.terms();
      await actions.list(offer);
      const order = await actions.orderFor(offer, { referrer: actors.referrer.address });
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, PRICE],
        [actors.treasury, 0n],
        [actors.referrer, 0n],
      ]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): price 0 and maximum
    it("sells for nothing without touching ledger or token", async () => {
      const { market, token, ledger, licenses, actors, actions } = await loadFixture(purchaseFixture);
      for (const payToken of [NATIVE, await token.getAddress()]) {
        const offer = actions.terms({ price: 0n, payToken });
        await actions.list(offer);
        const order = await actions.orderFor(offer, { maxPrice: 0n });
        const call = market.connect(actors.buyer).purchase(offer, order);
        await expect(call).to.emit(licenses, "Transfer");
        await expect(call).to.not.emit(ledger, "Credited");
      }
      expect(await licenses.balanceOf(actors.buyer)).to.equal(2n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): price 0 and maximum
    it("sells at the smallest and the largest price, every unit accounted for", async () => {
      const { market, token, ledger, actors, actions } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer } = actors;
      for (const price of [1n, 39n, 40n, 2n ** 128n - 1n]) {
        await token.mint(buyer.address, price);
        const offer = actions.terms({ price, referrerBps: 5_000n });
        await actions.list(offer);
        const order = await actions.orderFor(offer, { referrer: referrer.address });
        const { toCreator, toTreasury, toReferrer } = sharesOf(price, FEE_BPS, 5_000n);
        await expectCredits(ledger, token, () => market.connect(buyer).purchase(offer, order), [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ]);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): buy from oneself
    it("lets the creator buy, and pays the fee like anybody", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const { creator, treasury } = actors;
      await token.mint(creator.address, PRICE);
      await token.connect(creator).approve(market, PRICE);
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      const order = await actions.orderFor(offer, { recipient: creator.address });
      await expectCredits(ledger, token, () => market.connect(creator).purchase(offer, order), [
        [creator, toCreator],
        [treasury, toTreasury],
      ]);
    });

    it("adds up shares of one person who is creator, referrer and treasury in one", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      await market.connect(await actions.asAdmin()).setTreasury(actors.creator.address);
      const order = await actions.orderFor(offer, { referrer: actors.creator.address });
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, PRICE],
      ]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): fee changed after listing
    it("pays the fee and the treasury of the moment of the purchase, within the creator's bound", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const admin = await actions.asAdmin();
      await market.connect(admin).setProtocolFee(500n);
      await market.connect(admin).setTreasury(actors.stranger.address);
      const { toCreator, toTreasury } = sharesOf(PRICE, 500n, 0n);
      const order = await actions.orderFor(offer);
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.stranger, toTreasury],
        [actors.treasury, 0n],
      ]);
    });

    it("writes transferability and updates into the licence", async () => {
      const { market, licenses, actors, actions } = await loadFixture(purchaseFixture);
      for (const transferable of [true, false]) {
        for (const includesUpdates of [true, false]) {
          const offer = actions.terms({ transferable, includesUpdates, salt: 3n });
          await actions.list(offer);
          const order = await actions.orderFor(offer);
          const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
          await market.connect(actors.buyer).purchase(offer, order);
          const info = await licenses.licenseInfo(licenseId);
          expect([info.transferable, info.escrowed, info.updates]).to.deep.equal([
            transferable,
            false,
            includesUpdates,
          ]);
        }
      }
    });
  });
});
