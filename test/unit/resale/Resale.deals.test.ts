import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";
import type { DealStruct } from "../../../typechain-types/contracts/escrow/Escrow";
import { buy as padsOf, sealFile, xOf } from "../../helpers/files";
import { Cause, Status } from "../../helpers/escrow";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { dealIdOf, FEE_BPS, FILE_ROYALTY_BPS, resaleFixture, sharesOf } from "./fixture";

const SHARES = sharesOf(PRICE, FEE_BPS, FILE_ROYALTY_BPS);
const DAYS_4 = 4n * DAY;

describe("Resale: with delivery", () => {
  describe("a purchase", () => {
    it("takes the licence, holds the price in the escrow, and opens a deal in which the royalty is the referrer's share", async () => {
      const { resale, licenses, escrow, actors, seller, actions, values, token, ids } =
        await loadFixture(resaleFixture);
      const ask = await actions.fileAsk({ bit: 9n });
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const dealId = dealIdOf(ask);
      const recipient = actors.recipient.address;
      const bid = actions.bid({ recipient, buyerKey, pad });
      expect(await resale.connect(actors.buyer).buy.staticCall(ask, bid, await actions.sign(ask))).to.equal(dealId);
      const before = await token.balanceOf(actors.buyer);
      const sent = await actions.expectMoves(() => actions.purchase(ask, bid), { escrow: PRICE });

      await expect(sent)
        .to.emit(resale, "ResaleOpened")
        .withArgs(dealId, values.fileLicenseId)
        .and.to.emit(licenses, "Transfer")
        .withArgs(seller.address, await resale.getAddress(), values.fileLicenseId)
        .and.not.to.emit(resale, "Resold");
      expect(await actions.dealOf(sent)).to.deep.equal({
        opener: await resale.getAddress(),
        id: dealId,
        versionId: values.fileVersionId,
        keyX: values.file.data.keyX,
        termsHash: await resale.hashAsk(ask),
        payer: actors.buyer.address,
        recipient,
        seller: seller.address,
        payee: seller.address,
        referrer: actors.creator.address,
        treasury: actors.treasury.address,
        payToken: ids.payToken,
        price: PRICE,
        protocolFeeBps: FEE_BPS,
        referrerBps: FILE_ROYALTY_BPS,
        deliverBy: BigInt(await time.latest()) + DAY,
        complaintWindow: 3n * DAY,
        arbitrator: ZeroAddress,
        bond: 0n,
        buyerKey,
        pad,
        complainBy: 0n,
      });
      expect(before - (await token.balanceOf(actors.buyer))).to.equal(PRICE);
      expect(await resale.licenseOf(dealId)).to.equal(values.fileLicenseId);
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 1n << 9n]);
      expect(await escrow.statusOf(resale, dealId)).to.equal(Status.Open);
    });

    it("holds native coin too", async () => {
      const { resale, ledger, actors, actions, values } = await loadFixture(resaleFixture);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const ask = await actions.fileAsk({ payToken: NATIVE });
      const sent = await actions.expectMoves(() => actions.purchase(ask, { buyerKey, pad }), { escrow: PRICE }, NATIVE);
      await expect(sent).to.changeEtherBalances([actors.buyer, resale, ledger], [-PRICE, 0n, PRICE]);
      expect(await resale.licenseOf(dealIdOf(ask))).to.equal(values.fileLicenseId);
    });

    // claim(invariants#market-and-escrow): a licence that waits for a delivery serves nobody | a reseller who goes on
    //   using what was sold
    it("leaves the licence to nobody's use while the deal is open or delivered", async () => {
      const { resale, licenses, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const users = [seller, actors.buyer, actors.creator];
      const usable = async () => Promise.all(users.map((user) => licenses.isAuthorized(values.fileLicenseId, user)));
      expect(await usable()).to.deep.equal([true, false, false]);
      const { deal, c } = await actions.openDeal();
      expect(await usable()).to.deep.equal([false, false, false]);
      expect(await licenses.stateOf(values.fileLicenseId)).to.deep.equal([await resale.getAddress(), false, true]);
      await actions.delivered(deal, c);
      expect(await usable()).to.deep.equal([false, false, false]);
    });

    it("needs the windows, the key and the pad that the escrow asks for", async () => {
      const { escrow, actors, actions } = await loadFixture(resaleFixture);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      for (const [field, value, bounds] of [
        ["deliveryWindow", 3_599n, [3_600n, 7n * DAY]],
        ["deliveryWindow", 7n * DAY + 1n, [3_600n, 7n * DAY]],
        ["complaintWindow", 2n * DAY - 1n, [2n * DAY, 30n * DAY]],
        ["complaintWindow", 30n * DAY + 1n, [2n * DAY, 30n * DAY]],
      ] as const) {
        await expect(actions.purchase(await actions.fileAsk({ [field]: value }), { buyerKey, pad }))
          .to.be.revertedWithCustomError(escrow, "Escrow_WindowOutOfBounds")
          .withArgs(value, ...bounds);
      }
      for (const empty of [{ buyerKey }, { pad }]) {
        await expect(actions.purchase(await actions.fileAsk(), empty)).to.be.revertedWithCustomError(
          escrow,
          "Escrow_EmptyPad",
        );
      }
      await expect(
        actions.purchase(await actions.fileAsk(), { buyerKey, pad, recipient: ZeroAddress }),
      ).to.be.revertedWithCustomError(escrow, "Escrow_ZeroParty");
    });

    it("is refused for a version that the licence does not cover, or that has no file", async () => {
      const { resale, escrow, actors, actions, values, ids } = await loadFixture(resaleFixture);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      for (const versionId of [0n, values.fileVersionId + 1n, ids.fileVersionId]) {
        await expect(actions.purchase(await actions.fileAsk({ versionId }), { buyerKey, pad }))
          .to.be.revertedWithCustomError(resale, "Resale_NotCovered")
          .withArgs(values.fileLicenseId, versionId);
      }
      const service = await actions.fileAsk({ licenseId: values.licenseId, versionId: ids.versionId });
      await expect(actions.purchase(service, { buyerKey, pad }))
        .to.be.revertedWithCustomError(escrow, "Escrow_WrongKey")
        .withArgs(ids.versionId, ZeroHash);
    });

    it("keeps nothing of an attempt that fails: the bit is free and the licence with its seller", async () => {
      const { resale, licenses, escrow, seller, actions, values } = await loadFixture(resaleFixture);
      await expect(actions.purchase(await actions.fileAsk(), {})).to.be.revertedWithCustomError(
        escrow,
        "Escrow_EmptyPad",
      );
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 0n]);
      expect(await resale.licenseOf(dealIdOf(await actions.fileAsk()))).to.equal(0n);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(seller.address);
    });
  });

  describe("a delivery", () => {
    // claim(attacks#escrow-dispute-and-arbiters): a reseller who delivers another key than the version's
    it("is proven: the key of another version, or a number, is refused", async () => {
      const { escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const { deal, c } = await actions.openDeal();
      const other = sealFile(0xffffn, Buffer.from("another model"));
      const about = {
        chainId: values.chainId,
        escrow: await escrow.getAddress(),
        versionId: values.fileVersionId,
        payer: actors.buyer.address,
      };
      const wrong = padsOf({ secret: other.key, x: xOf(other.key) }, about).c;
      for (const scalar of [wrong, c + 1n, 0n]) {
        await expect(escrow.deliver(deal, scalar))
          .to.be.revertedWithCustomError(escrow, "Escrow_WrongScalar")
          .withArgs(deal.id, scalar);
      }
      await expect(escrow.deliver(deal, c))
        .to.emit(escrow, "KeyDelivered")
        .withArgs(deal.opener, deal.id, c, BigInt(await time.latest()) + 1n + 3n * DAY);
    });

    it("gives a later version of the model, where the licence includes updates", async () => {
      const { resale, licenses, registry, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const licenseId = await actions.licenceOf(actions.fileTerms({ includesUpdates: true }));
      const newer = sealFile(0x0002n, Buffer.from("weights of the second version"));
      await registry.connect(actors.creator).publishVersion(4n, newer.data);
      const versionId = values.fileVersionId + 1n;
      // the first version is proven defective, and sold no more: the second is
      await actions.proveDefective();
      await expect(actions.purchase(await actions.ask({ licenseId })))
        .to.be.revertedWithCustomError(resale, "Resale_VersionDefective")
        .withArgs(values.fileVersionId);

      const key = { secret: newer.key, x: String(newer.data.keyX) };
      const about = {
        chainId: values.chainId,
        escrow: await escrow.getAddress(),
        versionId,
        payer: actors.buyer.address,
      };
      const { buyerKey, pad, c } = padsOf(key, about);
      const ask = await actions.fileAsk({ licenseId, versionId });
      const opened: DealStruct = await actions.dealOf(await actions.purchase(ask, { buyerKey, pad }));
      expect(opened.keyX).to.equal(newer.data.keyX);
      const deal = await actions.delivered(opened, c);
      await escrow.connect(actors.buyer).accept(deal);
      await resale.claim(deal);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
    });
  });

  describe("claim", () => {
    it("gives the licence to the recipient once the recipient accepts, and pays seller, payee and treasury", async () => {
      const { resale, licenses, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const recipient = actors.recipient.address;
      const { deal } = await actions.deliverDeal({}, { recipient });
      await actions.expectMoves(() => escrow.connect(actors.recipient).accept(deal), {
        escrow: -PRICE,
        seller: SHARES.toSeller,
        creator: SHARES.toPayee,
        treasury: SHARES.toTreasury,
      });
      await expect(await actions.expectMoves(() => resale.connect(actors.recipient).claim(deal), {}))
        .to.emit(resale, "ResaleClosed")
        .withArgs(deal.id, values.fileLicenseId, recipient)
        .and.to.emit(licenses, "Transfer")
        .withArgs(await resale.getAddress(), recipient, values.fileLicenseId);
      expect(await licenses.isAuthorized(values.fileLicenseId, recipient)).to.equal(true);
      expect(await resale.licenseOf(deal.id)).to.equal(0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a stranger who claims the licence of a resale
    it("may be called by a stranger, and gives the stranger nothing", async () => {
      const { resale, licenses, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const { deal } = await actions.deliverDeal();
      await escrow.connect(actors.buyer).accept(deal);
      for (const forged of [
        { ...deal, recipient: actors.stranger.address },
        { ...deal, seller: actors.stranger.address },
        { ...deal, opener: actors.stranger.address },
        { ...deal, complainBy: 0n },
      ]) {
        await expect(resale.connect(actors.stranger).claim(forged))
          .to.be.revertedWithCustomError(resale, "Resale_NotClosed")
          .withArgs(deal.id);
      }
      await resale.connect(actors.stranger).claim(deal);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
    });

    it("waits for the end of the deal: it is refused while the deal is open or delivered", async () => {
      const { resale, escrow, actors, actions } = await loadFixture(resaleFixture);
      const { deal, c } = await actions.openDeal();
      const refused = (now: DealStruct) =>
        expect(resale.claim(now)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(deal.id);
      await refused(deal);
      const now = await actions.delivered(deal, c);
      await refused(now);
      await escrow.connect(actors.buyer).accept(now);
      await resale.claim(now);
    });

    it("needs no acceptance: after the window for complaints anybody settles and claims", async () => {
      const { resale, licenses, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const { deal } = await actions.deliverDeal();
      await time.setNextBlockTimestamp(BigInt(deal.complainBy) + 1n);
      await actions.expectMoves(() => escrow.connect(actors.stranger).settle(deal), {
        escrow: -PRICE,
        seller: SHARES.toSeller,
        creator: SHARES.toPayee,
        treasury: SHARES.toTreasury,
      });
      await resale.connect(actors.stranger).claim(deal);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): the licence of a later resale claimed with an older deal
    it("gives a licence once, also when it lies here again for another deal", async () => {
      const { resale, licenses, escrow, actors, seller, actions, values } = await loadFixture(resaleFixture);
      const { deal: first } = await actions.deliverDeal();
      await escrow.connect(actors.buyer).accept(first);
      await resale.claim(first);
      await expect(resale.claim(first)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(first.id);
      // back with the seller, and sold with delivery once more
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, seller, values.fileLicenseId);
      const { deal: second } = await actions.deliverDeal({ bit: 1n });
      await expect(resale.claim(first)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(first.id);
      expect(await resale.licenseOf(second.id)).to.equal(values.fileLicenseId);
      await escrow.connect(actors.buyer).accept(second);
      await expect(resale.claim(first)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(first.id);
      await resale.claim(second);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
    });

    it("knows only deals of the resale", async () => {
      const { resale, market, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const offer = actions.fileTerms({ salt: 5n });
      await actions.list(offer);
      const { buyerKey, pad, c } = actions.padsFor(actors.buyer.address);
      const order = await actions.orderFor(offer, { buyerKey, pad });
      const opened = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
      const deal = await actions.delivered(opened, c);
      await escrow.connect(actors.buyer).accept(deal);
      await expect(resale.claim(deal)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(deal.id);
      expect(await resale.licenseOf(values.fileLicenseId)).to.equal(0n);
    });

    it("gives a licence to a contract without a hook, which could not refuse it", async () => {
      const { resale, licenses, escrow, actions, values } = await loadFixture(resaleFixture);
      const mute = await ethers.deployContract("MarketActor");
      const { deal } = await actions.deliverDeal({}, { recipient: await mute.getAddress() });
      await mute.act(escrow, 0n, escrow.interface.encodeFunctionData("accept", [deal]));
      await resale.claim(deal);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(await mute.getAddress());
    });
  });

  describe("a refund", () => {
    const REFUND = { escrow: -PRICE, buyer: PRICE };

    // claim(invariants#market-and-escrow): a refunded resale returns the licence to the reseller | a buyer who has the
    //   money and the licence
    it("returns the licence when the seller declines", async () => {
      const { resale, licenses, escrow, seller, actions, values } = await loadFixture(resaleFixture);
      const { deal, ask } = await actions.openDeal();
      const sent = await actions.expectMoves(() => escrow.connect(seller).decline(deal), REFUND);
      await expect(sent)
        .to.emit(escrow, "DealRefunded")
        .withArgs(deal.opener, deal.id, Cause.Declined)
        .and.to.emit(resale, "ResaleClosed")
        .withArgs(deal.id, values.fileLicenseId, seller.address)
        .and.to.emit(licenses, "Transfer")
        .withArgs(await resale.getAddress(), seller.address, values.fileLicenseId);
      expect(await licenses.isAuthorized(values.fileLicenseId, seller)).to.equal(true);
      expect(await resale.licenseOf(deal.id)).to.equal(0n);
      await expect(resale.claim(deal)).to.be.revertedWithCustomError(resale, "Resale_NotClosed").withArgs(deal.id);
      // the ask is used up all the same
      const { buyerKey, pad } = deal;
      await expect(actions.purchase(ask, { buyerKey, pad }))
        .to.be.revertedWithCustomError(resale, "Resale_Used")
        .withArgs(seller.address, 0n);
    });

    it("returns it when nothing was delivered in time, by anybody's call, and the miss is the reseller's", async () => {
      const { resale, licenses, escrow, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const { deal } = await actions.openDeal();
      await time.setNextBlockTimestamp(BigInt(deal.deliverBy));
      await expect(escrow.connect(actors.stranger).refundUndelivered(deal))
        .to.be.revertedWithCustomError(escrow, "Escrow_TooEarly")
        .withArgs(deal.id, deal.deliverBy);
      await actions.expectMoves(() => escrow.connect(actors.stranger).refundUndelivered(deal), REFUND);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(seller.address);
      const { secret } = actions.padsFor(actors.buyer.address);
      await expect(escrow.recordMissedDelivery(deal, secret))
        .to.emit(escrow, "DeliveryMissed")
        .withArgs(await resale.getAddress(), seller.address, deal.id, 1n);
    });

    it("returns it when the seller gives the price back after the delivery", async () => {
      const { licenses, escrow, seller, actions, values } = await loadFixture(resaleFixture);
      const { deal } = await actions.deliverDeal();
      await actions.expectMoves(() => escrow.connect(seller).refundBySeller(deal), REFUND);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(seller.address);
    });

    it("returns it when the version is proven defective in time, delivered or not", async () => {
      for (const isDelivered of [false, true]) {
        const { resale, licenses, escrow, registry, seller, actors, actions, values } =
          await loadFixture(resaleFixture);
        const { deal } = isDelivered ? await actions.deliverDeal() : await actions.openDeal();
        const sent = await actions.expectMoves(
          () => escrow.connect(actors.buyer).proveAndRefund(deal, values.file.evidence),
          REFUND,
        );
        await expect(sent)
          .to.emit(escrow, "DealRefunded")
          .withArgs(deal.opener, deal.id, Cause.Defective)
          .and.to.emit(resale, "ResaleClosed")
          .withArgs(deal.id, values.fileLicenseId, seller.address);
        expect(await registry.defectiveAt(values.fileVersionId)).to.not.equal(0n);
        expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(seller.address);
      }
    });

    it("comes from no proof that is late: then the recipient has the licence", async () => {
      const { resale, licenses, escrow, actors, actions, values } = await loadFixture(resaleFixture);
      const { deal } = await actions.deliverDeal();
      await time.setNextBlockTimestamp(BigInt(deal.complainBy) + 1n);
      await actions.proveDefective();
      await escrow.settle(deal);
      await resale.claim(deal);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
    });

    it("returns it to a contract without the receiver's hook", async () => {
      const { resale, licenses, escrow, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const signer = await ethers.deployContract("ContractSigner");
      await licenses.connect(seller).transferFrom(seller, signer, values.fileLicenseId);
      const approve = licenses.interface.encodeFunctionData("setApprovalForAll", [await resale.getAddress(), true]);
      await signer.act(licenses, 0n, approve);
      const ask = await actions.fileAsk({ seller: await signer.getAddress() });
      await signer.approveHash(await resale.askDigest(ask), true);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const deal: DealStruct = await actions.dealOf(
        await resale.connect(actors.buyer).buy(ask, actions.bid({ buyerKey, pad }), "0x"),
      );
      await signer.act(escrow, 0n, escrow.interface.encodeFunctionData("decline", [deal]));
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(await signer.getAddress());
    });

    it("makes other asks for the licence usable again, until they are cancelled", async () => {
      const { licenses, escrow, seller, resale, actors, actions, values } = await loadFixture(resaleFixture);
      const other = await actions.ask({ licenseId: values.fileLicenseId, bit: 1n });
      const { deal } = await actions.openDeal();
      await expect(actions.purchase(other))
        .to.be.revertedWithCustomError(licenses, "ERC721IncorrectOwner")
        .withArgs(seller.address, values.fileLicenseId, await resale.getAddress());
      await escrow.connect(seller).decline(deal);
      await actions.purchase(other);
      expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
    });

    it("is reported by the escrow alone", async () => {
      const { resale, seller, admin, actions } = await loadFixture(resaleFixture);
      const { deal } = await actions.openDeal();
      for (const account of [seller, admin]) {
        await expect(resale.connect(account).dealRefunded(deal.id, ZeroHash))
          .to.be.revertedWithCustomError(resale, "Resale_NotEscrow")
          .withArgs(account.address);
      }
    });
  });

  it("sells a gift with delivery, of which nobody is credited", async () => {
    const { resale, licenses, escrow, actors, actions, values } = await loadFixture(resaleFixture);
    const { deal } = await actions.deliverDeal({ price: 0n });
    await actions.expectMoves(() => escrow.connect(actors.buyer).accept(deal), {});
    await resale.claim(deal);
    expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
  });

  it("goes on after the seller cancelled everything, and while purchases are paused", async () => {
    const { resale, licenses, escrow, seller, actors, actions, values } = await loadFixture(resaleFixture);
    const { deal, c } = await actions.openDeal();
    await resale.connect(seller).cancelAll();
    await resale.connect(actors.guardian).pausePurchases(DAYS_4);
    const now = await actions.delivered(deal, c);
    await escrow.connect(actors.buyer).accept(now);
    await resale.claim(now);
    expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(actors.buyer.address);
  });

  it("keeps deals of one bit in two epochs apart", async () => {
    const { resale, seller, escrow, actors, actions } = await loadFixture(resaleFixture);
    const { deal: first } = await actions.deliverDeal();
    await resale.connect(seller).cancelAll();
    const second = await actions.licenceOf(actions.fileTerms());
    const { deal } = await actions.deliverDeal({ licenseId: second, epoch: 1n });
    expect(deal.id).to.equal(BigInt(first.id) + 256n);
    await escrow.connect(actors.buyer).accept(deal);
    await resale.claim(deal);
    expect(await resale.licenseOf(deal.id)).to.equal(0n);
    expect(await resale.licenseOf(first.id)).to.not.equal(0n);
  });
});
