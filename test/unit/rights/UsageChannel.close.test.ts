import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  closedFixture,
  FOREIGN,
  GRACE,
  HOUR,
  KEY,
  METER_PRICE,
  NOBODY,
  openChannel,
  openedFixture,
  RATES,
  Refusal,
  sharesOf,
  UNITS,
  UNIT_PRICE,
  usageFixture,
} from "./usageFixture";

describe("UsageChannel: settleShares", () => {
  it("credits treasury and referrer of what was redeemed since the last time, and anybody may call", async () => {
    const { usage, actors, actions, channel, licenseId, voucher } = await loadFixture(openedFixture);
    for (const [from, to] of [
      [0n, 333n],
      [333n, 334n],
      [334n, UNITS],
    ] as const) {
      await usage.redeem(channel, await voucher(to));
      const [before, after] = [sharesOf(from), sharesOf(to)];
      const [treasury, referrer] = [after.fee - before.fee, after.share - before.share];
      await actions.expectMoves(
        async () => {
          const settled = usage.connect(actors.stranger).settleShares(channel);
          await expect(settled).to.emit(usage, "SharesSettled").withArgs(licenseId, to);
          return settled;
        },
        { usage: -treasury - referrer, treasury, referrer },
      );
      expect(await usage.stateOf(licenseId)).to.deep.equal([0n, to, to, to, 0n, to === UNITS]);
    }
    await actions.expectMoves(() => usage.settleShares(channel), {});
  });

  it("credits nothing of a channel of which nothing was redeemed", async () => {
    const { usage, actions, channel, licenseId } = await loadFixture(openedFixture);
    await actions.expectMoves(() => usage.settleShares(channel), {});
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, 0n, 0n, 0n, 0n, false]);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a fee starved by many small vouchers
  it("does not starve a fee of less than a unit of the token a voucher", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, ledger, payToken, actors, actions } = protocol;
    const offer = actions.meter({ units: 200n }, { price: 200n });
    const { channel, licenseId } = await openChannel(protocol, offer);
    const before = await actions.books();
    for (let units = 1n; units <= 200n; units++) {
      await usage.redeem(channel, await actions.sign(KEY, licenseId, { units }));
      if (units % 3n === 0n || units === 200n) await usage.settleShares(channel);
    }
    // 2.5 % and 5 % of 200
    expect((await ledger.balanceOf(payToken, actors.treasury)) - before.treasury).to.equal(5n);
    expect((await ledger.balanceOf(payToken, actors.referrer)) - before.referrer).to.equal(10n);
    expect((await ledger.balanceOf(payToken, usage)) - before.usage).to.equal(-200n);
  });

  it("goes on while the channel is closing, and ends when it is finished", async () => {
    const { usage, actions, channel, licenseId, voucher, closesAt } = await loadFixture(closedFixture);
    await usage.redeem(channel, await voucher(100n));
    const { fee, share } = sharesOf(100n);
    await actions.expectMoves(() => usage.settleShares(channel), {
      usage: -fee - share,
      treasury: fee,
      referrer: share,
    });
    await actions.at(closesAt + 1n);
    await usage.finish(channel);
    await expect(usage.settleShares(channel))
      .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
      .withArgs(licenseId);
  });
});

