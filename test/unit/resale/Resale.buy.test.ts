import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { signPermit, signRequest } from "../../helpers/signing";
import { xOf } from "../../helpers/files";
import { FEE_BPS, MAX_AHEAD, resaleFixture, ROYALTY_BPS, sharesOf } from "./fixture";

describe("Resale: at once", () => {
  describe("price and licence", () => {
    // claim(invariants#market-and-escrow): the credits of a resale are its price; fee and royalty are rounded down | a
    //   seller, a payee or the treasury at the cost of another
    it("change hands in one call, with the royalty for the model's payee and the fee for the treasury", async () => {
      const { resale, licenses, ledger, token, actors, seller, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.ask();
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
      expect([toSeller, toTreasury, toPayee]).to.deep.equal([905_003n, 25_000n, 70_000n]);
      const before = await token.balanceOf(actors.buyer);
      const sent = await actions.expectMoves(() => actions.purchase(ask), {
        seller: toSeller,
        treasury: toTreasury,
        creator: toPayee,
      });

      await expect(sent)
        .to.emit(resale, "Resold")
        .withArgs(values.licenseId, seller.address, actors.buyer.address, PRICE, toPayee)
        .and.to.emit(licenses, "Transfer")
        .withArgs(seller.address, actors.buyer.address, values.licenseId)
        .and.not.to.emit(resale, "ResaleOpened");
      expect(before - (await token.balanceOf(actors.buyer))).to.equal(PRICE);
      expect(await token.balanceOf(resale)).to.equal(0n);
      expect(await ledger.totalOwed(token)).to.equal(await token.balanceOf(ledger));
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
      expect(await licenses.isAuthorized(values.licenseId, actors.buyer)).to.equal(true);
      expect(await licenses.isAuthorized(values.licenseId, seller)).to.equal(false);
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 1n]);
    });

    it("are the same in native coin", async () => {
      const { resale, licenses, actors, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.ask({ payToken: NATIVE });
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
      const sent = await actions.expectMoves(
        () => actions.purchase(ask),
        { seller: toSeller, treasury: toTreasury, creator: toPayee },
        NATIVE,
      );
      await expect(sent).to.changeEtherBalances([actors.buyer, resale], [-PRICE, 0n]);
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
    });

    it("give the licence to another than the payer where the buyer says so", async () => {
      const { licenses, resale, actors, seller, actions, values } = await loadFixture(resaleFixture);
      await expect(actions.purchase(await actions.ask(), { recipient: actors.recipient.address }))
        .to.emit(resale, "Resold")
        .withArgs(values.licenseId, seller.address, actors.buyer.address, PRICE, sharesOf(PRICE).toPayee);
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.recipient.address);
    });

    it("credit nobody for a gift, and leave the whole unit of a small price to the seller", async () => {
      for (const price of [0n, 1n]) {
        const { licenses, actors, actions, values } = await loadFixture(resaleFixture);
        const ask = await actions.ask({ price });
        await actions.expectMoves(() => actions.purchase(ask), { seller: price });
        expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
      }
    });

    it("round each share down at the unit where it begins", async () => {
      // 40 units are the first with a fee of 2.5 %, 15 the first with a royalty of 7 %
      for (const [price, toTreasury, toPayee] of [
        [14n, 0n, 0n],
        [15n, 0n, 1n],
        [39n, 0n, 2n],
        [40n, 1n, 2n],
      ]) {
        const { actions } = await loadFixture(resaleFixture);
        const ask = await actions.ask({ price });
        await actions.expectMoves(() => actions.purchase(ask), {
          seller: price - toTreasury - toPayee,
          treasury: toTreasury,
          creator: toPayee,
        });
      }
    });

    it("pay the payee that was fixed for the model, and not who holds its title", async () => {
      const { registry, licenses, actors, actions, values } = await loadFixture(resaleFixture);
      await registry.connect(actors.creator).fixPayee(4n, actors.recipient);
      const royalty = await licenses.royaltyInfo(values.fileLicenseId, PRICE);
      expect(royalty).to.deep.equal([actors.recipient.address, sharesOf(PRICE, FEE_BPS, 650n).toPayee]);
      const ask = await actions.ask({ licenseId: values.fileLicenseId });
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE, FEE_BPS, 650n);
      await actions.expectMoves(() => actions.purchase(ask), {
        seller: toSeller,
        treasury: toTreasury,
        recipient: toPayee,
      });
    });

    it("pay the holder of the title once, as payee and as seller", async () => {
      const { licenses, resale, actors, actions } = await loadFixture(resaleFixture);
      const licenseId = await actions.licenceOf(actions.terms(), actors.buyer);
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.creator, licenseId);
      await licenses.connect(actors.creator).approve(resale, licenseId);
      const ask = await actions.ask({ licenseId, seller: actors.creator.address });
      const signature = await actions.sign(ask, actors.creator);
      const { toTreasury } = sharesOf(PRICE);
      await actions.expectMoves(() => resale.connect(actors.buyer).buy(ask, actions.bid(), signature), {
        creator: PRICE - toTreasury,
        treasury: toTreasury,
      });
    });

    it("take no fee and no royalty where there is none", async () => {
      const { resale, registry, admin, actors, actions } = await loadFixture(resaleFixture);
      await resale.connect(admin).setProtocolFee(0n);
      const versionId = await actions.publish(actors.creator);
      expect((await registry.modelInfo(versionId >> 16n)).royaltyBps).to.equal(0n);
      const licenseId = await actions.licenceOf(actions.terms({ versionId }));
      const ask = await actions.ask({ licenseId, maxFeeBps: 0n, maxRoyaltyBps: 0n });
      await actions.expectMoves(() => actions.purchase(ask), { seller: PRICE });
    });

    it("go to the treasury that holds now", async () => {
      const { resale, admin, actors, actions } = await loadFixture(resaleFixture);
      await resale.connect(admin).setTreasury(actors.stranger);
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
      const ask = await actions.ask();
      await actions.expectMoves(() => actions.purchase(ask), {
        seller: toSeller,
        stranger: toTreasury,
        creator: toPayee,
      });
    });
  });

  describe("ways to pay", () => {
    it("takes an allowance that was spent on nothing else", async () => {
      const { resale, token, actors, actions } = await loadFixture(resaleFixture);
      await token.connect(actors.buyer).approve(resale, PRICE - 1n);
      await expect(actions.purchase(await actions.ask()))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await resale.getAddress(), PRICE - 1n, PRICE);
      await token.connect(actors.buyer).approve(resale, PRICE);
      await actions.purchase(await actions.ask());
      expect(await token.allowance(actors.buyer, resale)).to.equal(0n);
    });

    it("takes a permit in place of an allowance, also one that a front-runner used first", async () => {
      for (const usedBefore of [false, true]) {
        const { resale, token, licenses, actors, actions, values } = await loadFixture(resaleFixture);
        await token.connect(actors.buyer).approve(resale, 0n);
        const permit = await signPermit(token, actors.buyer, await resale.getAddress(), PRICE);
        if (usedBefore) {
          const { value, deadline, v, r, s } = permit;
          await token.connect(actors.stranger).permit(actors.buyer, resale, value, deadline, v, r, s);
        }
        const ask = await actions.ask();
        const signature = await actions.sign(ask);
        const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
        await actions.expectMoves(
          () => resale.connect(actors.buyer).buyWithPermit(ask, actions.bid(), signature, permit),
          { seller: toSeller, treasury: toTreasury, creator: toPayee },
        );
        expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
        expect(await token.allowance(actors.buyer, resale)).to.equal(0n);
      }
    });

    it("takes a permit with delivery too, and says the deal", async () => {
      const { resale, token, actors, actions } = await loadFixture(resaleFixture);
      await token.connect(actors.buyer).approve(resale, 0n);
      const permit = await signPermit(token, actors.buyer, await resale.getAddress(), PRICE);
      const ask = await actions.fileAsk();
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const args = [ask, actions.bid({ buyerKey, pad }), await actions.sign(ask), permit] as const;
      expect(await resale.connect(actors.buyer).buyWithPermit.staticCall(...args)).to.equal(
        await resale.dealIdOf(ask.seller, 0n, 0n),
      );
      await actions.expectMoves(() => resale.connect(actors.buyer).buyWithPermit(...args), { escrow: PRICE });
    });

    it("lets a newcomer without native coin buy through the forwarder", async () => {
      const { resale, contracts, token, licenses, actors, actions, values } = await loadFixture(resaleFixture);
      const newcomer = ethers.Wallet.createRandom();
      await token.mint(newcomer.address, PRICE);
      const ask = await actions.ask({ buyer: newcomer.address });
      const permit = await signPermit(token, newcomer, await resale.getAddress(), PRICE);
      const bid = actions.bid({}, newcomer);
      const data = resale.interface.encodeFunctionData("buyWithPermit", [ask, bid, await actions.sign(ask), permit]);
      const request = await signRequest(contracts.Forwarder, newcomer, await resale.getAddress(), data);
      await contracts.Forwarder.connect(actors.stranger).execute(request);
      expect(await licenses.ownerOf(values.licenseId)).to.equal(newcomer.address);
      expect(await token.balanceOf(newcomer.address)).to.equal(0n);
    });

    it("refuses value that is not the price, and any with a token", async () => {
      const { resale, actors, actions } = await loadFixture(resaleFixture);
      for (const [payToken, price, sent, expected] of [
        [NATIVE, PRICE, PRICE - 1n, PRICE],
        [NATIVE, PRICE, PRICE + 1n, PRICE],
        [NATIVE, 0n, 1n, 0n],
        [undefined, PRICE, 1n, 0n],
      ] as const) {
        const ask = await actions.ask({ price, ...(payToken === undefined ? {} : { payToken }) });
        const signature = await actions.sign(ask);
        await expect(resale.connect(actors.buyer).buy(ask, actions.bid(), signature, { value: sent }))
          .to.be.revertedWithCustomError(resale, "Resale_WrongValue")
          .withArgs(sent, expected);
      }
    });

    it("refuses plain coin", async () => {
      const { resale, actors } = await loadFixture(resaleFixture);
      await expect(actors.buyer.sendTransaction({ to: resale, value: 1n })).to.be.revertedWithoutReason();
    });
  });

  describe("what the ask says", () => {
    it("sells until its last second, and not one later", async () => {
      for (const late of [0n, 1n]) {
        const { resale, actions } = await loadFixture(resaleFixture);
        const ask = await actions.ask();
        await time.setNextBlockTimestamp(BigInt(ask.expiresAt) + late);
        const buying = actions.purchase(ask);
        if (late === 0n) await buying;
        else await expect(buying).to.be.revertedWithCustomError(resale, "Resale_Expired").withArgs(ask.expiresAt);
      }
    });

    it("ends at most 180 days ahead, to the second", async () => {
      const { resale, actions } = await loadFixture(resaleFixture);
      const now = BigInt(await time.latest()) + 100n;
      const ask = await actions.ask({ expiresAt: now + MAX_AHEAD + 1n });
      await time.setNextBlockTimestamp(now);
      await expect(actions.purchase(ask))
        .to.be.revertedWithCustomError(resale, "Resale_TooFarAhead")
        .withArgs(now + MAX_AHEAD + 1n, now + MAX_AHEAD);
      await time.setNextBlockTimestamp(now + 1n);
      await actions.purchase(ask);
    });

    it("sells to its buyer alone, who may name another recipient", async () => {
      const { resale, licenses, actors, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.ask({ buyer: actors.buyer.address });
      await expect(actions.purchase(ask, { recipient: actors.buyer.address }, actors.stranger))
        .to.be.revertedWithCustomError(resale, "Resale_NotTheBuyer")
        .withArgs(actors.stranger.address, actors.buyer.address);
      await actions.purchase(ask, { recipient: actors.stranger.address });
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.stranger.address);
    });

    it("accepts a fee up to its bound", async () => {
      const { resale, actions } = await loadFixture(resaleFixture);
      await expect(actions.purchase(await actions.ask({ maxFeeBps: FEE_BPS - 1n })))
        .to.be.revertedWithCustomError(resale, "Resale_FeeAboveBound")
        .withArgs(FEE_BPS, FEE_BPS - 1n);
      await actions.purchase(await actions.ask({ maxFeeBps: FEE_BPS }));
    });

    // claim(attacks#licences-listings-offers-and-signatures): a royalty above what the reseller signed
    it("accepts a royalty up to its bound", async () => {
      const { resale, actions } = await loadFixture(resaleFixture);
      await expect(actions.purchase(await actions.ask({ maxRoyaltyBps: ROYALTY_BPS - 1n })))
        .to.be.revertedWithCustomError(resale, "Resale_RoyaltyAboveBound")
        .withArgs(ROYALTY_BPS, ROYALTY_BPS - 1n);
      await actions.purchase(await actions.ask({ maxRoyaltyBps: ROYALTY_BPS }));
    });

    it("names no version and no window for complaints, and the buyer no key and no pad", async () => {
      const { resale, actions, ids } = await loadFixture(resaleFixture);
      for (const [field, value] of [
        ["versionId", ids.versionId],
        ["complaintWindow", 1n],
      ] as const) {
        await expect(actions.purchase(await actions.ask({ [field]: value })))
          .to.be.revertedWithCustomError(resale, "Resale_BadTerms")
          .withArgs(field);
      }
      for (const differs of [{ buyerKey: xOf(5n) }, { pad: `0x${"00".repeat(19)}01` }]) {
        await expect(actions.purchase(await actions.ask(), differs)).to.be.revertedWithCustomError(
          resale,
          "Resale_PadNotNeeded",
        );
      }
    });

    it("is in a token of the list", async () => {
      const { resale, market, admin, actions, ids } = await loadFixture(resaleFixture);
      await resale.connect(admin).setPayToken(ids.payToken, false, 0n);
      // the market's list is another
      expect((await market.payTokenRisks(ids.payToken)).allowed).to.equal(true);
      await expect(actions.purchase(await actions.ask()))
        .to.be.revertedWithCustomError(resale, "Market_TokenNotListed")
        .withArgs(ids.payToken);
      await resale.connect(admin).setPayToken(ids.payToken, true, 0n);
      await actions.purchase(await actions.ask());
    });
  });

  describe("the licence", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence sold by somebody who gave it away meanwhile
    it("is not sold by a seller who no longer holds it, though the holder approved the resale too", async () => {
      const { licenses, resale, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.ask();
      await licenses.connect(seller).transferFrom(seller, actors.stranger, values.licenseId);
      await expect(actions.purchase(ask))
        .to.be.revertedWithCustomError(licenses, "ERC721InsufficientApproval")
        .withArgs(await resale.getAddress(), values.licenseId);
      await licenses.connect(actors.stranger).setApprovalForAll(resale, true);
      await expect(actions.purchase(ask))
        .to.be.revertedWithCustomError(licenses, "ERC721IncorrectOwner")
        .withArgs(seller.address, values.licenseId, actors.stranger.address);
    });

    it("needs the seller's approval, of it alone or of all", async () => {
      const { licenses, resale, seller, actions, values } = await loadFixture(resaleFixture);
      await licenses.connect(seller).setApprovalForAll(resale, false);
      await expect(actions.purchase(await actions.ask()))
        .to.be.revertedWithCustomError(licenses, "ERC721InsufficientApproval")
        .withArgs(await resale.getAddress(), values.licenseId);
      await licenses.connect(seller).approve(resale, values.licenseId);
      await actions.purchase(await actions.ask());
    });

    it("is refused when it does not exist", async () => {
      const { licenses, actions, values } = await loadFixture(resaleFixture);
      const licenseId = values.licenseId + 7n;
      await expect(actions.purchase(await actions.ask({ licenseId })))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId);
    });

    it("is refused when it was sold to stay with its holder", async () => {
      const { licenses, actions } = await loadFixture(resaleFixture);
      const licenseId = await actions.licenceOf(actions.terms({ transferable: false }));
      await expect(actions.purchase(await actions.ask({ licenseId })))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
        .withArgs(licenseId);
    });

    it("is refused while its own deal is open or delivered, and sold once that is settled", async () => {
      const { market, licenses, escrow, seller, actions } = await loadFixture(resaleFixture);
      const offer = actions.fileTerms({ salt: 1n });
      await actions.list(offer);
      const { buyerKey, pad, c } = actions.padsFor(seller.address);
      const order = await actions.orderFor(offer, { recipient: seller.address, buyerKey, pad });
      const opened = await actions.dealOf(await market.connect(seller).purchase(offer, order));
      const ask = await actions.ask({ licenseId: opened.id, expiresAt: BigInt(await time.latest()) + 30n * DAY });
      const refused = () =>
        expect(actions.purchase(ask))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_Locked")
          .withArgs(opened.id);
      await refused();
      const now = await actions.delivered(opened, c);
      await refused();
      await escrow.connect(seller).accept(now);
      await actions.purchase(ask);
    });

    it("is refused once its version is proven defective: at once and with delivery", async () => {
      const { resale, actions, actors, values } = await loadFixture(resaleFixture);
      await actions.proveDefective();
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const atOnce = await actions.ask({ licenseId: values.fileLicenseId });
      for (const buying of [
        () => actions.purchase(atOnce),
        async () => actions.purchase(await actions.fileAsk(), { buyerKey, pad }),
      ]) {
        await expect(buying())
          .to.be.revertedWithCustomError(resale, "Resale_VersionDefective")
          .withArgs(values.fileVersionId);
      }
    });

    it("reaches a contract by its hook, last of all, and no contract without one", async () => {
      const { resale, licenses, actors, actions, values } = await loadFixture(resaleFixture);
      const receiver = await ethers.deployContract("HookedReceiver");
      const mute = await ethers.deployContract("MarketActor");
      for (const recipient of [await mute.getAddress(), await resale.getAddress(), ZeroAddress]) {
        await expect(actions.purchase(await actions.ask(), { recipient }))
          .to.be.revertedWithCustomError(licenses, "ERC721InvalidReceiver")
          .withArgs(recipient);
      }
      // in its hook the receiver holds the licence, and may pass it on
      const onward = licenses.interface.encodeFunctionData("transferFrom", [
        await receiver.getAddress(),
        actors.stranger.address,
        values.licenseId,
      ]);
      await receiver.setHook(licenses, 0n, onward);
      await actions.purchase(await actions.ask(), { recipient: await receiver.getAddress() });
      expect(await receiver.succeeded()).to.equal(true);
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.stranger.address);
    });

    it("may be bought by its own seller, who pays fee and royalty for it", async () => {
      const { licenses, seller, actions, values } = await loadFixture(resaleFixture);
      const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
      const ask = await actions.ask();
      await actions.expectMoves(() => actions.purchase(ask, {}, seller), {
        seller: toSeller,
        treasury: toTreasury,
        creator: toPayee,
      });
      expect(await licenses.ownerOf(values.licenseId)).to.equal(seller.address);
    });
  });
});
