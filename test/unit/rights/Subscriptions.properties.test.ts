import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { HOUR } from "../../helpers/market";
import { times } from "../../support/extent";
import { property, SEED } from "../../support/properties/property";
import { keptPart, MAX_AHEAD, MONTH, rightsFixture } from "./fixture";

const BPS = 10_000n;
const MOST_FEE_BPS = 500;
/** An exact comparison of every balance after every step: 50 sequences in `npm test`. */
const SEQUENCES = Number(process.env.PROPERTY_RUNS ?? times(500));

/** When a step happens, from the one before it: after some seconds, or about the end of a licence. */
type When = { after: bigint } | { aboutEndOf: number; late: bigint };
/** One step; numbers name a licence among those that were sold, or an offer. */
type Step = When &
  ({ does: "buy" | "renew"; which: number; quantity: bigint } | { does: "release" | "cancel"; which: number });

const oftenOdd = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max: min + 20n }), fc.bigInt({ min, max: 1_000_003n }), fc.bigInt({ min, max }));

const anyOffer = fc.record({
  price: oftenOdd(0n, 2n ** 100n),
  period: fc.oneof(
    fc.constantFrom(HOUR, HOUR + 1n, MONTH, MAX_AHEAD / 3n, MAX_AHEAD),
    fc.bigInt({ min: HOUR, max: 400n * MONTH }).filter((period) => period <= MAX_AHEAD),
  ),
  feeBps: fc.oneof(fc.constantFrom(0, 1, 250, MOST_FEE_BPS), fc.nat({ max: MOST_FEE_BPS })),
});
type AnyOffer = typeof anyOffer extends fc.Arbitrary<infer Value> ? Value : never;

const which = fc.nat({ max: 9 });
const anyWhen: fc.Arbitrary<When> = fc.oneof(
  fc.record({ after: oftenOdd(1n, MONTH) }),
  fc.record({ aboutEndOf: which, late: fc.constantFrom(-1n, 0n, 1n, 1_000n) }),
);
const quantity = fc.oneof({ weight: 3, arbitrary: fc.constant(1n) }, fc.bigInt({ min: 1n, max: 12n }));
const anyAction = fc.oneof(
  fc.record({ does: fc.constant("buy" as const), which, quantity }),
  fc.record({ does: fc.constant("renew" as const), which, quantity }),
  fc.record({ does: fc.constant("release" as const), which }),
  fc.record({ does: fc.constant("cancel" as const), which }),
);
const anyStep: fc.Arbitrary<Step> = fc.tuple(anyWhen, anyAction).map(([when, action]) => ({ ...when, ...action }));

const anySequence = fc.record({
  offers: fc.array(anyOffer, { minLength: 1, maxLength: 3 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 16 }),
});

/**
 * One licence as a ledger of its own: what was paid, what came back, and the fee that is due. Nothing here counts what a release
 * moves; it follows from what is left.
 */
class Licence {
  paid = 0n;
  refunded = 0n;
  /** The fee of all that was bought and not given back. */
  feeDue = 0n;
  /** Purchases and cancellations: how often the fee was rounded. */
  roundings = 0n;
  expiresAt: bigint;
  releasedTo: bigint;
  /** A cancellation ends the term no earlier. */
  keptTo: bigint;

  constructor(
    readonly id: bigint,
    readonly offer: OfferStruct,
    readonly terms: AnyOffer,
    now: bigint,
  ) {
    this.expiresAt = this.releasedTo = now;
    this.keptTo = now + keptPart(terms.period);
  }

  fee = (amount: bigint) => (amount * BigInt(this.terms.feeBps)) / BPS;
  worth = (seconds: bigint) => (this.terms.price * seconds) / this.terms.period;
  /** What the module holds for this licence. */
  held = () => this.worth(this.expiresAt - this.releasedTo);
  toTreasury = () => this.feeDue - this.fee(this.held());
  toPayee = () => this.paid - this.refunded - this.held() - this.toTreasury();

  add(now: bigint, periods: bigint) {
    if (this.expiresAt < now) {
      this.expiresAt = this.releasedTo = now;
      this.keptTo = now + keptPart(this.terms.period);
    }
    const before = this.held();
    this.expiresAt += periods * this.terms.period;
    this.paid += periods * this.terms.price;
    expect(this.held() - before, "a renewal is worth its price").to.equal(periods * this.terms.price);
    this.feeDue += this.fee(this.held()) - this.fee(before);
    ++this.roundings;
  }

  release(now: bigint) {
    const until = now < this.expiresAt ? now : this.expiresAt;
    if (until > this.releasedTo) this.releasedTo = until;
  }

  cancel(now: bigint) {
    this.release(now < this.keptTo ? this.keptTo : now);
    const left = this.held();
    this.refunded += left;
    this.feeDue -= this.fee(left);
    this.expiresAt = this.releasedTo;
    ++this.roundings;
    return left;
  }
}

