import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { PRICE } from "../../helpers/market";
import { purchaseFixture } from "../../helpers/purchase";

const FEE_BPS = 250n;

describe("Market: purchase", () => {
  // claim(attacks#licences-listings-offers-and-signatures): any other term changed before the purchase
  context("when the terms are not what the buyer saw", () => {
    const changes: Record<string, object> = {
      // claim(attacks#licences-listings-offers-and-signatures): price raised before the purchase, which gives no bound
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
      "another rights module": { rights: 1n },
      "other terms of rights": { rightsTerms: ethers.id("thirty days") },
      "another policy": { policy: ethers.id("policy") },
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

    // claim(attacks#licences-listings-offers-and-signatures): price raised before the purchase, which gives no bound
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

  // claim(attacks#licences-listings-offers-and-signatures): an expired offer that still sells
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

  // claim(attacks#licences-listings-offers-and-signatures): supply exhausted
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

  // claim(attacks#licences-listings-offers-and-signatures): price raised before the purchase, which gives no bound
  it("refuses a price one unit above the buyer's bound", async () => {
    const { market, actors, actions, offer } = await loadFixture(purchaseFixture);
    for (const maxPrice of [0n, PRICE - 1n]) {
      await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer, { maxPrice })))
        .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
        .withArgs(PRICE, maxPrice);
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): fee changed after listing
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

  // claim(attacks#licences-listings-offers-and-signatures): a token that is not listed, or no longer listed
  it("refuses a token that was taken off the list after the offer was made", async () => {
    const { market, actors, actions, offer, ids } = await loadFixture(purchaseFixture);
    await actions.allow(ids.payToken, false);
    await expect(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)))
      .to.be.revertedWithCustomError(market, "Market_TokenNotListed")
      .withArgs(ids.payToken);
  });

  it("looks at the list of pay tokens again after every change of it", async () => {
    const { market, actors, actions, offer, ids } = await loadFixture(purchaseFixture);
    const order = await actions.orderFor(offer);
    const other = await ethers.deployContract("TestToken", ["Other", "OTH", 18]);
    const buy = () => market.connect(actors.buyer).purchase(offer, order);
    await buy();
    await buy();
    await actions.allow(ids.payToken, false);
    await expect(buy()).to.be.revertedWithCustomError(market, "Market_TokenNotListed").withArgs(ids.payToken);
    await actions.allow(await other.getAddress(), true);
    await expect(buy()).to.be.revertedWithCustomError(market, "Market_TokenNotListed").withArgs(ids.payToken);
    await actions.allow(ids.payToken, true);
    await buy();
    expect((await market.offerState(order.termsHash)).sold).to.equal(3n);
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

  // claim(attacks#licences-listings-offers-and-signatures): transfer after listing
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
    // claim(attacks#licences-listings-offers-and-signatures): underpay
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
    // claim(attacks#licences-listings-offers-and-signatures): underpay
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

    // claim(attacks#licences-listings-offers-and-signatures): spending somebody else's allowance
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
    // claim(attacks#licences-listings-offers-and-signatures): a receiver without the hook
    // claim(attacks#licences-listings-offers-and-signatures): the zero address as recipient or party
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
});
