import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { DAY, expectCredits, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { REFERRER_BPS } from "../../helpers/purchase";
import { FEE_BPS, FIRST_NUMBER, FLAGS, offerFor, RIGHTS, rightsFixture, TERMS, WAYS } from "../../helpers/rights";
import { signOffer } from "../../helpers/signing";

describe("Market: renewals", () => {
  /** A licence of the buyer, sold under an offer with rights. */
  async function renewalFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { actions } = protocol;
    const counted = actions.counted({ supply: 2n });
    const { hash: countedHash, licenseId } = await actions.sell(counted);
    const renewal = await actions.orderFor(counted, { renews: licenseId });
    return { ...protocol, counted, countedHash, licenseId, renewal };
  }

  for (const [title, way] of Object.entries(WAYS)) {
    it(`tells the module of a sale of the old licence, and issues none: paid by ${title}`, async () => {
      const protocol = await loadFixture(rightsFixture);
      const { market, ledger, licenses, rights, actors, actions } = protocol;
      const { buyer, creator, treasury, referrer } = actors;
      const offer = await offerFor(protocol, way);
      await way.buy(protocol, offer, await actions.orderFor(offer), PRICE);
      const licenseId = actions.idOf();

      const named = { referrer: referrer.address, pad: actors.other.address };
      const order = await actions.orderFor(offer, { ...named, renews: licenseId, quantity: 2n, maxPrice: 2n * PRICE });
      const { toCreator, toTreasury, toReferrer } = sharesOf(2n * PRICE, FEE_BPS, REFERRER_BPS);
      let call: Awaited<ReturnType<typeof way.buy>>;
      await expectCredits(
        ledger,
        offer.payToken as string,
        async () => (call = await way.buy(protocol, offer, order, 2n * PRICE)),
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
          [rights, 0n],
        ],
      );
      const sale = { referrer: named.referrer, key: named.pad, referrerBps: REFERRER_BPS };
      await actions.expectTold(call!, [
        await actions.saleOf(offer, { ...sale, price: 2n * PRICE, quantity: 2n, renewal: true }),
      ]);
      await expect(call!)
        .to.emit(market, "LicenseSold")
        .withArgs(order.termsHash, licenseId, buyer.address, 2n * PRICE);
      await expect(call!).to.not.emit(licenses, "Transfer");
      expect(await licenses.balanceOf(buyer)).to.equal(1n);
      expect((await market.offerState(order.termsHash)).sold).to.equal(1n);
    });
  }

  it("returns the id that is renewed, and is told of the fee, the treasury and the payer of now", async () => {
    const { market, admin, actors, actions, counted, licenseId, renewal } = await loadFixture(renewalFixture);
    await market.connect(admin).setProtocolFee(101n);
    await market.connect(admin).setTreasury(actors.stranger.address);
    const stranger = market.connect(actors.other);
    const order = { ...renewal, recipient: actors.recipient.address };
    expect(await stranger.purchase.staticCall(counted, order)).to.equal(licenseId);
    const sale = {
      payer: actors.other.address,
      recipient: actors.recipient.address,
      protocolFeeBps: 101n,
      treasury: actors.stranger.address,
      renewal: true,
    };
    await actions.expectTold(await stranger.purchase(counted, order), [await actions.saleOf(counted, sale)]);
  });

  it("credits a module that keeps the money with all of it", async () => {
    const { market, ledger, rights, token, actors, counted, renewal } = await loadFixture(renewalFixture);
    await rights.setKeeps(true);
    const order = { ...renewal, referrer: actors.referrer.address };
    await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(counted, order), [
      [rights, PRICE],
      [actors.creator, 0n],
      [actors.treasury, 0n],
      [actors.referrer, 0n],
    ]);
  });

  it("is stopped by a module that refuses, with its reason, and costs nothing", async () => {
    const { market, rights, token, actors, counted, renewal } = await loadFixture(renewalFixture);
    await rights.setRefuses(true);
    const before = await token.balanceOf(actors.buyer);
    await expect(market.connect(actors.buyer).purchase(counted, renewal)).to.be.revertedWithCustomError(
      rights,
      "TestRights_Refused",
    );
    expect(await token.balanceOf(actors.buyer)).to.equal(before);
  });

  describe("keeps the promise of the offer", () => {
    type Fixture = Awaited<ReturnType<typeof renewalFixture>>;
    const changes: Record<string, (f: Fixture) => Promise<unknown>> = {
      "the offer was revoked": ({ market, actors, counted }) => market.connect(actors.creator).revokeOffer(counted),
      "the creator revoked all that was signed": ({ market, actors }) =>
        market.connect(actors.creator).revokeAllSigned(),
      "the token was taken off the list": ({ actions, ids }) => actions.allow(ids.payToken, false),
      "all licences are sold": async ({ market, actors, actions, counted, countedHash }) => {
        const order = await actions.orderFor(counted);
        await market.connect(actors.other).purchase(counted, order);
        await expect(market.connect(actors.other).purchase(counted, order))
          .to.be.revertedWithCustomError(market, "Market_SoldOut")
          .withArgs(countedHash, 2n);
      },
      "purchases are paused": ({ market, actors }) => market.connect(actors.guardian).pausePurchases(DAY),
      "the module is closed": ({ licenses, admin, rights }) => licenses.connect(admin).setRights(rights, false, false),
      "a later version was published": ({ contracts, actors }) =>
        contracts.ModelRegistry.connect(actors.creator).publishVersion(1n, CARD),
    };
    for (const [title, change] of Object.entries(changes)) {
      it(`after ${title}`, async () => {
        const fixture = await loadFixture(renewalFixture);
        const { market, ledger, token, actors, counted, renewal, licenseId, countedHash } = fixture;
        await change(fixture);
        const { sold } = await market.offerState(countedHash);
        const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
        await expectCredits(
          ledger,
          token,
          () =>
            expect(market.connect(actors.buyer).purchase(counted, renewal))
              .to.emit(market, "LicenseSold")
              .withArgs(countedHash, licenseId, actors.buyer.address, PRICE),
          [
            [actors.creator, toCreator],
            [actors.treasury, toTreasury],
          ],
        );
        expect((await market.offerState(countedHash)).sold).to.equal(sold);
      });
    }

    it("after its end", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      const expiresAt = BigInt(await time.latest()) + 100n;
      const offer = actions.counted({ expiresAt });
      const { hash, licenseId } = await actions.sell(offer);
      await time.increaseTo(expiresAt + 1n);
      await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
        .to.be.revertedWithCustomError(market, "Market_OfferExpired")
        .withArgs(hash, expiresAt);
      const call = market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { renews: licenseId }));
      await expect(call).to.emit(market, "LicenseSold").withArgs(hash, licenseId, actors.buyer.address, PRICE);
    });

    it("for anybody who pays, though a new licence is for one buyer", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted({ buyer: actors.buyer.address });
      const { hash, licenseId } = await actions.sell(offer);
      const stranger = market.connect(actors.other);
      await expect(stranger.purchase(offer, await actions.orderFor(offer)))
        .to.be.revertedWithCustomError(market, "Market_NotTheBuyer")
        .withArgs(actors.other.address, actors.buyer.address);
      const call = stranger.purchase(offer, await actions.orderFor(offer, { renews: licenseId }));
      await expect(call).to.emit(market, "LicenseSold").withArgs(hash, licenseId, actors.other.address, PRICE);
    });

    it("without the signature of an offer that was signed, and after another epoch began", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      const buyer = market.connect(actors.buyer);
      await buyer.purchaseSigned(offer, await actions.orderFor(offer), await signOffer(market, actors.creator, offer));
      await market.connect(actors.creator).revokeAllSigned();
      const order = await actions.orderFor(offer, { renews: actions.idOf() });
      for (const call of [buyer.purchase(offer, order), buyer.purchaseSigned(offer, order, "0x1234")]) {
        await expect(call)
          .to.emit(market, "LicenseSold")
          .withArgs(order.termsHash, actions.idOf(), actors.buyer.address, PRICE);
      }
    });

    it("after the title moved: who holds it now is paid", async () => {
      const { market, ledger, contracts, token, actors, actions, counted, renewal } = await loadFixture(renewalFixture);
      const { creator, other, buyer, treasury } = actors;
      await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      let call: Awaited<ReturnType<typeof market.purchase>>;
      await expectCredits(ledger, token, async () => (call = await market.connect(buyer).purchase(counted, renewal)), [
        [other, toCreator],
        [creator, 0n],
        [treasury, toTreasury],
      ]);
      const sale = { payee: other.address, renewal: true };
      await actions.expectTold(call!, [await actions.saleOf(counted, sale)]);
    });
  });

  // claim(attacks#licences-listings-offers-and-signatures): a vote on the fee that ends what was promised
  it("takes the fee that the creator accepts, and no more, after a vote raised it above", async () => {
    const { market, ledger, token, admin, actors, actions } = await loadFixture(rightsFixture);
    for (const [salt, most, fee, taken] of [
      [70n, FEE_BPS, FEE_BPS + 1n, FEE_BPS],
      [71n, FEE_BPS, 500n, FEE_BPS],
      [72n, 400n, 399n, 399n],
      [73n, 400n, 400n, 400n],
    ]) {
      await market.connect(admin).setProtocolFee(FEE_BPS);
      const offer = actions.counted({ maxProtocolFeeBps: most, salt });
      const { licenseId } = await actions.sell(offer);
      await market.connect(admin).setProtocolFee(fee);
      const order = await actions.orderFor(offer, { renews: licenseId });
      const { toCreator, toTreasury } = sharesOf(PRICE, taken, 0n);
      let call: Awaited<ReturnType<typeof market.purchase>>;
      await expectCredits(
        ledger,
        token,
        async () => (call = await market.connect(actors.buyer).purchase(offer, order)),
        [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
        ],
      );
      await actions.expectTold(call!, [
        await actions.saleOf(offer, { renewal: true, licenseId, protocolFeeBps: taken }),
      ]);
      if (fee > most) {
        await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
          .to.be.revertedWithCustomError(market, "Market_FeeAboveBound")
          .withArgs(fee, most);
      }
    }
  });

  describe("refuses", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a renewal under the terms of
    //   another offer
    it("a licence of another offer, whichever of the two is brought", async () => {
      const { market, actors, actions, licenseId, counted, countedHash } = await loadFixture(renewalFixture);
      const other = actions.counted({ salt: 5n });
      const { hash, licenseId: second } = await actions.sell(other);
      for (const [offer, termsHash, renews] of [
        [other, hash, licenseId],
        [counted, countedHash, second],
      ] as const) {
        await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { renews })))
          .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
          .withArgs(renews, termsHash);
      }
    });

    it("an offer that sold nothing yet, for an id without a number too", async () => {
      const { market, actors, actions, licenseId } = await loadFixture(renewalFixture);
      const unsold = actions.counted({ salt: 6n });
      const signature = await signOffer(market, actors.creator, unsold);
      for (const renews of [licenseId, actions.idOf({ number: 0n })]) {
        const order = await actions.orderFor(unsold, { renews });
        await expect(market.connect(actors.buyer).purchaseSigned(unsold, order, signature))
          .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
          .withArgs(renews, order.termsHash);
      }
    });

    it("an offer without rights", async () => {
      const { market, actors, actions, offer, hash } = await loadFixture(rightsFixture);
      const order = await actions.orderFor(offer);
      const renews = await market.connect(actors.buyer).purchase.staticCall(offer, order);
      await market.connect(actors.buyer).purchase(offer, order);
      await expect(market.connect(actors.buyer).purchase(offer, { ...order, renews }))
        .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
        .withArgs(renews, hash);
    });

    const forged: Record<string, bigint> = {
      "another number": 1n << 32n,
      "another version": 1n << 64n,
      "another model": 1n << 80n,
      "no right to give it away": 1n << 128n,
      "an escrow": 1n << 129n,
      updates: 1n << 130n,
      "a guard": 1n << 131n,
      "a flag that nobody knows": 1n << 135n,
      "another issuer": 1n << 136n,
      "the last issuer": 1n << 167n,
      "another rights module": 1n << 169n,
      "no rights module": 1n << 168n,
      "a longer note": 1n << 216n,
      "the longest note": 1n << 255n,
    };
    for (const [title, bit] of Object.entries(forged)) {
      // claim(attacks#licences-listings-offers-and-signatures): a renewal of a forged licence id
      it(`an id of the same offer that says ${title}`, async () => {
        const { market, licenses, admin, token, actors, counted, countedHash, licenseId, renewal } =
          await loadFixture(renewalFixture);
        // what a forged id may name exists
        for (let i = 0; i < 2; i++) {
          await licenses.connect(admin).setRights(await ethers.deployContract("TestRights"), true, false);
        }
        const renews = licenseId ^ bit;
        const before = await token.balanceOf(actors.buyer);
        await expect(market.connect(actors.buyer).purchase(counted, { ...renewal, renews }))
          .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
          .withArgs(renews, countedHash);
        expect(await token.balanceOf(actors.buyer)).to.equal(before);
      });
    }

    it("an id without the guard of a module that has one", async () => {
      const { market, licenses, admin, actors, actions } = await loadFixture(rightsFixture);
      await licenses.connect(admin).setRights(await ethers.deployContract("TestRights"), true, true);
      const offer = actions.counted({ rights: RIGHTS + 1n });
      const { hash, licenseId } = await actions.sell(offer);
      const buyer = market.connect(actors.buyer);
      const renews = licenseId ^ (FLAGS.GUARDED << 128n);
      await expect(buyer.purchase(offer, await actions.orderFor(offer, { renews })))
        .to.be.revertedWithCustomError(market, "Market_NotItsOffer")
        .withArgs(renews, hash);
      await expect(buyer.purchase(offer, await actions.orderFor(offer, { renews: licenseId })))
        .to.emit(market, "LicenseSold")
        .withArgs(hash, licenseId, actors.buyer.address, PRICE);
    });

    it("nothing that only the module can know: an id with another count or fee that was never sold", async () => {
      const { market, actors, actions, counted, licenseId, renewal } = await loadFixture(renewalFixture);
      for (const renews of [licenseId + 9n, licenseId ^ (1n << 200n)]) {
        const call = await market.connect(actors.buyer).purchase(counted, { ...renewal, renews });
        const sale = { licenseId: renews, renewal: true };
        await actions.expectTold(call, [await actions.saleOf(counted, sale)]);
      }
    });

    it("other terms than those that the buyer names", async () => {
      const { market, actors, counted, countedHash, renewal } = await loadFixture(renewalFixture);
      const dearer = { ...counted, price: 2n * PRICE };
      await expect(market.connect(actors.buyer).purchase(dearer, renewal))
        .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
        .withArgs(countedHash, await market.hashOffer(dearer));
    });

    it("a price above the buyer's bound", async () => {
      const { market, actors, counted, renewal } = await loadFixture(renewalFixture);
      const bounded = { ...renewal, quantity: 3n, maxPrice: 3n * PRICE - 1n };
      await expect(market.connect(actors.buyer).purchase(counted, bounded))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(3n * PRICE, 3n * PRICE - 1n);
    });

    it("a version that was proven defective", async () => {
      const { market, contracts, actors, actions, files } = await loadFixture(rightsFixture);
      const versionId = await actions.publish(actors.creator, files.broken.data);
      const offer = actions.counted({ versionId });
      const { licenseId } = await actions.sell(offer);
      await contracts.ModelRegistry.proveDefective(versionId, files.broken.evidence);
      const order = await actions.orderFor(offer, { renews: licenseId });
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_VersionDefective")
        .withArgs(versionId);
    });
  });

  it("of a licence that the escrow sold is paid at once, opens no deal and needs no buyer's key", async () => {
    const { market, ledger, contracts, token, actors, actions, ids } = await loadFixture(rightsFixture);
    const offer = actions.fileTerms({ rights: RIGHTS, rightsTerms: TERMS });
    await actions.list(offer);
    const { order } = await actions.paddedOrder(offer);
    await market.connect(actors.buyer).purchase(offer, order);
    const licenseId = actions.idOf({ flags: FLAGS.TRANSFERABLE | FLAGS.ESCROWED, versionId: ids.fileVersionId });
    const renewal = await actions.orderFor(offer, { renews: licenseId, pad: actors.other.address });
    await expect(
      market.connect(actors.buyer).purchase(offer, { ...renewal, buyerKey: order.buyerKey }),
    ).to.be.revertedWithCustomError(market, "Market_PadNotNeeded");

    const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
    let call: Awaited<ReturnType<typeof market.purchase>>;
    await expectCredits(
      ledger,
      token,
      async () => (call = await market.connect(actors.buyer).purchase(offer, renewal)),
      [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
        [contracts.Escrow, 0n],
      ],
    );
    await expect(call!).to.not.emit(contracts.Escrow, "DealOpened");
    const sale = { licenseId, key: actors.other.address, renewal: true };
    await actions.expectTold(call!, [await actions.saleOf(offer, sale)]);
    expect(await market.licenseState(licenseId)).to.deep.equal([true, false]);
  });

  describe("in a cart", () => {
    it("stand beside new licences and other tokens, and each of five is told to the module", async () => {
      const { market, ledger, licenses, token, actors, actions, counted, countedHash, licenseId, nativeOffer } =
        await loadFixture(renewalFixture);
      const { buyer, creator, treasury } = actors;
      const renew = { offer: counted, order: await actions.orderFor(counted, { renews: licenseId }), signature: "0x" };
      const fresh = { offer: counted, order: await actions.orderFor(counted), signature: "0x" };
      const native = { offer: nativeOffer, order: await actions.orderFor(nativeOffer), signature: "0x" };
      const items = [renew, renew, fresh, native, renew, renew, renew];
      const newId = actions.idOf({ count: 2n });
      const nativeId = actions.idOf({ rights: 0n, number: FIRST_NUMBER - 1n });
      const bought = [licenseId, licenseId, newId, nativeId, licenseId, licenseId, licenseId];
      const cart = market.connect(buyer).purchaseCart;
      expect(await cart.staticCall(items, { value: PRICE })).to.deep.equal(bought);

      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      const before = await token.balanceOf(buyer);
      let call: Awaited<ReturnType<typeof cart>>;
      await expectCredits(ledger, token, async () => (call = await cart(items, { value: PRICE })), [
        [creator, 6n * toCreator],
        [treasury, 6n * toTreasury],
      ]);
      expect(before - (await token.balanceOf(buyer))).to.equal(6n * PRICE);
      const renewed = await actions.saleOf(counted, { renewal: true });
      const sold = await actions.saleOf(counted, { licenseId: newId });
      await actions.expectTold(call!, [renewed, renewed, sold, renewed, renewed, renewed]);
      expect(await ledger.balanceOf(NATIVE, creator)).to.equal(toCreator);
      expect(await licenses.balanceOf(buyer)).to.equal(3n);
      expect((await market.offerState(countedHash)).sold).to.equal(2n);
    });

    it("go on during a pause, unless a new licence is with them", async () => {
      const { market, licenses, actors, actions, counted, licenseId } = await loadFixture(renewalFixture);
      const renew = { offer: counted, order: await actions.orderFor(counted, { renews: licenseId }), signature: "0x" };
      const fresh = { offer: counted, order: await actions.orderFor(counted), signature: "0x" };
      await market.connect(actors.guardian).pausePurchases(DAY);
      const { pausedUntil } = await market.config();
      const cart = market.connect(actors.buyer).purchaseCart;
      await expect(cart([renew, fresh, renew]))
        .to.be.revertedWithCustomError(market, "Market_Paused")
        .withArgs(pausedUntil);
      const call = await cart([renew, renew]);
      const renewed = await actions.saleOf(counted, { renewal: true });
      await actions.expectTold(call, [renewed, renewed]);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(1n);
    });
  });
});
