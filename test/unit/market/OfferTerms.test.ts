import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getAddress, toBeHex, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { buildOffer } from "../../helpers/offers";
import { OFFER_TYPES } from "../../helpers/signing";

/** Set OFFER_SEED to run again what a failed run printed. */
const SEED = Number(process.env.OFFER_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 200;

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const address = uint(160).map((value) => getAddress(toBeHex(value, 20)));
const anyOffer: fc.Arbitrary<OfferStruct> = fc.record({
  versionId: uint(64),
  creator: address,
  payToken: address,
  price: uint(128),
  supply: uint(32),
  expiresAt: uint(40),
  buyer: address,
  referrerBps: uint(16),
  maxProtocolFeeBps: uint(16),
  transferable: fc.boolean(),
  includesUpdates: fc.boolean(),
  deliveryWindow: uint(32),
  complaintWindow: uint(32),
  arbitrator: address,
  bond: uint(96),
  epoch: uint(64),
  salt: uint(64),
  extension: uint(256).map((value) => toBeHex(value, 32)),
});

describe("OfferTerms", () => {
  async function termsFixture() {
    return { harness: await ethers.deployContract("OfferTermsHarness") };
  }

  const OFFER = buildOffer({ versionId: 65_537n, creator: "0x000000000000000000000000000000000000dEaD" });

  describe("hash", () => {
    it(`equals the plain hash and that of ethers for ${RUNS} random offers (seed ${SEED})`, async () => {
      const { harness } = await loadFixture(termsFixture);
      const encoder = TypedDataEncoder.from(OFFER_TYPES);
      await fc.assert(
        fc.asyncProperty(anyOffer, async (offer) => {
          const hash = await harness.hash(offer);
          expect(hash).to.equal(await harness.plainHash(offer));
          expect(hash).to.equal(encoder.hashStruct("Offer", offer));
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });

    it("has the type of EIP-712 in it, field by field", async () => {
      const { harness } = await loadFixture(termsFixture);
      const type = TypedDataEncoder.from(OFFER_TYPES).encodeType("Offer");
      expect(await harness.typehash()).to.equal(ethers.id(type));
      const fragment = harness.interface.getFunction("hash")!.inputs[0];
      expect(fragment.components?.map(({ name, type: kind }) => ({ name, type: kind }))).to.deep.equal(
        OFFER_TYPES.Offer,
      );
    });

    // claim(attacks#licences-listings-offers-and-signatures): any other term changed before the purchase
    it("changes with every single field", async () => {
      const { harness } = await loadFixture(termsFixture);
      const hashes = new Set([await harness.hash(OFFER)]);
      for (const { name, type } of OFFER_TYPES.Offer) {
        const before = OFFER[name as keyof OfferStruct];
        const after =
          type === "bool"
            ? !before
            : type === "address"
              ? "0x000000000000000000000000000000000000bEEF"
              : type === "bytes32"
                ? ethers.id("other")
                : BigInt(before as bigint) + 1n;
        hashes.add(await harness.hash({ ...OFFER, [name]: after }));
      }
      expect(hashes.size).to.equal(OFFER_TYPES.Offer.length + 1);
    });

    it("leaves the memory around it as it was, however long", async () => {
      const { harness } = await loadFixture(termsFixture);
      const hash = await harness.hash(OFFER);
      for (const length of [0, 1, 32, 63, 1_000]) {
        const before = ethers.hexlify(ethers.randomBytes(length));
        const [digest, kept, later] = await harness.hashBesideMemory(OFFER, before);
        expect([digest, kept]).to.deep.equal([hash, before]);
        expect(later).to.equal(`0x${"00".repeat(1_024)}`);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): calldata with dirty upper bits under a hash
    it("does not take a word with dirty upper bits for the clean one", async () => {
      const { harness } = await loadFixture(termsFixture);
      const clean = harness.interface.encodeFunctionData("hash", [OFFER]);
      for (let word = 0; word < 17; word++) {
        const at = 10 + 64 * word;
        const dirty = `${clean.slice(0, at)}ff${clean.slice(at + 2)}`;
        const hash = await ethers.provider.call({ to: await harness.getAddress(), data: dirty });
        expect(hash, `word ${word}`).to.not.equal(await harness.hash(OFFER));
        const check = harness.interface.encodeFunctionData("plainHash", [OFFER]);
        const plain = `${check.slice(0, at)}ff${check.slice(at + 2)}`;
        await expect(ethers.provider.call({ to: await harness.getAddress(), data: plain })).to.be.rejected;
      }
    });
  });

  describe("check", () => {
    it("takes a service without delivery, whether or not the version has a file", async () => {
      const { harness } = await loadFixture(termsFixture);
      await harness.check(OFFER, 0n);
      await harness.check(OFFER, 1n);
    });

    it("names the first field that is wrong", async () => {
      const { harness } = await loadFixture(termsFixture);
      const market = await ethers.getContractAt("IMarket", ethers.ZeroAddress);
      const everything = {
        ...OFFER,
        supply: 0n,
        referrerBps: 9_999n,
        extension: ethers.id("x"),
        complaintWindow: 1n,
        arbitrator: OFFER.creator,
        bond: 1n,
      };
      const repairs: [string, Partial<OfferStruct>][] = [
        ["supply", { supply: 1n }],
        ["referrerBps", { referrerBps: 5_000n }],
        ["extension", { extension: ethers.ZeroHash }],
        ["complaintWindow", { complaintWindow: 0n }],
        ["arbitrator", { arbitrator: ethers.ZeroAddress }],
        ["bond", { bond: 0n }],
      ];
      let offer: OfferStruct = everything;
      for (const [field, repair] of repairs) {
        await expect(harness.check(offer, 0n)).to.be.revertedWithCustomError(market, "Market_BadTerms").withArgs(field);
        offer = { ...offer, ...repair };
      }
      await harness.check(offer, 0n);
    });
  });

  describe("ids of licences and versions", () => {
    it(`come apart into what they were made of, for ${RUNS} random ids (seed ${SEED})`, async () => {
      const { harness } = await loadFixture(termsFixture);
      await fc.assert(
        fc.asyncProperty(
          uint(32),
          uint(8),
          uint(48),
          uint(16),
          uint(64),
          async (module, flags, model, number, serial) => {
            const [versionId, modelOf, numberOf] = await harness.versionParts(model, number);
            expect([versionId, modelOf, numberOf]).to.deep.equal([(model << 16n) | number, model, number]);
            const id = await harness.licenseId(module, flags, versionId, serial);
            expect(id).to.equal((module << 136n) | (flags << 128n) | (versionId << 64n) | serial);
            const parts = await harness.licenseParts(id);
            expect([parts.module, parts.versionId]).to.deep.equal([module, versionId]);
            expect(parts.flags).to.deep.equal([...Array(8).keys()].map((bit) => ((flags >> BigInt(bit)) & 1n) === 1n));
          },
        ),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });
});
