import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, PRICE } from "../../helpers/market";
import { signOffer } from "../../helpers/signing";
import {
  feeOf,
  keptOf,
  MONTH,
  Renewal,
  rightsFixture,
  soldCancellable,
  soldSubscription,
  splitOf,
  type RightsFixture,
} from "./fixture";

describe("Subscriptions: renewal", () => {
  it("of a running one adds a period to its end, at the price of the first purchase", async () => {
    const { subscriptions, market, licenses, actors, actions, offer, licenseId, end } = await soldSubscription();
    const { sold } = await market.offerState(await market.hashOffer(offer));
    const sent = await actions.expectMoves(
      () => actions.expectRenewed(offer, licenseId, end + MONTH),
      splitOf("buyer", PRICE),
    );
    await expect(sent)
      .to.emit(market, "LicenseSold")
      .withArgs(await market.hashOffer(offer), licenseId, actors.buyer.address, PRICE);
    expect(await licenses.balanceOf(actors.buyer)).to.equal(1n);
    // no licence more was sold
    expect((await market.offerState(await market.hashOffer(offer))).sold).to.equal(sold);
    expect(await actions.usableAt(end + MONTH, licenseId, actors.buyer)).to.equal(true);
    expect(await actions.usableAt(end + MONTH + 1n, licenseId, actors.buyer)).to.equal(false);
    expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([0n, 0n]);
  });

  it("of a lapsed one runs from now: the time between is lost to nobody", async () => {
    const { actors, actions, offer, licenseId, end } = await soldSubscription();
    expect(await actions.usableAt(end + 9n * DAY, licenseId, actors.buyer)).to.equal(false);
    const when = end + 10n * DAY;
    await actions.expectMoves(
      () => actions.expectRenewed(offer, licenseId, when + MONTH, { when }),
      splitOf("buyer", PRICE),
    );
    expect(await actions.usableAt(when + MONTH, licenseId, actors.buyer)).to.equal(true);
  });

  it("in the last second, in that before and in that after goes on without a gap", async () => {
    for (const early of [1n, 0n, -1n]) {
      const { actions, offer, licenseId, end } = await soldSubscription();
      const when = end - early;
      await actions.expectRenewed(offer, licenseId, (early < 0n ? when : end) + MONTH, { when });
    }
  });

  it("of several periods costs as many prices", async () => {
    const { subscriptions, actions, actors, offer, licenseId, end } = await soldSubscription();
    await actions.expectMoves(
      () => actions.renew(offer, licenseId, actors.buyer, { quantity: 5n }),
      splitOf("buyer", 5n * PRICE),
    );
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 5n * MONTH);
  });

  it("pays the referrer whom the payer names, the fee of now, and the treasury of now", async () => {
    const { market, admin, actors, actions, ledger } = await loadFixture(rightsFixture);
    const offer = actions.subscription({}, { referrerBps: 1_000n });
    const licenseId = await actions.sell(offer);
    await actions.setFee(500n);
    await market.connect(admin).setTreasury(actors.recipient);
    const referred = { referrer: actors.referrer.address };
    const [fee, share] = [feeOf(PRICE, 500n), feeOf(PRICE, 1_000n)];
    await actions.expectMoves(() => actions.renew(offer, licenseId, actors.buyer, referred), {
      owed: PRICE,
      creator: PRICE - fee - share,
      recipient: fee,
      referrer: share,
      "buyer's wallet": -PRICE,
    });
    expect(await ledger.balanceOf(offer.payToken, actors.recipient)).to.equal(fee);
  });

  describe("of one that can be cancelled", () => {
    it("keeps the fee of the first purchase, and what was not released", async () => {
      const { subscriptions, actors, actions, offer, licenseId, end } = await soldCancellable();
      const [since] = await subscriptions.releasedTo(licenseId);
      await actions.setFee(500n);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH, { when: end - 10n }),
        keptOf("buyer", PRICE),
      );
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([since, 250n]);
      // two whole prices are earned at the end, less the fee of the day of the first
      await actions.at(end + MONTH);
      await actions.expectMoves(() => subscriptions.connect(actors.stranger).release(offer, licenseId), {
        subscriptions: -2n * PRICE,
        creator: 2n * PRICE - feeOf(2n * PRICE),
        treasury: feeOf(2n * PRICE),
      });
    });

    // claim(invariants#market-and-escrow): a renewal in the second of expiry leaves no money behind | nobody could take it out
    it("in the second of expiry loses no money, whether or not it was released before", async () => {
      for (const releases of [true, false]) {
        const { subscriptions, ledger, payToken, actors, actions, offer, licenseId, end } = await soldCancellable();
        const [since] = await subscriptions.releasedTo(licenseId);
        if (releases) {
          await time.setNextBlockTimestamp(end);
          const [release, renewed] = await actions.inOneBlock([
            () => subscriptions.release(offer, licenseId, { gasLimit: 1_000_000n }),
            () => actions.renew(offer, licenseId, actors.buyer),
          ]);
          expect((await renewed.getBlock())?.timestamp).to.equal(Number(end));
          await expect(release).to.emit(subscriptions, "Released").withArgs(licenseId, PRICE);
        } else {
          await actions.expectRenewed(offer, licenseId, end + MONTH, { when: end });
        }
        expect(await subscriptions.expiresAt(licenseId)).to.equal(end + MONTH);
        expect((await subscriptions.releasedTo(licenseId)).until).to.equal(releases ? end : since);
        expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(releases ? PRICE : 2n * PRICE);
        await actions.at(end + MONTH + 1n);
        await subscriptions.release(offer, licenseId);
        expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(0n);
        expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(2n * PRICE - feeOf(2n * PRICE));
      }
    });

    it("that has lapsed starts anew, once what it earned is released", async () => {
      const { subscriptions, actors, actions, offer, licenseId, end } = await soldCancellable();
      const when = end + 5n * DAY;
      await actions.expectNotRenewable(offer, licenseId, Renewal.ReleaseFirst, { when });
      await subscriptions.connect(actors.stranger).release(offer, licenseId);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, when + 100n + MONTH, { when: when + 100n }),
        keptOf("buyer", PRICE),
      );
      // of the days between, nothing is earned and nothing comes back
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([when + 100n, 250n]);
    });
  });

  describe("goes on, because it was promised,", () => {
    type Change = (protocol: RightsFixture & { offer: OfferStruct }) => Promise<unknown>;
    const CHANGES: Record<string, Change> = {
      "after the offer was revoked": ({ market, actors, offer }) => market.connect(actors.creator).revokeOffer(offer),
      "after all signed offers were revoked": ({ market, actors }) => market.connect(actors.creator).revokeAllSigned(),
      "after the pay token was taken off the list": ({ market, admin, token }) =>
        market.connect(admin).setPayToken(token, false, 0),
      "while purchases are paused": ({ market, actors }) => market.connect(actors.guardian).pausePurchases(3_600n),
      "after a vote closed the module": ({ licenses, admin, subscriptions }) =>
        licenses.connect(admin).setRights(subscriptions, false, false),
    };
    for (const [what, change] of Object.entries(CHANGES)) {
      it(what, async () => {
        const { market, licenses, actions, ...protocol } = await soldSubscription();
        await change({ market, licenses, actions, ...protocol });
        // a new licence is not sold any more, unless nothing but signed offers was revoked
        if (!what.includes("signed")) await expect(actions.purchase(protocol.offer)).to.be.reverted;
        await actions.expectMoves(
          () => actions.expectRenewed(protocol.offer, protocol.licenseId, protocol.end + MONTH),
          splitOf("buyer", PRICE),
        );
      });
    }

    it("after the offer expired and was sold out, and by another than the buyer whom it names", async () => {
      const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
      const expiresAt = (await actions.now()) + DAY;
      const offer = actions.subscription({}, { expiresAt, supply: 1n, buyer: actors.buyer.address });
      const licenseId = await actions.sell(offer);
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      await actions.at(expiresAt + 1n);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger }),
        splitOf("stranger", PRICE),
      );
    });

    it("without the signature that the offer was sold by, even after it was revoked", async () => {
      const { subscriptions, market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.subscription();
      const order = await actions.ordered(offer, actors.buyer);
      const signature = await signOffer(market, actors.creator, offer);
      const licenseId = await actions.soldIn(
        await market.connect(actors.buyer).purchaseSigned(offer, order, signature),
      );
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      await market.connect(actors.creator).revokeOffer(offer);
      await market.connect(actors.creator).revokeAllSigned();
      await actions.expectMoves(() => actions.expectRenewed(offer, licenseId, end + MONTH), splitOf("buyer", PRICE));
    });

    it("after the title was sold, and pays its holder of now", async () => {
      const { actors, actions, offer, licenseId, end } = await soldSubscription();
      await actions.moveTitle(actors.other);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH),
        splitOf("buyer", PRICE, "other"),
      );
    });

    it("after the title was sold, and pays the payee that was fixed at birth", async () => {
      const { registry, actors, actions, offer, licenseId, end } = await soldSubscription();
      await registry.connect(actors.creator).fixPayee(1n, actors.recipient);
      await actions.moveTitle(actors.other);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH),
        splitOf("buyer", PRICE, "recipient"),
      );
    });

    it("after the licence was given away, for its holder of now", async () => {
      const { licenses, actors, actions, offer, licenseId, end } = await soldSubscription();
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.recipient, licenseId);
      await actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger });
      expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(true);
    });
  });
});
