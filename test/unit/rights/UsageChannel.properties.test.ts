import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, type HDNodeWallet } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import type { ChannelStruct } from "../../../typechain-types/contracts/rights/UsageChannel";
import { DAY, HOUR } from "../../helpers/market";
import { property, SEED } from "../../support/properties/property";
import { NODE } from "./fixture";
import { Refusal, usageFixture } from "./usageFixture";

const BPS = 10_000n;
const [MOST_FEE_BPS, MOST_SHARE_BPS] = [500, 5_000];
const SLOTS = 3;

/** One step; numbers name an offer, a channel among those that were opened, or a key. */
type Step = { after: bigint } & (
  | { does: "buy" | "topUp"; which: number; quantity: bigint }
  | { does: "redeem"; which: number; slot: number; part: bigint; twice: boolean }
  | { does: "batch"; which: number; parts: bigint[] }
  | { does: "setKey"; which: number; slot: number; cap: bigint }
  | { does: "settle" | "close" | "finish"; which: number }
);

const oftenOdd = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max: min + 5n }), fc.bigInt({ min, max: 10_007n }), fc.bigInt({ min, max }));
const shareUpTo = (most: number) => fc.oneof(fc.constantFrom(0, 1, 250, most), fc.nat({ max: most }));

const anyOffer = fc.record({
  unitPrice: oftenOdd(0n, 2n ** 80n),
  units: oftenOdd(1n, 2n ** 32n - 1n),
  feeBps: shareUpTo(MOST_FEE_BPS),
  referrerBps: shareUpTo(MOST_SHARE_BPS),
  providerBps: shareUpTo(10_000),
});
type AnyOffer = typeof anyOffer extends fc.Arbitrary<infer Value> ? Value : never;

const which = fc.nat({ max: 9 });
/** Of what is left, in thousandths; little more than nothing and all of it come often, and sometimes too much. */
const part = fc.oneof(fc.constantFrom(0n, 1_000n, 1_001n), fc.bigInt({ min: 0n, max: 1_000n }));
const slot = fc.nat({ max: SLOTS - 1 });
const quantity = fc.oneof({ weight: 3, arbitrary: fc.constant(1n) }, fc.bigInt({ min: 1n, max: 12n }));
const anyAction = fc.oneof(
  fc.record({ does: fc.constant("buy" as const), which, quantity }),
  fc.record({ does: fc.constant("topUp" as const), which, quantity }),
  { weight: 4, arbitrary: fc.record({ does: fc.constant("redeem" as const), which, slot, part, twice: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("batch" as const),
      which,
      parts: fc.array(part, { minLength: 1, maxLength: 6 }),
    }),
  },
  fc.record({ does: fc.constant("setKey" as const), which, slot, cap: oftenOdd(1n, 2n ** 32n - 1n) }),
  fc.record({ does: fc.constant("settle" as const), which }),
  fc.record({ does: fc.constant("close" as const), which }),
  fc.record({ does: fc.constant("finish" as const), which }),
);
const anyStep: fc.Arbitrary<Step> = fc
  .tuple(fc.oneof(oftenOdd(1n, 1_000n), fc.constant(2n * HOUR)), anyAction)
  .map(([after, action]) => ({ after, ...action }));
const anySequence = fc.record({
  offers: fc.array(anyOffer, { minLength: 1, maxLength: 3 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 18 }),
});

/** One channel as a book of its own: it knows what was paid and used; who is due what follows from that. */
class Book {
  bought = 0n;
  settled = 0n;
  returned = 0n;
  closesAt = 0n;
  finished = false;
  readonly used = Array.from({ length: SLOTS }, () => 0n);
  readonly caps = Array.from({ length: SLOTS }, () => 0n);

  constructor(
    readonly channel: ChannelStruct & { licenseId: bigint },
    readonly offer: OfferStruct,
    readonly terms: AnyOffer,
  ) {}

  redeemed = () => this.used.reduce((sum, units) => sum + units, 0n);
  left = () => this.bought - this.redeemed();
  /** A share of units, as a fraction of which only whole units of the token are paid. */
  part = (units: bigint, bps: number) => (units * this.terms.unitPrice * BigInt(bps)) / BPS;
  fee = () => this.part(this.settled, this.terms.feeBps);
  share = () => this.part(this.settled, this.terms.referrerBps);
  net = () => {
    const { unitPrice, feeBps, referrerBps } = this.terms;
    return this.redeemed() * unitPrice - this.part(this.redeemed(), feeBps + referrerBps);
  };
  provider = () => (this.net() * BigInt(this.terms.providerBps)) / BPS;
  /** Until the end, the payee waits for the unit that rounding both shares at once can take. */
  payee = () => {
    const { unitPrice } = this.terms;
    const rest = this.redeemed() * unitPrice - this.fee() - this.share();
    return (this.finished ? rest : this.net()) - this.provider();
  };
  held = () =>
    this.bought * this.terms.unitPrice - this.fee() - this.share() - this.provider() - this.payee() - this.returned;
}

