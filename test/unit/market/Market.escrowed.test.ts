import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { DAY, expectCredits, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { purchaseFixture, REFERRER_BPS } from "../../helpers/purchase";

const FEE_BPS = 250n;

describe("Market: purchase", () => {
  describe("a licence through the escrow", () => {
    async function fileFixture() {
      const protocol = await loadFixture(purchaseFixture);
      const { actions, contracts } = protocol;
      const fileOffer = actions.fileTerms({ supply: 2n, referrerBps: REFERRER_BPS });
      const fileHash = await actions.list(fileOffer);
      const { order, secret } = await actions.paddedOrder(fileOffer, {
        referrer: protocol.actors.referrer.address,
      });
      return { ...protocol, escrow: contracts.Escrow, fileOffer, fileHash, fileOrder: order, secret };
    }

    it("needs a pad and a buyer's key", async () => {
      const { market, escrow, actors, fileOffer, fileOrder } = await loadFixture(fileFixture);
      for (const differs of [{ buyerKey: ethers.ZeroHash }, { pad: ethers.ZeroAddress }]) {
        await expect(
          market.connect(actors.buyer).purchase(fileOffer, { ...fileOrder, ...differs }),
        ).to.be.revertedWithCustomError(escrow, "Escrow_EmptyPad");
      }
    });

    it("holds the price in the escrow's name and opens the deal that the offer promises", async () => {
      const { market, token, ledger, escrow, licenses, actors, actions, files, ids, ...given } =
        await loadFixture(fileFixture);
      const { fileOffer, fileOrder, fileHash } = given;
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(fileOffer, fileOrder);
      let deal: Record<string, unknown> = {};
      await expectCredits(
        ledger,
        token,
        async () => {
          const call = market.connect(actors.buyer).purchase(fileOffer, fileOrder);
          deal = await actions.dealOf(await call);
        },
        [
          [escrow, PRICE],
          [actors.creator, 0n],
          [actors.treasury, 0n],
          [actors.referrer, 0n],
        ],
      );
      const now = BigInt(await time.latest());
      expect(deal).to.include({
        opener: await market.getAddress(),
        id: licenseId,
        versionId: ids.fileVersionId,
        keyX: files.file.data.keyX,
        termsHash: fileHash,
        payer: actors.buyer.address,
        recipient: actors.buyer.address,
        seller: actors.creator.address,
        payee: actors.creator.address,
        referrer: actors.referrer.address,
        treasury: actors.treasury.address,
        payToken: ids.payToken,
        price: PRICE,
        protocolFeeBps: FEE_BPS,
        referrerBps: REFERRER_BPS,
        deliverBy: now + DAY,
        complaintWindow: 3n * DAY,
        arbitrator: ethers.ZeroAddress,
        bond: 0n,
        buyerKey: fileOrder.buyerKey,
        pad: ethers.getAddress(String(fileOrder.pad)),
        complainBy: 0n,
      });
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
      expect(await market.licenseState(licenseId)).to.deep.equal([true, false]);
      expect((await licenses.licenseInfo(licenseId)).escrowed).to.equal(true);
    });

    it("can be used from delivery, given away from settlement", async () => {
      const { market, licenses, ledger, escrow, actors, actions, files, fileOffer, fileOrder, secret } =
        await loadFixture(fileFixture);
      const { buyer, other, creator, treasury, referrer } = actors;
      const licenseId = await market.connect(buyer).purchase.staticCall(fileOffer, fileOrder);
      const deal = await actions.dealOf(await market.connect(buyer).purchase(fileOffer, fileOrder));
      await escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      const complainBy = BigInt(await time.latest()) + 3n * DAY;
      expect(await market.licenseState(licenseId)).to.deep.equal([true, true]);
      expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
      await expect(licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Locked")
        .withArgs(licenseId);

      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      await expectCredits(
        ledger,
        fileOffer.payToken as string,
        () => escrow.connect(buyer).accept({ ...deal, complainBy } as never),
        [
          [escrow, -PRICE],
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ],
      );
      expect(await market.licenseState(licenseId)).to.deep.equal([false, true]);
      await licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
      expect(await licenses.isAuthorized(licenseId, other)).to.equal(true);
    });

    it("gives price and supply back when the deal is refunded, and burns the licence", async () => {
      const { market, licenses, ledger, escrow, token, actors, actions, fileOffer, fileOrder, fileHash } =
        await loadFixture(fileFixture);
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(fileOffer, fileOrder);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(fileOffer, fileOrder));
      await market.connect(actors.other).purchase(fileOffer, fileOrder);
      await expect(market.connect(actors.buyer).purchase(fileOffer, fileOrder))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(fileHash, 2n);

      await expectCredits(ledger, token, () => escrow.connect(actors.creator).decline(deal as never), [
        [escrow, -PRICE],
        [actors.buyer, PRICE],
      ]);
      expect((await market.offerState(fileHash)).sold).to.equal(1n);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
      await expect(licenses.ownerOf(licenseId))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId);
      await market.connect(actors.buyer).purchase(fileOffer, fileOrder);
    });

    it("refunds the payer of a gift, not the one it was for", async () => {
      const { market, ledger, escrow, token, actors, actions, fileOffer, fileOrder } = await loadFixture(fileFixture);
      const gift = { ...fileOrder, recipient: actors.recipient.address };
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(fileOffer, gift));
      expect([deal.payer, deal.recipient]).to.deep.equal([actors.buyer.address, actors.recipient.address]);
      await time.increase(DAY + 1n);
      await expectCredits(ledger, token, () => escrow.refundUndelivered(deal as never), [
        [escrow, -PRICE],
        [actors.buyer, PRICE],
        [actors.recipient, 0n],
      ]);
    });

    it("can be bought without a referrer, although the offer has a share for one", async () => {
      const { market, actors, actions, fileOffer } = await loadFixture(fileFixture);
      const { order } = await actions.paddedOrder(fileOffer);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(fileOffer, order));
      expect(deal.referrer).to.equal(ethers.ZeroAddress);
    });

    it("is paid in native coin, or for nothing", async () => {
      const { market, ledger, escrow, actors, actions } = await loadFixture(fileFixture);
      const offer = actions.fileTerms({ payToken: NATIVE });
      await actions.list(offer);
      const { order } = await actions.paddedOrder(offer);
      await expectCredits(ledger, NATIVE, () => market.connect(actors.buyer).purchase(offer, order, { value: PRICE }), [
        [escrow, PRICE],
      ]);
      const free = actions.fileTerms({ price: 0n });
      await actions.list(free);
      const { order: freeOrder } = await actions.paddedOrder(free);
      await expectCredits(ledger, NATIVE, () => market.connect(actors.buyer).purchase(free, freeOrder), [[escrow, 0n]]);
    });

    it("reserves the creator's bond for each deal, and is refused when it is exhausted", async () => {
      const { market, contracts, escrow, actors, actions } = await loadFixture(fileFixture);
      const arbitrator = await contracts.Panel.getAddress();
      const offer = actions.fileTerms({ arbitrator, bond: 10n });
      await market.connect(actors.creator).createOffer(offer, { value: 15n });
      const { order } = await actions.paddedOrder(offer);
      await market.connect(actors.buyer).purchase(offer, order);
      expect(await escrow.bondOf(market, actors.creator, order.termsHash)).to.deep.equal([5n, 10n]);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
        .withArgs(await market.getAddress(), actors.creator.address, order.termsHash, 5n, 10n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): claiming, from the receiver hook, the price that waits
    //   for the escrow
    it("does not exist for the hook of its own recipient until the deal is open", async () => {
      const { market, licenses, token, ledger, escrow, actors, fileOffer, fileOrder, ids } =
        await loadFixture(fileFixture);
      const thief = await ethers.deployContract("HookedReceiver");
      const order = { ...fileOrder, recipient: await thief.getAddress() };
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(fileOffer, order);

      // the price lies in the ledger without a credit while the hook runs: claiming it undoes the whole purchase
      const steal = [{ account: await thief.getAddress(), amount: PRICE }];
      await thief.setHook(ledger, 0n, ledger.interface.encodeFunctionData("credit", [ids.payToken, steal]));
      const before = await token.balanceOf(actors.buyer);
      await expect(market.connect(actors.buyer).purchase(fileOffer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(ids.payToken, 2n * PRICE, PRICE);
      expect(await token.balanceOf(actors.buyer)).to.equal(before);

      const move = licenses.interface.encodeFunctionData("transferFrom", [
        await thief.getAddress(),
        actors.other.address,
        licenseId,
      ]);
      await thief.setHook(licenses, 0n, move);
      await market.connect(actors.buyer).purchase(fileOffer, order);
      expect(await thief.succeeded()).to.equal(false);
      expect(await thief.returned()).to.equal(licenses.interface.encodeErrorResult("LicenseToken_Locked", [licenseId]));
      expect(await ledger.balanceOf(token, escrow)).to.equal(PRICE);
    });
  });

  describe("dealRefunded", () => {
    it("refuses anyone but the escrow", async () => {
      const { market, hash, actors, actions } = await loadFixture(purchaseFixture);
      for (const account of [actors.buyer, actors.creator, await actions.asAdmin()]) {
        await expect(market.connect(account).dealRefunded(1n, hash))
          .to.be.revertedWithCustomError(market, "Market_NotEscrow")
          .withArgs(account.address);
      }
    });
  });

  describe("licenseState", () => {
    it("holds a licence that it never sold for locked and unusable", async () => {
      const { market } = await loadFixture(purchaseFixture);
      expect(await market.licenseState(12_345n)).to.deep.equal([true, false]);
    });
  });
});
