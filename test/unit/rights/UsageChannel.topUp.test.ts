import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { DAY } from "../../helpers/market";
import { signPermit } from "../../helpers/signing";
import { FEE_BPS } from "./fixture";
import {
  boughtMoves,
  closedFixture,
  KEY,
  MAX_UNITS,
  METER_PRICE,
  openChannel,
  openedFixture,
  RATES,
  redeemedMoves,
  Refusal,
  SHARE_BPS,
  UNITS,
  usageFixture,
} from "./usageFixture";

describe("UsageChannel: renewal", () => {
  it("adds units at the same price, and keeps what is paid", async () => {
    const { usage, licenses, actors, actions, offer, channel, licenseId, voucher } = await loadFixture(openedFixture);
    const sent = await actions.expectMoves(() => actions.renew(offer, licenseId), boughtMoves("buyer", METER_PRICE));
    await expect(sent).to.emit(usage, "ToppedUp").withArgs(licenseId, UNITS).and.not.to.emit(usage, "ChannelOpened");
    const more = await actions.expectMoves(
      () => actions.renew(offer, licenseId, actors.buyer, { quantity: 12n }),
      boughtMoves("buyer", 12n * METER_PRICE),
    );
    await expect(more)
      .to.emit(usage, "ToppedUp")
      .withArgs(licenseId, 13n * UNITS);
    expect(await usage.stateOf(licenseId)).to.deep.equal([13n * UNITS, 0n, 0n, 0n, 0n, false]);
    expect(await usage.unitsLeft(channel)).to.equal(14n * UNITS);
    expect(await licenses.balanceOf(actors.buyer)).to.equal(1n);
    await actions.expectRedeemed(channel, await voucher(14n * UNITS), [0n, 14n * UNITS]);
    expect(await usage.unitsLeft(channel)).to.equal(0n);
    await actions.expectRefused(channel, await voucher(14n * UNITS + 1n), Refusal.AboveBought);
  });

  it("makes an exhausted channel usable again, and vouchers go on where they were", async () => {
    const { usage, licenses, actors, actions, offer, channel, licenseId, voucher } = await loadFixture(openedFixture);
    const { buyer } = actors;
    const all = await voucher(UNITS);
    await actions.expectRedeemed(channel, await voucher(UNITS - 1n), [0n, UNITS - 1n]);
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
    await actions.expectRedeemed(channel, all, [UNITS - 1n, UNITS]);
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
    expect(await usage.measure(licenseId)).to.equal(0n);
    await actions.renew(offer, licenseId);
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
    expect(await usage.measure(licenseId)).to.equal(1n);
    expect(await usage.stateOf(licenseId)).to.deep.equal([UNITS, UNITS, UNITS, 0n, 0n, false]);
    // claim(attacks#licences-listings-offers-and-signatures): an old voucher redeemed again after units were added
    await actions.expectRefused(channel, all, Refusal.NotAboveLast);
    await actions.expectRedeemed(channel, await voucher(UNITS + 1n), [UNITS, UNITS + 1n]);
  });

  it("is paid by anybody, in every way, and what is left of it is the first payer's", async () => {
    const { usage, market, token, actors, actions, offer, channel, licenseId } = await loadFixture(openedFixture);
    const { stranger, buyer } = actors;
    const order = await actions.ordered(offer, stranger, { renews: licenseId });
    await token.connect(stranger).approve(market, 0n);
    const permit = await signPermit(token, stranger, await market.getAddress(), METER_PRICE);
    await actions.expectMoves(
      () => market.connect(stranger).purchaseWithPermit(offer, order, permit),
      boughtMoves("stranger", METER_PRICE),
    );
    const items = [{ offer, order: { ...order, recipient: buyer.address, quantity: 2n }, signature: "0x" }];
    await token.connect(stranger).approve(market, 2n ** 128n);
    await actions.expectMoves(
      () => market.connect(stranger).purchaseCart(items),
      boughtMoves("stranger", 2n * METER_PRICE),
    );
    await usage.connect(buyer).close(channel);
    await actions.at((await usage.stateOf(licenseId)).closesAt + 1n);
    await actions.expectMoves(() => usage.finish(channel), { usage: -4n * METER_PRICE, buyer: 4n * METER_PRICE });
  });

  it("pays under the shares of the purchase: a later fee, referrer or title's holder gets nothing of it", async () => {
    const { usage, market, admin, actors, actions, offer, channel, licenseId, voucher } =
      await loadFixture(openedFixture);
    const { other, stranger } = actors;
    await actions.setFee(500n);
    await market.connect(admin).setTreasury(stranger);
    await actions.moveTitle(other);
    await actions.renew(offer, licenseId, actors.buyer, { referrer: other.address, quantity: 3n });
    await actions.expectRedeemed(channel, await voucher(4n * UNITS), [0n, 4n * UNITS]);
    const worth = 4n * METER_PRICE;
    const [treasury, referrer] = [(worth * FEE_BPS) / 10_000n, (worth * SHARE_BPS) / 10_000n];
    await actions.expectMoves(() => usage.settleShares(channel), { usage: -treasury - referrer, treasury, referrer });
  });

  it("is the seller's promise: after both revocations, a pause, a lapse of the offer and delisting", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, market, licenses, admin, token, actors, actions } = protocol;
    const offer = actions.meter({}, { expiresAt: (await actions.now()) + DAY, supply: 1n });
    const { channel, licenseId } = await openChannel(protocol, offer);
    await market.connect(actors.creator).revokeOffer(offer);
    await market.connect(actors.creator).revokeAllSigned();
    await market.connect(actors.guardian).pausePurchases(DAY);
    await market.connect(admin).setPayToken(token, false, 0n);
    await licenses.connect(admin).setRights(usage, false, false);
    await actions.at((await actions.now()) + 2n * DAY);
    await actions.expectMoves(() => actions.renew(offer, licenseId), boughtMoves("buyer", METER_PRICE));
    expect(await usage.unitsLeft(channel)).to.equal(2n * UNITS);
  });

  describe("is refused", () => {
    // claim(attacks#licences-listings-offers-and-signatures): units bought for a licence that was never issued
    it("for an id that was never opened, whatever of it is forged, and takes no money", async () => {
      const { usage, market, actions, offer, licenseId } = await loadFixture(openedFixture);
      const before = await actions.books();
      const hash = await market.hashOffer(offer);
      const feeBit = 1n << 200n;
      for (const id of [licenseId + 1n, licenseId ^ feeBit]) {
        await expect(actions.renew(offer, id))
          .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
          .withArgs(id);
      }
      // issuer, rights, version, flags and offer
      for (const bit of [136n, 168n, 64n, 128n, 131n, 32n]) {
        const id = licenseId ^ (1n << bit);
        await expect(actions.renew(offer, id))
          .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
          .withArgs(id, hash);
      }
      expect(await actions.books()).to.deep.equal(before);
    });

    // claim(attacks#licences-listings-offers-and-signatures): units of a cheaper offer for an expensive channel
    it("under another offer: its units are cheaper", async () => {
      const protocol = await loadFixture(openedFixture);
      const { usage, market, actions, channel, licenseId } = protocol;
      const cheap = actions.meter({ units: 1_000_000n }, { price: 1_000_000n });
      await openChannel(protocol, cheap);
      await expect(actions.renew(cheap, licenseId))
        .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
        .withArgs(licenseId, await market.hashOffer(cheap));
      expect(await usage.unitsLeft(channel)).to.equal(UNITS);
    });

    // claim(attacks#licences-listings-offers-and-signatures): units bought for a channel that is closed
    it("once the channel is closed, and when it is finished", async () => {
      const { usage, actions, offer, channel, licenseId, closesAt } = await loadFixture(closedFixture);
      const before = await actions.books();
      await expect(actions.renew(offer, licenseId))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Closing")
        .withArgs(licenseId, closesAt);
      expect(await actions.books()).to.deep.equal(before);
      await actions.at(closesAt + 1n);
      await usage.finish(channel);
      await expect(actions.renew(offer, licenseId))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
        .withArgs(licenseId);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a trial that costs nothing, renewed without end
    it("when it costs nothing: units for nothing are given once", async () => {
      const protocol = await loadFixture(usageFixture);
      const { usage, actors, actions } = protocol;
      const trial = actions.meter({}, { price: 0n, supply: 1n });
      const { licenseId } = await openChannel(protocol, trial);
      await expect(actions.renew(trial, licenseId, actors.buyer, { quantity: 2n ** 32n - 1n }))
        .to.be.revertedWithCustomError(usage, "Rights_BadTerms")
        .withArgs("price");
    });

    it("with a pad: the key of slot 0 is that of the purchase", async () => {
      const { usage, actors, actions, offer, licenseId } = await loadFixture(openedFixture);
      await expect(actions.renew(offer, licenseId, actors.buyer, { pad: KEY.address }))
        .to.be.revertedWithCustomError(usage, "Rights_BadTerms")
        .withArgs("pad");
    });

    it("above MAX_UNITS of all renewals together, to the unit", async () => {
      const protocol = await loadFixture(usageFixture);
      const { usage, actors, actions } = protocol;
      const [units, quantity] = [13_264_529n, 2_351n * 4_513n];
      const offer = actions.meter({ units }, { price: units });
      for (const to of [actors.buyer, actors.stranger]) await protocol.token.mint(to, 2n ** 60n);
      const { channel, licenseId } = await openChannel(protocol, offer, { quantity });
      const renew = (times: bigint) => actions.renew(offer, licenseId, actors.buyer, { quantity: times });
      await renew(quantity - 1n);
      await expect(renew(2n))
        .to.be.revertedWithCustomError(usage, "UsageChannel_TooManyUnits")
        .withArgs(licenseId, MAX_UNITS + units);
      await expect(renew(2n ** 32n - 1n))
        .to.be.revertedWithCustomError(usage, "UsageChannel_TooManyUnits")
        .withArgs(licenseId, MAX_UNITS - units + units * (2n ** 32n - 1n));
      await renew(1n);
      expect(await usage.unitsLeft(channel)).to.equal(2n * MAX_UNITS);
      await expect(renew(1n))
        .to.be.revertedWithCustomError(usage, "UsageChannel_TooManyUnits")
        .withArgs(licenseId, MAX_UNITS + units);

      // all of it can be redeemed: what two keys sign at most
      await usage.connect(actors.buyer).setKey(licenseId, 1n, KEY.address, 2n ** 32n - 1n);
      const most = await actions.sign(KEY, licenseId, { units: 2n * MAX_UNITS });
      const rates = { ...RATES, unitPrice: 1n };
      await actions.expectRedeemed(channel, most, [0n, 2n * MAX_UNITS], { rates });
      expect(await usage.measure(licenseId)).to.equal(0n);
      for (const [slot, over] of [
        [0n, 2n ** 48n - 1n],
        [1n, 1n],
      ] as const) {
        await actions.expectRefused(
          channel,
          await actions.sign(KEY, licenseId, { units: over, slot }),
          Refusal.AboveBought,
        );
      }
    });
  });

  it("is not stopped by a fee above what the seller accepts: the channel keeps its own", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actions } = protocol;
    const offer = actions.meter({}, { maxProtocolFeeBps: FEE_BPS });
    const { licenseId } = await openChannel(protocol, offer);
    await actions.setFee(FEE_BPS + 1n);
    await expect(actions.renew(offer, licenseId)).to.emit(usage, "ToppedUp");
  });

  it("with several channels in one cart adds to each its own", async () => {
    const protocol = await loadFixture(openedFixture);
    const { usage, market, actors, actions, offer, channel, licenseId, voucher } = protocol;
    const second = await openChannel(protocol, actions.meter({ units: 10n }, { price: 70n, salt: 1n }));
    const odd = actions.meter({ units: 10n }, { price: 70n, salt: 1n });
    const order = async (one: typeof offer, renews: bigint, quantity: bigint) => ({
      offer: one,
      order: await actions.ordered(one, actors.buyer, { renews, quantity }),
      signature: "0x",
    });
    const items = [
      await order(offer, licenseId, 1n),
      await order(odd, second.licenseId, 5n),
      await order(offer, licenseId, 2n),
    ];
    await actions.expectMoves(
      () => market.connect(actors.buyer).purchaseCart(items),
      boughtMoves("buyer", 3n * METER_PRICE + 350n),
    );
    expect(await usage.unitsLeft(channel)).to.equal(4n * UNITS);
    expect(await usage.unitsLeft(second.channel)).to.equal(60n);
    await actions.expectMoves(
      async () => usage.redeem(channel, await voucher(2n * UNITS)),
      redeemedMoves(0n, 2n * UNITS),
    );
  });
});