/** Plays a sequence on the chain and in the books, and compares all balances after every step. */
async function play(
  { usage, ledger, token, payToken, actors, actions, keys }: Awaited<ReturnType<typeof richFixture>>,
  { offers, steps }: typeof anySequence extends fc.Arbitrary<infer Value> ? Value : never,
) {
  const { buyer, stranger, creator, treasury, referrer } = actors;
  const listed: OfferStruct[] = [];
  for (const [salt, { unitPrice, units, providerBps, referrerBps }] of offers.entries()) {
    const differs = { price: unitPrice * units, salt: BigInt(salt), referrerBps };
    const offer = actions.meter({ units, providerBps: BigInt(providerBps), grace: HOUR }, differs);
    await actions.list(offer);
    listed.push(offer);
  }
  const books: Book[] = [];
  const wallet = await token.balanceOf(buyer);
  const sum = (of: (book: Book) => bigint) => books.reduce((total, book) => total + of(book), 0n);

  async function compare() {
    const found = await Promise.all(
      [usage, creator, NODE, treasury, referrer, buyer].map((one) => ledger.balanceOf(payToken, one)),
    );
    expect(found, "module, payee, provider, treasury, referrer and refunds").to.deep.equal([
      sum((book) => book.held()),
      sum((book) => book.payee()),
      sum((book) => book.provider()),
      sum((book) => book.fee()),
      sum((book) => book.share()),
      sum((book) => book.returned),
    ]);
    const paid = sum((book) => book.bought * book.terms.unitPrice);
    expect(wallet - (await token.balanceOf(buyer)), "the buyer's wallet").to.equal(paid);
    for (const book of books)
      expect(book.held() >= book.left() * (book.finished ? 0n : book.terms.unitPrice)).to.equal(true);
  }

  async function buy(index: number, times: bigint) {
    await actions.setFee(BigInt(offers[index].feeBps));
    const order = { quantity: times, pad: keys[0].address, referrer: referrer.address };
    const channel = await actions.opened(await actions.purchase(listed[index], order));
    const book = new Book(channel, listed[index], offers[index]);
    book.bought = times * offers[index].units;
    book.caps[0] = 2n ** 48n - 1n;
    books.push(book);
  }

  /** What the contract must say of a voucher, by the book. */
  function refusal(book: Book, at: bigint, now: bigint, units: bigint): bigint {
    if (book.finished) return Refusal.NotItsChannel;
    if (book.closesAt !== 0n && now > book.closesAt) return Refusal.AfterGrace;
    if (units <= book.used[Number(at)]) return Refusal.NotAboveLast;
    if (book.left() === 0n) return Refusal.AboveBought;
    return units > book.caps[Number(at)] ? Refusal.KeyRefused : Refusal.None;
  }

  /** The units of a key in all, after a voucher: what is above what is left waits. */
  const redeemedOf = (book: Book, at: number, units: bigint) => {
    const most = book.used[at] + book.left();
    return units < most ? units : most;
  };
  const signed = (book: Book, at: number, units: bigint) =>
    actions.sign(keys[at], book.channel.licenseId, { units, slot: BigInt(at) });
  const unitsOf = (book: Book, at: number, thousandths: bigint) => {
    const units = book.used[at] + (book.left() * thousandths) / 1_000n;
    return units >= 2n ** 48n ? 2n ** 48n - 1n : units;
  };

  async function redeem(book: Book, now: bigint, at: number, units: bigint) {
    const voucher = await signed(book, at, units);
    const reason = refusal(book, BigInt(at), now, units);
    await actions.at(now);
    const sent = usage.connect(stranger).redeem(book.channel, voucher);
    if (reason === Refusal.None) {
      const counted = redeemedOf(book, at, units);
      await expect(sent).to.emit(usage, "Redeemed").withArgs(book.channel.licenseId, at, counted);
      book.used[at] = counted;
    } else {
      await expect(sent)
        .to.be.revertedWithCustomError(usage, "UsageChannel_BadVoucher")
        .withArgs(book.channel.licenseId, reason);
    }
  }

  /** Vouchers of the channels one after another, from a given one on, whatever they are worth. */
  async function batch(from: number, now: bigint, parts: bigint[]) {
    const claims = [];
    const expected: [string, bigint, bigint, bigint][] = [];
    for (const [i, thousandths] of parts.entries()) {
      const [book, at] = [books[(from + i) % books.length], i % SLOTS];
      const units = unitsOf(book, at, thousandths);
      claims.push({ channel: book.channel, voucher: await signed(book, at, units) });
      const reason = refusal(book, BigInt(at), now, units);
      const counted = reason === Refusal.None ? redeemedOf(book, at, units) : units;
      if (reason === Refusal.None) book.used[at] = counted;
      expected.push([reason === Refusal.None ? "Redeemed" : "Skipped", book.channel.licenseId, BigInt(at), counted]);
    }
    await actions.at(now);
    const receipt = await (await usage.connect(stranger).redeemBatch(claims)).wait();
    const events = receipt!.logs.map((log) => usage.interface.parseLog(log)).filter((log) => log !== null);
    expect(events.map(({ name, args }) => [name, args.licenseId, args.slot, args.units])).to.deep.equal(expected);
  }

  async function act(book: Book, now: bigint, step: Exclude<Step, { does: "buy" | "redeem" | "batch" }>) {
    const { channel, offer, terms } = book;
    const by = usage.connect(buyer);
    const known = (error: string) => (book.finished ? "UsageChannel_Unknown" : error);
    await actions.at(now);
    const refused = (call: Promise<unknown>, error: string) =>
      expect(call).to.be.revertedWithCustomError(usage, known(error));
    if (step.does === "topUp") {
      const renewed = actions.renew(offer, channel.licenseId, buyer, { quantity: step.quantity });
      if (terms.unitPrice === 0n) {
        await expect(renewed).to.be.revertedWithCustomError(usage, "Rights_BadTerms").withArgs("price");
      } else if (book.finished || book.closesAt !== 0n) await refused(renewed, "UsageChannel_Closing");
      else {
        await renewed;
        book.bought += step.quantity * terms.units;
      }
    } else if (step.does === "setKey") {
      const set = by.setKey(channel.licenseId, step.slot, keys[step.slot].address, step.cap);
      if (book.finished || book.caps[step.slot] !== 0n) await refused(set, "UsageChannel_SlotTaken");
      else {
        await set;
        book.caps[step.slot] = step.cap;
      }
    } else if (step.does === "settle") {
      if (book.finished) await refused(usage.settleShares(channel), "");
      else {
        await usage.settleShares(channel);
        book.settled = book.redeemed();
      }
    } else if (step.does === "close") {
      if (book.finished || book.closesAt !== 0n) await refused(by.close(channel), "UsageChannel_Closing");
      else {
        await by.close(channel);
        book.closesAt = now + HOUR;
      }
    } else if (book.finished || book.closesAt === 0n || now <= book.closesAt) {
      await refused(usage.finish(channel), "UsageChannel_TooEarly");
    } else {
      await usage.connect(stranger).finish(channel);
      book.returned = book.left() * terms.unitPrice;
      [book.settled, book.finished] = [book.redeemed(), true];
    }
  }

  for (const step of steps) {
    const now = (await actions.now()) + step.after + 10n;
    if (step.does === "buy" || books.length === 0) {
      await buy(step.which % listed.length, step.does === "buy" ? step.quantity : 1n);
    } else if (step.does === "batch") {
      await batch(step.which, now, step.parts);
    } else {
      const book = books[step.which % books.length];
      if (step.does === "redeem") {
        const units = unitsOf(book, step.slot, step.part);
        await redeem(book, now, step.slot, units);
        if (step.twice) await redeem(book, now + 1n, step.slot, units);
      } else {
        await act(book, now, step);
      }
    }
    await compare();
  }

  // in the end, all are closed and finished
  for (const does of ["close", "finish"] as const) {
    for (const [index, book] of books.entries()) {
      if (book.finished || (does === "close" && book.closesAt !== 0n)) continue;
      const now = (await actions.now()) + (does === "close" ? 10n : DAY);
      await act(book, now, { does, which: index, after: 1n });
      await compare();
    }
  }
  expect(await ledger.balanceOf(payToken, usage), "nothing is left").to.equal(0n);
  for (const book of books) {
    const { unitPrice, feeBps, referrerBps } = book.terms;
    const worth = book.redeemed() * unitPrice;
    expect(book.returned + worth, "refund and use are what was paid").to.equal(book.bought * unitPrice);
    expect(book.fee()).to.equal((worth * BigInt(feeBps)) / BPS);
    expect(book.share()).to.equal((worth * BigInt(referrerBps)) / BPS);
    expect(book.payee() + book.provider() + book.fee() + book.share()).to.equal(worth);
  }
}

/** A buyer who can pay everything, and keys that sign. */
async function richFixture() {
  const protocol = await loadFixture(usageFixture);
  await protocol.token.mint(protocol.actors.buyer.address, ethers.MaxUint256 / 2n);
  const keys: (Wallet | HDNodeWallet)[] = Array.from(
    { length: SLOTS },
    (_, i) => new Wallet(ethers.toBeHex(i + 1, 32)),
  );
  return { ...protocol, keys };
}

describe("UsageChannel: any sequence of purchases, renewals, vouchers, settlements and closings", () => {
  const sums = property(
    "holds what is left and what was not shared yet, pays what was used without a unit lost or gained, and ends at nothing",
    anySequence,
    play,
  );
  // claim(invariants#market-and-escrow): money of usage channels is what was paid in less what was credited | a buyer or a node, with others' money
  it(`${sums.title} (seed ${SEED})`, () => sums.assert(richFixture));
});
