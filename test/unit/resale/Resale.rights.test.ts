import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";
import { Cause } from "../../helpers/escrow";
import { DAY, PRICE } from "../../helpers/market";
import { RIGHTS as TEST_RIGHTS } from "../../helpers/rights";
import { seatTerms, SEATS, SUBSCRIPTIONS, termsOf } from "../rights/fixture";
import { dealIdOf, resaleFixture, sharesOf } from "./fixture";

const MONTH = 30n * DAY;

describe("Resale: licences with rights", () => {
  describe("a subscription", () => {
    async function subscriptionFixture() {
      const protocol = await loadFixture(resaleFixture);
      const { actions, contracts } = protocol;
      const offer = actions.terms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf() });
      const licenseId = await actions.licenceOf(offer);
      const expiresAt = await contracts.Subscriptions.measure(licenseId);
      return { ...protocol, offer, licenseId, expiresAt, subscriptions: contracts.Subscriptions };
    }

    // claim(attacks#licences-listings-offers-and-signatures): a term that runs down before its resale
    it("is sold while at least the term is left that the buyer asks for, to the second", async () => {
      const { resale, licenses, actors, actions, licenseId, expiresAt } = await loadFixture(subscriptionFixture);
      const ask = await actions.ask({ licenseId });
      await expect(actions.purchase(ask, { minMeasure: expiresAt + 1n }))
        .to.be.revertedWithCustomError(resale, "Resale_Worn")
        .withArgs(licenseId, expiresAt, expiresAt + 1n);
      await actions.purchase(ask, { minMeasure: expiresAt });
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    });

    // claim(invariants#market-and-escrow): rights are the same before and after a resale | a buyer or seller at the
    //   cost of the other
    it("is the buyer's with the same term, and the seller's no more", async () => {
      const { licenses, subscriptions, seller, actors, actions, licenseId, expiresAt } =
        await loadFixture(subscriptionFixture);
      await actions.purchase(await actions.ask({ licenseId }));
      expect(await subscriptions.measure(licenseId)).to.equal(expiresAt);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, seller)).to.equal(false);
      await time.increaseTo(expiresAt + 1n);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
    });

    it("is sold when it has run out to a buyer who asks for nothing", async () => {
      const { resale, licenses, actors, actions, licenseId, expiresAt } = await loadFixture(subscriptionFixture);
      await time.increaseTo(expiresAt + DAY);
      const ask = await actions.ask({ licenseId });
      await expect(actions.purchase(ask, { minMeasure: expiresAt + DAY }))
        .to.be.revertedWithCustomError(resale, "Resale_Worn")
        .withArgs(licenseId, expiresAt, expiresAt + DAY);
      await actions.purchase(ask);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    });

    it("can be renewed by its new holder, under the offer it was sold under", async () => {
      const { market, subscriptions, actors, actions, offer, licenseId, expiresAt } =
        await loadFixture(subscriptionFixture);
      await actions.purchase(await actions.ask({ licenseId }));
      await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { renews: licenseId }));
      expect(await subscriptions.measure(licenseId)).to.equal(expiresAt + MONTH);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a right that turns back into money sold on
    it("that can be cancelled never changes hands", async () => {
      const { licenses, actions } = await loadFixture(subscriptionFixture);
      const cancellable = { rights: SUBSCRIPTIONS, rightsTerms: termsOf({ cancellable: 1n }), transferable: false };
      const licenseId = await actions.licenceOf(actions.terms(cancellable));
      await expect(actions.purchase(await actions.ask({ licenseId })))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
        .withArgs(licenseId);
    });

    it("over a file is sold with delivery, and its term is asked for at the purchase", async () => {
      const { resale, licenses, escrow, actors, actions, values, contracts } = await loadFixture(subscriptionFixture);
      const offer = actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf() });
      const licenseId = await actions.licenceOf(offer);
      const expiresAt = await contracts.Subscriptions.measure(licenseId);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const ask = await actions.fileAsk({ licenseId });
      await expect(actions.purchase(ask, { buyerKey, pad, minMeasure: expiresAt + 1n }))
        .to.be.revertedWithCustomError(resale, "Resale_Worn")
        .withArgs(licenseId, expiresAt, expiresAt + 1n);
      const { deal } = await actions.deliverDeal({ licenseId }, { minMeasure: expiresAt });
      expect(await licenses.isAuthorized(licenseId, resale)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
      await escrow.connect(actors.buyer).accept(deal);
      await resale.claim(deal);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      expect(deal.versionId).to.equal(values.fileVersionId);
    });
  });

  it("refuses the users of a former holder: a seat ends with the resale", async () => {
    const { contracts, licenses, seller, actors, actions } = await loadFixture(resaleFixture);
    const offer = actions.terms({ rights: SEATS, rightsTerms: seatTerms() });
    const licenseId = await actions.licenceOf(offer);
    await contracts.SeatLicenses.connect(seller).giveSeat(offer, licenseId, actors.stranger);
    expect(await licenses.isAuthorized(licenseId, actors.stranger)).to.equal(true);
    const ask = await actions.ask({ licenseId });
    // seats never run down
    await actions.purchase(ask, { minMeasure: MaxUint256 });
    expect(await licenses.isAuthorized(licenseId, actors.stranger)).to.equal(false);
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
  });

  it("asks nothing of a licence without a module, which does not run down", async () => {
    const { licenses, actors, actions, values } = await loadFixture(resaleFixture);
    await actions.purchase(await actions.ask(), { minMeasure: MaxUint256 });
    expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
  });

  describe("a guarded module", () => {
    async function guardedFixture() {
      const protocol = await loadFixture(resaleFixture);
      const { licenses, admin, actions } = protocol;
      const module = await ethers.deployContract("TestRights");
      await licenses.connect(admin).setRights(module, true, true);
      const offer = actions.terms({ rights: TEST_RIGHTS });
      const fileOffer = actions.fileTerms({ rights: TEST_RIGHTS });
      return {
        ...protocol,
        module,
        guarded: await actions.licenceOf(offer),
        guardedFile: await actions.licenceOf(fileOffer),
      };
    }

    it("is asked about the seller and the buyer, and can refuse", async () => {
      const { module, seller, actors, actions, guarded } = await loadFixture(guardedFixture);
      const ask = await actions.ask({ licenseId: guarded });
      await module.setRefuses(true);
      await expect(actions.purchase(ask)).to.be.revertedWithCustomError(module, "TestRights_Refused");
      await module.setRefuses(false);
      await expect(actions.purchase(ask))
        .to.emit(module, "Asked")
        .withArgs(guarded, seller.address, actors.buyer.address);
    });

    it("says how many units are left", async () => {
      const { resale, actions, guarded } = await loadFixture(guardedFixture);
      const ask = await actions.ask({ licenseId: guarded });
      await expect(actions.purchase(ask, { minMeasure: 2n }))
        .to.be.revertedWithCustomError(resale, "Resale_Worn")
        .withArgs(guarded, 1n, 2n);
      await actions.purchase(ask, { minMeasure: 1n });
    });

    // claim(attacks#licences-listings-offers-and-signatures): a rights module that refuses to return a refunded licence
    it("that refuses the return stops no refund: the licence waits, and claim returns it to the seller", async () => {
      const { resale, licenses, escrow, module, seller, actors, actions, guardedFile } =
        await loadFixture(guardedFixture);
      const { deal } = await actions.openDeal({ licenseId: guardedFile });
      await module.setRefuses(true);
      const sent = await actions.expectMoves(() => escrow.connect(seller).decline(deal), {
        escrow: -PRICE,
        buyer: PRICE,
      });
      await expect(sent)
        .to.emit(escrow, "DealRefunded")
        .withArgs(deal.opener, deal.id, Cause.Declined)
        .and.to.emit(escrow, "OpenerNotNotified")
        .withArgs(await resale.getAddress(), deal.id)
        .and.not.to.emit(resale, "ResaleClosed");
      expect(await resale.licenseOf(deal.id)).to.equal(guardedFile);
      await expect(resale.claim(deal)).to.be.revertedWithCustomError(module, "TestRights_Refused");

      await module.setRefuses(false);
      await expect(resale.connect(actors.stranger).claim(deal))
        .to.emit(resale, "ResaleClosed")
        .withArgs(deal.id, guardedFile, seller.address);
      expect(await licenses.ownerOf(guardedFile)).to.equal(seller.address);
      await expect(resale.claim(deal)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(deal.id);
    });

    it("that refuses the claim keeps neither the seller from the price nor the buyer from the licence later", async () => {
      const { resale, licenses, escrow, module, actors, actions, guardedFile } = await loadFixture(guardedFixture);
      const { deal } = await actions.deliverDeal({ licenseId: guardedFile });
      await module.setRefuses(true);
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE, 250n, 650n);
      await actions.expectMoves(() => escrow.connect(actors.buyer).accept(deal), {
        escrow: -PRICE,
        seller: toSeller,
        creator: toPayee,
        treasury: toTreasury,
      });
      await expect(resale.claim(deal)).to.be.revertedWithCustomError(module, "TestRights_Refused");
      await module.setRefuses(false);
      await resale.claim(deal);
      expect(await licenses.ownerOf(guardedFile)).to.equal(actors.buyer.address);
      expect(await resale.licenseOf(dealIdOf(await actions.fileAsk()))).to.equal(0n);
    });

    it("sells on after the module is closed to new licences", async () => {
      const { licenses, admin, module, actors, actions, guarded } = await loadFixture(guardedFixture);
      await licenses.connect(admin).setRights(module, false, true);
      await actions.purchase(await actions.ask({ licenseId: guarded }), { minMeasure: 1n });
      expect(await licenses.ownerOf(guarded)).to.equal(actors.buyer.address);
    });
  });
});
