import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { expectCredits, PRICE, sharesOf } from "../../helpers/market";
import { REFERRER_BPS } from "../../helpers/purchase";
import { FEE_BPS, FLAGS, offerFor, RIGHTS, rightsFixture, TERMS, WAYS } from "../../helpers/rights";
import { signOffer } from "../../helpers/signing";

const BAD_TERMS = ethers.toBeHex(0xbad, 32);
const word = (value: bigint) => ethers.toBeHex(value, 32);

describe("Market: rights modules", () => {
  describe("createOffer", () => {
    it("shows the module the offer as it came, and passes on why the module refuses it", async () => {
      const { market, rights, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted({ salt: 7n, expiresAt: 2n ** 40n - 1n, policy: ethers.id("policy") });
      const creator = market.connect(actors.creator);
      const asked = (shown: object) => rights.interface.encodeFunctionData("check", [shown]);
      await rights.setExpected(ethers.keccak256(asked({ ...offer, salt: 8n })));
      await expect(creator.createOffer(offer))
        .to.be.revertedWithCustomError(rights, "TestRights_OtherData")
        .withArgs(asked(offer));
      await rights.setExpected(ethers.keccak256(asked(offer)));
      await expect(creator.createOffer(offer)).to.emit(market, "OfferListed");

      await rights.setExpected(ethers.ZeroHash);
      await expect(creator.createOffer(actions.counted({ rightsTerms: BAD_TERMS })))
        .to.be.revertedWithCustomError(rights, "TestRights_BadTerms")
        .withArgs(BAD_TERMS);
    });

    it("announces an offer with rights as it is, and one without any terms for them", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      for (const offer of [actions.counted(), actions.counted({ rightsTerms: ethers.ZeroHash })]) {
        const call = market.connect(actors.creator).createOffer(offer);
        const hash = await market.hashOffer(offer);
        const shown = market.interface
          .getFunction("createOffer")
          .inputs[0].components!.map(({ name }) => offer[name as keyof typeof offer]);
        await expect(call)
          .to.emit(market, "OfferListed")
          .withArgs(hash, offer.versionId, actors.creator.address, shown);
      }
    });

    it("refuses a module that is closed, and an index that nobody has", async () => {
      const { market, licenses, rights, admin, actors, actions } = await loadFixture(rightsFixture);
      await licenses.connect(admin).setRights(rights, false, false);
      for (const index of [RIGHTS, RIGHTS + 1n, 2n ** 32n - 1n]) {
        await expect(market.connect(actors.creator).createOffer(actions.counted({ rights: index })))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
          .withArgs(index);
      }
      await licenses.connect(admin).setRights(rights, true, false);
      await market.connect(actors.creator).createOffer(actions.counted());
    });

    it("refuses an offer to which the module answers anything at all", async () => {
      const { market, rights, actors, actions } = await loadFixture(rightsFixture);
      for (const size of [1, 31, 64]) {
        await rights.setAnswer(`0x${"00".repeat(size)}`);
        const call = market.connect(actors.creator).createOffer(actions.counted());
        await expect(call, `${size} bytes`).to.be.revertedWithoutReason();
      }
    });
  });

  describe("grant", () => {
    for (const [title, way] of Object.entries(WAYS)) {
      it(`is told every field of a sale, byte for byte: paid by ${title}`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { market, licenses, actors, actions } = protocol;
        const { referrer, recipient, buyer } = actors;
        const offer = await offerFor(protocol, way);
        const named = { referrer: referrer.address, recipient: recipient.address, pad: actors.other.address };
        const order = await actions.orderFor(offer, { ...named, quantity: 2n, maxPrice: 2n * PRICE });
        const call = await way.buy(protocol, offer, order, 2n * PRICE);
        const sale = await actions.saleOf(offer, {
          referrer: named.referrer,
          recipient: named.recipient,
          key: named.pad,
          referrerBps: REFERRER_BPS,
          price: 2n * PRICE,
          quantity: 2n,
        });
        await actions.expectTold(call, [sale]);
        await expect(call)
          .to.emit(market, "LicenseSold")
          .withArgs(order.termsHash, sale.licenseId, buyer.address, 2n * PRICE);
        expect(await licenses.ownerOf(sale.licenseId)).to.equal(recipient.address);
      });
    }

    it("takes a quantity of 0 and of 1 for one, and gives no share where nobody referred", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      for (const quantity of [0n, 1n]) {
        const order = await actions.orderFor(offer, { quantity });
        const call = await market.connect(actors.buyer).purchase(offer, order);
        const licenseId = actions.idOf({ count: quantity + 1n });
        await actions.expectTold(call, [await actions.saleOf(offer, { licenseId })]);
      }
    });

    it("is told of the fee and of the treasury of the moment, and the licence notes the fee", async () => {
      const { market, licenses, rights, admin, actors, actions, ids } = await loadFixture(rightsFixture);
      await market.connect(admin).setProtocolFee(317n);
      await market.connect(admin).setTreasury(actors.stranger.address);
      const offer = actions.counted({ includesUpdates: true, transferable: false });
      await actions.list(offer);
      const call = await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      const licenseId = actions.idOf({ note: 317n, flags: FLAGS.UPDATES });
      const differs = { licenseId, protocolFeeBps: 317n, treasury: actors.stranger.address };
      await actions.expectTold(call, [await actions.saleOf(offer, differs)]);
      expect(await licenses.licenseInfo(licenseId)).to.deep.equal([
        ids.versionId,
        false,
        false,
        true,
        await market.getAddress(),
        await rights.getAddress(),
        317n,
      ]);
    });

    it("is told of the id that is issued where the module guards transfers", async () => {
      const { market, licenses, admin, actors, actions } = await loadFixture(rightsFixture);
      const guard = await ethers.deployContract("TestRights");
      await licenses.connect(admin).setRights(guard, true, true);
      const offer = actions.counted({ rights: RIGHTS + 1n });
      await actions.list(offer);
      const call = await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      const licenseId = actions.idOf({ rights: RIGHTS + 1n, flags: FLAGS.TRANSFERABLE | FLAGS.GUARDED });
      const told = guard.interface.encodeFunctionData("grant", [await actions.saleOf(offer, { licenseId })]);
      await expect(call).to.emit(guard, "Told").withArgs(told);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    });

    it("is not asked about an offer without rights", async () => {
      const { market, rights, actors, actions, offer } = await loadFixture(rightsFixture);
      await rights.setRefuses(true);
      const call = await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      await actions.expectTold(call, []);
    });

    for (const [title, way] of Object.entries(WAYS)) {
      it(`stops the sale when it refuses: paid by ${title}`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { market, rights, licenses, token, actors, actions, contracts } = protocol;
        const offer = await offerFor(protocol, way);
        await rights.setRefuses(true);
        const before = await token.balanceOf(actors.buyer);
        const call = way.buy(protocol, offer, await actions.orderFor(offer), PRICE);
        // the forwarder keeps the reason to itself
        if (title === "the forwarder")
          await expect(call).to.be.revertedWithCustomError(contracts.Forwarder, "FailedCall");
        else await expect(call).to.be.revertedWithCustomError(rights, "TestRights_Refused");
        expect(await token.balanceOf(actors.buyer)).to.equal(before);
        expect(await licenses.balanceOf(actors.buyer)).to.equal(0n);
        expect((await market.offerState(await market.hashOffer(offer))).sold).to.equal(0n);
      });
    }

    it("stops the sale when it answers anything but one word", async () => {
      const { market, rights, token, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      const before = await token.balanceOf(actors.buyer);
      for (const size of [0, 31, 33, 64]) {
        await rights.setAnswer(`0x${"00".repeat(size)}`);
        const call = market.connect(actors.buyer).purchase(offer, order);
        await expect(call, `${size} bytes`).to.be.revertedWithoutReason();
      }
      expect(await token.balanceOf(actors.buyer)).to.equal(before);
    });

    it("keeps no money when its word is neither 0 nor 1", async () => {
      const { market, ledger, rights, token, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      const order = await actions.orderFor(offer, { referrer: actors.referrer.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      for (const answer of [2n, 1n << 255n, (1n << 255n) | 1n]) {
        await rights.setAnswer(word(answer));
        await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
          [actors.referrer, toReferrer],
          [rights, 0n],
        ]);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): re-entry by a rights module
    it("cannot buy inside the purchase that it is told of", async () => {
      const { market, rights, actors, actions, offer: plain } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      const inner = await actions.orderFor(plain);
      const item = { offer: plain, order: inner, signature: "0x" };
      for (const data of [
        market.interface.encodeFunctionData("purchase", [plain, inner]),
        market.interface.encodeFunctionData("purchaseCart", [[item]]),
        market.interface.encodeFunctionData("createOffer", [plain]),
      ]) {
        await rights.setCall(market, data);
        await expect(
          market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)),
        ).to.be.revertedWithCustomError(market, "ReentrancyGuardReentrantCall");
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): re-entry by a rights module
    it("finds no money yet, and no licence", async () => {
      const { market, ledger, licenses, rights, actors, actions, ids } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      const stolen = [{ account: await rights.getAddress(), amount: 1n }];
      await rights.setCall(ledger, ledger.interface.encodeFunctionData("credit", [ids.payToken, stolen]));
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(ids.payToken, 1n, 0n);
      await rights.setCall(licenses, licenses.interface.encodeFunctionData("ownerOf", [actions.idOf()]));
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(actions.idOf());
    });

    it("is asked no more about new licences once it is closed: none is issued", async () => {
      const { market, licenses, rights, admin, token, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted();
      await actions.list(offer);
      await licenses.connect(admin).setRights(rights, false, false);
      const before = await token.balanceOf(actors.buyer);
      await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
        .withArgs(RIGHTS);
      expect(await token.balanceOf(actors.buyer)).to.equal(before);
    });

    it("is never called for a signed offer with an index that nobody has", async () => {
      const { market, licenses, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.counted({ rights: RIGHTS + 1n });
      const signature = await signOffer(market, actors.creator, offer);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, await actions.orderFor(offer), signature))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
        .withArgs(RIGHTS + 1n);
    });
  });

  describe("a module that keeps the money", () => {
    for (const [title, way] of Object.entries(WAYS)) {
      it(`is credited with the whole price, and nobody else: paid by ${title}`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { market, ledger, licenses, rights, actors, actions } = protocol;
        await rights.setKeeps(true);
        const offer = await offerFor(protocol, way);
        const differs = { referrer: actors.referrer.address, quantity: 3n, maxPrice: 3n * PRICE };
        const order = await actions.orderFor(offer, differs);
        const address = await rights.getAddress();
        await expectCredits(
          ledger,
          offer.payToken as string,
          async () => {
            const call = way.buy(protocol, offer, order, 3n * PRICE);
            await expect(call)
              .to.emit(ledger, "Credited")
              .withArgs(offer.payToken, address, 3n * PRICE);
          },
          [
            [rights, 3n * PRICE],
            [actors.creator, 0n],
            [actors.treasury, 0n],
            [actors.referrer, 0n],
          ],
        );
        // the fee is noted all the same: the module owes it
        expect(await licenses.ownerOf(actions.idOf())).to.equal(actors.buyer.address);
        expect((await licenses.licenseInfo(actions.idOf())).note).to.equal(FEE_BPS);
        expect(await ethers.provider.getBalance(market)).to.equal(0n);
      });
    }

    it("keeps its own line of a cart only", async () => {
      const { market, ledger, rights, token, actors, actions, offer } = await loadFixture(rightsFixture);
      await rights.setKeeps(true);
      const counted = actions.counted();
      await actions.list(counted);
      const referrer = actors.referrer.address;
      const items = await Promise.all(
        [offer, counted, offer].map(async (terms) => ({
          offer: terms,
          order: await actions.orderFor(terms, { referrer }),
          signature: "0x",
        })),
      );
      const { toCreator, toReferrer, toTreasury } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchaseCart(items), [
        [rights, PRICE],
        [actors.creator, 2n * toCreator],
        [actors.treasury, 2n * toTreasury],
        [actors.referrer, 2n * toReferrer],
      ]);
    });

    for (const keeps of [true, false]) {
      it(`${keeps ? "is the payee" : "that keeps none is not the payee"} of the deal of a file`, async () => {
        const { market, ledger, contracts, licenses, rights, token, actors, actions, ids, files } =
          await loadFixture(rightsFixture);
        const { creator, buyer, treasury, referrer } = actors;
        await rights.setKeeps(keeps);
        const offer = actions.fileTerms({ rights: RIGHTS, rightsTerms: TERMS, referrerBps: REFERRER_BPS });
        await actions.list(offer);
        const { order, secret } = await actions.paddedOrder(offer, { referrer: referrer.address });
        let call: Awaited<ReturnType<typeof market.purchase>>;
        await expectCredits(ledger, token, async () => (call = await market.connect(buyer).purchase(offer, order)), [
          [contracts.Escrow, PRICE],
          [rights, 0n],
          [creator, 0n],
        ]);
        const licenseId = actions.idOf({
          flags: FLAGS.TRANSFERABLE | FLAGS.ESCROWED,
          versionId: ids.fileVersionId,
        });
        const named = { licenseId, referrer: referrer.address, referrerBps: REFERRER_BPS, key: order.pad };
        await actions.expectTold(call!, [await actions.saleOf(offer, named)]);
        const deal = await actions.dealOf(call!);
        expect(deal).to.include({
          id: licenseId,
          seller: creator.address,
          payee: keeps ? await rights.getAddress() : creator.address,
          protocolFeeBps: keeps ? 0n : FEE_BPS,
          referrerBps: keeps ? 0n : REFERRER_BPS,
          price: PRICE,
        });

        await contracts.Escrow.deliver(deal as never, scalarFor(files.file.key, secret));
        const complainBy = BigInt(await time.latest()) + BigInt(offer.complaintWindow);
        const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
        await expectCredits(
          ledger,
          token,
          () => contracts.Escrow.connect(buyer).accept({ ...deal, complainBy } as never),
          [
            [contracts.Escrow, -PRICE],
            [rights, keeps ? PRICE : 0n],
            [creator, keeps ? 0n : toCreator],
            [treasury, keeps ? 0n : toTreasury],
            [referrer, keeps ? 0n : toReferrer],
          ],
        );
        expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
      });
    }
  });

  describe("soldUnder", () => {
    it("is true for the offer of a licence and false for every other, and for a licence that nobody sold", async () => {
      const { market, actors, actions, offer, hash, nativeHash } = await loadFixture(rightsFixture);
      const counted = actions.counted();
      const { hash: countedHash, licenseId } = await actions.sell(counted);
      const order = await actions.orderFor(offer);
      const plain = await market.connect(actors.buyer).purchase.staticCall(offer, order);
      await market.connect(actors.buyer).purchase(offer, order);

      expect(await market.soldUnder(licenseId, countedHash)).to.equal(true);
      expect(await market.soldUnder(plain, hash)).to.equal(true);
      expect(await market.soldUnder(plain, countedHash)).to.equal(false);
      expect(await market.soldUnder(licenseId, hash)).to.equal(false);
      expect(await market.soldUnder(licenseId, nativeHash)).to.equal(false);
      // an unknown offer has the number 0, and so has an id that no offer sold
      const unknown = await market.hashOffer(actions.counted({ salt: 99n }));
      expect(await market.soldUnder(licenseId, unknown)).to.equal(false);
      expect(await market.soldUnder(0n, unknown)).to.equal(false);
      expect(await market.soldUnder(actions.idOf({ number: 0n }), unknown)).to.equal(false);
    });

    it("goes on after the offer was revoked", async () => {
      const { market, actors, actions } = await loadFixture(rightsFixture);
      const counted = actions.counted();
      const { hash, licenseId } = await actions.sell(counted);
      await market.connect(actors.creator).revokeOffer(counted);
      expect(await market.soldUnder(licenseId, hash)).to.equal(true);
    });

    it("looks at the count and at nothing but the number of the offer above it", async () => {
      const { market, actions } = await loadFixture(rightsFixture);
      const { hash, licenseId } = await actions.sell(actions.counted());
      expect(await market.soldUnder(licenseId ^ (1n << 31n), hash)).to.equal(true);
      expect(await market.soldUnder(licenseId ^ (1n << 32n), hash)).to.equal(false);
      expect(await market.soldUnder(licenseId ^ (1n << 63n), hash)).to.equal(false);
      expect(await market.soldUnder(licenseId ^ (1n << 64n), hash)).to.equal(true);
    });
  });
});
