import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { padOf, xOf } from "../../helpers/files";
import { expectLimits } from "../../helpers/limits";
import { DAY, HOUR, PRICE } from "../../helpers/market";
import { signOffer } from "../../helpers/signing";
import { ALWAYS, MAX_AHEAD, rightsFixture, SUBSCRIPTIONS, termsOf } from "./fixture";

const MAX_STAY = 30n * DAY;
const [CANCELLABLE, PERSONAL] = [termsOf({ cancellable: 1n }), { transferable: false }];

describe("Subscriptions: terms", () => {
  it("publishes its limits, and what it is bound to", async () => {
    const { subscriptions, licenses, market, ledger, registry } = await loadFixture(rightsFixture);
    await expectLimits(subscriptions, { MIN_PERIOD: HOUR, MAX_AHEAD, MAX_STAY });
    expect(await subscriptions.LICENSES()).to.equal(await licenses.getAddress());
    expect(await subscriptions.MARKET()).to.equal(await market.getAddress());
    expect(await subscriptions.LEDGER()).to.equal(await ledger.getAddress());
    expect(await subscriptions.REGISTRY()).to.equal(await registry.getAddress());
  });

  it("cannot be created for an address that is no market, or for one that is no ledger", async () => {
    const { licenses, market, ledger, registry, actors } = await loadFixture(rightsFixture);
    const factory = await ethers.getContractFactory("Subscriptions");
    for (const nobody of [actors.stranger.address, await licenses.getAddress()]) {
      await expect(factory.deploy(licenses, nobody, ledger, registry)).to.be.reverted;
      await expect(factory.deploy(licenses, market, nobody, registry)).to.be.reverted;
    }
    await expect(factory.deploy(licenses, market, ledger, registry)).not.to.be.reverted;
  });

  const WRONG: [field: string, rightsTerms: string, differs?: Partial<OfferStruct>][] = [
    ["rightsTerms", termsOf({ rest: 1n })],
    ["rightsTerms", termsOf({ rest: 1n << 127n })],
    ["period", termsOf({ period: 0n })],
    ["period", termsOf({ period: HOUR - 1n })],
    ["period", termsOf({ period: MAX_AHEAD + 1n })],
    ["period", termsOf({ period: 2n ** 32n - 1n })],
    ["minStay", termsOf({ minStay: MAX_STAY + 1n })],
    ["minStay", termsOf({ minStay: 2n ** 32n - 1n })],
    ["cancellable", termsOf({ cancellable: 2n }), PERSONAL],
    ["cancellable", termsOf({ cancellable: 255n }), PERSONAL],
    ["cancellable", CANCELLABLE, { transferable: true }],
    ["cancellable", CANCELLABLE, { ...PERSONAL, referrerBps: 1n }],
  ];

  it("are refused when the offer is listed, with the first field that is wrong", async () => {
    const { subscriptions, market, actors, actions, ids } = await loadFixture(rightsFixture);
    const file = { versionId: ids.fileVersionId, deliveryWindow: DAY, complaintWindow: 3n * DAY };
    const all: typeof WRONG = [...WRONG, ["cancellable", CANCELLABLE, { ...PERSONAL, ...file }]];
    for (const [field, rightsTerms, differs] of all) {
      const offer = actions.subscription({}, { rightsTerms, ...differs });
      const what = `${field} ${rightsTerms}`;
      await expect(market.connect(actors.creator).createOffer(offer), what)
        .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
        .withArgs(field);
      await expect(subscriptions.check(offer), what)
        .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
        .withArgs(field);
    }
  });

  it("are refused at the purchase where the offer was only signed, and nobody pays", async () => {
    const { subscriptions, market, actors, actions, ids } = await loadFixture(rightsFixture);
    const before = await actions.books();
    const file = { versionId: ids.fileVersionId, deliveryWindow: DAY, complaintWindow: 3n * DAY };
    const all: typeof WRONG = [...WRONG, ["cancellable", CANCELLABLE, { ...PERSONAL, ...file }]];
    for (const [field, rightsTerms, differs] of all) {
      const offer = actions.subscription({}, { rightsTerms, ...differs });
      const padded = "deliveryWindow" in (differs ?? {}) ? { buyerKey: xOf(0xb0b0n), pad: padOf(0x5ec2e7n) } : {};
      // the share of a referrer counts where there is one
      const order = await actions.ordered(offer, actors.buyer, { referrer: actors.referrer.address, ...padded });
      const signature = await signOffer(market, actors.creator, offer);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature), `${field} ${rightsTerms}`)
        .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
        .withArgs(field);
    }
    expect(await actions.books()).to.deep.equal(before);
  });

  it("hold at their edges, listed and signed", async () => {
    const { subscriptions, market, actors, actions } = await loadFixture(rightsFixture);
    const edges = [
      { period: HOUR, renewUntil: 0n, seats: 0n, minStay: 0n },
      { period: MAX_AHEAD, renewUntil: ALWAYS, seats: 65_535n, minStay: MAX_STAY },
      { period: HOUR, renewUntil: ALWAYS, seats: 65_535n, minStay: MAX_STAY, cancellable: 1n },
      { period: MAX_AHEAD, renewUntil: 1n, seats: 1n, minStay: 1n, cancellable: 1n },
    ];
    for (const edge of edges) {
      const differs = { transferable: edge.cancellable === undefined };
      const listed = actions.subscription(edge, differs);
      const start = (await actions.now()) + 100n;
      await actions.list(listed);
      await actions.at(start);
      const licenseId = await actions.soldIn(await actions.purchase(listed));
      expect(await subscriptions.expiresAt(licenseId)).to.equal(start + edge.period);
      expect(await subscriptions.seatTerms(listed, licenseId)).to.deep.equal([edge.seats, edge.minStay]);

      const signed = actions.subscription(edge, { ...differs, salt: 1n });
      const order = await actions.ordered(signed, actors.buyer);
      const signature = await signOffer(market, actors.creator, signed);
      const sent = await market.connect(actors.buyer).purchaseSigned(signed, order, signature);
      expect(await subscriptions.expiresAt(await actions.soldIn(sent))).to.equal((await actions.now()) + edge.period);
    }
  });

  it("of one that cannot be cancelled may be transferable, escrowed and referred", async () => {
    const { market, actors, actions } = await loadFixture(rightsFixture);
    const offers = [
      actions.subscription({}, { referrerBps: 1_000n }),
      actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf() }),
    ];
    for (const offer of offers) await expect(market.connect(actors.creator).createOffer(offer)).not.to.be.reverted;
  });

  it("say nothing of a pad: one is refused, with a renewal too", async () => {
    const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
    for (const offer of [actions.subscription(), actions.cancellable()]) {
      const licenseId = await actions.sell(offer);
      const before = await actions.books();
      for (const differs of [{}, { renews: licenseId }]) {
        await expect(actions.purchase(offer, { ...differs, pad: actors.other.address }))
          .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
          .withArgs("pad");
      }
      expect(await actions.books()).to.deep.equal(before);
    }
  });

  describe("MAX_AHEAD", () => {
    it("bounds a purchase, to the second", async () => {
      const { subscriptions, actions } = await loadFixture(rightsFixture);
      const offer = actions.subscription({ period: MAX_AHEAD / 2n }, { price: PRICE });
      const odd = actions.subscription({ period: MAX_AHEAD / 2n + 1n });
      await actions.list(offer);
      await actions.list(odd);
      const start = (await actions.now()) + 100n;
      await actions.at(start);
      const licenseId = await actions.soldIn(await actions.purchase(offer, { quantity: 2n }));
      expect(await subscriptions.expiresAt(licenseId)).to.equal(start + MAX_AHEAD);

      const order = { quantity: 2n };
      await actions.at(start + 10n);
      // the id that the licence would have had
      const next = BigInt(licenseId) + (1n << 32n);
      await expect(actions.purchase(odd, order))
        .to.be.revertedWithCustomError(subscriptions, "Subscriptions_TooFarAhead")
        .withArgs(next, start + 10n + MAX_AHEAD + 2n);
    });

    it("bounds a number that overflows what a term can hold", async () => {
      const { subscriptions, actions } = await loadFixture(rightsFixture);
      const offer = actions.subscription({ period: MAX_AHEAD }, { price: 0n });
      const licenseId = await actions.sell(offer);
      const start = (await actions.now()) + 100n;
      await actions.at(start);
      await expect(actions.purchase(offer, { quantity: 2n ** 32n - 1n }))
        .to.be.revertedWithCustomError(subscriptions, "Subscriptions_TooFarAhead")
        .withArgs(licenseId + 1n, start + MAX_AHEAD * (2n ** 32n - 1n));
    });
  });
});