/** Plays a sequence on the chain and on the model, and compares all balances after every step. */
async function play(
  { subscriptions, market, ledger, token, payToken, actors, actions }: Awaited<ReturnType<typeof richFixture>>,
  { offers, steps }: typeof anySequence extends fc.Arbitrary<infer Value> ? Value : never,
) {
  const { buyer, stranger, creator, treasury } = actors;
  const listed: OfferStruct[] = [];
  for (const [salt, { price, period }] of offers.entries()) {
    const offer = actions.cancellable({ period }, { price, salt: BigInt(salt) });
    await actions.list(offer);
    listed.push(offer);
  }
  const licences: Licence[] = [];
  const wallet = await token.balanceOf(buyer);

  const sum = (of: (licence: Licence) => bigint) => licences.reduce((total, licence) => total + of(licence), 0n);
  const balanceOf = (account: { getAddress(): Promise<string> }) => ledger.balanceOf(payToken, account);
  async function compare() {
    const found = await Promise.all([subscriptions, creator, treasury, buyer].map((one) => balanceOf(one)));
    expect(found, "module, payee, treasury and refunds").to.deep.equal([
      sum((licence) => licence.held()),
      sum((licence) => licence.toPayee()),
      sum((licence) => licence.toTreasury()),
      sum((licence) => licence.refunded),
    ]);
    const paid = sum((licence) => licence.paid);
    expect(
      found.reduce((total, one) => total + one, 0n),
      "what was paid",
    ).to.equal(paid);
    expect(wallet - (await token.balanceOf(buyer)), "the buyer's wallet").to.equal(paid);
  }

  async function buy(now: bigint, step: Step & { quantity: bigint }) {
    const index = step.which % listed.length;
    const terms = offers[index];
    // the fee is that of the day of the purchase
    await actions.setFee(BigInt(terms.feeBps));
    const at = (await actions.now()) + 1n > now ? (await actions.now()) + 1n : now;
    const order = await actions.ordered(listed[index], buyer, { quantity: step.quantity });
    await actions.at(at);
    if (step.quantity * terms.period > MAX_AHEAD) {
      await expect(market.connect(buyer).purchase(listed[index], order)).to.be.revertedWithCustomError(
        subscriptions,
        "Subscriptions_TooFarAhead",
      );
      return;
    }
    const id = await actions.soldIn(await market.connect(buyer).purchase(listed[index], order));
    const licence = new Licence(id, listed[index], terms, at);
    licence.add(at, step.quantity);
    licences.push(licence);
  }

  async function act(licence: Licence, now: bigint, step: Step) {
    const { id, offer, terms } = licence;
    if (step.does === "release") {
      const before = licence.held();
      const sent = await subscriptions.connect(stranger).release(offer, id);
      licence.release(now);
      await expect(sent)
        .to.emit(subscriptions, "Released")
        .withArgs(id, before - licence.held());
    } else if (step.does === "cancel") {
      const sent = await subscriptions.connect(buyer).cancel(offer, id);
      await expect(sent).to.emit(subscriptions, "Cancelled").withArgs(id, licence.cancel(now));
    } else if (step.does === "renew") {
      const from = licence.expiresAt < now ? now : licence.expiresAt;
      const error =
        licence.expiresAt < now && licence.releasedTo !== licence.expiresAt
          ? "Subscriptions_NotRenewable"
          : from + step.quantity * terms.period > now + MAX_AHEAD
            ? "Subscriptions_TooFarAhead"
            : undefined;
      const renewed = actions.renew(offer, id, buyer, { quantity: step.quantity });
      if (error !== undefined) {
        await expect(renewed).to.be.revertedWithCustomError(subscriptions, error);
        return;
      }
      await renewed;
      licence.add(now, step.quantity);
    }
    expect(await subscriptions.expiresAt(id)).to.equal(licence.expiresAt);
    expect(await subscriptions.releasedTo(id)).to.deep.equal([licence.releasedTo, BigInt(terms.feeBps)]);
  }

  const timeOf = async (step: Step) => {
    const earliest = (await actions.now()) + 1n;
    if ("after" in step) return earliest + step.after - 1n;
    if (licences.length === 0) return earliest;
    const target = licences[step.aboutEndOf % licences.length].expiresAt + step.late;
    return target < earliest ? earliest : target;
  };

  for (const step of steps) {
    const now = await timeOf(step);
    if (step.does === "buy" || licences.length === 0) {
      await buy(now, { quantity: 1n, ...step });
    } else {
      await actions.at(now);
      await act(licences[step.which % licences.length], now, step);
    }
    await compare();
  }

  // in the end, half of the licences are cancelled and the others run out
  for (const [index, licence] of licences.entries()) {
    const now = index % 2 === 0 ? (await actions.now()) + 1n : licence.expiresAt + 1n;
    const next = (await actions.now()) + 1n;
    const when = now < next ? next : now;
    await actions.at(when);
    await act(licence, when, { does: index % 2 === 0 ? "cancel" : "release", which: index, after: 1n });
    await compare();
  }
  expect(await balanceOf(subscriptions), "nothing is left").to.equal(0n);
  for (const licence of licences) {
    const earned = licence.paid - licence.refunded;
    const exact = earned * BigInt(licence.terms.feeBps);
    const error = licence.toTreasury() * BPS - exact;
    // each rounding is by less than a unit
    expect((error < 0n ? -error : error) < licence.roundings * BPS, "the fee of what was earned").to.equal(true);
    if (licence.roundings === 1n) expect(licence.toTreasury(), "rounded down").to.equal(exact / BPS);
  }
}

/** A buyer who can pay everything. */
async function richFixture() {
  const protocol = await loadFixture(rightsFixture);
  await protocol.token.mint(protocol.actors.buyer.address, ethers.MaxUint256 / 2n);
  return protocol;
}

describe("Subscriptions: any sequence of purchases, renewals, releases and cancellations", () => {
  const sums = property(
    "keeps here what the time that is left is worth, and shares the rest without a unit lost or gained",
    anySequence,
    play,
  );
  // claim(invariants#market-and-escrow): money kept for cancellable subscriptions is what their time is worth | a buyer, with others' money
  it(`${sums.title} (seed ${SEED})`, () => sums.assert(richFixture, SEQUENCES)).timeout(0);
});
