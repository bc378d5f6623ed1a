import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { DAY, firstVersion, HOUR, marketFixture, NATIVE, PRICE } from "../../helpers/market";
import { signOffer } from "../../helpers/signing";

describe("Market: offers", () => {
  async function offersFixture() {
    const protocol = await loadFixture(marketFixture);
    return { ...protocol, market: protocol.contracts.Market };
  }

  describe("createOffer", () => {
    it("refuses a word with dirty upper bits in every field that is shorter than a word, as the decoder does", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const data = market.interface.encodeFunctionData("createOffer", [actions.terms()]);
      const fields = market.interface.getFunction("createOffer").inputs[0].components!;
      for (const [index, { type, name }] of fields.entries()) {
        if (type === "bytes32") continue;
        const width = type === "address" ? 160n : type === "bool" ? 1n : BigInt(type.slice(4));
        const at = 4 + 32 * index;
        for (const bit of [width, 255n]) {
          const word = ethers.toBeHex(BigInt(ethers.dataSlice(data, at, at + 32)) | (1n << bit), 32);
          const dirty = ethers.concat([ethers.dataSlice(data, 0, at), word, ethers.dataSlice(data, at + 32)]);
          const call = actors.creator.call({ to: market, data: dirty });
          await expect(call, `bit ${bit} of ${name}`).to.be.revertedWithoutReason();
        }
      }
      await actors.creator.call({ to: market, data });
    });

    context("when the caller does not hold the title", () => {
      // claim(attacks#licences-listings-offers-and-signatures): list a title that the caller does not own
      it("refuses a stranger who names the holder as creator", async () => {
        const { market, actors, actions, ids } = await loadFixture(offersFixture);
        await expect(market.connect(actors.other).createOffer(actions.terms()))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, actors.other.address, actors.creator.address);
      });

      // claim(attacks#licences-listings-offers-and-signatures): list a title that the caller does not own
      it("refuses a stranger who names himself as creator", async () => {
        const { market, actors, actions, ids } = await loadFixture(offersFixture);
        const offer = actions.terms({ creator: actors.other.address });
        await expect(market.connect(actors.other).createOffer(offer))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, actors.other.address, actors.creator.address);
      });

      it("refuses a holder who names another as creator", async () => {
        const { market, actors, actions, ids } = await loadFixture(offersFixture);
        const offer = actions.terms({ creator: actors.other.address });
        await expect(market.connect(actors.creator).createOffer(offer))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, actors.creator.address, actors.creator.address);
      });

      it("refuses a creator who gave the title away", async () => {
        const { market, contracts, actors, actions, ids } = await loadFixture(offersFixture);
        const { creator, other } = actors;
        await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
        await expect(market.connect(creator).createOffer(actions.terms()))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, creator.address, other.address);
        await market.connect(other).createOffer(actions.terms({ creator: other.address }));
      });

      // claim(attacks#licences-listings-offers-and-signatures): list a title that the caller does not own
      it("refuses somebody whom the holder approved for the title", async () => {
        const { market, contracts, actors, actions, ids } = await loadFixture(offersFixture);
        await contracts.ModelRegistry.connect(actors.creator).approve(actors.other.address, 1n);
        await expect(market.connect(actors.other).createOffer(actions.terms()))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, actors.other.address, actors.creator.address);
      });

      // claim(attacks#licences-listings-offers-and-signatures): a fake ERC-721
      it("does not believe an ERC-721 of the attacker's own about who holds a title", async () => {
        const { market, contracts, actors, actions, ids } = await loadFixture(offersFixture);
        const fake = await ethers.deployContract("ModelRegistry", [await contracts.Authority.getAddress(), ""]);
        await fake.connect(actors.other).createModel(CARD, 0n);
        expect(await fake.ownerOf(1n)).to.equal(actors.other.address);
        await expect(market.connect(actors.other).createOffer(actions.terms({ creator: actors.other.address })))
          .to.be.revertedWithCustomError(market, "Market_NotTitleHolder")
          .withArgs(ids.versionId, actors.other.address, actors.creator.address);
        expect(await market.REGISTRY()).to.equal(await contracts.ModelRegistry.getAddress());
      });
    });

    it("refuses a version that was never published", async () => {
      const { market, contracts, actors, actions, ids } = await loadFixture(offersFixture);
      for (const versionId of [0n, ids.versionId + 1n, firstVersion(9n)]) {
        await expect(market.connect(actors.creator).createOffer(actions.terms({ versionId })))
          .to.be.revertedWithCustomError(contracts.ModelRegistry, "ModelRegistry_UnknownVersion")
          .withArgs(versionId);
      }
    });

    it("refuses a version that was proven defective", async () => {
      const { market, contracts, actors, actions, files } = await loadFixture(offersFixture);
      const versionId = await actions.publish(actors.creator, files.broken.data);
      await contracts.ModelRegistry.proveDefective(versionId, files.broken.evidence);
      await expect(market.connect(actors.creator).createOffer(actions.fileTerms({ versionId })))
        .to.be.revertedWithCustomError(market, "Market_VersionDefective")
        .withArgs(versionId);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a token that is not listed, or no longer listed
    it("refuses a token that is not on the list", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      for (const payToken of [actors.stranger.address, await market.getAddress()]) {
        await expect(market.connect(actors.creator).createOffer(actions.terms({ payToken })))
          .to.be.revertedWithCustomError(market, "Market_TokenNotListed")
          .withArgs(payToken);
      }
    });

    context("when a term is out of its bounds", () => {
      const arbitrator = ethers.getAddress("0x00000000000000000000000000000000000a4b17");
      const instant: [string, string, object][] = [
        // claim(attacks#licences-listings-offers-and-signatures): batch quantity 0
        ["no supply", "supply", { supply: 0n }],
        ["a referrer's share above 50 %", "referrerBps", { referrerBps: 5_001n }],
        // claim(attacks#licences-listings-offers-and-signatures): royalty above 100 %
        ["a referrer's share above 100 %", "referrerBps", { referrerBps: 10_001n }],
        ["terms of rights without a rights module", "rightsTerms", { rightsTerms: ethers.id("thirty days") }],
        ["a complaint window without delivery", "complaintWindow", { complaintWindow: 1n }],
        ["an arbitrator without delivery", "arbitrator", { arbitrator }],
        ["a bond without delivery", "bond", { bond: 1n }],
        ["delivery of a version without a file", "versionId", { deliveryWindow: DAY, complaintWindow: 3n * DAY }],
      ];
      const escrowed: [string, string, object][] = [
        ["a delivery window under an hour", "deliveryWindow", { deliveryWindow: HOUR - 1n }],
        ["a delivery window over seven days", "deliveryWindow", { deliveryWindow: 7n * DAY + 1n }],
        ["the longest delivery window there is", "deliveryWindow", { deliveryWindow: 2n ** 32n - 1n }],
        ["a complaint window under two days", "complaintWindow", { complaintWindow: 2n * DAY - 1n }],
        ["no complaint window", "complaintWindow", { complaintWindow: 0n }],
        ["a complaint window over thirty days", "complaintWindow", { complaintWindow: 30n * DAY + 1n }],
        ["a bond without an arbitrator", "bond", { bond: 1n }],
        ["an arbitrator without a bond", "bond", { arbitrator }],
      ];

      for (const [title, field, differs] of instant) {
        it(`refuses ${title}`, async () => {
          const { market, actors, actions } = await loadFixture(offersFixture);
          await expect(market.connect(actors.creator).createOffer(actions.terms(differs)))
            .to.be.revertedWithCustomError(market, "Market_BadTerms")
            .withArgs(field);
        });
      }
      for (const [title, field, differs] of escrowed) {
        it(`refuses ${title}`, async () => {
          const { market, actors, actions } = await loadFixture(offersFixture);
          await expect(market.connect(actors.creator).createOffer(actions.fileTerms(differs)))
            .to.be.revertedWithCustomError(market, "Market_BadTerms")
            .withArgs(field);
        });
      }

      // claim(attacks#licences-listings-offers-and-signatures): price 0 and maximum
      it("takes every term at its bounds", async () => {
        const { market, actors, actions } = await loadFixture(offersFixture);
        const least = { supply: 1n, price: 0n, deliveryWindow: HOUR, complaintWindow: 2n * DAY };
        const most = {
          supply: 2n ** 32n - 1n,
          price: 2n ** 128n - 1n,
          expiresAt: 2n ** 40n - 1n,
          referrerBps: 5_000n,
          maxProtocolFeeBps: 2n ** 16n - 1n,
          deliveryWindow: 7n * DAY,
          complaintWindow: 30n * DAY,
          arbitrator,
          bond: 2n ** 96n - 1n,
          salt: 2n ** 64n - 1n,
          epoch: 2n ** 64n - 1n,
        };
        for (const differs of [least, most]) {
          await expect(market.connect(actors.creator).createOffer(actions.fileTerms(differs))).to.emit(
            market,
            "OfferListed",
          );
        }
      });
    });

    it("refuses an offer that has expired, and takes one that expires this second", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const now = BigInt(await time.latest()) + 100n;
      const late = actions.terms({ expiresAt: now - 1n });
      await time.setNextBlockTimestamp(now);
      await expect(market.connect(actors.creator).createOffer(late))
        .to.be.revertedWithCustomError(market, "Market_OfferExpired")
        .withArgs(await market.hashOffer(late), now - 1n);
      await time.setNextBlockTimestamp(now + 1n);
      await market.connect(actors.creator).createOffer(actions.terms({ expiresAt: now + 1n }));
    });

    it("refuses the same offer twice, and tells offers apart by their salt", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const hash = await actions.list(actions.terms());
      await expect(market.connect(actors.creator).createOffer(actions.terms()))
        .to.be.revertedWithCustomError(market, "Market_AlreadyListed")
        .withArgs(hash);
      expect(await actions.list(actions.terms({ salt: 1n }))).to.not.equal(hash);
    });

    it("refuses an offer that was revoked before or after it was listed", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const creator = market.connect(actors.creator);
      const never = actions.terms({ salt: 5n });
      await creator.revokeOffer(never);
      await expect(creator.createOffer(never))
        .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
        .withArgs(await market.hashOffer(never));
      const hash = await actions.list(actions.terms());
      await creator.revokeOffer(actions.terms());
      await expect(creator.createOffer(actions.terms()))
        .to.be.revertedWithCustomError(market, "Market_AlreadyListed")
        .withArgs(hash);
    });

    it("announces all terms, and holds nothing but the listing", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const offer = actions.terms({ referrerBps: 1_000n, expiresAt: 2n ** 40n - 1n, salt: 7n });
      const hash = await market.hashOffer(offer);
      expect(await market.connect(actors.creator).createOffer.staticCall(offer)).to.equal(hash);
      await expect(market.connect(actors.creator).createOffer(offer))
        .to.emit(market, "OfferListed")
        .withArgs(hash, offer.versionId, actors.creator.address, Object.values(orderedTerms(offer)));
      expect(await market.offerState(hash)).to.deep.equal([0n, true, false]);
      expect(await ethers.provider.getBalance(market)).to.equal(0n);
    });

    it("turns value that is sent along into the creator's bond, who can take it back", async () => {
      const { market, contracts, actors, actions } = await loadFixture(offersFixture);
      const { Escrow, RevenueLedger } = contracts;
      const address = await market.getAddress();
      const offer = actions.terms();
      const hash = await market.hashOffer(offer);
      const call = market.connect(actors.creator).createOffer(offer, { value: 5_000n });
      await expect(call).to.changeEtherBalances([actors.creator, Escrow, market], [-5_000n, 5_000n, 0n]);
      await expect(call).to.emit(Escrow, "BondChanged").withArgs(address, actors.creator.address, hash, 5_000n, 0n);
      await Escrow.connect(actors.creator).withdrawBond(address, hash, 5_000n);
      expect(await RevenueLedger.balanceOf(NATIVE, actors.creator)).to.equal(5_000n);
    });

    it("goes on while purchases are paused", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      await market.connect(actors.guardian).pausePurchases(DAY);
      await expect(market.connect(actors.creator).createOffer(actions.terms())).to.emit(market, "OfferListed");
      await expect(market.connect(actors.creator).revokeOffer(actions.terms())).to.emit(market, "OfferRevoked");
    });
  });

  describe("revokeOffer", () => {
    it("refuses everyone but the creator, the title's new holder too", async () => {
      const { market, contracts, actors, actions } = await loadFixture(offersFixture);
      const { creator, other, stranger } = actors;
      await actions.list(actions.terms());
      await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
      for (const account of [other, stranger]) {
        await expect(market.connect(account).revokeOffer(actions.terms()))
          .to.be.revertedWithCustomError(market, "Market_NotCreator")
          .withArgs(account.address, creator.address);
      }
    });

    it("ends an offer for good and leaves what was sold", async () => {
      const { market, contracts, actors, actions } = await loadFixture(offersFixture);
      const offer = actions.terms();
      const hash = await actions.list(offer);
      const order = await actions.orderFor(offer);
      const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
      await market.connect(actors.buyer).purchase(offer, order);
      await expect(market.connect(actors.creator).revokeOffer(offer))
        .to.emit(market, "OfferRevoked")
        .withArgs(hash, actors.creator.address);
      expect(await market.offerState(hash)).to.deep.equal([1n, true, true]);
      await expect(market.connect(actors.buyer).purchase(offer, order))
        .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
        .withArgs(hash);
      expect(await contracts.LicenseToken.isAuthorized(licenseId, actors.buyer)).to.equal(true);
    });

    it("ends one that was only signed", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const offer = actions.terms();
      const signature = await signOffer(market, actors.creator, offer);
      await market.connect(actors.creator).revokeOffer(offer);
      await expect(market.connect(actors.buyer).purchaseSigned(offer, await actions.orderFor(offer), signature))
        .to.be.revertedWithCustomError(market, "Market_OfferRevoked")
        .withArgs(await market.hashOffer(offer));
    });
  });

  describe("revokeAllSigned", () => {
    it("starts the caller's next epoch, and nobody else's", async () => {
      const { market, actors } = await loadFixture(offersFixture);
      for (const epoch of [1n, 2n]) {
        await expect(market.connect(actors.creator).revokeAllSigned())
          .to.emit(market, "EpochStarted")
          .withArgs(actors.creator.address, epoch);
        expect(await market.epochOf(actors.creator)).to.equal(epoch);
      }
      expect(await market.epochOf(actors.stranger)).to.equal(0n);
    });

    it("leaves listed offers for sale", async () => {
      const { market, actors, actions } = await loadFixture(offersFixture);
      const offer = actions.terms();
      await actions.list(offer);
      await market.connect(actors.creator).revokeAllSigned();
      await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
      expect((await market.offerState(await market.hashOffer(offer))).sold).to.equal(1n);
    });
  });

  describe("views", () => {
    it("know nothing of an offer that was never listed", async () => {
      const { market } = await loadFixture(offersFixture);
      expect(await market.offerState(ethers.id("nothing"))).to.deep.equal([0n, false, false]);
      expect(await market.payTokenRisks(ethers.ZeroAddress)).to.deep.equal([true, 0n]);
      expect(await market.payTokenRisks(await market.getAddress())).to.deep.equal([false, 0n]);
    });

    it("announce the domain that offers are signed in (ERC-5267)", async () => {
      const { market, actions } = await loadFixture(offersFixture);
      const [fields, name, version, chainId, verifyingContract, salt, extensions] = await market.eip712Domain();
      expect([fields, name, version, chainId]).to.deep.equal(["0x0f", "Isonomy Market", "1", 31_337n]);
      expect(verifyingContract).to.equal(await market.getAddress());
      expect([salt, extensions.length]).to.deep.equal([ethers.ZeroHash, 0]);
      const domain = ethers.TypedDataEncoder.hashDomain({ name, version, chainId, verifyingContract });
      const digest = ethers.keccak256(
        ethers.concat(["0x1901", domain, await market.hashOffer(actions.terms({ price: PRICE }))]),
      );
      expect(await market.offerDigest(actions.terms({ price: PRICE }))).to.equal(digest);
    });
  });
});

/** The fields of an offer in the order of the struct, whatever order they were written in. */
function orderedTerms(offer: object): Record<string, unknown> {
  const fields = [
    "versionId",
    "creator",
    "payToken",
    "price",
    "supply",
    "expiresAt",
    "buyer",
    "referrerBps",
    "maxProtocolFeeBps",
    "transferable",
    "includesUpdates",
    "deliveryWindow",
    "complaintWindow",
    "arbitrator",
    "bond",
    "epoch",
    "salt",
    "rights",
    "rightsTerms",
    "policy",
  ];
  const all = offer as Record<string, unknown>;
  return Object.fromEntries(fields.map((field) => [field, all[field]]));
}
