import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse, Signer } from "ethers";
import { ethers } from "hardhat";
import type { OfferStruct, OrderStruct } from "../../../typechain-types/contracts/market/Market";
import { scalarFor } from "../../helpers/files";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { signOffer, signPermit, signRequest } from "../../helpers/signing";
import {
  feeOf,
  keptOf,
  MONTH,
  Renewal,
  rightsFixture,
  splitOf,
  SUBSCRIPTIONS,
  termsOf,
  type RightsFixture,
} from "./fixture";

/** A licence of the buyer's under a listed offer, and when it ends. */
async function soldFixture() {
  const protocol = await loadFixture(rightsFixture);
  const offer = protocol.actions.subscription();
  const licenseId = await protocol.actions.sell(offer);
  const end = BigInt(await protocol.subscriptions.expiresAt(licenseId));
  return { ...protocol, offer, licenseId, end };
}

/** The same of one that can be cancelled. */
async function cancellableFixture() {
  const protocol = await loadFixture(rightsFixture);
  const offer = protocol.actions.cancellable();
  const licenseId = await protocol.actions.sell(offer);
  const end = BigInt(await protocol.subscriptions.expiresAt(licenseId));
  return { ...protocol, offer, licenseId, end };
}

type Buy = (
  protocol: RightsFixture,
  offer: OfferStruct,
  order: OrderStruct,
  who: Signer & { address: string },
) => Promise<ContractTransactionResponse>;

/** Every way to pay a renewal; the price is what it costs. */
const WAYS: Record<string, { payToken?: string; buy: Buy }> = {
  "an allowance": { buy: async ({ market }, offer, order, who) => market.connect(who).purchase(offer, order) },
  "native coin": {
    payToken: NATIVE,
    buy: async ({ market }, offer, order, who) => market.connect(who).purchase(offer, order, { value: PRICE }),
  },
  "a permit": {
    buy: async ({ market, token }, offer, order, who) => {
      await token.connect(who).approve(market, 0n);
      const permit = await signPermit(token, who, await market.getAddress(), PRICE);
      return market.connect(who).purchaseWithPermit(offer, order, permit);
    },
  },
  "a cart": {
    buy: async ({ market }, offer, order, who) => market.connect(who).purchaseCart([{ offer, order, signature: "0x" }]),
  },
  "a cart in native coin": {
    payToken: NATIVE,
    buy: async ({ market }, offer, order, who) =>
      market.connect(who).purchaseCart([{ offer, order, signature: "0x" }], { value: PRICE }),
  },
  "the forwarder": {
    buy: async ({ market, contracts, actors }, offer, order, who) => {
      const data = market.interface.encodeFunctionData("purchase", [offer, order]);
      const request = await signRequest(contracts.Forwarder, who, await market.getAddress(), data);
      return contracts.Forwarder.connect(actors.creator).execute(request);
    },
  },
};

