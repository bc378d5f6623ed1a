import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { DAY, PRICE } from "../../helpers/market";
import { keptOf, MAX_AHEAD, MONTH, Renewal, rightsFixture, splitOf, type SubscriptionTerms } from "./fixture";

/** A licence of the buyer's, and when it ends. */
async function sold(kind: "subscription" | "cancellable", terms: SubscriptionTerms = {}) {
  const protocol = await loadFixture(rightsFixture);
  const offer = protocol.actions[kind](terms);
  const licenseId = await protocol.actions.sell(offer);
  const end = BigInt(await protocol.subscriptions.expiresAt(licenseId));
  return { ...protocol, offer, licenseId, end };
}

// `expectNotRenewable` asks `isRenewable` and buys: each test is about both
describe("Subscriptions: what is not renewed", () => {
  for (const kind of ["subscription", "cancellable"] as const) {
    describe(kind === "cancellable" ? "of those that can be cancelled" : "of those that cannot", () => {
      it("is renewed in the last second of the seller's promise, and not in the next", async () => {
        const { actions, subscriptions } = await loadFixture(rightsFixture);
        const renewUntil = (await actions.now()) + 40n * DAY;
        const offer = actions[kind]({ renewUntil, period: 60n * DAY });
        const licenseId = await actions.sell(offer);
        const end = BigInt(await subscriptions.expiresAt(licenseId));
        await actions.expectRenewed(offer, licenseId, end + 60n * DAY, { when: renewUntil });
        await actions.expectNotRenewable(offer, licenseId, Renewal.PromiseOver, { when: renewUntil + 1n });
      });

      it("is never renewed where the seller promised nothing, not even at once", async () => {
        const { actions, offer, licenseId } = await sold(kind, { renewUntil: 0n });
        await actions.expectNotRenewable(offer, licenseId, Renewal.PromiseOver);
      });

      // claim(attacks#licences-listings-offers-and-signatures): a renewal of a licence that was never issued
      it("is no licence that was never issued, though its number is that of the offer", async () => {
        const { actions, actors, subscriptions, licenses, offer, licenseId } = await sold(kind);
        const [serial, count] = [licenseId & (2n ** 64n - 1n), 2n ** 32n - 1n];
        // the next, the last and the zeroth of the offer
        for (const id of [licenseId + 1n, licenseId - serial + (serial | count), licenseId - 1n]) {
          for (const who of [actors.buyer, actors.stranger]) {
            await actions.expectNotRenewable(offer, id, Renewal.Unknown, { who });
          }
          expect(await subscriptions.expiresAt(id)).to.equal(0n);
        }
        // the next that is really sold begins with nothing
        const next = await actions.soldIn(await actions.purchase(offer));
        expect(next).to.equal(licenseId + 1n);
        expect(await subscriptions.expiresAt(next)).to.equal((await actions.now()) + MONTH);
        expect(await licenses.balanceOf(actors.buyer)).to.equal(2n);
      });

      it("is no licence under another offer: neither one that was sold nor one that never was", async () => {
        const { actions, market, licenseId } = await sold(kind);
        const cheap = actions[kind]({}, { price: 1n });
        await actions.sell(cheap);
        const unsold = actions[kind]({}, { price: 2n });
        for (const offer of [cheap, unsold]) {
          await actions.expectNotRenewable(offer, licenseId, Renewal.NotItsOffer, {
            market: ["Market_NotItsOffer", licenseId, await market.hashOffer(offer)],
          });
        }
      });

      it("is no version that was proven defective", async () => {
        const { actions, actors, registry, files } = await loadFixture(rightsFixture);
        const versionId = await actions.publish(actors.creator, files.broken.data);
        const offer = actions[kind]({}, { versionId });
        const licenseId = await actions.sell(offer);
        await registry.proveDefective(versionId, files.broken.evidence);
        await actions.expectNotRenewable(offer, licenseId, Renewal.VersionDefective, {
          market: ["Market_VersionDefective", versionId],
        });
      });

      it("is not a fee above what the seller accepts", async () => {
        const { actions, subscriptions } = await loadFixture(rightsFixture);
        const offer = actions[kind]({}, { maxProtocolFeeBps: 300n });
        const licenseId = await actions.sell(offer);
        await actions.setFee(301n);
        await actions.expectRenewed(offer, licenseId, BigInt(await subscriptions.expiresAt(licenseId)) + MONTH);
      });

      it("reaches MAX_AHEAD from now, and not a second further", async () => {
        const { actions, actors, subscriptions } = await loadFixture(rightsFixture);
        const period = MAX_AHEAD / 2n;
        const offer = actions[kind]({ period });
        const licenseId = await actions.sell(offer);
        const end = BigInt(await subscriptions.expiresAt(licenseId));
        // so late that two periods from here end as far ahead as they may
        const earliest = end + period - MAX_AHEAD + 100n;
        await actions.expectRenewed(offer, licenseId, end + period, { when: earliest });
        await actions.at(end + 2n * period - MAX_AHEAD - 1n);
        expect(await subscriptions.isRenewable(offer, licenseId, actors.buyer, actions.next)).to.deep.equal([
          false,
          Renewal.TooFarAhead,
        ]);
        const before = await actions.books();
        await expect(actions.renew(offer, licenseId))
          .to.be.revertedWithCustomError(subscriptions, "Subscriptions_TooFarAhead")
          .withArgs(licenseId, end + 2n * period);
        expect(await actions.books()).to.deep.equal(before);
        await actions.expectRenewed(offer, licenseId, end + 2n * period, { when: end + 2n * period - MAX_AHEAD });
      });
    });
  }

  it("is no licence of the other module, under its own offer", async () => {
    const { actions, subscriptions, seats, actors } = await loadFixture(rightsFixture);
    const offer = actions.seatOffer();
    const licenseId = await actions.sell(offer);
    expect(await subscriptions.isRenewable(offer, licenseId, actors.buyer)).to.deep.equal([false, Renewal.NotItsOffer]);
    await expect(actions.renew(offer, licenseId))
      .to.be.revertedWithCustomError(seats, "SeatLicenses_NotRenewable")
      .withArgs(licenseId);
  });
  describe("of those that can be cancelled", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a refundable licence paid for by somebody else
    it("is renewed by its holder alone: what others pay, they could never get back", async () => {
      const { subscriptions, actions, actors, offer, licenseId, end } = await sold("cancellable");
      for (const who of [actors.stranger, actors.creator]) {
        await actions.expectNotRenewable(offer, licenseId, Renewal.HolderOnly, { who });
      }
      // to name the holder as the one who receives it changes nothing
      const named = { recipient: actors.buyer.address };
      const before = await actions.books();
      await expect(actions.renew(offer, licenseId, actors.stranger, named))
        .to.be.revertedWithCustomError(subscriptions, "Subscriptions_NotRenewable")
        .withArgs(licenseId, Renewal.HolderOnly);
      expect(await actions.books()).to.deep.equal(before);
      await actions.expectMoves(() => actions.expectRenewed(offer, licenseId, end + MONTH), keptOf("buyer", PRICE));
    });

    it("is one that has lapsed and is not released to its end", async () => {
      const { actions, subscriptions, actors, offer, licenseId, end } = await sold("cancellable");
      // what is released to a moment before the end is unreleased still
      await actions.at(end - 1n);
      await subscriptions.connect(actors.stranger).release(offer, licenseId);
      await actions.expectNotRenewable(offer, licenseId, Renewal.ReleaseFirst, { when: end + 1n });
      await subscriptions.connect(actors.stranger).release(offer, licenseId);
      const when = end + DAY;
      await actions.expectRenewed(offer, licenseId, when + MONTH, { when });
    });

    it("asks first whether the promise holds, then who pays, then what is released", async () => {
      const { actions, actors, subscriptions } = await loadFixture(rightsFixture);
      const renewUntil = (await actions.now()) + 40n * DAY;
      const offer = actions.cancellable({ renewUntil });
      const licenseId = await actions.sell(offer);
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      const who = actors.stranger;
      await actions.expectNotRenewable(offer, licenseId, Renewal.HolderOnly, { who, when: end + 1n });
      await actions.expectNotRenewable(offer, licenseId, Renewal.ReleaseFirst, { when: end + 2n });
      await actions.expectNotRenewable(offer, licenseId, Renewal.PromiseOver, { who, when: renewUntil + 1n });
    });
  });

  describe("a price", () => {
    it("is that of the first purchase, or the renewal is refused: never more than the payer's bound", async () => {
      const { actions, market, actors, offer, licenseId, end, subscriptions } = await sold("subscription");
      const bound = { maxPrice: 3n * PRICE - 1n, quantity: 3n };
      await expect(actions.renew(offer, licenseId, actors.buyer, bound))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(3n * PRICE, 3n * PRICE - 1n);
      await actions.expectMoves(
        () => actions.renew(offer, licenseId, actors.buyer, { ...bound, maxPrice: 3n * PRICE }),
        splitOf("buyer", 3n * PRICE),
      );
      expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 3n * MONTH);
    });
  });
});
