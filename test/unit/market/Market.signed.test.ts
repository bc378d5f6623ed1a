import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature } from "ethers";
import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { DAY, expectCredits, firstVersion, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { OFFER_TYPES, signOffer } from "../../helpers/signing";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("Market: purchaseSigned", () => {
  /** An offer that the creator signed and never listed. */
  async function signedFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actions, actors } = protocol;
    const market = contracts.Market;
    const offer = actions.terms({ supply: 3n });
    return {
      ...protocol,
      market,
      offer,
      hash: await market.hashOffer(offer),
      order: await actions.orderFor(offer),
      signature: await signOffer(market, actors.creator, offer),
    };
  }

  /** A contract that holds a title and signs by ERC-1271. */
  async function contractFixture() {
    const protocol = await loadFixture(signedFixture);
    const { contracts, actions, market } = protocol;
    const signer = await ethers.deployContract("ContractSigner");
    const create = contracts.ModelRegistry.interface.encodeFunctionData("createModel", [CARD, 0n]);
    await signer.act(contracts.ModelRegistry, 0n, create);
    const versionId = firstVersion(await contracts.ModelRegistry.modelCount());
    const contractOffer = actions.terms({ creator: await signer.getAddress(), versionId });
    return {
      ...protocol,
      signer,
      contractOffer,
      contractHash: await market.hashOffer(contractOffer),
      contractOrder: await actions.orderFor(contractOffer),
      digest: await market.offerDigest(contractOffer),
    };
  }

  describe("a signature by an account", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a signature replayed until the supply is sold twice
    it("sells what was never listed, and counts each use", async () => {
      const { market, token, contracts, actors, actions, offer, order, signature, hash, ids } =
        await loadFixture(signedFixture);
      const { toCreator, toTreasury } = sharesOf(PRICE, 250n, 0n);
      await expectCredits(
        contracts.RevenueLedger,
        token,
        () => market.connect(actors.buyer).purchaseSigned(offer, order, signature),
        [
          [actors.creator, toCreator],
          [actors.treasury, toTreasury],
        ],
      );
      expect(await market.offerState(hash)).to.deep.equal([1n, false, false]);
      expect(await contracts.LicenseToken.balanceOf(actors.buyer)).to.equal(1n);
      const sold = await contracts.LicenseToken.queryFilter(contracts.LicenseToken.filters.Transfer());
      expect((await contracts.LicenseToken.licenseInfo(sold[0].args.tokenId)).versionId).to.equal(ids.versionId);

      await market.connect(actors.other).purchaseSigned(offer, await actions.orderFor(offer), signature);
      await market.connect(actors.buyer).purchaseSigned(offer, order, signature);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(hash, 3n);
    });

    it("takes native coin, of exactly the price", async () => {
      const { market, actors, actions } = await loadFixture(signedFixture);
      const offer = actions.terms({ payToken: NATIVE });
      const order = await actions.orderFor(offer);
      const signature = await signOffer(market, actors.creator, offer);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature, { value: PRICE - 1n }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(PRICE - 1n, PRICE);
      await expect(
        market.connect(actors.buyer).purchaseSigned(offer, order, signature, { value: PRICE }),
      ).to.changeEtherBalance(actors.buyer, -PRICE);
    });

    it("opens a deal for a file, under the same checks as a listing", async () => {
      const { market, contracts, actors, actions, ids } = await loadFixture(signedFixture);
      const offer = actions.fileTerms();
      const { order } = await actions.paddedOrder(offer);
      const signature = await signOffer(market, actors.creator, offer);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchaseSigned(offer, order, signature));
      expect(deal.versionId).to.equal(ids.fileVersionId);
      expect(await contracts.Escrow.statusOf(market, deal.id as bigint)).to.equal(1n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): supply exhausted
    it("shares one count with the listing of the same terms", async () => {
      const { market, actors, actions, offer, order, signature, hash } = await loadFixture(signedFixture);
      await market.connect(actors.buyer).purchaseSigned(offer, order, signature);
      await actions.list(offer);
      await market.connect(actors.buyer).purchase(offer, order);
      await market.connect(actors.buyer).purchaseSigned(offer, order, signature);
      expect(await market.offerState(hash)).to.deep.equal([3n, true, false]);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(hash, 3n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a code for one buyer used by another, or too late
    it("works as a discount code for one buyer, while it lasts", async () => {
      const { market, actors, actions } = await loadFixture(signedFixture);
      const expiresAt = BigInt(await time.latest()) + DAY;
      const code = actions.terms({ price: 5n, supply: 1n, buyer: actors.buyer.address, expiresAt });
      const order = await actions.orderFor(code);
      const signature = await signOffer(market, actors.creator, code);
      await expect(market.connect(actors.other).purchaseSigned(code, order, signature))
        .to.be.revertedWithCustomError(market, "Market_NotTheBuyer")
        .withArgs(actors.other.address, actors.buyer.address);
      await time.setNextBlockTimestamp(expiresAt + 1n);
      await expect(market.connect(actors.buyer).purchaseSigned(code, order, signature))
        .to.be.revertedWithCustomError(market, "Market_OfferExpired")
        .withArgs(await market.hashOffer(code), expiresAt);
    });

    it("refuses an empty signature", async () => {
      const { market, actors, offer, order, hash } = await loadFixture(signedFixture);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, order, "0x"))
        .to.be.revertedWithCustomError(market, "Market_NotListed")
        .withArgs(hash);
    });

    it("ignores the signature of an offer that is listed", async () => {
      const { market, actors, actions, offer, order } = await loadFixture(signedFixture);
      await actions.list(offer);
      await market.connect(actors.buyer).purchaseSigned(offer, order, "0xdeadbeef");
    });

    it("refuses a signature by somebody else", async () => {
      const { market, actors, offer, order, hash } = await loadFixture(signedFixture);
      for (const signer of [actors.buyer, actors.stranger]) {
        const signature = await signOffer(market, signer, offer);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
          .to.be.revertedWithCustomError(market, "Market_BadSignature")
          .withArgs(hash, actors.creator.address);
      }
    });

    it("refuses a signature of other terms", async () => {
      const { market, actors, actions, signature, offer } = await loadFixture(signedFixture);
      for (const differs of [{ price: 1n }, { supply: 4n }, { buyer: actors.buyer.address }, { salt: 1n }]) {
        const changed = { ...offer, ...differs };
        await expect(market.connect(actors.buyer).purchaseSigned(changed, await actions.orderFor(changed), signature))
          .to.be.revertedWithCustomError(market, "Market_BadSignature")
          .withArgs(await market.hashOffer(changed), actors.creator.address);
      }
    });

    it("refuses terms whose hash is not the buyer's, before it looks at the signature", async () => {
      const { market, actors, offer, order, hash } = await loadFixture(signedFixture);
      const changed = { ...offer, price: 2n * PRICE };
      const signature = await signOffer(market, actors.creator, changed);
      await expect(market.connect(actors.buyer).purchaseSigned(changed, order, signature))
        .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
        .withArgs(hash, await market.hashOffer(changed));
    });

    context("when it was made for another place", () => {
      const places: [string, object][] = [
        // claim(attacks#licences-listings-offers-and-signatures): a signature replayed on another chain
        ["another chain", { chainId: 1n }],
        // claim(attacks#licences-listings-offers-and-signatures): a signature replayed on another contract
        ["another contract", { verifyingContract: "0x000000000000000000000000000000000000dEaD" }],
        // claim(attacks#licences-listings-offers-and-signatures): a signature replayed on another version
        ["another version of the market", { version: "2" }],
        ["another name", { name: "Isonomy Bazaar" }],
      ];
      for (const [title, differs] of places) {
        it(`refuses a signature for ${title}`, async () => {
          const { market, actors, offer, order, hash } = await loadFixture(signedFixture);
          const signature = await signOffer(market, actors.creator, offer, differs);
          await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
            .to.be.revertedWithCustomError(market, "Market_BadSignature")
            .withArgs(hash, actors.creator.address);
        });
      }

      // claim(attacks#licences-listings-offers-and-signatures): a signature replayed on another contract
      it("refuses a replay on a second market of the same protocol", async () => {
        const { market, contracts, actors, offer, order, signature, hash, ids, token } =
          await loadFixture(signedFixture);
        const {
          Authority,
          Forwarder,
          ModelRegistry,
          LicenseToken,
          RevenueLedger,
          Escrow,
          Exchange,
          OfferPolicies,
          Timelock,
        } = contracts;
        const parts = [ModelRegistry, LicenseToken, RevenueLedger, Escrow, Exchange, OfferPolicies];
        const second = await ethers.deployContract("Market", [Authority, Forwarder, actors.treasury, 250n, parts]);
        const admin = await ethers.getImpersonatedSigner(await Timelock.getAddress());
        await ethers.provider.send("hardhat_setBalance", [admin.address, "0xde0b6b3a7640000"]);
        await second.connect(admin).setPayToken(ids.payToken, true, 0n);
        await token.connect(actors.buyer).approve(second, PRICE);
        await market.connect(actors.buyer).purchaseSigned(offer, order, signature);
        expect(await second.hashOffer(offer)).to.equal(hash);
        await expect(second.connect(actors.buyer).purchaseSigned(offer, order, signature))
          .to.be.revertedWithCustomError(second, "Market_BadSignature")
          .withArgs(hash, actors.creator.address);
      });
    });

    context("when it was revoked", () => {
      // claim(attacks#licences-listings-offers-and-signatures): a signature used after its cancellation
      it("is dead after the creator revoked this offer, and only this one", async () => {
        const { market, actors, actions, offer, order, signature, hash } = await loadFixture(signedFixture);
        await market.connect(actors.creator).revokeOffer(offer);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
          .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
          .withArgs(hash);
        const other = actions.terms({ salt: 2n });
        const valid = await signOffer(market, actors.creator, other);
        await market.connect(actors.buyer).purchaseSigned(other, await actions.orderFor(other), valid);
      });

      // claim(attacks#licences-listings-offers-and-signatures): a signature used after its cancellation
      it("is dead after the creator started another epoch, and one for a later epoch is not alive yet", async () => {
        const { market, actors, actions, offer, order, signature } = await loadFixture(signedFixture);
        await market.connect(actors.creator).revokeAllSigned();
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
          .to.be.revertedWithCustomError(market, "Market_WrongEpoch")
          .withArgs(actors.creator.address, 0n, 1n);
        const next = actions.terms({ epoch: 2n });
        const early = await signOffer(market, actors.creator, next);
        await expect(market.connect(actors.buyer).purchaseSigned(next, await actions.orderFor(next), early))
          .to.be.revertedWithCustomError(market, "Market_WrongEpoch")
          .withArgs(actors.creator.address, 2n, 1n);
        await market.connect(actors.creator).revokeAllSigned();
        await market.connect(actors.buyer).purchaseSigned(next, await actions.orderFor(next), early);
      });

      // claim(attacks#licences-listings-offers-and-signatures): transfer after listing
      it("is dead when the signer no longer holds the title", async () => {
        const { market, contracts, actors, offer, order, signature, ids } = await loadFixture(signedFixture);
        const { creator, other } = actors;
        await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
          .to.be.revertedWithCustomError(market, "Market_TitleMoved")
          .withArgs(ids.versionId, creator.address, other.address);
      });
    });

    // claim(attacks#licences-listings-offers-and-signatures): sign an offer for a title that the signer does not own
    it("refuses an offer of a model that the signer does not hold", async () => {
      const { market, actors, actions, ids } = await loadFixture(signedFixture);
      const offer = actions.terms({ creator: actors.other.address });
      const signature = await signOffer(market, actors.other, offer);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, await actions.orderFor(offer), signature))
        .to.be.revertedWithCustomError(market, "Market_TitleMoved")
        .withArgs(ids.versionId, actors.other.address, actors.creator.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a signature over terms that could not be listed
    it("refuses signed terms that could not be listed, each with its field", async () => {
      const { market, actors, actions } = await loadFixture(signedFixture);
      const cases: [string, object][] = [
        ["referrerBps", { referrerBps: 5_001n }],
        ["rightsTerms", { rightsTerms: ethers.id("thirty days") }],
        ["complaintWindow", { complaintWindow: 1n }],
        ["arbitrator", { arbitrator: actors.other.address }],
        ["bond", { bond: 1n }],
        ["versionId", { deliveryWindow: DAY, complaintWindow: 3n * DAY }],
      ];
      for (const [field, differs] of cases) {
        const offer = actions.terms(differs);
        const signature = await signOffer(market, actors.creator, offer);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, await actions.orderFor(offer), signature))
          .to.be.revertedWithCustomError(market, "Market_BadTerms")
          .withArgs(field);
      }
      // a supply of nothing is sold out before its terms are read
      const none = actions.terms({ supply: 0n });
      const signature = await signOffer(market, actors.creator, none);
      await expect(market.connect(actors.buyer).purchaseSigned(none, await actions.orderFor(none), signature))
        .to.be.revertedWithCustomError(market, "Market_SoldOut")
        .withArgs(await market.hashOffer(none), 0n);
    });
  });

  describe("a malformed signature", () => {
    const bad: [string, (signature: string) => string][] = [
      ["is cut short", (signature) => signature.slice(0, -2)],
      ["has a byte too many", (signature) => `${signature}00`],
      ["is in the compact form", (signature) => Signature.from(signature).compactSerialized],
      // claim(attacks#licences-listings-offers-and-signatures): high-s and zero signers
      ["is all zero, for which recovery gives the zero signer", () => `0x${"00".repeat(65)}`],
      ["has a zero r", (signature) => `0x${"00".repeat(32)}${signature.slice(66)}`],
      ["has another v", (signature) => `${signature.slice(0, -2)}1d`],
      [
        // claim(attacks#licences-listings-offers-and-signatures): high-s and zero signers
        "has a high s",
        (signature) => {
          const { r, s, v } = Signature.from(signature);
          const high = ethers.toBeHex(ORDER - BigInt(s), 32);
          return ethers.concat([r, high, ethers.toBeHex(v === 27 ? 28 : 27)]);
        },
      ],
    ];
    for (const [title, damage] of bad) {
      it(`is refused when it ${title}`, async () => {
        const { market, actors, offer, order, hash, signature } = await loadFixture(signedFixture);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, damage(signature)))
          .to.be.revertedWithCustomError(market, "Market_BadSignature")
          .withArgs(hash, actors.creator.address);
        expect((await market.offerState(hash)).sold).to.equal(0n);
      });
    }
  });

  describe("a signature by a contract (ERC-1271)", () => {
    it("counts when the contract says so, and only then", async () => {
      const { market, contracts, actors, signer, contractOffer, contractOrder, contractHash, digest } =
        await loadFixture(contractFixture);
      const buy = () => market.connect(actors.buyer).purchaseSigned(contractOffer, contractOrder, "0x01");
      await expect(buy())
        .to.be.revertedWithCustomError(market, "Market_BadSignature")
        .withArgs(contractHash, await signer.getAddress());
      await signer.approveHash(digest, true);
      await buy();
      expect(await contracts.LicenseToken.balanceOf(actors.buyer)).to.equal(1n);
      await signer.approveHash(digest, false);
      await expect(buy()).to.be.revertedWithCustomError(market, "Market_BadSignature");
    });

    it("does not sell an offer whose words hold more than their fields, listed or signed", async () => {
      const { market, actors, signer, contractOffer, contractOrder, digest } = await loadFixture(contractFixture);
      const domain = {
        name: "Isonomy Market",
        version: "1",
        chainId: 31_337,
        verifyingContract: await market.getAddress(),
      };
      const typehash = ethers.id(ethers.TypedDataEncoder.from(OFFER_TYPES).encodeType("Offer"));
      const fields = OFFER_TYPES.Offer;
      const plain = market.interface.encodeFunctionData("purchaseSigned", [contractOffer, contractOrder, "0x01"]);
      const listing = market.interface.encodeFunctionData("createOffer", [contractOffer]);

      /** The data of a purchase of the same offer with the bits of `extra` in one word, whose hash the creator approved. */
      const signedWith = async (index: number, extra: bigint) => {
        const words = Array.from({ length: fields.length }, (_, i) => ethers.dataSlice(plain, 4 + 32 * i, 36 + 32 * i));
        words[index] = ethers.toBeHex(BigInt(words[index]) | extra, 32);
        const hash = ethers.keccak256(ethers.concat([typehash, ...words]));
        const approved = ethers.keccak256(ethers.concat(["0x1901", ethers.TypedDataEncoder.hashDomain(domain), hash]));
        await signer.approveHash(approved, true);
        const rest = ethers.dataSlice(plain, 4 + 32 * (fields.length + 1));
        return { approved, words, data: ethers.concat([plain.slice(0, 10), ...words, hash, rest]) };
      };

      const clean = await signedWith(0, 0n);
      expect(clean.approved).to.equal(digest);
      await actors.buyer.sendTransaction({ to: market, data: clean.data });
      for (const [index, { type, name }] of fields.entries()) {
        if (type === "bytes32") continue;
        const width = type === "address" ? 160n : type === "bool" ? 1n : BigInt(type.slice(4));
        for (const bit of [width, 255n]) {
          const { data, words } = await signedWith(index, 1n << bit);
          await expect(
            actors.buyer.sendTransaction({ to: market, data }),
            `${name}, signed`,
          ).to.be.revertedWithoutReason();
          const listed = ethers.concat([listing.slice(0, 10), ...words]);
          await expect(signer.act(market, 0n, listed), `${name}, listed`).to.be.revertedWithoutReason();
        }
      }
    });

    const modes: [string, bigint][] = [
      // claim(attacks#licences-listings-offers-and-signatures): an ERC-1271 signer that reverts, returns garbage or
      //   burns gas
      ["a contract that reverts", 1n],
      // claim(attacks#licences-listings-offers-and-signatures): an ERC-1271 signer that reverts, returns garbage or
      //   burns gas
      ["a contract that returns garbage", 2n],
      ["a contract that returns less than a word", 3n],
      ["a contract that returns the magic value with bits behind it", 4n],
    ];
    for (const [title, mode] of modes) {
      it(`refuses ${title}`, async () => {
        const { market, actors, signer, contractOffer, contractOrder, contractHash } =
          await loadFixture(contractFixture);
        await signer.setMode(mode);
        await expect(market.connect(actors.buyer).purchaseSigned(contractOffer, contractOrder, "0x01"))
          .to.be.revertedWithCustomError(market, "Market_BadSignature")
          .withArgs(contractHash, await signer.getAddress());
      });
    }

    // claim(attacks#licences-listings-offers-and-signatures): an ERC-1271 signer that reverts, returns garbage or burns
    //   gas
    it("refuses a contract that burns all gas, with enough left to say why", async () => {
      const { market, token, actors, signer, contractOffer, contractOrder, contractHash } =
        await loadFixture(contractFixture);
      await signer.setMode(5n);
      const before = await token.balanceOf(actors.buyer);
      await expect(
        market.connect(actors.buyer).purchaseSigned(contractOffer, contractOrder, "0x01", { gasLimit: 2_000_000n }),
      )
        .to.be.revertedWithCustomError(market, "Market_BadSignature")
        .withArgs(contractHash, await signer.getAddress());
      expect(await token.balanceOf(actors.buyer)).to.equal(before);
    });
  });

  it("refuses while purchases are paused", async () => {
    const { market, actors, offer, order, signature } = await loadFixture(signedFixture);
    await market.connect(actors.guardian).pausePurchases(DAY);
    const { pausedUntil } = await market.config();
    await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature))
      .to.be.revertedWithCustomError(market, "Market_Paused")
      .withArgs(pausedUntil);
  });
});
