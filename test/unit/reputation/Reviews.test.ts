import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectLimits } from "../../helpers/limits";
import { PRICE } from "../../helpers/market";
import {
  CONTENT,
  FEE_BPS,
  MAX_WEIGHT,
  NATIVE_WEIGHT,
  NOBODY,
  OTHER_CONTENT,
  reviewsFixture,
  SERVICE,
  soldFixture,
  TOKEN_WEIGHT,
  weightOf,
} from "./fixture";

const WEIGHT = weightOf(PRICE, FEE_BPS);

describe("Reviews", () => {
  it("says its bounds and what it was connected to", async () => {
    const { reviews, licenses, market, escrow, contracts, seats, subscriptions } = await loadFixture(reviewsFixture);
    await expectLimits(reviews, { MAX_STARS: 5n, MAX_WEIGHT });
    expect(await reviews.LICENSES()).to.equal(await licenses.getAddress());
    expect(await reviews.MARKET()).to.equal(await market.getAddress());
    expect(await reviews.ESCROW()).to.equal(await escrow.getAddress());
    expect(await reviews.authority()).to.equal(await contracts.Authority.getAddress());
    expect(await reviews.unitWeight(NOBODY)).to.equal(NATIVE_WEIGHT);
    expect(await reviews.promptMask(seats)).to.equal(`0x${"f".repeat(52)}${"0".repeat(12)}`);
    expect(await reviews.promptMask(subscriptions)).to.equal(ethers.toBeHex(0xffn << 72n, 32));
  });

  it("cannot be created for an address that is no market, or no escrow", async () => {
    const { licenses, market, escrow, contracts, actors } = await loadFixture(reviewsFixture);
    const { Authority: authority } = contracts;
    const factory = await ethers.getContractFactory("Reviews");
    for (const nobody of [actors.stranger.address, await licenses.getAddress()]) {
      await expect(factory.deploy(authority, licenses, nobody, escrow)).to.be.reverted;
      await expect(factory.deploy(authority, licenses, market, nobody)).to.be.reverted;
    }
    await expect(factory.deploy(authority, licenses, market, escrow)).not.to.be.reverted;
  });

  describe("review", () => {
    it("is written by the holder, counts in the total of the licence's model, and says so", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      await actions.expectReviewed(reviews.connect(actors.buyer).review(offer, licenseId, 4n, CONTENT), [
        ...([SERVICE, licenseId, actors.buyer.address] as const),
        ...([4n, WEIGHT, CONTENT] as const),
      ]);
      expect(WEIGHT).to.equal(78_539n);
      await actions.expectTotal(SERVICE, WEIGHT, 4n * WEIGHT);
      await actions.expectTotal(SERVICE + 1n, 0n, 0n);
    });

    it("answers its weight", async () => {
      const { reviews, actors, offer, licenseId } = await loadFixture(soldFixture);
      const answer = await reviews.connect(actors.buyer).review.staticCall(offer, licenseId, 4n, CONTENT);
      expect(answer).to.equal(WEIGHT);
    });

    it("may be without a text", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      await actions.expectReviewed(reviews.connect(actors.buyer).review(offer, licenseId, 5n, ethers.ZeroHash), [
        ...([SERVICE, licenseId, actors.buyer.address] as const),
        ...([5n, WEIGHT, ethers.ZeroHash] as const),
      ]);
    });

    it("has 1 to 5 stars, when it is written and when it is edited", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const author = reviews.connect(actors.buyer);
      for (const stars of [0n, 6n, 255n]) {
        await expect(author.review(offer, licenseId, stars, CONTENT))
          .to.be.revertedWithCustomError(reviews, "Reviews_BadStars")
          .withArgs(stars);
      }
      await author.review(offer, licenseId, 1n, CONTENT);
      await actions.expectTotal(SERVICE, WEIGHT, WEIGHT);
      for (const stars of [0n, 6n, 255n]) {
        await expect(author.edit(licenseId, stars, CONTENT))
          .to.be.revertedWithCustomError(reviews, "Reviews_BadStars")
          .withArgs(stars);
      }
      await author.edit(licenseId, 5n, CONTENT);
      await actions.expectTotal(SERVICE, WEIGHT, 5n * WEIGHT);
    });

    it("is for the holder alone: not for who paid, sold, is approved, or held it before", async () => {
      const { reviews, licenses, actors, offer, licenseId } = await loadFixture(soldFixture);
      const { buyer, creator, stranger, recipient } = actors;
      await licenses.connect(buyer).approve(stranger, licenseId);
      for (const caller of [creator, stranger, recipient]) {
        await expect(reviews.connect(caller).review(offer, licenseId, 5n, CONTENT))
          .to.be.revertedWithCustomError(reviews, "Reviews_NotHolder")
          .withArgs(licenseId, caller.address, buyer.address);
      }
      await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
      await expect(reviews.connect(buyer).review(offer, licenseId, 5n, CONTENT))
        .to.be.revertedWithCustomError(reviews, "Reviews_NotHolder")
        .withArgs(licenseId, buyer.address, recipient.address);
      await reviews.connect(recipient).review(offer, licenseId, 2n, CONTENT);
      expect((await reviews.reviewOf(licenseId)).author).to.equal(recipient.address);
    });

    it("is of a licence that exists", async () => {
      const { reviews, licenses, actors, offer, licenseId } = await loadFixture(soldFixture);
      for (const unknown of [0n, licenseId + 1n, licenseId | (1n << 255n)]) {
        await expect(reviews.connect(actors.buyer).review(offer, unknown, 5n, CONTENT))
          .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
          .withArgs(unknown);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a second holder who overwrites the first one's review
    it("is one for a licence, ever: neither its author nor a later holder writes another", async () => {
      const { reviews, licenses, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const { buyer, recipient } = actors;
      await reviews.connect(buyer).review(offer, licenseId, 2n, CONTENT);
      await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
      const again = reviews.connect(recipient).review(offer, licenseId, 5n, OTHER_CONTENT);
      await expect(again).to.be.revertedWithCustomError(reviews, "Reviews_Exists").withArgs(licenseId, buyer.address);
      await expect(reviews.connect(recipient).edit(licenseId, 5n, OTHER_CONTENT))
        .to.be.revertedWithCustomError(reviews, "Reviews_NotAuthor")
        .withArgs(licenseId, recipient.address, buyer.address);
      await expect(reviews.connect(recipient).erase(licenseId))
        .to.be.revertedWithCustomError(reviews, "Reviews_NotAuthor")
        .withArgs(licenseId, recipient.address, buyer.address);
      await reviews.connect(buyer).erase(licenseId);
      await expect(reviews.connect(recipient).review(offer, licenseId, 5n, OTHER_CONTENT))
        .to.be.revertedWithCustomError(reviews, "Reviews_Exists")
        .withArgs(licenseId, buyer.address);
      await licenses.connect(recipient).transferFrom(recipient, buyer, licenseId);
      await expect(reviews.connect(buyer).review(offer, licenseId, 5n, OTHER_CONTENT))
        .to.be.revertedWithCustomError(reviews, "Reviews_Exists")
        .withArgs(licenseId, buyer.address);
      await actions.expectTotal(SERVICE, 0n, 0n);
    });

    it("of two licences of one holder counts twice", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const second = await actions.soldIn(await actions.purchase(offer));
      await reviews.connect(actors.buyer).review(offer, licenseId, 4n, CONTENT);
      await reviews.connect(actors.buyer).review(offer, second, 1n, CONTENT);
      await actions.expectTotal(SERVICE, 2n * WEIGHT, 5n * WEIGHT);
    });
  });

  describe("edit", () => {
    it("changes stars and text in place, by the author alone, also when the licence was sold on", async () => {
      const { reviews, licenses, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const { buyer, recipient, creator } = actors;
      const author = reviews.connect(buyer);
      await author.review(offer, licenseId, 5n, CONTENT);
      for (const [stars, content] of [
        [1n, OTHER_CONTENT],
        [1n, CONTENT],
        [3n, ethers.ZeroHash],
      ] as const) {
        const values = [SERVICE, licenseId, buyer.address, stars, WEIGHT, content] as const;
        await actions.expectReviewed(author.edit(licenseId, stars, content), [...values]);
        await actions.expectTotal(SERVICE, WEIGHT, stars * WEIGHT);
        if ((await licenses.ownerOf(licenseId)) === buyer.address) {
          await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
        }
      }
      for (const caller of [recipient, creator]) {
        await expect(reviews.connect(caller).edit(licenseId, 1n, CONTENT))
          .to.be.revertedWithCustomError(reviews, "Reviews_NotAuthor")
          .withArgs(licenseId, caller.address, buyer.address);
      }
      await actions.expectTotal(SERVICE, WEIGHT, 3n * WEIGHT);
    });

    it("is of a review that was written", async () => {
      const { reviews, actors, licenseId } = await loadFixture(soldFixture);
      const author = reviews.connect(actors.buyer);
      for (const call of [() => author.edit(licenseId, 1n, CONTENT), () => author.erase(licenseId)]) {
        await expect(call())
          .to.be.revertedWithCustomError(reviews, "Reviews_NotAuthor")
          .withArgs(licenseId, actors.buyer.address, NOBODY);
      }
    });

    it("keeps the weight of the first writing, whatever was voted since: nobody waits for a better one", async () => {
      const { reviews, admin, actors, actions, payToken, offer, licenseId } = await loadFixture(soldFixture);
      const author = reviews.connect(actors.buyer);
      await author.review(offer, licenseId, 2n, CONTENT);
      for (const unitWeight of [0n, 2n ** 96n - 1n]) {
        await reviews.connect(admin).setUnitWeight(payToken, unitWeight);
        await author.edit(licenseId, 4n, CONTENT);
        expect(await reviews.reviewOf(licenseId)).to.deep.equal([actors.buyer.address, 4n, WEIGHT]);
        await actions.expectTotal(SERVICE, WEIGHT, 4n * WEIGHT);
        await author.erase(licenseId);
        await actions.expectTotal(SERVICE, 0n, 0n);
      }
    });
  });

  describe("erase", () => {
    it("takes the review out of the total, and says so; the author can write it again, with its weight", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const { buyer, other } = actors;
      const author = reviews.connect(buyer);
      const second = await actions.soldIn(await actions.purchase(offer, {}, other));
      await reviews.connect(other).review(offer, second, 3n, CONTENT);
      await author.review(offer, licenseId, 5n, CONTENT);
      await actions.expectTotal(SERVICE, 2n * WEIGHT, 8n * WEIGHT);
      await expect(author.erase(licenseId)).to.emit(reviews, "Erased").withArgs(SERVICE, licenseId, buyer.address);
      expect(await reviews.reviewOf(licenseId)).to.deep.equal([buyer.address, 0n, WEIGHT]);
      await actions.expectTotal(SERVICE, WEIGHT, 3n * WEIGHT);
      await actions.expectReviewed(author.edit(licenseId, 1n, OTHER_CONTENT), [
        ...([SERVICE, licenseId, buyer.address] as const),
        ...([1n, WEIGHT, OTHER_CONTENT] as const),
      ]);
      await actions.expectTotal(SERVICE, 2n * WEIGHT, 4n * WEIGHT);
    });

    it("is refused a second time, until it was written again", async () => {
      const { reviews, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
      const author = reviews.connect(actors.buyer);
      await author.review(offer, licenseId, 5n, CONTENT);
      await author.erase(licenseId);
      await expect(author.erase(licenseId))
        .to.be.revertedWithCustomError(reviews, "Reviews_AlreadyErased")
        .withArgs(licenseId);
      await author.edit(licenseId, 2n, CONTENT);
      await author.erase(licenseId);
      await actions.expectTotal(SERVICE, 0n, 0n);
    });
  });

  describe("what a vote sets", () => {
    it("is the weight of a token, up to 96 bits, for reviews that are written later", async () => {
      const { reviews, admin, actors, actions, payToken, offer, licenseId } = await loadFixture(soldFixture);
      await reviews.connect(actors.buyer).review(offer, licenseId, 5n, CONTENT);
      const second = await actions.soldIn(await actions.purchase(offer));
      for (const unitWeight of [0n, 2n ** 96n - 1n, 2n * TOKEN_WEIGHT]) {
        await expect(reviews.connect(admin).setUnitWeight(payToken, unitWeight))
          .to.emit(reviews, "UnitWeightSet")
          .withArgs(payToken, unitWeight);
        expect(await reviews.unitWeight(payToken)).to.equal(unitWeight);
        expect(await reviews.unitWeight(NOBODY)).to.equal(NATIVE_WEIGHT);
      }
      await actions.expectWeight(offer, second, weightOf(PRICE, FEE_BPS, 2n * TOKEN_WEIGHT));
      expect((await reviews.reviewOf(licenseId)).weight).to.equal(WEIGHT);
    });

    it("is which sales of a rights module are prompt", async () => {
      const { reviews, admin, seats, subscriptions } = await loadFixture(soldFixture);
      const mask = ethers.toBeHex(1n, 32);
      await expect(reviews.connect(admin).setPromptMask(seats, mask))
        .to.emit(reviews, "PromptMaskSet")
        .withArgs(await seats.getAddress(), mask);
      expect(await reviews.promptMask(seats)).to.equal(mask);
      expect(await reviews.promptMask(subscriptions)).not.to.equal(mask);
    });

    it("is the Authority's alone", async () => {
      const { reviews, actors, payToken, seats } = await loadFixture(soldFixture);
      for (const caller of [actors.deployer, actors.creator, actors.guardian]) {
        for (const call of [
          () => reviews.connect(caller).setUnitWeight(payToken, 1n),
          () => reviews.connect(caller).setPromptMask(seats, ethers.toBeHex(1n, 32)),
        ]) {
          await expect(call())
            .to.be.revertedWithCustomError(reviews, "AccessManagedUnauthorized")
            .withArgs(caller.address);
        }
      }
      expect(await reviews.unitWeight(payToken)).to.equal(TOKEN_WEIGHT);
    });
  });
});