describe("UsageChannel: close", () => {
  it("ends the use at once and the vouchers after the grace, and moves nothing", async () => {
    const { usage, licenses, actors, actions, channel, licenseId } = await loadFixture(openedFixture);
    const { buyer } = actors;
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
    const start = (await actions.now()) + 50n;
    await actions.at(start);
    await actions.expectMoves(async () => {
      const closed = usage.connect(buyer).close(channel);
      await expect(closed)
        .to.emit(usage, "Closing")
        .withArgs(licenseId, start + GRACE);
      return closed;
    }, {});
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, 0n, 0n, 0n, start + GRACE, false]);
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
    expect(await usage.mayUse(licenseId, buyer, buyer)).to.equal(false);
    expect(await usage.measure(licenseId)).to.equal(0n);
    expect(await usage.unitsLeft(channel)).to.equal(UNITS);
  });

  it("has the grace of the offer", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actors, actions } = protocol;
    for (const grace of [HOUR, 30n * GRACE]) {
      const { channel, licenseId } = await openChannel(protocol, actions.meter({ grace }));
      const start = (await actions.now()) + 50n;
      await actions.at(start);
      await expect(usage.connect(actors.buyer).close(channel))
        .to.emit(usage, "Closing")
        .withArgs(licenseId, start + grace);
    }
  });

  it("is the holder's and the payer's: of a gift, each may, and nobody else", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actors, actions } = protocol;
    const { buyer, recipient, creator, stranger, referrer } = actors;
    for (const closer of [buyer, recipient]) {
      const { channel, licenseId } = await openChannel(protocol, actions.meter(), {
        recipient: recipient.address,
        pad: stranger.address,
      });
      // the seller, the key and the referrer
      for (const caller of [creator, stranger, referrer]) {
        await expect(usage.connect(caller).close(channel))
          .to.be.revertedWithCustomError(usage, "Rights_NotOwner")
          .withArgs(licenseId, caller.address, recipient.address);
      }
      await expect(usage.connect(closer).close(channel)).to.emit(usage, "Closing");
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): a grace that is drawn out or cut short
  it("is done once: nobody moves the end of the grace", async () => {
    const { usage, actors, actions, channel, licenseId, closesAt } = await loadFixture(closedFixture);
    for (const when of [closesAt - 10n, closesAt + 10n]) {
      await actions.at(when);
      await expect(usage.connect(actors.buyer).close(channel))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Closing")
        .withArgs(licenseId, closesAt);
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): a channel closed before the node has redeemed
  it("cheats no node of what was used: the holder closes, and the node is paid in its grace", async () => {
    const { usage, actors, actions, channel, voucher, machineVoucher, closesAt } = await loadFixture(closedFixture);
    await actions.expectRedeemed(channel, await voucher(600n), [0n, 600n]);
    await actions.expectRedeemed(channel, await machineVoucher(400n), [600n, UNITS], { when: closesAt });
    await actions.at(closesAt + 1n);
    const { fee, share, remainder } = sharesOf(UNITS);
    await actions.expectMoves(() => usage.connect(actors.buyer).finish(channel), {
      ...{ usage: -fee - share - remainder, treasury: fee, referrer: share, creator: remainder },
    });
  });
});

