import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { FEE_BPS, feeOf, keptOf, MAX_AHEAD, MONTH, rightsFixture, type SubscriptionTerms } from "./fixture";

/** A licence of the buyer's that can be cancelled, bought at `start`, and what it is worth. */
async function sold(terms: SubscriptionTerms = {}, differs: Partial<OfferStruct> = {}, quantity = 1n) {
  const protocol = await loadFixture(rightsFixture);
  const { actions, subscriptions } = protocol;
  const offer = actions.cancellable(terms, differs);
  const period = terms.period ?? MONTH;
  await actions.list(offer);
  const start = (await actions.now()) + 100n;
  await actions.at(start);
  const licenseId = await actions.soldIn(await actions.purchase(offer, { quantity }));
  const worth = (seconds: bigint) => (BigInt(offer.price) * seconds) / period;
  const termOf = async () => [
    BigInt(await subscriptions.expiresAt(licenseId)),
    (await subscriptions.releasedTo(licenseId)).until,
  ];
  return { ...protocol, offer, start, end: start + period * quantity, licenseId, worth, termOf };
}

describe("Subscriptions: release and cancel", () => {
  describe("release", () => {
    it("credits what the time that passed has earned: the fee to the treasury, the rest to the payee", async () => {
      const { subscriptions, actors, actions, offer, start, end, licenseId, worth, termOf } = await sold();
      const when = start + 11n * DAY + 7n;
      const left = worth(end - when);
      const fee = feeOf(PRICE) - feeOf(left);
      await actions.at(when);
      const sent = await actions.expectMoves(() => subscriptions.connect(actors.stranger).release(offer, licenseId), {
        subscriptions: left - PRICE,
        creator: PRICE - left - fee,
        treasury: fee,
      });
      await expect(sent)
        .to.emit(subscriptions, "Released")
        .withArgs(licenseId, PRICE - left);
      await expect(sent).not.to.emit(subscriptions, "Cancelled");
      expect(await termOf()).to.deep.equal([end, when]);
      expect((await subscriptions.releasedTo(licenseId)).feeBps).to.equal(FEE_BPS);
    });

    it("says what it credits", async () => {
      const { subscriptions, actions, offer, start, end, licenseId, worth } = await sold();
      const when = start + 5n * DAY;
      await actions.at(when);
      expect(await subscriptions.release.staticCall(offer, licenseId, actions.next)).to.equal(
        PRICE - worth(end - when),
      );
    });

    it("ends with the whole price, whenever it is called after the end, and then with nothing", async () => {
      const { subscriptions, actions, offer, end, licenseId, termOf } = await sold();
      await actions.at(end + 100n * DAY);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {
        subscriptions: -PRICE,
        creator: PRICE - feeOf(PRICE),
        treasury: feeOf(PRICE),
      });
      expect(await termOf()).to.deep.equal([end, end]);
      expect(await subscriptions.release.staticCall(offer, licenseId)).to.equal(0n);
      const again = await actions.expectMoves(() => subscriptions.release(offer, licenseId), {});
      await expect(again).to.emit(subscriptions, "Released").withArgs(licenseId, 0n);
      expect(await termOf()).to.deep.equal([end, end]);
    });

    it("gives what the last second is worth in the last second, and not before", async () => {
      const price = 7_777_777_777n;
      const { subscriptions, actions, offer, end, licenseId } = await sold({}, { price });
      await actions.at(end - 1n);
      await subscriptions.release(offer, licenseId);
      // 3,000 units
      const [second, fee] = [price / MONTH, feeOf(price / MONTH)];
      await actions.at(end);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {
        subscriptions: -second,
        creator: second - fee,
        treasury: fee,
      });
    });

    // claim(attacks#licences-listings-offers-and-signatures): a fee starved by many small releases
    it("each second adds up to the same shares: no schedule starves the fee or the payee", async () => {
      const { subscriptions, ledger, payToken, actors, actions, offer, start, end, licenseId } = await sold(
        { period: 3_600n },
        { price: 100_003n },
      );
      for (let passed = 1n; passed <= 60n; ++passed) {
        await actions.at(start + passed);
        await subscriptions.release(offer, licenseId);
      }
      const left = (100_003n * 3_540n) / 3_600n;
      const fee = feeOf(100_003n) - feeOf(left);
      // each release on its own would be 27 units, of which 2.5 per cent is nothing
      expect(fee).to.be.greaterThan(0n);
      expect(await ledger.balanceOf(payToken, actors.treasury)).to.equal(fee);
      expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(100_003n - left - fee);
      await actions.at(end);
      await subscriptions.release(offer, licenseId);
      expect(await ledger.balanceOf(payToken, actors.treasury)).to.equal(feeOf(100_003n));
      expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(100_003n - feeOf(100_003n));
      expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(0n);
    });

    it("pays whoever is the payee now, into the treasury of now, at the fee of the first purchase", async () => {
      const { subscriptions, market, admin, actors, actions, offer, start, end, licenseId, worth } = await sold();
      await actions.moveTitle(actors.other);
      await actions.setFee(500n);
      await market.connect(admin).setTreasury(actors.recipient);
      const when = start + 13n * DAY;
      const left = worth(end - when);
      const fee = feeOf(PRICE) - feeOf(left);
      await actions.at(when);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {
        subscriptions: left - PRICE,
        other: PRICE - left - fee,
        recipient: fee,
      });
    });

    it("pays the payee that was fixed at birth", async () => {
      const { subscriptions, registry, actors, actions, offer, end, licenseId } = await sold();
      await registry.connect(actors.creator).fixPayee(1n, actors.recipient);
      await actions.moveTitle(actors.other);
      await actions.at(end);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {
        subscriptions: -PRICE,
        recipient: PRICE - feeOf(PRICE),
        treasury: feeOf(PRICE),
      });
    });

    it("works without a fee, at the highest, and in native coin", async () => {
      for (const [feeBps, payToken] of [
        [0n, undefined],
        [500n, undefined],
        [FEE_BPS, NATIVE],
      ] as const) {
        const { subscriptions, actions } = await loadFixture(rightsFixture);
        await actions.setFee(feeBps);
        const offer = actions.cancellable({}, payToken === undefined ? {} : { payToken });
        const licenseId = await actions.sell(offer);
        const end = BigInt(await subscriptions.expiresAt(licenseId));
        expect((await subscriptions.releasedTo(licenseId)).feeBps).to.equal(feeBps);
        const when = end - 9n * DAY;
        const left = (PRICE * 9n * DAY) / MONTH;
        const fee = feeOf(PRICE, feeBps) - feeOf(left, feeBps);
        await actions.at(when);
        await actions.expectMoves(
          () => subscriptions.release(offer, licenseId),
          { subscriptions: left - PRICE, creator: PRICE - left - fee, treasury: fee },
          offer.payToken as string,
        );
      }
    });
  });

  describe("cancel", () => {
    it("credits the holder with the time that is left, the payee and the treasury with the rest", async () => {
      const { subscriptions, licenses, actors, actions, offer, start, end, licenseId, worth, termOf } = await sold();
      const when = start + 11n * DAY + 7n;
      const refund = worth(end - when);
      const fee = feeOf(PRICE) - feeOf(refund);
      await actions.at(when);
      const sent = await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -PRICE,
        buyer: refund,
        creator: PRICE - refund - fee,
        treasury: fee,
      });
      await expect(sent)
        .to.emit(subscriptions, "Released")
        .withArgs(licenseId, PRICE - refund);
      await expect(sent).to.emit(subscriptions, "Cancelled").withArgs(licenseId, refund);
      expect(await termOf()).to.deep.equal([when, when]);
      // the licence stays, and runs to the end of this second
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      expect(await actions.usableAt(when + 1n, licenseId, actors.buyer)).to.equal(false);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    });

    it("says what comes back", async () => {
      const { subscriptions, actors, actions, offer, start, end, licenseId, worth } = await sold();
      await actions.at(start + DAY);
      expect(await subscriptions.connect(actors.buyer).cancel.staticCall(offer, licenseId, actions.next)).to.equal(
        worth(end - start - DAY),
      );
    });

    it("gives all of several periods and renewals back that were not used", async () => {
      const { subscriptions, actors, actions, offer, start, licenseId, worth } = await sold({}, {}, 12n);
      await actions.renew(offer, licenseId, actors.buyer, { quantity: 3n });
      const when = start + MONTH + 1n;
      const refund = worth(14n * MONTH - 1n);
      const fee = feeOf(15n * PRICE) - feeOf(refund);
      await actions.at(when);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -15n * PRICE,
        buyer: refund,
        creator: 15n * PRICE - refund - fee,
        treasury: fee,
      });
    });

    it("in the second of the purchase gives all of it back", async () => {
      const { subscriptions, actors, actions, ledger, payToken, offer, licenseId } = await sold();
      // the next licence of the offer
      const next = licenseId + 1n;
      const [bought, cancelled] = await actions.inOneBlock([
        () => actions.purchase(offer),
        () => subscriptions.connect(actors.buyer).cancel(offer, next, { gasLimit: 1_000_000n }),
      ]);
      expect((await bought.getBlock())?.number).to.equal((await cancelled.getBlock())?.number);
      await expect(cancelled).to.emit(subscriptions, "Released").withArgs(next, 0n);
      await expect(cancelled).to.emit(subscriptions, "Cancelled").withArgs(next, PRICE);
      expect(await ledger.balanceOf(payToken, actors.buyer)).to.equal(PRICE);
      expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(PRICE);
      expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(0n);
      expect(await ledger.balanceOf(payToken, actors.treasury)).to.equal(0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a subscription cancelled twice
    it("a second time gives nothing, and moves the end nowhere", async () => {
      const { subscriptions, actors, actions, offer, start, licenseId, termOf } = await sold();
      const when = start + 10n * DAY;
      await actions.at(when);
      await subscriptions.connect(actors.buyer).cancel(offer, licenseId);
      const again = await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {});
      await expect(again).to.emit(subscriptions, "Released").withArgs(licenseId, 0n);
      await expect(again).to.emit(subscriptions, "Cancelled").withArgs(licenseId, 0n);
      expect(await termOf()).to.deep.equal([when, when]);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {});
    });

    it("in the second of expiry and after it gives nothing back, and does not move the end", async () => {
      for (const late of [0n, 1n, 40n * DAY]) {
        const { subscriptions, actors, actions, offer, end, licenseId, termOf } = await sold();
        await actions.at(end + late);
        const sent = await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
          subscriptions: -PRICE,
          creator: PRICE - feeOf(PRICE),
          treasury: feeOf(PRICE),
        });
        await expect(sent).to.emit(subscriptions, "Cancelled").withArgs(licenseId, 0n);
        expect(await termOf()).to.deep.equal([end, end]);
      }
    });

    it("a second before expiry gives one second back", async () => {
      const price = 7_777_777_777n;
      const { subscriptions, actors, actions, offer, end, licenseId } = await sold({}, { price });
      const refund = price / MONTH;
      const fee = feeOf(price) - feeOf(refund);
      await actions.at(end - 1n);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -price,
        buyer: refund,
        creator: price - refund - fee,
        treasury: fee,
      });
      expect(refund).to.equal(3_000n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): money out of rounding
    it("rounds down, to the payee: of a price of 1 over ten years nothing comes back after a second", async () => {
      const tiny = await sold({ period: MAX_AHEAD }, { price: 1n });
      await tiny.actions.at(tiny.start + 1n);
      await tiny.actions.expectMoves(
        () => tiny.subscriptions.connect(tiny.actors.buyer).cancel(tiny.offer, tiny.licenseId),
        { subscriptions: -1n, creator: 1n },
      );
    });

    it("rounds no more than once: a renewal after many releases costs nobody a unit", async () => {
      const { subscriptions, ledger, payToken, actors, actions, offer, start, end, licenseId } = await sold(
        { period: 3_601n },
        { price: 7n },
      );
      for (const passed of [1n, 500n, 501n, 3_000n]) {
        await actions.at(start + passed);
        await subscriptions.release(offer, licenseId);
      }
      await actions.at(start + 3_100n);
      await actions.renew(offer, licenseId);
      const left = (7n * (end - start - 3_000n)) / 3_601n;
      expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(left + 7n);
      await actions.at(start + 3_601n);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -left - 7n,
        buyer: 7n,
        creator: left,
      });
    });

    it("of one that cost nothing gives nothing back", async () => {
      const { subscriptions, actors, actions, offer, start, licenseId, termOf } = await sold({}, { price: 0n });
      await actions.at(start + DAY);
      const sent = await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {});
      await expect(sent).to.emit(subscriptions, "Released").withArgs(licenseId, 0n);
      await expect(sent).to.emit(subscriptions, "Cancelled").withArgs(licenseId, 0n);
      expect(await termOf()).to.deep.equal([start + DAY, start + DAY]);
    });

    it("holds the largest price and the longest time there can be", async () => {
      const price = 2n ** 128n - 1n;
      const { subscriptions, token, market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.cancellable({ period: MAX_AHEAD }, { price });
      await token.mint(actors.recipient.address, price);
      await token.connect(actors.recipient).approve(market, ethers.MaxUint256);
      await actions.list(offer);
      const start = (await actions.now()) + 100n;
      await actions.at(start);
      const licenseId = await actions.soldIn(await actions.purchase(offer, {}, actors.recipient));
      const refund = (price * (MAX_AHEAD - 1n)) / MAX_AHEAD;
      const fee = feeOf(price) - feeOf(refund);
      await actions.at(start + 1n);
      await actions.expectMoves(() => subscriptions.connect(actors.recipient).cancel(offer, licenseId), {
        subscriptions: -price,
        recipient: refund,
        creator: price - refund - fee,
        treasury: fee,
      });
    });

    it("leaves what may be renewed: from now at the old price, or for the same second", async () => {
      const { subscriptions, actors, actions, offer, start, licenseId } = await sold();
      const when = start + 10n * DAY;
      await actions.at(when);
      await subscriptions.connect(actors.buyer).cancel(offer, licenseId);
      const again = when + 5n * DAY;
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, again + MONTH, { when: again }),
        keptOf("buyer", PRICE),
      );
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([again, FEE_BPS]);

      await actions.at(again + DAY);
      await actions.inOneBlock([
        () => subscriptions.connect(actors.buyer).cancel(offer, licenseId, { gasLimit: 1_000_000n }),
        () => actions.renew(offer, licenseId),
      ]);
      expect(await subscriptions.expiresAt(licenseId)).to.equal(again + DAY + MONTH);
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([again + DAY, FEE_BPS]);
      await actions.at(again + DAY + MONTH);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId), {
        subscriptions: -PRICE,
        creator: PRICE - feeOf(PRICE),
        treasury: feeOf(PRICE),
      });
    });

    it("and release work for a version that was proven defective: no money is stuck", async () => {
      const { subscriptions, registry, files, actors, actions } = await loadFixture(rightsFixture);
      const versionId = await actions.publish(actors.creator, files.broken.data);
      const offer = actions.cancellable({}, { versionId });
      const licenseId = await actions.sell(offer);
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      await registry.proveDefective(versionId, files.broken.evidence);
      const refund = (PRICE * 20n * DAY) / MONTH;
      const fee = feeOf(PRICE) - feeOf(refund);
      await actions.at(end - 20n * DAY);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -PRICE,
        buyer: refund,
        creator: PRICE - refund - fee,
        treasury: fee,
      });
    });

    it("works after a vote closed the module, and after the offer was revoked", async () => {
      const { subscriptions, market, licenses, admin, actors, actions, offer, end, licenseId } = await sold();
      await licenses.connect(admin).setRights(subscriptions, false, false);
      await market.connect(actors.creator).revokeOffer(offer);
      await actions.at(end - MONTH / 2n);
      const fee = feeOf(PRICE) - feeOf(PRICE / 2n);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -PRICE,
        buyer: PRICE / 2n,
        creator: PRICE - PRICE / 2n - fee,
        treasury: fee,
      });
    });

    it("is the holder's alone", async () => {
      const { subscriptions, licenses, admin, actors, actions, offer, licenseId } = await sold({ seats: 1n });
      const { buyer, stranger, creator } = actors;
      await subscriptions.connect(buyer).giveSeat(offer, licenseId, stranger);
      await licenses.connect(buyer).setApprovalForAll(creator, true);
      const before = await actions.books();
      for (const caller of [stranger, creator, admin]) {
        await expect(subscriptions.connect(caller).cancel(offer, licenseId))
          .to.be.revertedWithCustomError(subscriptions, "Rights_NotOwner")
          .withArgs(licenseId, caller.address, buyer.address);
      }
      expect(await actions.books()).to.deep.equal(before);
    });
  });

  describe("of what it is not about", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence cancelled under the terms of a dearer offer
    it("refuse another offer, listed or never listed", async () => {
      const { subscriptions, market, actors, actions, offer, licenseId } = await sold();
      const dear = actions.cancellable({}, { price: 1_000n * PRICE });
      const long = actions.cancellable({ period: 2n * MONTH });
      await actions.sell(dear);
      await actions.sell(actions.cancellable({}, { salt: 3n }));
      const before = await actions.books();
      for (const foreign of [dear, long, { ...offer, salt: 3n }]) {
        const hash = await market.hashOffer(foreign);
        for (const call of ["release", "cancel"] as const) {
          await expect(subscriptions.connect(actors.buyer)[call](foreign, licenseId))
            .to.be.revertedWithCustomError(subscriptions, "Rights_NotItsOffer")
            .withArgs(licenseId, hash);
        }
      }
      expect(await actions.books()).to.deep.equal(before);
    });

    it("refuse a subscription that was sold as one that cannot be cancelled", async () => {
      const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
      const kept = actions.cancellable();
      await actions.sell(kept);
      const offer = actions.subscription();
      const licenseId = await actions.sell(offer);
      const before = await actions.books();
      for (const call of ["release", "cancel"] as const) {
        await expect(subscriptions.connect(actors.buyer)[call](offer, licenseId))
          .to.be.revertedWithCustomError(subscriptions, "Subscriptions_NotCancellable")
          .withArgs(licenseId);
      }
      expect(await actions.books()).to.deep.equal(before);
    });

    it("refuse licences without rights, and those of another module", async () => {
      const { subscriptions, market, actors, actions } = await loadFixture(rightsFixture);
      await actions.sell(actions.cancellable());
      for (const offer of [actions.terms(), actions.seatOffer()]) {
        const licenseId = await actions.sell(offer);
        for (const call of ["release", "cancel"] as const) {
          await expect(subscriptions.connect(actors.buyer)[call](offer, licenseId))
            .to.be.revertedWithCustomError(subscriptions, "Rights_NotItsOffer")
            .withArgs(licenseId, await market.hashOffer(offer));
        }
      }
    });

    it("give nothing for a licence that was never issued, and nobody cancels it", async () => {
      const { subscriptions, licenses, actors, actions, offer, end, licenseId } = await sold();
      await actions.at(end);
      await actions.expectMoves(() => subscriptions.release(offer, licenseId + 1n), {});
      expect(await subscriptions.expiresAt(licenseId + 1n)).to.equal(0n);
      expect(await subscriptions.releasedTo(licenseId + 1n)).to.deep.equal([0n, 0n]);
      await expect(subscriptions.connect(actors.buyer).cancel(offer, licenseId + 1n))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId + 1n);
    });
  });
});