describe("Subscriptions: renewal", () => {
  it("of a running one adds a period to its end, at the price of the first purchase", async () => {
    const { subscriptions, market, licenses, actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
    const { sold } = await market.offerState(await market.hashOffer(offer));
    const sent = await actions.expectMoves(
      () => actions.expectRenewed(offer, licenseId, end + MONTH),
      splitOf("buyer", PRICE),
    );
    await expect(sent)
      .to.emit(market, "LicenseSold")
      .withArgs(await market.hashOffer(offer), licenseId, actors.buyer.address, PRICE);
    expect(await licenses.balanceOf(actors.buyer)).to.equal(1n);
    // no licence more was sold
    expect((await market.offerState(await market.hashOffer(offer))).sold).to.equal(sold);
    expect(await actions.usableAt(end + MONTH, licenseId, actors.buyer)).to.equal(true);
    expect(await actions.usableAt(end + MONTH + 1n, licenseId, actors.buyer)).to.equal(false);
    expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([0n, 0n]);
  });

  it("of a lapsed one runs from now: the time between is lost to nobody", async () => {
    const { actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
    expect(await actions.usableAt(end + 9n * DAY, licenseId, actors.buyer)).to.equal(false);
    const when = end + 10n * DAY;
    await actions.expectMoves(
      () => actions.expectRenewed(offer, licenseId, when + MONTH, { when }),
      splitOf("buyer", PRICE),
    );
    expect(await actions.usableAt(when + MONTH, licenseId, actors.buyer)).to.equal(true);
  });

  it("in the last second, in that before and in that after goes on without a gap", async () => {
    for (const early of [1n, 0n, -1n]) {
      const { actions, offer, licenseId, end } = await loadFixture(soldFixture);
      const when = end - early;
      await actions.expectRenewed(offer, licenseId, (early < 0n ? when : end) + MONTH, { when });
    }
  });

  it("of several periods costs as many prices", async () => {
    const { subscriptions, actions, actors, offer, licenseId, end } = await loadFixture(soldFixture);
    await actions.expectMoves(
      () => actions.renew(offer, licenseId, actors.buyer, { quantity: 5n }),
      splitOf("buyer", 5n * PRICE),
    );
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 5n * MONTH);
  });

  it("pays the referrer whom the payer names, the fee of now, and the treasury of now", async () => {
    const { market, admin, actors, actions, ledger } = await loadFixture(rightsFixture);
    const offer = actions.subscription({}, { referrerBps: 1_000n });
    const licenseId = await actions.sell(offer);
    await actions.setFee(500n);
    await market.connect(admin).setTreasury(actors.recipient);
    const referred = { referrer: actors.referrer.address };
    const [fee, share] = [feeOf(PRICE, 500n), feeOf(PRICE, 1_000n)];
    await actions.expectMoves(() => actions.renew(offer, licenseId, actors.buyer, referred), {
      owed: PRICE,
      creator: PRICE - fee - share,
      recipient: fee,
      referrer: share,
      "buyer's wallet": -PRICE,
    });
    expect(await ledger.balanceOf(offer.payToken, actors.recipient)).to.equal(fee);
  });

  describe("by a stranger, with their own money", () => {
    for (const [way, { payToken, buy }] of Object.entries(WAYS)) {
      it(`goes by ${way}, and gives the stranger nothing`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { subscriptions, licenses, actors, actions } = protocol;
        const { buyer, stranger } = actors;
        const offer = actions.subscription({}, payToken === undefined ? {} : { payToken });
        const licenseId = await actions.sell(offer);
        const end = BigInt(await subscriptions.expiresAt(licenseId));
        const order = await actions.ordered(offer, stranger, { renews: licenseId });
        const { owed, creator, treasury, ...wallet } = splitOf("stranger", PRICE);
        const moves = { owed, creator, treasury, ...(payToken === NATIVE ? {} : wallet) };
        const sent = await actions.expectMoves(
          () => buy(protocol, offer, order, stranger),
          moves,
          offer.payToken as string,
        );
        if (payToken === NATIVE) await expect(sent).to.changeEtherBalance(stranger, -PRICE);
        await expect(sent)
          .to.emit(subscriptions, "TermSet")
          .withArgs(licenseId, end + MONTH);
        expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
        expect(await licenses.balanceOf(stranger)).to.equal(0n);
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
      });
    }
  });

  describe("of one that can be cancelled", () => {
    for (const [way, { payToken, buy }] of Object.entries(WAYS)) {
      it(`goes by ${way} for its holder, and is kept here`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { subscriptions, actors, actions } = protocol;
        const offer = actions.cancellable({}, payToken === undefined ? {} : { payToken });
        const licenseId = await actions.sell(offer);
        const [end, released] = [
          BigInt(await subscriptions.expiresAt(licenseId)),
          await subscriptions.releasedTo(licenseId),
        ];
        const order = await actions.ordered(offer, actors.buyer, { renews: licenseId });
        const { owed, subscriptions: kept, ...wallet } = keptOf("buyer", PRICE);
        await actions.expectMoves(
          () => buy(protocol, offer, order, actors.buyer),
          { owed, subscriptions: kept, ...(payToken === NATIVE ? {} : wallet) },
          offer.payToken as string,
        );
        expect(await subscriptions.expiresAt(licenseId)).to.equal(end + MONTH);
        expect(await subscriptions.releasedTo(licenseId)).to.deep.equal(released);
      });
    }

    it("keeps the fee of the first purchase, and what was not released", async () => {
      const { subscriptions, actors, actions, offer, licenseId, end } = await loadFixture(cancellableFixture);
      const [since] = await subscriptions.releasedTo(licenseId);
      await actions.setFee(500n);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH, { when: end - 10n }),
        keptOf("buyer", PRICE),
      );
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([since, 250n]);
      // two whole prices are earned at the end, less the fee of the day of the first
      await actions.at(end + MONTH);
      await actions.expectMoves(() => subscriptions.connect(actors.stranger).release(offer, licenseId), {
        subscriptions: -2n * PRICE,
        creator: 2n * PRICE - feeOf(2n * PRICE),
        treasury: feeOf(2n * PRICE),
      });
    });

    // claim(invariants#market-and-escrow): a renewal in the second of expiry leaves no money behind | nobody could take it out
    it("in the second of expiry loses no money, whether or not it was released before", async () => {
      for (const releases of [true, false]) {
        const { subscriptions, ledger, payToken, actors, actions, offer, licenseId, end } =
          await loadFixture(cancellableFixture);
        const [since] = await subscriptions.releasedTo(licenseId);
        if (releases) {
          await time.setNextBlockTimestamp(end);
          const [release, renewed] = await actions.inOneBlock([
            () => subscriptions.release(offer, licenseId, { gasLimit: 1_000_000n }),
            () => actions.renew(offer, licenseId, actors.buyer),
          ]);
          expect((await renewed.getBlock())?.timestamp).to.equal(Number(end));
          await expect(release).to.emit(subscriptions, "Released").withArgs(licenseId, PRICE);
        } else {
          await actions.expectRenewed(offer, licenseId, end + MONTH, { when: end });
        }
        expect(await subscriptions.expiresAt(licenseId)).to.equal(end + MONTH);
        expect((await subscriptions.releasedTo(licenseId)).until).to.equal(releases ? end : since);
        expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(releases ? PRICE : 2n * PRICE);
        await actions.at(end + MONTH + 1n);
        await subscriptions.release(offer, licenseId);
        expect(await ledger.balanceOf(payToken, subscriptions)).to.equal(0n);
        expect(await ledger.balanceOf(payToken, actors.creator)).to.equal(2n * PRICE - feeOf(2n * PRICE));
      }
    });

    it("that has lapsed starts anew, once what it earned is released", async () => {
      const { subscriptions, actors, actions, offer, licenseId, end } = await loadFixture(cancellableFixture);
      const when = end + 5n * DAY;
      await actions.expectNotRenewable(offer, licenseId, Renewal.ReleaseFirst, { when });
      await subscriptions.connect(actors.stranger).release(offer, licenseId);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, when + 100n + MONTH, { when: when + 100n }),
        keptOf("buyer", PRICE),
      );
      // of the days between, nothing is earned and nothing comes back
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([when + 100n, 250n]);
    });
  });

  describe("goes on, because it was promised,", () => {
    type Change = (protocol: RightsFixture & { offer: OfferStruct }) => Promise<unknown>;
    const CHANGES: Record<string, Change> = {
      "after the offer was revoked": ({ market, actors, offer }) => market.connect(actors.creator).revokeOffer(offer),
      "after all signed offers were revoked": ({ market, actors }) => market.connect(actors.creator).revokeAllSigned(),
      "after the pay token was taken off the list": ({ market, admin, token }) =>
        market.connect(admin).setPayToken(token, false, 0),
      "while purchases are paused": ({ market, actors }) => market.connect(actors.guardian).pausePurchases(3_600n),
      "after a vote closed the module": ({ licenses, admin, subscriptions }) =>
        licenses.connect(admin).setRights(subscriptions, false, false),
    };
    for (const [what, change] of Object.entries(CHANGES)) {
      it(what, async () => {
        const { market, licenses, actions, ...protocol } = await loadFixture(soldFixture);
        await change({ market, licenses, actions, ...protocol });
        // a new licence is not sold any more, unless nothing but signed offers was revoked
        if (!what.includes("signed")) await expect(actions.purchase(protocol.offer)).to.be.reverted;
        await actions.expectMoves(
          () => actions.expectRenewed(protocol.offer, protocol.licenseId, protocol.end + MONTH),
          splitOf("buyer", PRICE),
        );
      });
    }

    it("after the offer expired and was sold out, and by another than the buyer whom it names", async () => {
      const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
      const expiresAt = (await actions.now()) + DAY;
      const offer = actions.subscription({}, { expiresAt, supply: 1n, buyer: actors.buyer.address });
      const licenseId = await actions.sell(offer);
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      await actions.at(expiresAt + 1n);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger }),
        splitOf("stranger", PRICE),
      );
    });

    it("without the signature that the offer was sold by, even after it was revoked", async () => {
      const { subscriptions, market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.subscription();
      const order = await actions.ordered(offer, actors.buyer);
      const signature = await signOffer(market, actors.creator, offer);
      const licenseId = await actions.soldIn(
        await market.connect(actors.buyer).purchaseSigned(offer, order, signature),
      );
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      await market.connect(actors.creator).revokeOffer(offer);
      await market.connect(actors.creator).revokeAllSigned();
      await actions.expectMoves(() => actions.expectRenewed(offer, licenseId, end + MONTH), splitOf("buyer", PRICE));
    });

    it("after the title was sold, and pays whoever holds it now", async () => {
      const { actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
      await actions.moveTitle(actors.other);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH),
        splitOf("buyer", PRICE, "other"),
      );
    });

    it("after the title was sold, and pays the payee that was fixed at birth", async () => {
      const { registry, actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
      await registry.connect(actors.creator).fixPayee(1n, actors.recipient);
      await actions.moveTitle(actors.other);
      await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH),
        splitOf("buyer", PRICE, "recipient"),
      );
    });

    it("after the licence was given away, for whoever holds it now", async () => {
      const { licenses, actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.recipient, licenseId);
      await actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger });
      expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(true);
    });
  });

  it("of several licences goes with a new one in one cart, each under its own offer", async () => {
    const { subscriptions, market, licenses, actors, actions, offer, licenseId, end } = await loadFixture(soldFixture);
    const weekly = actions.cancellable({ period: 7n * DAY }, { price: 777n });
    const week = await actions.sell(weekly);
    const weekEnd = BigInt(await subscriptions.expiresAt(week));
    const buyer = actors.buyer;
    const items = [
      { offer, order: await actions.ordered(offer, buyer, { renews: licenseId }), signature: "0x" },
      { offer: weekly, order: await actions.ordered(weekly, buyer, { renews: week, quantity: 2n }), signature: "0x" },
      { offer, order: await actions.ordered(offer, buyer), signature: "0x" },
      { offer, order: await actions.ordered(offer, buyer, { renews: licenseId }), signature: "0x" },
    ];
    const fees = 3n * feeOf(PRICE);
    await actions.expectMoves(() => market.connect(buyer).purchaseCart(items), {
      owed: 3n * PRICE + 1_554n,
      creator: 3n * PRICE - fees,
      treasury: fees,
      subscriptions: 1_554n,
      "buyer's wallet": -3n * PRICE - 1_554n,
    });
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 2n * MONTH);
    expect(await subscriptions.expiresAt(week)).to.equal(weekEnd + 14n * DAY);
    expect(await licenses.balanceOf(buyer)).to.equal(3n);
  });

  describe("of a licence for a file", () => {
    async function fileFixture() {
      const protocol = await loadFixture(rightsFixture);
      const { actions, market, actors, subscriptions } = protocol;
      const offer = actions.fileTerms({ rights: SUBSCRIPTIONS, rightsTerms: termsOf() });
      await actions.list(offer);
      const { order, secret } = await actions.paddedOrder(offer);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
      const licenseId = BigInt(deal.id);
      const end = BigInt(await subscriptions.expiresAt(licenseId));
      return { ...protocol, offer, deal, secret, licenseId, end };
    }

    it("waits until its deal is closed; then it opens none and pays at once", async () => {
      const { contracts, licenses, actors, actions, files, offer, deal, secret, licenseId, end } =
        await loadFixture(fileFixture);
      const { Escrow: escrow } = contracts;
      await actions.expectNotRenewable(offer, licenseId, Renewal.Locked);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
      await escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      const complainBy = (await actions.now()) + 3n * DAY;
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      await actions.expectNotRenewable(offer, licenseId, Renewal.Locked);
      await actions.expectNotRenewable(offer, licenseId, Renewal.Locked, { who: actors.stranger });
      await escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never);

      const sent = await actions.expectMoves(
        () => actions.expectRenewed(offer, licenseId, end + MONTH, { who: actors.stranger }),
        { ...splitOf("stranger", PRICE, "creator") },
      );
      await expect(sent).not.to.emit(escrow, "DealOpened");
      expect(await actions.usableAt(end + MONTH, licenseId, actors.buyer)).to.equal(true);
      expect(await actions.usableAt(end + MONTH + 1n, licenseId, actors.buyer)).to.equal(false);
    });

    it("takes no pad: there is no deal to use it for", async () => {
      const { subscriptions, contracts, market, actors, actions, files, offer, deal, secret, licenseId } =
        await loadFixture(fileFixture);
      await contracts.Escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      const complainBy = (await actions.now()) + 3n * DAY;
      await contracts.Escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never);
      const { order } = await actions.paddedOrder(offer, { renews: licenseId });
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(subscriptions, "Rights_BadTerms")
        .withArgs("pad");
    });

    it("is refused once it was burned by a refund, and no money moves", async () => {
      const { subscriptions, contracts, licenses, actors, actions, offer, deal, licenseId, end } =
        await loadFixture(fileFixture);
      await contracts.Escrow.connect(actors.creator).decline(deal as never);
      await actions.expectNotRenewable(offer, licenseId, Renewal.Unknown);
      await actions.expectNotRenewable(offer, licenseId, Renewal.Unknown, { who: actors.stranger });
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
      expect(await subscriptions.userOf(licenseId)).to.equal(ethers.ZeroAddress);
      expect(await subscriptions.expiresAt(licenseId)).to.equal(end);
    });
  });
});
