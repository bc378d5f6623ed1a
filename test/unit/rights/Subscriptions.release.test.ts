import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { FEE_BPS, feeOf, MONTH, rightsFixture, soldCancellable as sold } from "./fixture";

describe("Subscriptions: release", () => {
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
    expect(await subscriptions.release.staticCall(offer, licenseId, actions.next)).to.equal(PRICE - worth(end - when));
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

  it("pays the payee of now, into the treasury of now, at the fee of the first purchase", async () => {
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

  describe("release and cancel", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence cancelled under the terms of a more expensive offer
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

    it("refuse a licence that was never issued, and nobody cancels it", async () => {
      const { market, subscriptions, licenses, actors, actions, offer, end, licenseId } = await sold();
      await actions.at(end);
      await expect(subscriptions.release(offer, licenseId + 1n))
        .to.be.revertedWithCustomError(subscriptions, "Rights_NotItsOffer")
        .withArgs(licenseId + 1n, await market.hashOffer(offer));
      expect(await subscriptions.expiresAt(licenseId + 1n)).to.equal(0n);
      expect(await subscriptions.releasedTo(licenseId + 1n)).to.deep.equal([0n, 0n]);
      await expect(subscriptions.connect(actors.buyer).cancel(offer, licenseId + 1n))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId + 1n);
    });
  });
});
