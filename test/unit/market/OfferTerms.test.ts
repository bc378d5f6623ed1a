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
  rights: uint(32),
  rightsTerms: uint(256).map((value) => toBeHex(value, 32)),
  policy: uint(256).map((value) => toBeHex(value, 32)),
});

/** How many bits a field has. */
function widthOf(type: string): bigint {
  const others: Record<string, bigint> = { bool: 1n, address: 160n, bytes32: 256n };
  return others[type] ?? BigInt(type.slice("uint".length));
}

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
      for (let word = 0; word < 18; word++) {
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

  describe("requireClean", () => {
    it("takes an offer as it came, with every field full to its last bit too", async () => {
      const { harness } = await loadFixture(termsFixture);
      const full = OFFER_TYPES.Offer.map(({ type }) => {
        const value = 2n ** widthOf(type) - 1n;
        if (type === "bool") return true;
        return type === "address" ? getAddress(toBeHex(value, 20)) : type === "bytes32" ? toBeHex(value, 32) : value;
      });
      const names = OFFER_TYPES.Offer.map(({ name }) => name);
      const offers = [OFFER, Object.fromEntries(names.map((name, i) => [name, full[i]])) as OfferStruct];
      for (const offer of offers) {
        const [kept, digest] = await harness.loadClean(offer);
        expect(kept).to.deep.equal(names.map((name) => offer[name as keyof OfferStruct]));
        expect(digest).to.equal(await harness.hash(offer));
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): calldata with dirty upper bits under a hash
    it("refuses bits above a field's type, in each field, without a reason", async () => {
      const { harness } = await loadFixture(termsFixture);
      const to = await harness.getAddress();
      const clean = harness.interface.encodeFunctionData("loadClean", [OFFER]);
      for (const [i, { name, type }] of OFFER_TYPES.Offer.entries()) {
        const [at, width] = [10 + 64 * i, widthOf(type)];
        const word = BigInt(`0x${clean.slice(at, at + 64)}`);
        for (const bit of width === 256n ? [] : [width, width + 1n, (width + 255n) / 2n, 255n]) {
          const data = clean.slice(0, at) + toBeHex(word | (1n << bit), 32).slice(2) + clean.slice(at + 64);
          const answer = await ethers.provider.call({ to, data }).catch((error: { data?: string }) => error.data);
          // what passes comes back, and is not empty
          expect(answer, `${name}, bit ${bit}`).to.equal("0x");
        }
      }
    });
  });

  describe("check", () => {
    it("takes a service without delivery, whether or not the version has a file", async () => {
      const { harness } = await loadFixture(termsFixture);
      await harness.check(OFFER, 0n);
      await harness.check(OFFER, 1n);
    });

    it("takes terms for a rights module where there is one, and refuses them where there is none", async () => {
      const { harness } = await loadFixture(termsFixture);
      const market = await ethers.getContractAt("IMarket", ethers.ZeroAddress);
      const highest = toBeHex(2n ** 256n - 1n, 32);
      for (const rightsTerms of [ethers.id("x"), toBeHex(1n, 32), toBeHex(1n << 255n, 32), highest]) {
        for (const rights of [1n, 2n ** 31n, 2n ** 32n - 1n])
          await harness.check({ ...OFFER, rights, rightsTerms }, 0n);
        await expect(harness.check({ ...OFFER, rightsTerms }, 0n))
          .to.be.revertedWithCustomError(market, "Market_BadTerms")
          .withArgs("rightsTerms");
      }
      await harness.check({ ...OFFER, rights: 1n }, 0n);
      await harness.check({ ...OFFER, policy: highest }, 0n);
    });

    it("names the first field that is wrong", async () => {
      const { harness } = await loadFixture(termsFixture);
      const market = await ethers.getContractAt("IMarket", ethers.ZeroAddress);
      const everything = {
        ...OFFER,
        supply: 0n,
        referrerBps: 9_999n,
        rightsTerms: ethers.id("x"),
        complaintWindow: 1n,
        arbitrator: OFFER.creator,
        bond: 1n,
      };
      const repairs: [string, Partial<OfferStruct>][] = [
        ["supply", { supply: 1n }],
        ["referrerBps", { referrerBps: 5_000n }],
        ["rightsTerms", { rightsTerms: ethers.ZeroHash }],
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

  describe("ids of versions", () => {
    it(`come apart into what they were made of, for ${RUNS} random ids (seed ${SEED})`, async () => {
      const { harness } = await loadFixture(termsFixture);
      await fc.assert(
        fc.asyncProperty(uint(48), uint(16), async (model, number) => {
          const [versionId, modelOf, numberOf] = await harness.versionParts(model, number);
          expect([versionId, modelOf, numberOf]).to.deep.equal([(model << 16n) | number, model, number]);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });
});