describe("UsageChannel: finish", () => {
  it("credits the payer with what is left, and treasury and referrer with their shares, after the grace", async () => {
    const { usage, actors, actions, channel, licenseId, voucher, closesAt } = await loadFixture(closedFixture);
    await usage.redeem(channel, await voucher(333n));
    const { fee, share, payee, provider, remainder } = sharesOf(333n);
    const returned = (UNITS - 333n) * UNIT_PRICE;
    await actions.at(closesAt);
    await expect(usage.finish(channel))
      .to.be.revertedWithCustomError(usage, "UsageChannel_TooEarly")
      .withArgs(licenseId, closesAt);
    await actions.at(closesAt + 1n);
    await actions.expectMoves(
      async () => {
        const finished = usage.connect(actors.stranger).finish(channel);
        await expect(finished).to.emit(usage, "Finished").withArgs(licenseId, returned);
        return finished;
      },
      {
        usage: -returned - fee - share - remainder,
        buyer: returned,
        treasury: fee,
        referrer: share,
        creator: remainder,
      },
    );
    expect(payee + provider + remainder + fee + share + returned).to.equal(METER_PRICE);
    expect(await usage.commitmentOf(licenseId)).to.equal(ethers.ZeroHash);
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, 333n, 333n, 0n, closesAt, false]);
    expect(await usage.measure(licenseId)).to.equal(0n);
    expect(await usage.mayUse(licenseId, actors.buyer, actors.buyer)).to.equal(false);
  });

  it("returns what a call would return", async () => {
    const { usage, actions, channel, voucher, closesAt } = await loadFixture(closedFixture);
    await usage.redeem(channel, await voucher(1n));
    await actions.at(closesAt + 1n);
    expect(await usage.finish.staticCall(channel, actions.next)).to.equal((UNITS - 1n) * UNIT_PRICE);
  });

  it("credits the payee with the one unit that both shares together rounded up", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actors, actions } = protocol;
    // of 30 units of the token: 0.75 and 1.5, which is 2.25 together
    const offer = actions.meter({ units: 100n }, { price: 100n });
    const { channel, licenseId } = await openChannel(protocol, offer);
    await usage.redeem(channel, await actions.sign(KEY, licenseId, { units: 30n }));
    const { fee, share, remainder } = sharesOf(30n, { ...RATES, unitPrice: 1n });
    expect([fee, share, remainder]).to.deep.equal([0n, 1n, 1n]);
    await usage.connect(actors.buyer).close(channel);
    await actions.at((await actions.now()) + GRACE + 1n);
    await actions.expectMoves(() => usage.finish(channel), { usage: -72n, referrer: 1n, creator: 1n, buyer: 70n });
  });

  it("credits what was settled before once", async () => {
    const { usage, actions, channel, voucher, closesAt } = await loadFixture(closedFixture);
    await usage.redeem(channel, await voucher(100n));
    await usage.settleShares(channel);
    await usage.redeem(channel, await voucher(250n));
    const [early, all] = [sharesOf(100n), sharesOf(250n)];
    const [treasury, referrer, creator] = [all.fee - early.fee, all.share - early.share, all.remainder];
    const buyer = (UNITS - 250n) * UNIT_PRICE;
    await actions.at(closesAt + 1n);
    await actions.expectMoves(() => usage.finish(channel), {
      ...{ usage: -treasury - referrer - creator - buyer, treasury, referrer, creator, buyer },
    });
  });

  it("gives everything back where nothing was redeemed, in native coin too", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actors, actions } = protocol;
    for (const payToken of [protocol.payToken, NOBODY]) {
      const { channel } = await openChannel(protocol, actions.meter({}, { payToken }));
      await usage.connect(actors.buyer).close(channel);
      await actions.at((await actions.now()) + GRACE + 1n);
      const moves = { usage: -METER_PRICE, buyer: METER_PRICE };
      await actions.expectMoves(() => usage.finish(channel), moves, payToken);
    }
  });

  it("is refused for an open channel", async () => {
    const { usage, channel, licenseId, actors } = await loadFixture(openedFixture);
    for (const caller of [actors.buyer, actors.creator]) {
      await expect(usage.connect(caller).finish(channel))
        .to.be.revertedWithCustomError(usage, "UsageChannel_TooEarly")
        .withArgs(licenseId, 0n);
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): a channel finished twice
  it("is done once, and the channel is nothing any more", async () => {
    const { usage, actors, actions, channel, licenseId, voucher, closesAt } = await loadFixture(closedFixture);
    const left = await voucher(10n);
    await actions.at(closesAt + 1n);
    await usage.finish(channel);
    const { buyer } = actors;
    for (const call of ["finish", "close", "settleShares", "unitsLeft"] as const) {
      await expect(usage.connect(buyer)[call](channel))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
        .withArgs(licenseId);
    }
    await expect(usage.connect(buyer).revokeKey(channel, 1n))
      .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
      .withArgs(licenseId);
    await actions.expectRefused(channel, left, Refusal.NotItsChannel);
    await actions.expectRefused(channel, await actions.sign(FOREIGN, licenseId, { units: 1n }), Refusal.NotItsChannel);
  });
});

describe("UsageChannel: two channels", () => {
  // claim(invariants#market-and-escrow): a usage channel pays out of its own money alone | the holder of another channel
  it("of one offer do not touch each other's units, keys and money", async () => {
    const protocol = await loadFixture(openedFixture);
    const { usage, actors, actions, offer, channel, licenseId, voucher } = protocol;
    const second = await openChannel(protocol, offer, { pad: FOREIGN.address }, actors.other);
    await usage.connect(actors.buyer).setKey(licenseId, 1n, KEY.address, 50n);
    await usage.redeem(channel, await voucher(UNITS));
    await usage.connect(actors.buyer).close(channel);
    expect(await usage.unitsLeft(second.channel)).to.equal(UNITS);
    expect(await usage.stateOf(second.licenseId)).to.deep.equal([0n, 0n, 0n, 0n, 0n, false]);
    expect(await usage.keyOf(second.licenseId, 1n)).to.deep.equal([NOBODY, 0n, 0n, 0n]);
    expect(await usage.mayUse(second.licenseId, actors.other, actors.other)).to.equal(true);
    await actions.at((await actions.now()) + GRACE + 1n);
    await usage.finish(channel);
    const theirs = await actions.sign(FOREIGN, second.licenseId, { units: UNITS });
    await actions.expectRedeemed(second.channel, theirs, [0n, UNITS]);
  });
});
