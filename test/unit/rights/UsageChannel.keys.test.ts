import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  CAP,
  closedFixture,
  FOREIGN,
  GRACE,
  HOUR,
  KEY,
  MACHINE,
  machineFixture,
  NOBODY,
  openChannel,
  openedFixture,
  Refusal,
  usageFixture,
} from "./usageFixture";

const EMPTY = [NOBODY, 0n, 0n, 0n];
const MINUTE = 60n;

describe("UsageChannel: keys", () => {
  describe("setKey", () => {
    it("gives a slot a key with a cap, and moves nothing", async () => {
      const { usage, actors, actions, licenseId } = await loadFixture(openedFixture);
      expect(await usage.keyOf(licenseId, 1n)).to.deep.equal(EMPTY);
      await actions.expectMoves(async () => {
        const set = usage.connect(actors.buyer).setKey(licenseId, 1n, MACHINE.address, CAP);
        await expect(set).to.emit(usage, "KeySet").withArgs(licenseId, 1n, MACHINE.address, CAP);
        return set;
      }, {});
      expect(await usage.keyOf(licenseId, 1n)).to.deep.equal([MACHINE.address, CAP, 0n, 0n]);
      expect(await usage.keyOf(licenseId, 0n)).to.deep.equal(EMPTY);
      expect(await usage.keyOf(licenseId + 1n, 1n)).to.deep.equal(EMPTY);
    });

    it("takes the last slot and the largest cap", async () => {
      const { usage, actors, licenseId } = await loadFixture(openedFixture);
      const [slot, cap] = [65_535n, 2n ** 32n - 1n];
      await usage.connect(actors.buyer).setKey(licenseId, slot, MACHINE.address, cap);
      expect(await usage.keyOf(licenseId, slot)).to.deep.equal([MACHINE.address, cap, 0n, 0n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a slot given to another key, whose vouchers begin anew
    it("never gives a slot again: not that of the opening, and not one whose key was revoked long ago", async () => {
      const { usage, actors, actions, licenseId, channel } = await loadFixture(machineFixture);
      const { buyer } = actors;
      const refused = async (slot: bigint) =>
        expect(usage.connect(buyer).setKey(licenseId, slot, FOREIGN.address, CAP))
          .to.be.revertedWithCustomError(usage, "UsageChannel_SlotTaken")
          .withArgs(licenseId, slot);
      await refused(0n);
      await refused(1n);
      await usage.connect(buyer).revokeKey(channel, 1n);
      await refused(1n);
      await time.increase(GRACE * 2n);
      await refused(1n);
      const { until } = await usage.keyOf(licenseId, 1n);
      expect((await actions.now()) > until).to.equal(true);
      await usage.connect(buyer).setKey(licenseId, 2n, FOREIGN.address, CAP);
    });

    it("gives none to nobody", async () => {
      const { usage, actors, licenseId } = await loadFixture(openedFixture);
      await expect(usage.connect(actors.buyer).setKey(licenseId, 1n, NOBODY, CAP)).to.be.revertedWithCustomError(
        usage,
        "UsageChannel_ZeroKey",
      );
    });

    it("is the holder's alone: not the payer's of a gift, not the seller's, not the key's", async () => {
      const protocol = await loadFixture(usageFixture);
      const { usage, actors, actions } = protocol;
      const { buyer, recipient, creator, stranger } = actors;
      const { licenseId } = await openChannel(protocol, actions.meter(), {
        recipient: recipient.address,
        pad: stranger.address,
      });
      for (const caller of [buyer, creator, stranger]) {
        await expect(usage.connect(caller).setKey(licenseId, 1n, MACHINE.address, CAP))
          .to.be.revertedWithCustomError(usage, "Rights_NotOwner")
          .withArgs(licenseId, caller.address, recipient.address);
      }
      await usage.connect(recipient).setKey(licenseId, 1n, MACHINE.address, CAP);
    });

    it("is for channels that are not finished, and for no other licence", async () => {
      const { usage, licenses, actors, actions, licenseId, channel, closesAt } = await loadFixture(closedFixture);
      const { buyer } = actors;
      const subscription = await actions.sell(actions.subscription());
      await expect(usage.connect(buyer).setKey(subscription, 1n, MACHINE.address, CAP))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
        .withArgs(subscription);
      await actions.at(closesAt + 1n);
      await usage.finish(channel);
      await expect(usage.connect(buyer).setKey(licenseId, 2n, MACHINE.address, CAP))
        .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
        .withArgs(licenseId);
      await expect(usage.connect(buyer).setKey(licenseId + 1n, 2n, MACHINE.address, CAP))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId + 1n);
    });
  });

  describe("revokeKey", () => {
    /** The first whole minute that is not before the end of a grace. */
    const minuteAfter = (seconds: bigint) => ((seconds + MINUTE - 1n) / MINUTE) * MINUTE;

    // claim(attacks#licences-listings-offers-and-signatures): a voucher of a revoked key
    it("ends a key after the grace, to the second of a whole minute", async () => {
      const { usage, actors, actions, licenseId, channel, machineVoucher, voucher } = await loadFixture(machineFixture);
      const start = minuteAfter((await actions.now()) + 600n) + 17n;
      await actions.at(start);
      const until = minuteAfter(start + GRACE);
      expect(until).to.equal(start + GRACE + 43n);
      await actions.expectMoves(async () => {
        const revoked = usage.connect(actors.buyer).revokeKey(channel, 1n);
        await expect(revoked).to.emit(usage, "KeyRevoked").withArgs(licenseId, 1n, until);
        return revoked;
      }, {});
      expect(await usage.keyOf(licenseId, 1n)).to.deep.equal([MACHINE.address, CAP, 0n, until]);
      await actions.expectRedeemed(channel, await machineVoucher(10n), [0n, 10n]);
      const [last, late, mine] = [await machineVoucher(20n), await machineVoucher(21n), await voucher(5n)];
      await actions.expectRedeemed(channel, last, [10n, 20n], { when: until });
      await actions.expectRefused(channel, late, Refusal.KeyRefused, until + 1n);
      // the others go on
      await actions.expectRedeemed(channel, mine, [20n, 25n]);
    });

    it("does not round what is a whole minute", async () => {
      const { usage, actors, actions, licenseId, channel } = await loadFixture(machineFixture);
      const start = minuteAfter((await actions.now()) + 600n);
      await actions.at(start);
      await expect(usage.connect(actors.buyer).revokeKey(channel, 1n))
        .to.emit(usage, "KeyRevoked")
        .withArgs(licenseId, 1n, start + GRACE);
    });

    it("has the grace of the offer", async () => {
      const protocol = await loadFixture(usageFixture);
      const { usage, actors, actions } = protocol;
      const { channel, licenseId } = await openChannel(protocol, actions.meter({ grace: HOUR }));
      await usage.connect(actors.buyer).setKey(licenseId, 3n, MACHINE.address, CAP);
      const start = minuteAfter((await actions.now()) + 600n) + 1n;
      await actions.at(start);
      await expect(usage.connect(actors.buyer).revokeKey(channel, 3n))
        .to.emit(usage, "KeyRevoked")
        .withArgs(licenseId, 3n, start + HOUR + 59n);
    });

    it("holds in the year 2200", async () => {
      const { usage, actors, actions, licenseId, channel } = await loadFixture(machineFixture);
      const start = 7_258_118_400n;
      await actions.at(start);
      await usage.connect(actors.buyer).revokeKey(channel, 1n);
      expect((await usage.keyOf(licenseId, 1n)).until).to.equal(start + GRACE);
      const far = { validUntil: 2n ** 40n - 1n };
      const good = await actions.sign(MACHINE, licenseId, { units: 1n, slot: 1n, ...far });
      await actions.expectRedeemed(channel, good, [0n, 1n], { when: start + GRACE });
      const late = await actions.sign(MACHINE, licenseId, { units: 2n, slot: 1n, ...far });
      await actions.expectRefused(channel, late, Refusal.KeyRefused, start + GRACE + 1n);
    });

    it("is done once: a second call does not move the end", async () => {
      const { usage, actors, licenseId, channel } = await loadFixture(machineFixture);
      await usage.connect(actors.buyer).revokeKey(channel, 1n);
      await time.increase(100);
      await expect(usage.connect(actors.buyer).revokeKey(channel, 1n))
        .to.be.revertedWithCustomError(usage, "UsageChannel_NoKey")
        .withArgs(licenseId, 1n);
    });

    it("is of a key that was set: neither of slot 0 nor of an empty slot", async () => {
      const { usage, actors, licenseId, channel } = await loadFixture(machineFixture);
      for (const slot of [0n, 2n, 65_535n]) {
        await expect(usage.connect(actors.buyer).revokeKey(channel, slot))
          .to.be.revertedWithCustomError(usage, "UsageChannel_NoKey")
          .withArgs(licenseId, slot);
      }
    });

    it("is the holder's alone", async () => {
      const { usage, actors, licenseId, channel } = await loadFixture(machineFixture);
      for (const caller of [actors.creator, actors.stranger, actors.referrer]) {
        await expect(usage.connect(caller).revokeKey(channel, 1n))
          .to.be.revertedWithCustomError(usage, "Rights_NotOwner")
          .withArgs(licenseId, caller.address, actors.buyer.address);
      }
    });

    it("does not outlive the channel: after its grace no key's voucher is redeemed", async () => {
      const { usage, actors, actions, channel, machineVoucher, closesAt } = await loadFixture(closedFixture);
      await actions.at(closesAt - 10n);
      await usage.connect(actors.buyer).revokeKey(channel, 1n);
      await actions.expectRefused(channel, await machineVoucher(1n), Refusal.AfterGrace, closesAt + 1n);
    });
  });

  it("of slot 0 may be a key that holds nothing, and a contract's address signs nothing", async () => {
    const protocol = await loadFixture(usageFixture);
    const { actions, contracts } = protocol;
    const { channel, licenseId } = await openChannel(protocol, actions.meter(), { pad: NOBODY });
    expect(channel.key).to.equal(protocol.actors.buyer.address);
    const own = await actions.sign(protocol.actors.buyer, licenseId, { units: 1n });
    await actions.expectRedeemed(channel, own, [0n, 1n]);
    const wallet = await contracts.Treasury.getAddress();
    const held = await openChannel(protocol, actions.meter({}, { salt: 9n }), { pad: wallet });
    for (const key of [KEY, FOREIGN]) {
      const voucher = await actions.sign(key, held.licenseId, { units: 1n });
      await actions.expectRefused(held.channel, voucher, Refusal.BadSignature);
    }
  });
});
