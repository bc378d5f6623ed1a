import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { DAY, expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";

const FEE_BPS = 250n;
const REFERRER_BPS = 1_500n;
const REENTRANT = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

describe("Market: purchase", () => {
  /** An offer for the stable token and one for native coin, both listed, both with a referrer's share. */
  async function purchaseFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actions } = protocol;
    const offer = actions.terms({ referrerBps: REFERRER_BPS });
    const nativeOffer = actions.terms({ referrerBps: REFERRER_BPS, payToken: NATIVE });
    const hash = await actions.list(offer);
    const nativeHash = await actions.list(nativeOffer);
    return {
      ...protocol,
      market: contracts.Market,
      licenses: contracts.LicenseToken,
      ledger: contracts.RevenueLedger,
      offer,
      nativeOffer,
      hash,
      nativeHash,
    };
  }

  context("when the terms are not what the buyer saw", () => {
    const changes: Record<string, object> = {
      "the price raised": { price: PRICE + 1n },
      "the price lowered": { price: PRICE - 1n },
      "another version": { versionId: (1n << 16n) | 2n },
      "a smaller supply": { supply: 999n },
      "an earlier end": { expiresAt: 2n ** 40n - 2n },
      "a larger referrer's share": { referrerBps: 5_000n },
      "no right to give it away": { transferable: false },
      updates: { includesUpdates: true },
      "another salt": { salt: 9n },
      "another epoch": { epoch: 9n },
      "an extension": { extension: ethers.id("x") },
    };
    for (const [title, differs] of Object.entries(changes)) {
      it(`refuses ${title}`, async () => {
        const { market, token, actors, actions, offer, hash } = await loadFixture(purchaseFixture);
        const changed = { ...offer, ...differs };
        const order = await actions.orderFor(offer, { maxPrice: ethers.MaxUint256 });
        const before = await token.balanceOf(actors.buyer);
        await expect(market.connect(actors.buyer).purchase(changed, order))
          .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
          .withArgs(hash, await market.hashOffer(changed));
        expect(await token.balanceOf(actors.buyer)).to.equal(before);
      });
    }

    it("refuses an offer that replaced the one the buyer saw, in front of the purchase", async () => {
      const { market, actors, actions, offer, hash } = await loadFixture(purchaseFixture);
      const order = await actions.orderFor(offer);
      await market.connect(actors.creator).revokeOffer(offer);
      const dearer = { ...offer, price: 10n * PRICE };
      await actions.list(dearer);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
        .withArgs(hash);
      await expect(market.connect(actors.buyer).purchase(dearer, order))
        .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
        .withArgs(hash, await market.hashOffer(dearer));
    });
  });

  it("refuses an offer that was never listed", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const unlisted = actions.terms({ salt: 77n });
    await expect(market.connect(actors.buyer).purchase(unlisted, await actions.orderFor(unlisted)))
      .to.be.revertedWithCustomError(market, "Market_NotListed")
      .withArgs(await market.hashOffer(unlisted));
  });

  it("sells in the last second of an offer and not in the next", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const expiresAt = BigInt(await time.latest()) + 1_000n;
    const offer = actions.terms({ expiresAt });
    const hash = await actions.list(offer);
    const order = await actions.orderFor(offer);
    await time.setNextBlockTimestamp(expiresAt);
    await market.connect(actors.buyer).purchase(offer, order);
    await time.setNextBlockTimestamp(expiresAt + 1n);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(market, "Market_OfferExpired")
      .withArgs(hash, expiresAt);
  });

  it("sells the last licence and not one more", async () => {
    const { market, token, actors, actions } = await loadFixture(purchaseFixture);
    const offer = actions.terms({ supply: 2n });
    const hash = await actions.list(offer);
    const order = await actions.orderFor(offer);
    await market.connect(actors.buyer).purchase(offer, order);
    await market.connect(actors.other).purchase(offer, order);
    const before = await token.balanceOf(actors.buyer);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(market, "Market_SoldOut")
      .withArgs(hash, 2n);
    expect(await token.balanceOf(actors.buyer)).to.equal(before);
    expect(await market.offerState(hash)).to.deep.equal([2n, true, false]);
  });

  it("sells only to the buyer that the offer names", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const offer = actions.terms({ buyer: actors.other.address });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(market, "Market_NotTheBuyer")
      .withArgs(actors.buyer.address, actors.other.address);
    await market.connect(actors.other).purchase(offer, order);
  });

  it("refuses a price one unit above the buyer's bound", async () => {
    const { market, actors, actions, offer } = await loadFixture(purchaseFixture);
    for (const maxPrice of [0n, PRICE - 1n]) {
      await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { maxPrice })))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(PRICE, maxPrice);
    }
  });

  it("refuses a protocol fee above what the creator accepts", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const offer = actions.terms({ maxProtocolFeeBps: FEE_BPS });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    await market.connect(actors.buyer).purchase(offer, order);
    await market.connect(await actions.asAdmin()).setProtocolFee(FEE_BPS + 1n);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(market, "Market_FeeAboveBound")
      .withArgs(FEE_BPS + 1n, FEE_BPS);
  });

  it("refuses a token that was taken off the list after the offer was made", async () => {
    const { market, actors, actions, offer, ids } = await loadFixture(purchaseFixture);
    await actions.allow(ids.payToken, false);
    await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
      .to.be.revertedWithCustomError(market, "Market_TokenNotListed")
      .withArgs(ids.payToken);
  });

  it("refuses a version that was proven defective after the offer was made", async () => {
    const { market, contracts, actors, actions, files } = await loadFixture(purchaseFixture);
    const versionId = await actions.publish(actors.creator, files.broken.data);
    const offer = actions.terms({ versionId });
    await actions.list(offer);
    await contracts.ModelRegistry.proveDefective(versionId, files.broken.evidence);
    await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
      .to.be.revertedWithCustomError(market, "Market_VersionDefective")
      .withArgs(versionId);
  });

  it("is dead while somebody else holds the title, and alive again when the creator has it back", async () => {
    const { market, contracts, actors, actions, offer, ids } = await loadFixture(purchaseFixture);
    const { creator, other, buyer } = actors;
    const order = await actions.orderFor(offer);
    await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
    await expect(market.connect(buyer).purchase(offer, order))
      .to.be.revertedWithCustomError(market, "Market_TitleMoved")
      .withArgs(ids.versionId, creator.address, other.address);
    await contracts.ModelRegistry.connect(other).transferFrom(other.address, creator.address, 1n);
    await market.connect(buyer).purchase(offer, order);
  });

  it("refuses a pad and a buyer's key where nothing is delivered", async () => {
    const { market, actors, actions, offer } = await loadFixture(purchaseFixture);
    for (const differs of [{ buyerKey: ethers.id("key") }, { pad: actors.buyer.address }]) {
      await expect(
        market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, differs)),
      ).to.be.revertedWithCustomError(market, "Market_PadNotNeeded");
    }
  });

  context("when the value is wrong", () => {
    it("refuses too little, too much and none", async () => {
      const { market, actors, actions, nativeOffer } = await loadFixture(purchaseFixture);
      const order = await actions.orderFor(nativeOffer);
      for (const value of [0n, PRICE - 1n, PRICE + 1n]) {
        await expect(market.connect(actors.buyer).purchase(nativeOffer, order, { value }))
          .to.be.revertedWithCustomError(market, "Market_WrongValue")
          .withArgs(value, PRICE);
      }
    });

    it("refuses native coin for an offer in a token", async () => {
      const { market, actors, actions, offer } = await loadFixture(purchaseFixture);
      await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer), { value: 1n }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(1n, 0n);
    });
  });

  context("when the payer has no money", () => {
    it("refuses without an allowance, and one unit short of it", async () => {
      const { market, token, actors, actions, offer } = await loadFixture(purchaseFixture);
      const order = await actions.orderFor(offer);
      for (const allowance of [0n, PRICE - 1n]) {
        await token.connect(actors.buyer).approve(market, allowance);
        await expect(market.connect(actors.buyer).purchase(offer, order))
          .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
          .withArgs(await market.getAddress(), allowance, PRICE);
      }
    });

    it("refuses without a balance", async () => {
      const { market, token, actors, actions, offer } = await loadFixture(purchaseFixture);
      await token.connect(actors.referrer).approve(market, PRICE);
      await expect(market.connect(actors.referrer).purchase(offer, await actions.orderFor(offer)))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(actors.referrer.address, 0n, PRICE);
    });

    it("never spends the allowance of anybody but the caller", async () => {
      const { market, token, actors, actions, offer } = await loadFixture(purchaseFixture);
      const before = await token.balanceOf(actors.buyer);
      const order = await actions.orderFor(offer, { recipient: actors.buyer.address });
      await expect(market.connect(actors.referrer).purchase(offer, order)).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientAllowance",
      );
      expect(await token.balanceOf(actors.buyer)).to.equal(before);
    });
  });

  context("when the recipient cannot receive", () => {
    it("refuses the zero address and a contract without the hook, and nothing is lost", async () => {
      const { market, licenses, token, actors, actions, offer, hash } = await loadFixture(purchaseFixture);
      const noHook = await ethers.deployContract("MarketActor");
      const before = await token.balanceOf(actors.buyer);
      for (const recipient of [ethers.ZeroAddress, await noHook.getAddress()]) {
        await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { recipient })))
          .to.be.revertedWithCustomError(licenses, "ERC721InvalidReceiver")
          .withArgs(recipient);
      }
      expect(await token.balanceOf(actors.buyer)).to.equal(before);
      expect((await market.offerState(hash)).sold).to.equal(0n);
    });

    it("passes on why a receiver refuses", async () => {
      const { market, actors, actions, offer } = await loadFixture(purchaseFixture);
      const receiver = await ethers.deployContract("HookedReceiver");
      await receiver.setReply("0x150b7a02", true);
      const order = await actions.orderFor(offer, { recipient: await receiver.getAddress() });
      await expect(market.connect(actors.buyer).purchase(offer, order)).to.be.revertedWithCustomError(
        receiver,
        "HookedReceiver_No",
      );
    });
  });

  describe("a licence settled at once", () => {
    it("moves the price from the payer to creator, treasury and referrer, to the unit", async () => {
      const { market, token, ledger, licenses, actors, actions, offer, hash, ids } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer, recipient } = actors;
      const order = await actions.orderFor(offer, { referrer: referrer.address, recipient: recipient.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      const licenseId = await market.connect(buyer).purchase.staticCall(offer, order);
      const before = await token.balanceOf(buyer);

      await expectCredits(
        ledger,
        token,
        async () => {
          const call = market.connect(buyer).purchase(offer, order);
          await expect(call).to.emit(licenses, "Transfer").withArgs(ethers.ZeroAddress, recipient.address, licenseId);
          for (const [account, amount] of [
            [creator, toCreator],
            [treasury, toTreasury],
            [referrer, toReferrer],
          ] as const) {
            await expect(call).to.emit(ledger, "Credited").withArgs(ids.payToken, account.address, amount);
          }
        },
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
          [buyer, 0n],
          [recipient, 0n],
        ],
      );

      expect(before - (await token.balanceOf(buyer))).to.equal(PRICE);
      expect(await token.balanceOf(ledger)).to.equal(PRICE);
      expect(await token.balanceOf(market)).to.equal(0n);
      expect((await market.offerState(hash)).sold).to.equal(1n);
      expect(await licenses.ownerOf(licenseId)).to.equal(recipient.address);
      expect(await licenses.isAuthorized(licenseId, recipient)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
      expect(await licenses.licenseInfo(licenseId)).to.deep.equal([
        ids.versionId,
        true,
        false,
        false,
        await market.getAddress(),
      ]);
    });

    it("moves native coin in the same way, and leaves none in the market", async () => {
      const { market, ledger, actors, actions, nativeOffer, nativeHash } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer } = actors;
      const order = await actions.orderFor(nativeOffer, { referrer: referrer.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      await expectCredits(
        ledger,
        NATIVE,
        async () => {
          const call = market.connect(buyer).purchase(nativeOffer, order, { value: PRICE });
          await expect(call).to.changeEtherBalances([buyer, ledger, market], [-PRICE, PRICE, 0n]);
        },
        [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ],
      );
      expect((await market.offerState(nativeHash)).sold).to.equal(1n);
    });

    it("gives the creator the referrer's share when nobody referred", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      const order = await actions.orderFor(offer);
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
        [actors.referrer, 0n],
      ]);
    });

    it("credits nobody the zero address when the fee and the share are nothing", async () => {
      const { market, token, ledger, actors, actions } = await loadFixture(purchaseFixture);
      await market.connect(await actions.asAdmin()).setProtocolFee(0n);
      const offer = actions.terms();
      await actions.list(offer);
      const order = await actions.orderFor(offer, { referrer: actors.referrer.address });
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, PRICE],
        [actors.treasury, 0n],
        [actors.referrer, 0n],
      ]);
    });

    it("sells for nothing without touching ledger or token", async () => {
      const { market, token, ledger, licenses, actors, actions } = await loadFixture(purchaseFixture);
      for (const payToken of [NATIVE, await token.getAddress()]) {
        const offer = actions.terms({ price: 0n, payToken });
        await actions.list(offer);
        const order = await actions.orderFor(offer, { maxPrice: 0n });
        const call = market.connect(actors.buyer).purchase(offer, order);
        await expect(call).to.emit(licenses, "Transfer");
        await expect(call).to.not.emit(ledger, "Credited");
      }
      expect(await licenses.balanceOf(actors.buyer)).to.equal(2n);
    });

    it("sells at the smallest and the largest price, every unit accounted for", async () => {
      const { market, token, ledger, actors, actions } = await loadFixture(purchaseFixture);
      const { buyer, creator, treasury, referrer } = actors;
      for (const price of [1n, 39n, 40n, 2n ** 128n - 1n]) {
        await token.mint(buyer.address, price);
        const offer = actions.terms({ price, referrerBps: 5_000n });
        await actions.list(offer);
        const order = await actions.orderFor(offer, { referrer: referrer.address });
        const { toCreator, toTreasury, toReferrer } = sharesOf(price, FEE_BPS, 5_000n);
        await expectCredits(ledger, token, () => market.connect(buyer).purchase(offer, order), [
          [creator, toCreator],
          [treasury, toTreasury],
          [referrer, toReferrer],
        ]);
      }
    });

    it("lets the creator buy, and pays the fee like anybody", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const { creator, treasury } = actors;
      await token.mint(creator.address, PRICE);
      await token.connect(creator).approve(market, PRICE);
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      const order = await actions.orderFor(offer, { recipient: creator.address });
      await expectCredits(ledger, token, () => market.connect(creator).purchase(offer, order), [
        [creator, toCreator],
        [treasury, toTreasury],
      ]);
    });

    it("adds up shares of one person who is creator, referrer and treasury in one", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      await market.connect(await actions.asAdmin()).setTreasury(actors.creator.address);
      const order = await actions.orderFor(offer, { referrer: actors.creator.address });
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, PRICE],
      ]);
    });

    it("pays the fee and the treasury of the moment of the purchase, within the creator's bound", async () => {
      const { market, token, ledger, actors, actions, offer } = await loadFixture(purchaseFixture);
      const admin = await actions.asAdmin();
      await market.connect(admin).setProtocolFee(500n);
      await market.connect(admin).setTreasury(actors.stranger.address);
      const { toCreator, toTreasury } = sharesOf(PRICE, 500n, 0n);
      const order = await actions.orderFor(offer);
      await expectCredits(ledger, token, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.stranger, toTreasury],
        [actors.treasury, 0n],
      ]);
    });

    it("writes transferability and updates into the licence", async () => {
      const { market, licenses, actors, actions } = await loadFixture(purchaseFixture);
      for (const transferable of [true, false]) {
        for (const includesUpdates of [true, false]) {
          const offer = actions.terms({ transferable, includesUpdates, salt: 3n });
          await actions.list(offer);
          const order = await actions.orderFor(offer);
          const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
          await market.connect(actors.buyer).purchase(offer, order);
          const info = await licenses.licenseInfo(licenseId);
          expect([info.transferable, info.escrowed, info.updates]).to.deep.equal([
            transferable,
            false,
            includesUpdates,
          ]);
        }
      }
    });
  });

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
      expect(await escrow.bondOf(market, actors.creator)).to.deep.equal([5n, 10n]);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
        .withArgs(await market.getAddress(), actors.creator.address, 5n, 10n);
    });

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

  describe("tokens that misbehave", () => {
    /** An offer in a fresh token of this kind, with the buyer's money and allowance. */
    async function offerIn(name: string) {
      const protocol = await loadFixture(purchaseFixture);
      const { market, actors, actions } = protocol;
      const pay = await ethers.deployContract(name as "HookToken");
      await pay.mint(actors.buyer, 10n * PRICE);
      await pay.connect(actors.buyer).approve(market, ethers.MaxUint256);
      await actions.allow(pay);
      const offer = actions.terms({ payToken: await pay.getAddress() });
      await actions.list(offer);
      return { ...protocol, pay, offer, order: await actions.orderFor(offer) };
    }

    it("takes a token that returns nothing", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn("MissingReturnToken");
      const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
      await expectCredits(ledger, pay, () => market.connect(actors.buyer).purchase(offer, order), [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
      ]);
      expect(await pay.balanceOf(ledger)).to.equal(PRICE);
    });

    it("refuses a token that says false and moves nothing", async () => {
      const { market, actors, pay, offer, order } = await offerIn("FalseReturnToken");
      await (await ethers.getContractAt("FalseReturnToken", await pay.getAddress())).setFailing(true);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "SafeERC20FailedOperation")
        .withArgs(await pay.getAddress());
    });

    it("refuses a token that starts to charge for transfers, even one unit", async () => {
      const { market, ledger, actors, actions, pay, offer, order } = await offerIn(
        "test/contracts/tokens/FeeToken.sol:FeeToken",
      );
      const token = await ethers.getContractAt(
        "test/contracts/tokens/FeeToken.sol:FeeToken" as "FeeToken",
        await pay.getAddress(),
      );
      await market.connect(actors.buyer).purchase(offer, order);
      await token.setFee(100n);
      const fee = PRICE / 100n;
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), 2n * PRICE, 2n * PRICE - fee);
      const small = actions.terms({ payToken: await token.getAddress(), price: 100n });
      await actions.list(small);
      await expect(market.connect(actors.buyer).purchase(small, await actions.orderFor(small)))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(await token.getAddress(), PRICE + 100n, PRICE + 99n);
    });

    it("refuses a frozen payer, and a frozen ledger, with the token's own word", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn("FreezingToken");
      const token = await ethers.getContractAt("FreezingToken", await pay.getAddress());
      for (const account of [actors.buyer.address, await ledger.getAddress()]) {
        await token.freeze(account, true);
        await expect(market.connect(actors.buyer).purchase(offer, order))
          .to.be.revertedWithCustomError(token, "FreezingToken_Frozen")
          .withArgs(account);
        await token.freeze(account, false);
      }
      // a frozen creator is still credited: the money waits in the ledger
      await token.freeze(actors.creator, true);
      await market.connect(actors.buyer).purchase(offer, order);
    });

    for (const [when, name] of [
      [1n, "before"],
      [2n, "after"],
    ] as const) {
      it(`stops a token that buys again ${name} it moves`, async () => {
        const { market, ledger, actors, pay, offer, order, nativeOffer, actions } = await offerIn(
          "test/contracts/tokens/HookToken.sol:HookToken",
        );
        const inner = market.interface.encodeFunctionData("purchase", [offer, order]);
        await pay.setHook(when, market, inner, false);
        await market.connect(actors.buyer).purchase(offer, order);
        expect(await pay.succeeded()).to.equal(false);
        expect((await pay.returned()).slice(0, 10)).to.equal(REENTRANT);
        expect((await market.offerState(order.termsHash)).sold).to.equal(1n);
        expect(await pay.balanceOf(ledger)).to.equal(PRICE);

        const other = market.interface.encodeFunctionData("purchaseSigned", [
          nativeOffer,
          await actions.orderFor(nativeOffer),
          "0x",
        ]);
        await pay.setHook(when, market, other, true);
        await expect(market.connect(actors.buyer).purchase(offer, order)).to.be.revertedWithCustomError(
          market,
          "ReentrancyGuardReentrantCall",
        );
      });
    }

    it("loses nothing to a token that credits the payment to a thief before the market does", async () => {
      const { market, ledger, actors, pay, offer, order } = await offerIn(
        "test/contracts/tokens/HookToken.sol:HookToken",
      );
      const address = await pay.getAddress();
      const theft = [{ account: actors.stranger.address, amount: PRICE }];
      await pay.setHook(2n, ledger, ledger.interface.encodeFunctionData("credit", [address, theft]), false);
      const before = await pay.balanceOf(actors.buyer);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(address, 2n * PRICE, PRICE);
      expect(await pay.balanceOf(actors.buyer)).to.equal(before);
      expect(await ledger.balanceOf(pay, actors.stranger)).to.equal(0n);
    });
  });

  describe("re-entry through the receiver's hook", () => {
    const entries = ["purchase", "purchaseSigned", "purchaseCart", "purchaseWithPermit", "createOffer"] as const;
    for (const entry of entries) {
      it(`cannot reach ${entry}`, async () => {
        const { market, licenses, actors, actions, offer, nativeOffer, hash } = await loadFixture(purchaseFixture);
        const thief = await ethers.deployContract("HookedReceiver");
        const recipient = await thief.getAddress();
        const inner = await actions.orderFor(nativeOffer, { recipient });
        const data = {
          purchase: () => market.interface.encodeFunctionData("purchase", [nativeOffer, inner]),
          purchaseSigned: () => market.interface.encodeFunctionData("purchaseSigned", [nativeOffer, inner, "0x"]),
          purchaseCart: () =>
            market.interface.encodeFunctionData("purchaseCart", [
              [{ offer: nativeOffer, order: inner, signature: "0x" }],
            ]),
          purchaseWithPermit: () =>
            market.interface.encodeFunctionData("purchaseWithPermit", [
              offer,
              inner,
              { value: 0n, deadline: 0n, v: 27n, r: ethers.ZeroHash, s: ethers.ZeroHash },
            ]),
          createOffer: () => market.interface.encodeFunctionData("createOffer", [offer]),
        }[entry]();
        const value = entry === "purchaseWithPermit" ? 0n : PRICE;
        await thief.setHook(market, value, data, { value: PRICE });
        await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { recipient }));
        expect(await thief.succeeded()).to.equal(false);
        expect((await thief.returned()).slice(0, 10)).to.equal(REENTRANT);
        expect(await licenses.balanceOf(thief)).to.equal(1n);
        expect((await market.offerState(hash)).sold).to.equal(1n);
      });
    }

    it("finds all books written: the licence is its own and the money is credited", async () => {
      const { market, licenses, actors, actions, offer } = await loadFixture(purchaseFixture);
      const receiver = await ethers.deployContract("HookedReceiver");
      const recipient = await receiver.getAddress();
      const order = await actions.orderFor(offer, { recipient });
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
      const give = licenses.interface.encodeFunctionData("transferFrom", [recipient, actors.other.address, licenseId]);
      await receiver.setHook(licenses, 0n, give);
      await market.connect(actors.buyer).purchase(offer, order);
      expect(await receiver.succeeded()).to.equal(true);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.other.address);
    });
  });

  it("costs the same however many were sold before", async () => {
    const { market, actors, actions } = await loadFixture(purchaseFixture);
    const offer = actions.terms({ salt: 11n });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    const costs: bigint[] = [];
    for (let i = 0; i < 6; i++) {
      const receipt = await (await market.connect(actors.buyer).purchase(offer, order)).wait();
      costs.push(receipt!.gasUsed);
    }
    expect(new Set(costs.slice(2)).size).to.equal(1);
  });
});
