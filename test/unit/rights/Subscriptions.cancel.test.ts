import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, HOUR, PRICE } from "../../helpers/market";
import { FEE_BPS, feeOf, keptOf, MAX_AHEAD, MONTH, rightsFixture, soldCancellable as sold } from "./fixture";

describe("Subscriptions: cancel", () => {
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

  for (const [title, period, kept] of [
    ["a thirtieth of the period", MONTH, DAY],
    ["an hour of a short period", DAY, HOUR],
    ["an hour, where a thirtieth is a second less", 30n * HOUR - 1n, HOUR],
    ["all of the shortest period", HOUR, HOUR],
  ] as const) {
    // claim(attacks#licences-listings-offers-and-signatures): a subscription bought, used and cancelled in one second
    it(`in the second of the purchase is paid for ${title}, which it runs`, async () => {
      const { subscriptions, actors, actions, ledger, payToken, offer, licenseId } = await sold({ period });
      // the next licence of the offer
      const next = licenseId + 1n;
      const [bought, cancelled] = await actions.inOneBlock([
        () => actions.purchase(offer),
        () => subscriptions.connect(actors.buyer).cancel(offer, next, { gasLimit: 1_000_000n }),
      ]);
      const block = await bought.getBlock();
      expect(block?.number).to.equal((await cancelled.getBlock())?.number);
      const refund = (PRICE * (period - kept)) / period;
      const fee = feeOf(PRICE) - feeOf(refund);
      await expect(cancelled)
        .to.emit(subscriptions, "Released")
        .withArgs(next, PRICE - refund);
      await expect(cancelled).to.emit(subscriptions, "Cancelled").withArgs(next, refund);
      expect(await ledger.balanceOf(payToken, actors.buyer)).to.equal(refund);
      expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(PRICE);
      expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(PRICE - refund - fee);
      expect(await ledger.balanceOf(payToken, actors.treasury)).to.equal(fee);

      const end = BigInt(block!.timestamp) + kept;
      expect(await subscriptions.expiresAt(next)).to.equal(end);
      expect(await subscriptions.releasedTo(next)).to.deep.equal([end, FEE_BPS]);
      // neither a release nor another cancellation moves what was released already
      await actions.expectMoves(() => subscriptions.release(offer, next), {});
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, next), {});
      expect(await subscriptions.releasedTo(next)).to.deep.equal([end, FEE_BPS]);
      expect(await actions.usableAt(end, next, actors.buyer)).to.equal(true);
      expect(await actions.usableAt(end + 1n, next, actors.buyer)).to.equal(false);
    });
  }

  it("keeps to the second, and a moment later to the time that passed", async () => {
    for (const [passed, paidFor] of [
      [DAY - 1n, DAY],
      [DAY, DAY],
      [DAY + 1n, DAY + 1n],
    ]) {
      const { subscriptions, actors, actions, offer, start, end, licenseId, worth, termOf } = await sold();
      await actions.at(start + passed);
      const refund = worth(end - start - paidFor);
      const fee = feeOf(PRICE) - feeOf(refund);
      await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
        subscriptions: -PRICE,
        buyer: refund,
        creator: PRICE - refund - fee,
        treasury: fee,
      });
      expect(await termOf()).to.deep.equal([start + paidFor, start + paidFor]);
    }
  });

  it("after a renewal of one that runs gives the whole renewal back, for nothing new was used", async () => {
    const { subscriptions, actors, actions, offer, start, licenseId, worth } = await sold();
    await actions.at(start + 10n * DAY);
    await subscriptions.release(offer, licenseId);
    await actions.renew(offer, licenseId);
    await actions.at(start + 11n * DAY);
    await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
      subscriptions: -PRICE - worth(20n * DAY),
      buyer: PRICE + worth(19n * DAY),
      creator: worth(DAY) - (feeOf(PRICE + worth(20n * DAY)) - feeOf(PRICE + worth(19n * DAY))),
      treasury: feeOf(PRICE + worth(20n * DAY)) - feeOf(PRICE + worth(19n * DAY)),
    });
  });

  it("after a renewal of one that had lapsed keeps the first part of it, as at a purchase", async () => {
    const { subscriptions, actors, actions, offer, end, licenseId, worth } = await sold();
    await actions.at(end + DAY);
    await subscriptions.release(offer, licenseId);
    const again = end + 2n * DAY;
    await actions.at(again);
    await actions.renew(offer, licenseId);
    await actions.at(again + 5n);
    const refund = worth(MONTH - DAY);
    const fee = feeOf(PRICE) - feeOf(refund);
    await actions.expectMoves(() => subscriptions.connect(actors.buyer).cancel(offer, licenseId), {
      subscriptions: -PRICE,
      buyer: refund,
      creator: PRICE - refund - fee,
      treasury: fee,
    });
    expect(await subscriptions.expiresAt(licenseId)).to.equal(again + DAY);
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
  it("rounds down, to the payee: of a price of 1 over ten years nothing comes back", async () => {
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
    const passed = MAX_AHEAD / 30n + 1n;
    const refund = (price * (MAX_AHEAD - passed)) / MAX_AHEAD;
    const fee = feeOf(price) - feeOf(refund);
    await actions.at(start + passed);
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

  it("gives the time that is left back though the version was proven defective: no money is stuck", async () => {
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
