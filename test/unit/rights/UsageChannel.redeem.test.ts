import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY } from "../../helpers/market";
import { NODE } from "./fixture";
import {
  CAP,
  FOREIGN,
  GRACE,
  KEY,
  MACHINE,
  NOBODY,
  openChannel,
  openedFixture,
  machineFixture,
  closedFixture,
  packRates,
  RATES,
  Refusal,
  SHARE_BPS,
  sharesOf,
  UNITS,
  UNIT_PRICE,
  usageFixture,
} from "./usageFixture";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const word = (value: bigint): string => ethers.toBeHex(value, 32);

describe("UsageChannel: redeem", () => {
  it("credits payee and provider with what a voucher adds, and keeps the shares of treasury and referrer", async () => {
    const { usage, actions, channel, licenseId, voucher } = await loadFixture(openedFixture);
    await actions.expectRedeemed(channel, await voucher(1n), [0n, 1n]);
    await actions.expectRedeemed(channel, await voucher(2n), [1n, 2n]);
    await actions.expectRedeemed(channel, await voucher(333n), [2n, 333n]);
    await actions.expectRedeemed(channel, await voucher(UNITS), [333n, UNITS]);
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, UNITS, UNITS, 0n, 0n, true]);
  });

  it("pays the same in all, however many vouchers there were", async () => {
    const { usage, ledger, payToken, actors, actions, channel, voucher } = await loadFixture(openedFixture);
    const before = await actions.books();
    for (const units of [7n, 8n, 9n, 100n, 999n, UNITS]) await usage.redeem(channel, await voucher(units));
    const { payee, provider } = sharesOf(UNITS);
    expect((await ledger.balanceOf(payToken, actors.creator)) - before.creator).to.equal(payee);
    expect((await ledger.balanceOf(payToken, NODE)) - before.node).to.equal(provider);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a channel jammed by the rounding of two shares
  it("never lets the sum of payee and provider fall: at a unit of which both shares round up, too", async () => {
    const protocol = await loadFixture(usageFixture);
    const { actions } = protocol;
    const offer = actions.meter({}, { price: UNITS });
    const { channel, licenseId } = await openChannel(protocol, offer);
    const rates = { ...RATES, unitPrice: 1n };
    // 250 and 500 basis points: at the 40th unit both shares have a whole unit more
    const [fee, share] = [(units: bigint) => (units * 250n) / 10_000n, (units: bigint) => (units * 500n) / 10_000n];
    expect([fee(40n) - fee(39n), share(40n) - share(39n)]).to.deep.equal([1n, 1n]);
    for (let units = 1n; units <= 81n; units++) {
      const voucher = await actions.sign(KEY, licenseId, { units });
      await actions.expectRedeemed(channel, voucher, [units - 1n, units], { rates });
    }
  });

  describe("of other offers", () => {
    const CASES = {
      "without a provider": { terms: { providerBps: 0n, provider: NOBODY }, rates: { providerBps: 0n } },
      "of which the provider is named and has no share": { terms: { providerBps: 0n }, rates: { providerBps: 0n } },
      "of which the provider has everything": { terms: { providerBps: 10_000n }, rates: { providerBps: 10_000n } },
      "that are free": { offer: { price: 0n }, rates: { unitPrice: 0n } },
      "without a referrer": { order: { referrer: NOBODY }, rates: { referrerBps: 0n } },
      "with the largest shares": {
        fee: 500n,
        offer: { referrerBps: 5_000n },
        rates: { feeBps: 500n, referrerBps: 5_000n },
      },
      "without shares": { fee: 0n, offer: { referrerBps: 0n }, rates: { feeBps: 0n, referrerBps: 0n } },
    } as const;
    for (const [name, one] of Object.entries(CASES)) {
      it(`credits what is due of offers ${name}`, async () => {
        const protocol = await loadFixture(usageFixture);
        const { actions } = protocol;
        if ("fee" in one) await actions.setFee(one.fee);
        const offer = actions.meter("terms" in one ? one.terms : {}, "offer" in one ? one.offer : {});
        const { channel, licenseId } = await openChannel(protocol, offer, "order" in one ? one.order : {});
        const rates = { ...RATES, ...one.rates };
        expect(channel.rates).to.equal(packRates(rates));
        await actions.expectRedeemed(channel, await actions.sign(KEY, licenseId, { units: 3n }), [0n, 3n], { rates });
        const rest = await actions.sign(KEY, licenseId, { units: UNITS });
        await actions.expectRedeemed(channel, rest, [3n, UNITS], { rates });
      });
    }

    it("pays in native coin", async () => {
      const protocol = await loadFixture(usageFixture);
      const { actions } = protocol;
      const offer = actions.meter({}, { payToken: NOBODY });
      const { channel, licenseId } = await openChannel(protocol, offer);
      const voucher = await actions.sign(KEY, licenseId, { units: 10n });
      await actions.expectRedeemed(channel, voucher, [0n, 10n]);
    });

    it("counts up to the most units and the highest price, without overflow", async () => {
      const protocol = await loadFixture(usageFixture);
      const { usage, token, actors, actions } = protocol;
      const [units, quantity] = [2n ** 32n - 1n, 32_768n];
      const price = ((2n ** 128n - 1n) / (units * quantity)) * units;
      await token.mint(actors.buyer, price * quantity);
      const offer = actions.meter({ units }, { price });
      const { channel, licenseId } = await openChannel(protocol, offer, { quantity });
      const all = units * quantity;
      const rates = { ...RATES, units: all, unitPrice: price / units };
      expect(channel.rates).to.equal(packRates(rates));
      await actions.expectRedeemed(channel, await actions.sign(KEY, licenseId, { units: all }), [0n, all], { rates });
      expect(await usage.unitsLeft(channel)).to.equal(0n);
    });
  });

  describe("of a machine's key", () => {
    it("counts the units of each slot apart, and all of them together", async () => {
      const { usage, actions, channel, licenseId, voucher, machineVoucher } = await loadFixture(machineFixture);
      await actions.expectRedeemed(channel, await voucher(100n), [0n, 100n]);
      await actions.expectRedeemed(channel, await machineVoucher(30n), [100n, 130n]);
      await actions.expectRedeemed(channel, await voucher(101n), [130n, 131n]);
      await actions.expectRedeemed(channel, await machineVoucher(CAP), [131n, 501n]);
      expect(await usage.stateOf(licenseId)).to.deep.equal([0n, 501n, 101n, 0n, 0n, false]);
      expect(await usage.keyOf(licenseId, 1n)).to.deep.equal([MACHINE.address, CAP, CAP, 0n]);
      expect(await usage.unitsLeft(channel)).to.equal(UNITS - 501n);
    });
  });

  describe("refuses", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a voucher redeemed twice
    it("a voucher again, one for fewer units, and one for none", async () => {
      const { actions, channel, voucher } = await loadFixture(openedFixture);
      const first = await voucher(50n);
      await actions.expectRedeemed(channel, first, [0n, 50n]);
      await actions.expectRefused(channel, first, Refusal.NotAboveLast);
      await actions.expectRefused(channel, await voucher(49n), Refusal.NotAboveLast);
      await actions.expectRefused(channel, await voucher(50n), Refusal.NotAboveLast);
      await actions.expectRefused(channel, await voucher(0n), Refusal.NotAboveLast);
      await actions.expectRedeemed(channel, await voucher(51n), [50n, 51n]);
    });

    it("a machine's voucher again, and one for fewer units", async () => {
      const { actions, channel, machineVoucher } = await loadFixture(machineFixture);
      const first = await machineVoucher(50n);
      await actions.expectRedeemed(channel, first, [0n, 50n]);
      await actions.expectRefused(channel, first, Refusal.NotAboveLast);
      await actions.expectRefused(channel, await machineVoucher(49n), Refusal.NotAboveLast);
      await actions.expectRedeemed(channel, await machineVoucher(51n), [50n, 51n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a voucher of another licence, chain or contract
    it("a voucher of another licence, another chain, another contract or another module's name", async () => {
      const protocol = await loadFixture(openedFixture);
      const { actions, actors, offer, channel, licenseId, domain } = protocol;
      const second = await openChannel(protocol, offer);
      const elsewhere = await actions.sign(KEY, second.licenseId, { units: 10n });
      await actions.expectRefused(channel, elsewhere, Refusal.BadSignature);
      await actions.expectRedeemed(second.channel, elsewhere, [0n, 10n]);
      for (const differs of [
        { chainId: 1n },
        { verifyingContract: actors.stranger.address },
        { name: "Isonomy Market" },
        { version: "2" },
      ]) {
        const voucher = await actions.sign(KEY, licenseId, { units: 10n }, { ...domain, ...differs });
        await actions.expectRefused(channel, voucher, Refusal.BadSignature);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a voucher that was altered
    it("a voucher of which a word was altered", async () => {
      const { actions, channel, voucher } = await loadFixture(openedFixture);
      const good = await voucher(10n);
      for (const differs of [
        { units: 11n },
        { validUntil: BigInt(good.validUntil) + 1n },
        { r: word(BigInt(String(good.r)) ^ 1n) },
        { vs: word(BigInt(String(good.vs)) ^ 1n) },
      ]) {
        await actions.expectRefused(channel, { ...good, ...differs }, Refusal.BadSignature);
      }
      await actions.expectRedeemed(channel, good, [0n, 10n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a channel with altered rates, payee or payer
    it("a channel of which any word was altered", async () => {
      const { usage, actors, actions, channel, licenseId, voucher } = await loadFixture(openedFixture);
      const good = await voucher(10n);
      const stranger = actors.stranger.address;
      const altered = [
        ...[{ licenseId: licenseId + 1n }, { payToken: NOBODY }, { payer: stranger }, { payee: stranger }],
        ...[{ provider: stranger }, { treasury: stranger }, { referrer: stranger }, { key: FOREIGN.address }],
        ...[{ unitPrice: UNIT_PRICE + 1n }, { units: UNITS + 1n }, { providerBps: 6_999n }, { feeBps: 0n }].map(
          (differs) => ({ rates: packRates({ ...RATES, ...differs }) }),
        ),
        { rates: packRates({ ...RATES, referrerBps: SHARE_BPS + 1n }) },
        { rates: packRates({ ...RATES, grace: GRACE - 1n }) },
      ];
      for (const differs of altered) {
        const bad = { ...channel, ...differs };
        await actions.expectRefused(bad, good, Refusal.NotItsChannel);
        for (const call of ["settleShares", "close", "finish", "unitsLeft"] as const) {
          await expect(usage.connect(actors.buyer)[call](bad))
            .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
            .withArgs(bad.licenseId);
        }
        await expect(usage.connect(actors.buyer).revokeKey(bad, 1n))
          .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
          .withArgs(bad.licenseId);
      }
      await actions.expectRedeemed(channel, good, [0n, 10n]);
    });

    it("a channel of which a word holds more than its type, though its low bits are right", async () => {
      const { usage, actors, actions, channel, licenseId, voucher } = await loadFixture(openedFixture);
      const good = await voucher(10n);
      const data = usage.interface.encodeFunctionData("redeem", [channel, good]);
      // payToken and the six accounts
      for (const at of [1, 3, 4, 5, 6, 7, 8]) {
        const start = 10 + 64 * at;
        expect(data.slice(start, start + 24)).to.equal("0".repeat(24));
        const dirty = `${data.slice(0, start)}01${data.slice(start + 2)}`;
        const call = { to: await usage.getAddress(), data: dirty };
        await expect(actors.stranger.sendTransaction(call), `word ${at}`)
          .to.be.revertedWithCustomError(usage, "UsageChannel_BadVoucher")
          .withArgs(licenseId, Refusal.NotItsChannel);
      }
      await actions.expectRedeemed(channel, good, [0n, 10n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a voucher for more units than were bought
    it("a voucher for more than was bought, of one key or of all together: it counts up to that, and nothing afterwards", async () => {
      const { actions, channel, voucher, machineVoucher } = await loadFixture(machineFixture);
      await actions.expectRedeemed(channel, await voucher(UNITS - 100n), [0n, UNITS - 100n]);
      await actions.expectRedeemed(channel, await machineVoucher(101n), [UNITS - 100n, UNITS], { counted: 100n });
      await actions.expectRefused(channel, await machineVoucher(101n), Refusal.AboveBought);
      await actions.expectRefused(channel, await voucher(UNITS), Refusal.AboveBought);
      await actions.expectRefused(channel, await voucher(2n ** 48n - 1n), Refusal.AboveBought);
    });

    it("no voucher of the largest number: the sums do not overflow", async () => {
      const { actions, channel, voucher } = await loadFixture(machineFixture);
      await actions.expectRedeemed(channel, await voucher(2n ** 48n - 1n), [0n, UNITS], { counted: UNITS });
    });

    // claim(attacks#licences-listings-offers-and-signatures): a holder who voids a node's voucher with a unit of another key
    it("no voucher because a unit of another key came before: it is paid up to what is left, and the rest after a renewal", async () => {
      const { actions, offer, licenseId, channel, voucher, machineVoucher } = await loadFixture(machineFixture);
      const all = await voucher(UNITS);
      await actions.expectRedeemed(channel, await machineVoucher(1n), [0n, 1n]);
      await actions.expectRedeemed(channel, all, [1n, UNITS], { counted: UNITS - 1n });
      await actions.renew(offer, licenseId);
      await actions.expectRedeemed(channel, all, [UNITS, UNITS + 1n]);
      await actions.expectRefused(channel, all, Refusal.NotAboveLast);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a machine's key above its cap
    it("a voucher above the cap of its key, and of a slot that has no key", async () => {
      const { actions, channel, machineVoucher } = await loadFixture(machineFixture);
      await actions.expectRefused(channel, await machineVoucher(CAP + 1n), Refusal.KeyRefused);
      await actions.expectRefused(channel, await machineVoucher(1n, { slot: 2n }), Refusal.KeyRefused);
      await actions.expectRefused(channel, await machineVoucher(1n, { slot: 65_535n }), Refusal.KeyRefused);
      await actions.expectRedeemed(channel, await machineVoucher(CAP), [0n, CAP]);
    });

    it("a voucher of one slot's key under the number of another", async () => {
      const { actions, channel, licenseId } = await loadFixture(machineFixture);
      for (const [key, slot] of [
        [KEY, 1n],
        [MACHINE, 0n],
        [FOREIGN, 0n],
        [FOREIGN, 1n],
      ] as const) {
        const voucher = await actions.sign(key, licenseId, { units: 1n, slot });
        await actions.expectRefused(channel, voucher, Refusal.BadSignature);
      }
      const voucher = await actions.sign(MACHINE, licenseId, { units: 1n, slot: 1n });
      await actions.expectRefused(channel, { ...voucher, slot: 0n }, Refusal.BadSignature);
    });

    it("a voucher after its time, and takes it in the last second", async () => {
      const { actions, channel, voucher } = await loadFixture(openedFixture);
      const validUntil = (await actions.now()) + 1_000n;
      const good = await voucher(10n, { validUntil });
      await actions.expectRedeemed(channel, good, [0n, 10n], { when: validUntil });
      await actions.expectRefused(channel, await voucher(11n, { validUntil }), Refusal.Expired, validUntil + 1n);
      await actions.expectRefused(channel, await voucher(11n, { validUntil: 0n }), Refusal.Expired);
    });

    it("a voucher after the grace of a closed channel, and takes it in the last second", async () => {
      const { actions, channel, voucher, machineVoucher, closesAt } = await loadFixture(closedFixture);
      await actions.expectRedeemed(channel, await voucher(10n), [0n, 10n]);
      const [last, late] = [await machineVoucher(20n), await voucher(11n)];
      await actions.expectRedeemed(channel, last, [10n, 30n], { when: closesAt });
      await actions.expectRefused(channel, late, Refusal.AfterGrace, closesAt + 1n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a malleable or empty signature of a voucher
    it("a mirrored signature, an empty one, one of no point, and one that nobody made", async () => {
      const { actions, channel, voucher, machineVoucher } = await loadFixture(machineFixture);
      const good = await voucher(10n);
      const s = BigInt.asUintN(255, BigInt(String(good.vs)));
      const mirrored = ORDER - s;
      const half = ORDER / 2n;
      for (const differs of [
        // what fits of the mirrored one, with either parity
        { vs: word(BigInt.asUintN(255, mirrored)) },
        { vs: word(BigInt.asUintN(255, mirrored) | (1n << 255n)) },
        { vs: word(BigInt(String(good.vs)) ^ (1n << 255n)) },
        { r: word(0n), vs: word(0n) },
        { r: word(0n) },
        { vs: word(0n) },
        { vs: word(1n << 255n) },
        { vs: word(half + 1n) },
        { r: word(ORDER) },
        { r: word(5n) },
      ]) {
        await actions.expectRefused(channel, { ...good, ...differs }, Refusal.BadSignature);
        // a slot without a key is refused as such: the zero address that a failed recovery gives is no key
        const machines = { ...(await machineVoucher(1n, { slot: 9n })), ...differs };
        await actions.expectRefused(channel, machines, Refusal.KeyRefused);
      }
      await actions.expectRedeemed(channel, good, [0n, 10n]);
    });

    it("with the first reason that there is, in the order of their numbers", async () => {
      const { actions, channel, licenseId, closesAt } = await loadFixture(closedFixture);
      // all at once: altered, expired, after the grace, for nothing, of a slot without a key and signed by a stranger
      const bad = { ...channel, payee: NODE };
      const worst = await actions.sign(FOREIGN, licenseId, { units: 0n, slot: 9n, validUntil: 1n });
      await actions.expectRefused(bad, worst, Refusal.NotItsChannel, closesAt + 10n);
      await actions.expectRefused(channel, worst, Refusal.Expired);
      const late = await actions.sign(FOREIGN, licenseId, { units: 0n, slot: 9n });
      await actions.expectRefused(channel, late, Refusal.AfterGrace);
    });

    it("with the first reason of an open channel, too", async () => {
      const { actions, channel, licenseId } = await loadFixture(openedFixture);
      const of = (units: bigint, slot: bigint) => actions.sign(FOREIGN, licenseId, { units, slot });
      await actions.expectRefused(channel, await of(0n, 9n), Refusal.NotAboveLast);
      await actions.expectRefused(channel, await of(UNITS, 9n), Refusal.KeyRefused);
      await actions.expectRefused(channel, await of(UNITS, 0n), Refusal.BadSignature);
    });
  });

  it("is open to anybody, while the market is paused and after the token was delisted", async () => {
    const { market, admin, token, actors, actions, channel, voucher } = await loadFixture(openedFixture);
    await market.connect(actors.guardian).pausePurchases(DAY);
    await market.connect(admin).setPayToken(token, false, 0n);
    await actions.moveTitle();
    await actions.expectRedeemed(channel, await voucher(10n), [0n, 10n]);
  });

  it("says what a key signs, as EIP-712 has it, under the name of the protocol", async () => {
    const { usage, licenseId, domain } = await loadFixture(openedFixture);
    const { chainId } = await ethers.provider.getNetwork();
    expect(domain).to.deep.equal({
      ...{ name: "Isonomy Usage", version: "1", chainId, verifyingContract: await usage.getAddress() },
    });
    const message = { licenseId, slot: 7n, units: 2n ** 48n - 1n, validUntil: 2n ** 40n - 1n };
    const types = { Voucher: ["uint256 licenseId", "uint16 slot", "uint48 units", "uint40 validUntil"] };
    const fields = types.Voucher.map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] }));
    expect(await usage.voucherDigest(licenseId, message.slot, message.units, message.validUntil)).to.equal(
      ethers.TypedDataEncoder.hash(domain, { Voucher: fields }, message),
    );
  });
});
