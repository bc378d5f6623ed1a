import { expect } from "chai";
import { toBeHex } from "ethers";
import { ethers } from "hardhat";

import { usageDomain, type UsageClaim } from "../../../sdk/src/rights";
import { MemoryVouchers, fetchGuard, usageReader, type VoucherStore } from "../../../sdk/src/server";
import { readVoucherHeader, voucherHeader } from "../../../sdk/src/server/voucherBook";
import { caught } from "../../support/caught";
import { DAY, closeBooks, metered, type Metered } from "../../support/metered";
import { CAP, FOREIGN, GRACE, KEY, MACHINE, UNITS, openChannel, redeemedMoves } from "../rights/usageFixture";
import { CHAIN_ID } from "./fixture";

describe("A server that counts what is used", () => {
  let protocol: Metered["protocol"];
  let usage: Metered["usage"];
  let usageAddress: string;
  let bookOf: Metered["bookOf"];
  let visit: Metered["visit"];
  let signed: Metered["signed"];

  beforeEach(async () => {
    ({ protocol, usage, usageAddress, bookOf, visit, signed } = await metered());
  });
  afterEach(closeBooks);

  it("serves as many of many requests at once as are signed for, and not one more", async () => {
    const book = bookOf();
    const header = await signed(10n);
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => book.charge(visit(), 1n, header)));
    const served = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value.used] : []));
    expect(served).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
    for (const one of outcomes) if (one.status === "rejected") expect(one.reason.code).to.equal("UNITS_UNPAID");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a voucher that the node cannot redeem is refused before anything is served
  it("takes no voucher that it could not redeem", async () => {
    const book = bookOf();
    const { licenseId, actors } = protocol;
    const good = await signed(10n);
    const flip = ([slot, units, end, r, vs]: string[]) => [
      slot,
      units,
      end,
      r,
      toBeHex(BigInt(`0x${vs}`) ^ (1n << 255n), 32).slice(2),
    ];
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = ([slot, units, end, r, vs]: string[]) => {
      const s = BigInt.asUintN(255, BigInt(`0x${vs}`));
      return [slot, units, end, r, toBeHex(BigInt.asUintN(255, order - s), 32).slice(2)];
    };
    const soon = protocol.now() + DAY - 1;
    const key = "its key is not one of the channel.";
    const wrong: [string, string, string][] = [
      ["another key", await signed(10n, { key: FOREIGN }), key],
      ["another licence", await signed(10n, { id: licenseId + 1n }), key],
      ["another chain", await signed(10n, { at: usageDomain(usageAddress, 1n) }), key],
      ["another contract", await signed(10n, { at: usageDomain(protocol.ids.payToken, CHAIN_ID) }), key],
      ["a slot without a key", await signed(10n, { slot: 2 }), key],
      ["the key of another slot", await signed(10n, { slot: 1 }), key],
      ["more units than were signed", good.replace(".10.", ".11."), key],
      ["the other parity", flip(good.split(".")).join("."), key],
      ["the other s", high(good.split(".")).join("."), key],
      ["no signature", good.replace(/\.[0-9a-f]{64}\.[0-9a-f]{64}$/, `.${"0".repeat(64)}.${"0".repeat(64)}`), key],
      ["above the cap", await signed(CAP + 1n, { key: MACHINE, slot: 1 }), `its key may sign for ${CAP} units in all.`],
      ["too short a time", await signed(10n, { validUntil: soon }), "it ends too soon."],
    ];
    for (const [what, header, detail] of wrong) {
      const { code, args } = await caught(() => book.charge(visit(), 1n, header));
      expect([code, args.detail, args.validUntil], what).to.deep.equal([
        "VOUCHER_REFUSED",
        detail,
        protocol.now() + DAY,
      ]);
    }
    // the last that is good, and what would be redeemed of each
    expect((await book.charge(visit(), 1n, await signed(CAP, { key: MACHINE, slot: 1 }))).paid).to.equal(CAP);
    expect((await book.charge(visit(), 1n, good)).paid).to.equal(10n);
    await protocol.usage.connect(actors.buyer).revokeKey(protocol.channel, 1n);
    await protocol.pass(1);
    // revoked keys are good for the grace, which is as long as this server needs; a minute later they are not
    await protocol.pass(120);
    const late = await signed(CAP, { key: MACHINE, slot: 1, validUntil: protocol.now() + 9 * DAY });
    expect((await caught(() => book.charge(visit(), 1n, late))).args.detail).to.equal("its key is revoked.");
  });

  it("reads no header that is none", async () => {
    const book = bookOf();
    const good = await signed(10n);
    const [, , , r, vs] = good.split(".");
    expect(voucherHeader(readVoucherHeader(good))).to.equal(good);
    const wrong = [
      ...["", "x", "0", good.slice(0, -1), `${good}0`, `${good}.1`, ` ${good}`, good.replace(".", ",")],
      ...[`65536.1.1.${r}.${vs}`, `-1.1.1.${r}.${vs}`, `0.${2n ** 48n}.1.${r}.${vs}`, `0.1.${2n ** 40n}.${r}.${vs}`],
      ...["0".repeat(100_000), `0.1.1.${"z".repeat(64)}.${vs}`],
    ];
    for (const header of wrong) await caught(() => book.charge(visit(), 1n, header), "REQUEST_MALFORMED");
    for (const units of [0n, -1n, 2n ** 48n, 1 as unknown as bigint]) {
      await caught(() => book.charge(visit(), units, good), "ARGUMENT_INVALID");
    }
  });

  it("sells no unit twice: all keys of a licence share what was bought, and a purchase of more helps at once", async () => {
    const book = bookOf();
    const { offer, licenseId, actions } = protocol;
    await book.charge(visit(), 1n, await signed(UNITS - 300n));
    const machine = (units: bigint) => signed(units, { key: MACHINE, slot: 1 });
    await book.charge(visit(), 1n, await machine(300n));
    const one = await machine(301n);
    const failure = await caught(() => book.charge(visit(), 1n, one), "UNITS_EXHAUSTED");
    expect(failure.args).to.deep.equal({ licenseId, left: 300n });
    await caught(async () => book.charge(visit(), 1n, await signed(UNITS - 299n)), "UNITS_EXHAUSTED");
    await actions.renew(offer, licenseId);
    expect((await book.charge(visit(), 1n, one)).paid).to.equal(301n);
    // what is redeemed is neither lost nor counted twice
    const claims = (await book.claims()) as UsageClaim[];
    expect(claims).to.have.length(2);
    await usage.redeemBatch(claims);
    const rest = 2n * UNITS - (UNITS - 300n) - 301n;
    await caught(async () => book.charge(visit(), 1n, await signed(UNITS - 300n + rest + 1n)), "UNITS_EXHAUSTED");
    expect((await book.charge(visit(), 1n, await signed(UNITS - 300n + rest))).paid).to.equal(UNITS - 300n + rest);
  });

  it("redeems on the chain what it counted, by one batch, and goes on", async () => {
    const book = bookOf();
    const { actions, channel } = protocol;
    for (let at = 0; at < 5; at++) await book.charge(visit(), 10n, await signed(BigInt(10 * (at + 1))));
    await book.charge(visit(), 5n, await signed(7n, { key: MACHINE, slot: 1 }));
    expect(await book.claims(51n)).to.deep.equal([]);
    const claims = await book.claims();
    expect(claims.map(({ voucher: { slot, units } }) => [slot, units])).to.deep.equal([
      [0, 50n],
      [1, 7n],
    ]);
    const send = async () => {
      const structs = claims.map(({ voucher }) => ({ channel, voucher }));
      return protocol.usage.connect(protocol.actors.stranger).redeemBatch(structs);
    };
    await actions.expectMoves(send, redeemedMoves(0n, 57n), channel.payToken);
    expect(await book.claims()).to.deep.equal([]);
    // another that is worth it, and one that is urgent however little it gains
    await book.charge(visit(), 1n, await signed(52n));
    expect(await book.claims(3n)).to.deep.equal([]);
    expect(await book.claims(2n)).to.have.length(1);
    await protocol.usage.connect(protocol.actors.buyer).close(channel);
    expect(await book.claims(3n)).to.have.length(1);
    await protocol.pass(Number(GRACE) + 2);
    expect(await book.claims()).to.deep.equal([]);
  });

  it("serves nothing of a channel that is closed, of another node, of a short grace, and of a licence without one", async () => {
    const { actions, actors, channel } = protocol;
    const header = await signed(10n);
    const elsewhere = bookOf({ node: actors.other.address });
    await caught(() => elsewhere.charge(visit(), 1n, header), "CHANNEL_UNUSABLE");
    const slow = bookOf({ redeemWithin: Number(GRACE) + 1 });
    const long = await signed(10n, { validUntil: protocol.now() + 9 * DAY });
    expect((await caught(() => slow.charge(visit(), 1n, long), "VOUCHER_REFUSED")).args.detail).to.match(/grace/);
    const book = bookOf();
    await book.charge(visit(), 1n, header);
    await protocol.usage.connect(actors.buyer).close(channel);
    await protocol.pass(2);
    await caught(async () => book.charge(visit(), 1n, await signed(11n)), "CHANNEL_UNUSABLE");
    const plain = await actions.sell(actions.seatOffer());
    const other = { licenseId: plain, user: actors.buyer.address };
    await caught(async () => book.charge(other, 1n, await signed(1n, { id: plain })), "CHANNEL_UNUSABLE");
    await caught(() => book.charge(other, 1n), "CHANNEL_UNUSABLE");
    // the gate refuses such licences itself: the chain says that they cannot be used
    const gate = protocol.gateAt("https://models.example");
    const { message } = gate.challenge({ licenseId: `${channel.licenseId}`, account: actors.buyer.address }) as {
      message: string;
    };
    const signature = await actors.buyer.signMessage(message);
    await caught(() => gate.open({ message, signature }), "NOT_LICENSED");
  });

  it("lets nobody use what another user of the licence signed for", async () => {
    const book = bookOf();
    const [mine, theirs] = [visit(), { ...visit(), user: protocol.actors.other.address }];
    const header = await signed(100n);
    await book.charge(mine, 10n, header);
    // a voucher that was redeemed is public
    expect((await caught(() => book.charge(theirs, 1n, header), "UNITS_UNPAID")).args).to.deep.include({ units: 101n });
    expect((await caught(() => book.charge(theirs, 1n), "UNITS_UNPAID")).args.units).to.equal(101n);
    expect((await book.charge(mine, 10n)).used).to.equal(20n);
    // by the key's next signature it is theirs, with what is left
    expect((await book.charge(theirs, 1n, await signed(101n))).used).to.equal(21n);
    await caught(() => book.charge(mine, 1n), "UNITS_UNPAID");
    // a key of their own is apart
    expect((await book.charge(mine, 5n, await signed(5n, { key: MACHINE, slot: 1 }))).used).to.equal(5n);
  });

  it("keeps the best voucher: one for less, or the same again, changes nothing", async () => {
    const book = bookOf();
    await book.charge(visit(), 10n, await signed(100n));
    expect((await book.charge(visit(), 10n, await signed(50n))).paid).to.equal(100n);
    expect((await book.charge(visit(), 10n, await signed(100n))).used).to.equal(30n);
    const [{ voucher }] = await book.claims();
    expect(voucher.units).to.equal(100n);
  });

  it("serves nothing by a voucher that has ended, until one for as much is good for longer", async () => {
    const book = bookOf();
    await book.charge(visit(), 10n, await signed(100n, { validUntil: protocol.now() + DAY }));
    await protocol.pass(DAY);
    await book.charge(visit(), 10n);
    await protocol.pass(1);
    const failure = await caught(() => book.charge(visit(), 10n), "UNITS_UNPAID");
    expect([failure.args.units, failure.args.used]).to.deep.equal([100n, 20n]);
    expect(await book.claims()).to.deep.equal([]);
    expect((await book.charge(visit(), 10n, await signed(100n))).used).to.equal(30n);
  });

  it("takes a charge back once, for what was not served", async () => {
    const book = bookOf();
    const charge = await book.charge(visit(), 10n, await signed(10n));
    await caught(() => book.charge(visit(), 1n), "UNITS_UNPAID");
    charge.undo();
    charge.undo();
    expect((await book.charge(visit(), 10n)).used).to.equal(10n);
    await caught(() => book.charge(visit(), 1n), "UNITS_UNPAID");
  });

  it("refuses while the node is away, and tells the operator; what is signed for is served all the same", async () => {
    let away = false;
    const real = usageReader(usage);
    const reader = {
      viewOf: (licenseId: bigint, slot: number) => {
        if (away) throw new Error("ECONNREFUSED");
        return real.viewOf(licenseId, slot);
      },
    };
    const book = bookOf({ reader });
    await book.charge(visit(), 10n, await signed(20n));
    away = true;
    await protocol.pass(2);
    await book.charge(visit(), 10n);
    await caught(async () => book.charge(visit(), 10n, await signed(30n)), "RIGHT_UNKNOWN");
    expect(protocol.failures.map(String)).to.deep.equal(["Error: ECONNREFUSED"]);
    away = false;
    await book.charge(visit(), 10n, await signed(30n));
    const hung = bookOf({ reader: { viewOf: () => new Promise(() => undefined) }, timeoutMs: 20 });
    await caught(async () => hung.charge(visit(), 1n, await signed(30n)), "RIGHT_UNKNOWN");
  });

  it("bounds the requests of one licence that wait, and those of others do not wait for them", async () => {
    let release: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (release = resolve));
    const memory = new MemoryVouchers();
    const store: VoucherStore = {
      load: (id) => memory.load(id),
      licenses: () => memory.licenses(),
      save: async (id, record) =>
        id === protocol.licenseId ? (await gone, memory.save(id, record)) : memory.save(id, record),
    };
    const book = bookOf({ store });
    const header = await signed(300n);
    const waiting = Array.from({ length: 256 }, () => book.charge(visit(), 1n, header));
    await caught(() => book.charge(visit(), 1n, header), "SERVER_BUSY");
    const { offer } = protocol;
    const other = await openChannel(protocol, offer);
    const theirs = { ...visit(), licenseId: other.licenseId };
    await book.charge(theirs, 1n, await signed(1n, { id: other.licenseId }));
    release();
    expect((await Promise.all(waiting)).at(-1)!.used).to.equal(256n);
  });

  it("knows a channel whose opening was replaced, and one that is finished", async () => {
    const reader = usageReader(usage);
    expect((await reader.viewOf(protocol.licenseId, 0))!.key!.signer).to.equal(KEY.address);
    expect((await reader.viewOf(protocol.licenseId, 1))!.key).to.deep.equal({
      ...{ signer: MACHINE.address, cap: CAP, redeemed: 0n, until: 0 },
    });
    expect((await reader.viewOf(protocol.licenseId, 2))!.key).to.equal(undefined);
    expect(await reader.viewOf(protocol.licenseId + 1n, 0)).to.equal(undefined);
    const snapshot = await ethers.provider.send("evm_snapshot", []);
    const first = await openChannel(protocol, protocol.offer);
    expect((await reader.viewOf(first.licenseId, 0))!.key!.signer).to.equal(KEY.address);
    await ethers.provider.send("evm_revert", [snapshot]);
    const second = await openChannel(protocol, protocol.offer, { pad: FOREIGN.address });
    expect(second.licenseId).to.equal(first.licenseId);
    expect((await reader.viewOf(first.licenseId, 0))!.key!.signer).to.equal(FOREIGN.address);
    await protocol.usage.connect(protocol.actors.buyer).close(protocol.channel);
    await protocol.pass(Number(GRACE) + 1);
    await protocol.usage.connect(protocol.actors.stranger).finish(protocol.channel);
    expect(await reader.viewOf(protocol.licenseId, 0)).to.equal(undefined);
  });

  it("is refused settings that cannot be, and units without a book", async () => {
    for (const differs of [
      { redeemWithin: 0 },
      { recheckSeconds: 3_601 },
      { saveSeconds: Number.NaN },
      { node: "x" },
    ]) {
      const { code } = await caught(() => bookOf(differs));
      expect(code).to.be.oneOf(["ARGUMENT_INVALID", "ADDRESS_INVALID"]);
    }
    const gate = protocol.gateAt("https://models.example");
    await caught(() => fetchGuard(gate, () => new Response(), { units: 1n }), "ARGUMENT_INVALID");
  });
});
