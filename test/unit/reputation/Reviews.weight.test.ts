import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { RIGHTS } from "../../helpers/rights";
import { signOffer } from "../../helpers/signing";
import { seatTerms, termsOf } from "../rights/fixture";
import {
  CONTENT,
  FEE_BPS,
  FILE,
  MAX_WEIGHT,
  NATIVE_WEIGHT,
  reviewsFixture,
  SERVICE,
  soldFixture,
  Status,
  TOKEN_WEIGHT,
  weightOf,
} from "./fixture";

const WEIGHT = weightOf(PRICE, FEE_BPS);
const COST = 2_000n;

describe("Reviews: what a review weighs", () => {
  describe("of a licence that was sold at once", () => {
    it("is the fee of the purchase in the common unit, both rounded down", async () => {
      const { actions, actors, token } = await loadFixture(reviewsFixture);
      await token.mint(actors.buyer.address, 10n ** 13n);
      // a fee of one unit weighs 3 and a bit, one of none nothing
      const prices: [price: bigint, weight: bigint][] = [
        [0n, 0n],
        [39n, 0n],
        [40n, 3n],
        [79n, 3n],
        [80n, 6n],
        [320n, 25n],
        [PRICE, 78_539n],
        [10n ** 12n + 39n, 78_539_816_339n],
      ];
      for (const [price, weight] of prices) {
        const offer = actions.terms({ price });
        expect(weightOf(price, FEE_BPS)).to.equal(weight);
        await actions.expectWeight(offer, await actions.sell(offer), weight);
      }
    });

    it("counts from a weight of 1 on", async () => {
      const { reviews, admin, actions, payToken } = await loadFixture(reviewsFixture);
      await reviews.connect(admin).setUnitWeight(payToken, 10n ** 18n);
      const offer = actions.terms({ price: 40n });
      await actions.expectWeight(offer, await actions.sell(offer), 1n);
      await actions.expectTotal(SERVICE, 1n, 1n);
    });

    it("in native coin is by the native coin's weight: a billionth of it is 1", async () => {
      const { actions } = await loadFixture(reviewsFixture);
      const offer = actions.terms({ payToken: NATIVE, price: 10n ** 18n });
      await actions.expectWeight(offer, await actions.sell(offer), 25_000_000n);
      expect(weightOf(10n ** 18n, FEE_BPS, NATIVE_WEIGHT)).to.equal(25_000_000n);
    });

    it("is 0 in a token without a weight, and such a review stays as it is when the token gets one", async () => {
      const { reviews, admin, actors, actions, payToken } = await loadFixture(reviewsFixture);
      await reviews.connect(admin).setUnitWeight(payToken, 0n);
      const offer = actions.terms();
      const licenseId = await actions.sell(offer);
      await actions.expectWeight(offer, licenseId, 0n);
      await actions.expectTotal(SERVICE, 0n, 0n);
      await reviews.connect(admin).setUnitWeight(payToken, TOKEN_WEIGHT);
      await reviews.connect(actors.buyer).edit(licenseId, 5n, CONTENT);
      expect(await reviews.reviewOf(licenseId)).to.deep.equal([actors.buyer.address, 5n, 0n]);
      await reviews.connect(actors.buyer).erase(licenseId);
      expect(await reviews.reviewOf(licenseId)).to.deep.equal([actors.buyer.address, 0n, 0n]);
      await actions.expectTotal(SERVICE, 0n, 0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a review of a licence that paid no fee
    it("is by the fee of the day of the purchase: 0 when there was none, whatever it is now", async () => {
      const { actions } = await loadFixture(reviewsFixture);
      const offer = actions.terms();
      await actions.setFee(0n);
      const free = await actions.sell(offer);
      await actions.setFee(500n);
      const dear = await actions.soldIn(await actions.purchase(offer));
      await actions.setFee(FEE_BPS);
      await actions.expectWeight(offer, free, 0n);
      await actions.expectTotal(SERVICE, 0n, 0n);
      await actions.expectWeight(offer, dear, weightOf(PRICE, 500n));
      await actions.expectTotal(SERVICE, 157_079n, 157_079n);
    });

    it("is the same with a referrer, as the protocol's fee is", async () => {
      const { actors, actions } = await loadFixture(reviewsFixture);
      const offer = actions.terms({ referrerBps: 5_000n });
      await actions.expectWeight(offer, await actions.sell(offer, { referrer: actors.referrer.address }), WEIGHT);
    });

    it("is cut at its bound, to the unit", async () => {
      const { reviews, admin, actions, token, actors } = await loadFixture(reviewsFixture);
      await token.mint(actors.buyer.address, 2n ** 120n);
      const at = async (price: bigint, unitWeight: bigint, weight: bigint) => {
        await reviews.connect(admin).setUnitWeight(await token.getAddress(), unitWeight);
        const offer = actions.terms({ price });
        await actions.expectWeight(offer, await actions.sell(offer), weight);
      };
      const price = 40n * 2n ** 70n;
      // the fee is 2^70
      await at(price, 2n ** 10n * 10n ** 18n, MAX_WEIGHT);
      await at(price - 40n, 2n ** 10n * 10n ** 18n, 2n ** 80n - 2n ** 10n);
      await at(2n ** 119n, 2n ** 96n - 1n, MAX_WEIGHT);
    });

    it("adds up above 80 bits in the total of a model", async () => {
      const { reviews, admin, actors, actions, token } = await loadFixture(reviewsFixture);
      await reviews.connect(admin).setUnitWeight(await token.getAddress(), 2n ** 96n - 1n);
      await token.mint(actors.buyer.address, 2n ** 120n);
      const offer = actions.terms({ price: 2n ** 118n });
      await actions.list(offer);
      for (let i = 0; i < 3; ++i) {
        const licenseId = await actions.soldIn(await actions.purchase(offer));
        await reviews.connect(actors.buyer).review(offer, licenseId, 5n, CONTENT);
      }
      await actions.expectTotal(SERVICE, 3n * MAX_WEIGHT, 15n * MAX_WEIGHT);
    });
  });

  describe("is proven", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a review weighed by the price of another offer
    it("by the offer of the sale alone: every other is refused, with its hash", async () => {
      const { reviews, market, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const dearer = actions.terms({ price: 1_000n * PRICE });
      await actions.list(dearer);
      const foreign: OfferStruct[] = [
        dearer,
        { ...offer, price: BigInt(offer.price) + 1n },
        { ...offer, payToken: NATIVE },
        { ...offer, versionId: BigInt(offer.versionId) + 1n },
        { ...offer, rights: 1n },
      ];
      for (const one of foreign) {
        const hash = await market.hashOffer(one);
        for (const call of [
          () => reviews.connect(actors.buyer).review(one, licenseId, 5n, CONTENT),
          () => reviews.weightOf(one, licenseId),
        ]) {
          await expect(call()).to.be.revertedWithCustomError(reviews, "Reviews_NotItsOffer").withArgs(licenseId, hash);
        }
      }
    });

    it("also when the offer was only signed, is revoked by now, and the title has moved", async () => {
      const { market, actors, actions } = await loadFixture(reviewsFixture);
      const offer = actions.terms();
      const order = await actions.ordered(offer, actors.buyer);
      const signature = await signOffer(market, actors.creator, offer);
      const licenseId = await actions.soldIn(
        await market.connect(actors.buyer).purchaseSigned(offer, order, signature),
      );
      await market.connect(actors.creator).revokeOffer(offer);
      await actions.moveTitle();
      await actions.expectWeight(offer, licenseId, WEIGHT);
    });

    // claim(attacks#licences-listings-offers-and-signatures): an issuer that a captured Authority adds gives itself licences that weigh
    it("of the one market's sales alone: a licence of another issuer weighs nothing, with the same bits too", async () => {
      const { reviews, licenses, market, admin, token, actors, offer, licenseId } = await loadFixture(soldFixture);
      const issuer = await ethers.getImpersonatedSigner(await token.getAddress());
      await setBalance(issuer.address, 10n ** 18n);
      await licenses.connect(admin).setModule(token, true);
      const { index } = await licenses.moduleInfo(market);
      // the buyer's licence as the market drafted it, and the highest fee that fits
      const drafts = [licenseId - (index << 136n), (licenseId - (index << 136n)) | (0xffffn << 200n)];
      for (const draft of drafts) {
        const forged = await licenses.connect(issuer).mint.staticCall(actors.buyer, draft);
        await licenses.connect(issuer).mint(actors.buyer, draft);
        expect(await market.soldUnder(forged, await market.hashOffer(offer))).to.equal(true);
        await expect(reviews.connect(actors.buyer).review(offer, forged, 5n, CONTENT))
          .to.be.revertedWithCustomError(reviews, "Reviews_NotItsOffer")
          .withArgs(forged, await market.hashOffer(offer));
      }
    });
  });

  describe("of a file", () => {
    /** A deal with an arbitrator, delivered. */
    async function disputableFixture() {
      const protocol = await loadFixture(reviewsFixture);
      const { actions, escrow, market, actors } = protocol;
      const arbitrator = await ethers.deployContract("HostileArbitrator");
      await arbitrator.setCost(COST);
      const terms = { arbitrator: await arbitrator.getAddress(), bond: COST };
      const hash = await market.hashOffer(actions.fileTerms(terms));
      await escrow.connect(actors.creator).postBond(market, actors.creator, hash, { value: COST });
      const deal = await actions.openDeal(terms);
      await deal.deliver();
      return { ...protocol, arbitrator, deal };
    }

    it("is the fee once the deal is settled, and no review is written before: neither open, delivered nor disputed", async () => {
      const { reviews, actors, actions, escrow, deal } = await loadFixture(disputableFixture);
      const open = await actions.openDeal({ salt: 1n });
      const refuses = async ({ offer, licenseId }: typeof open, status: bigint) => {
        for (const call of [
          () => reviews.connect(actors.buyer).review(offer, licenseId, 5n, CONTENT),
          () => reviews.weightOf(offer, licenseId),
        ]) {
          await expect(call())
            .to.be.revertedWithCustomError(reviews, "Reviews_DealNotClosed")
            .withArgs(licenseId, status);
        }
      };
      await refuses(open, Status.Open);
      await open.deliver();
      await refuses(open, Status.Delivered);
      await escrow.connect(actors.buyer).dispute(deal.dealNow(), { value: COST });
      await refuses(deal, Status.Disputed);
      await escrow.connect(actors.buyer).accept(open.dealNow());
      await actions.expectWeight(open.offer, open.licenseId, WEIGHT);
      await actions.expectTotal(FILE, WEIGHT, WEIGHT);
      await actions.expectTotal(SERVICE, 0n, 0n);
    });

    it("is the fee also when the time for complaints ran out", async () => {
      const { actions, escrow } = await loadFixture(reviewsFixture);
      const deal = await actions.openDeal();
      await deal.deliver();
      await time.increase(3n * DAY + 1n);
      await escrow.settle(deal.dealNow());
      await actions.expectWeight(deal.offer, deal.licenseId, WEIGHT);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a review that weighs the whole fee of a split deal
    it("is 0 when the deal was split: of the fee, a part was paid", async () => {
      const { actions, actors, escrow, market, deal } = await loadFixture(disputableFixture);
      await escrow.connect(actors.buyer).dispute(deal.dealNow(), { value: COST });
      await escrow.connect(actors.creator).concede(deal.dealNow(), PRICE / 2n);
      await escrow.connect(actors.buyer).concede(deal.dealNow(), PRICE / 2n);
      expect(await escrow.statusOf(market, deal.licenseId)).to.equal(Status.Split);
      await actions.expectWeight(deal.offer, deal.licenseId, 0n);
      await actions.expectTotal(FILE, 0n, 0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a review of a licence that was refunded
    it("is not asked when the deal was refunded: the licence is burned", async () => {
      const { reviews, licenses, actors, actions, escrow } = await loadFixture(reviewsFixture);
      const { offer, licenseId, dealNow } = await actions.openDeal();
      await escrow.connect(actors.creator).decline(dealNow());
      await expect(reviews.connect(actors.buyer).review(offer, licenseId, 1n, CONTENT))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId);
      await expect(reviews.weightOf(offer, licenseId))
        .to.be.revertedWithCustomError(reviews, "Reviews_DealNotClosed")
        .withArgs(licenseId, Status.Refunded);
    });
  });

  describe("of a licence with rights", () => {
    it("is the fee where the module keeps no money: seats, and a subscription that cannot be cancelled", async () => {
      const { actions } = await loadFixture(reviewsFixture);
      const seats = actions.seatOffer({ seats: 65_535n, minStay: 30n * DAY });
      await actions.expectWeight(seats, await actions.sell(seats), WEIGHT);
      const most = { period: 3_650n * DAY, renewUntil: 2n ** 40n - 1n, seats: 65_535n, minStay: 30n * DAY };
      const subscription = actions.subscription(most);
      await actions.expectWeight(subscription, await actions.sell(subscription), WEIGHT);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a review that weighs a price that the buyer gets back
    it("is 0 for a subscription that can be cancelled: its price is kept, and may come back", async () => {
      const { reviews, subscriptions, actors, actions } = await loadFixture(reviewsFixture);
      const offer = actions.cancellable();
      const licenseId = await actions.sell(offer);
      await actions.expectWeight(offer, licenseId, 0n);
      await actions.expectTotal(SERVICE, 0n, 0n);
      await subscriptions.connect(actors.buyer).cancel(offer, licenseId);
      await reviews.connect(actors.buyer).edit(licenseId, 5n, CONTENT);
      await actions.expectTotal(SERVICE, 0n, 0n);
    });

    it("is 0 for a module that no vote has spoken of, whatever its terms, and for one that a vote took back", async () => {
      const { reviews, licenses, admin, seats, actions } = await loadFixture(reviewsFixture);
      const module = await ethers.deployContract("TestRights");
      await licenses.connect(admin).setRights(module, true, false);
      for (const rightsTerms of [ethers.ZeroHash, ethers.id("thirty days")]) {
        const offer = actions.terms({ rights: RIGHTS, rightsTerms });
        await actions.expectWeight(offer, await actions.sell(offer), 0n);
      }
      const offer = actions.seatOffer();
      const [first, second] = [await actions.sell(offer), await actions.soldIn(await actions.purchase(offer))];
      await actions.expectWeight(offer, first, WEIGHT);
      await reviews.connect(admin).setPromptMask(seats, ethers.ZeroHash);
      await actions.expectWeight(offer, second, 0n);
      await actions.expectTotal(SERVICE, WEIGHT, WEIGHT);
    });

    it("is by every bit of the mask: one that is set in the terms is enough for 0", async () => {
      const { reviews, licenses, admin, actions } = await loadFixture(reviewsFixture);
      const module = await ethers.deployContract("TestRights");
      await licenses.connect(admin).setRights(module, true, false);
      await reviews.connect(admin).setPromptMask(module, ethers.toBeHex((1n << 255n) | 6n, 32));
      const cases: [terms: bigint, weight: bigint][] = [
        [0n, WEIGHT],
        [1n, WEIGHT],
        [1n << 254n, WEIGHT],
        [2n, 0n],
        [4n, 0n],
        [1n << 255n, 0n],
        [(1n << 255n) | 7n, 0n],
      ];
      for (const [terms, weight] of cases) {
        const offer = actions.terms({ rights: RIGHTS, rightsTerms: ethers.toBeHex(terms, 32) });
        await actions.expectWeight(offer, await actions.sell(offer), weight);
      }
    });

    it("and of any other, is never above what the treasury was credited by then", async () => {
      const { reviews, ledger, actors, actions, escrow, payToken } = await loadFixture(reviewsFixture);
      await reviews.connect(await actions.asAdmin()).setUnitWeight(payToken, 10n ** 18n);
      const credited = async (act: () => Promise<unknown>) => {
        const before = await ledger.balanceOf(payToken, actors.treasury);
        await act();
        return (await ledger.balanceOf(payToken, actors.treasury)) - before;
      };
      const offers = [
        actions.terms(),
        actions.seatOffer(),
        actions.subscription(),
        actions.cancellable(),
        actions.terms({ salt: 1n, price: 12_345n }),
      ];
      const kept: bigint[] = [];
      for (const offer of offers) {
        let licenseId = 0n;
        const fee = await credited(async () => (licenseId = await actions.sell(offer)));
        expect(await reviews.weightOf(offer, licenseId)).to.equal(fee);
        kept.push(fee);
      }
      expect(kept).to.deep.equal([25_000n, 25_000n, 25_000n, 0n, 308n]);
      const deal = await actions.openDeal();
      await deal.deliver();
      const fee = await credited(() => escrow.connect(actors.buyer).accept(deal.dealNow()));
      expect(await reviews.weightOf(deal.offer, deal.licenseId)).to.equal(fee);
      expect(fee).to.equal(25_000n);
    });

    it("that was bought several times over, or renewed, is the fee of one purchase", async () => {
      const { actions } = await loadFixture(reviewsFixture);
      const seats = actions.seatOffer();
      await actions.expectWeight(seats, await actions.sell(seats, { quantity: 7n }), WEIGHT);
      const subscription = actions.subscription();
      const licenseId = await actions.sell(subscription, { quantity: 3n });
      await actions.renew(subscription, licenseId);
      await actions.expectWeight(subscription, licenseId, WEIGHT);
    });

    it("over a file is 0 until both allow it: its deal settled and its module prompt", async () => {
      const { reviews, admin, seats, actions, escrow, actors } = await loadFixture(reviewsFixture);
      const deal = await actions.openDeal({ rights: 1n, rightsTerms: seatTerms() }, 2n);
      await deal.deliver();
      await escrow.connect(actors.buyer).accept(deal.dealNow());
      const mask = await reviews.promptMask(seats);
      await reviews.connect(admin).setPromptMask(seats, ethers.ZeroHash);
      expect(await reviews.weightOf(deal.offer, deal.licenseId)).to.equal(0n);
      await reviews.connect(admin).setPromptMask(seats, mask);
      await actions.expectWeight(deal.offer, deal.licenseId, WEIGHT);
    });

    it("whose terms are as the deployment's masks read them: only `cancellable` is in that of subscriptions", async () => {
      const { reviews, seats, subscriptions } = await loadFixture(reviewsFixture);
      const masks = [BigInt(await reviews.promptMask(seats)), BigInt(await reviews.promptMask(subscriptions))];
      const full = { period: 2n ** 32n - 1n, renewUntil: 2n ** 40n - 1n, seats: 65_535n, minStay: 2n ** 32n - 1n };
      expect(BigInt(termsOf({ ...full, cancellable: 0n, rest: 2n ** 128n - 1n })) & masks[1]).to.equal(0n);
      expect(BigInt(termsOf({ cancellable: 255n })) & masks[1]).to.equal(masks[1]);
      expect(BigInt(seatTerms({ seats: 65_535n, minStay: 2n ** 32n - 1n })) & masks[0]).to.equal(0n);
      expect(masks[0]).to.equal(2n ** 256n - 2n ** 48n);
    });
  });
});
