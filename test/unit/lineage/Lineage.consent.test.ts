import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature } from "ethers";
import { ethers } from "hardhat";
import { CHILD, digestOf, lineageFixture, packConsent, parentsOf, SECOND_CHILD, signConsent, YEAR } from "./fixture";

const PARENT = 3n;
const SHARE = 400n;
const UNKNOWN = 11n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HONEST = 0n;

describe("Lineage, the consent of a parent", () => {
  /** The creator wants the parent at 4 %; nothing is agreed yet. */
  async function consentFixture() {
    const fixture = await loadFixture(lineageFixture);
    const { lineage, actors, actions } = fixture;
    const { creator } = actors;
    const now = BigInt(await time.latest());
    const holder = actions.holderOf(PARENT);
    const consent = { parent: PARENT, child: CHILD, bps: SHARE, validUntil: now + 1_000n };

    /** Creates the child's lineage with the parent alone. */
    const create = (along = "0x", bps = SHARE, parent = PARENT, child = CHILD) =>
      lineage.connect(creator).create(child, parentsOf([parent, bps]), [along]);

    /** Expects that a parent has not consented. */
    async function expectRefused(call: Promise<unknown>, bps = SHARE, parent = PARENT, child = CHILD) {
      await expect(call).to.be.revertedWithCustomError(lineage, "Lineage_NoConsent").withArgs(parent, child, bps);
      expect(await lineage.accountOf(child)).to.equal(ethers.ZeroAddress);
    }

    /** Expects that the child has the parent now. */
    async function expectCreated(call: Promise<unknown>, bps = SHARE) {
      await call;
      expect(await lineage.parentsOf(CHILD)).to.deep.equal([[PARENT, bps]]);
    }

    return { ...fixture, holder, now, consent, create, expectRefused, expectCreated };
  }

  describe("setOpenTerms", () => {
    it("sets, replaces and closes the terms of one model, and says so", async () => {
      const { lineage, holder } = await loadFixture(consentFixture);
      expect(await lineage.openTerms(PARENT)).to.deep.equal([0n, 0n]);
      const terms: [bigint, bigint][] = [
        [400n, 2n ** 40n - 1n],
        [5_000n, 7n],
        [1n, 0n],
        [0n, 0n],
      ];
      for (const [minBps, until] of terms) {
        await expect(lineage.connect(holder).setOpenTerms(PARENT, minBps, until))
          .to.emit(lineage, "OpenTermsSet")
          .withArgs(PARENT, minBps, until);
        expect(await lineage.openTerms(PARENT)).to.deep.equal([minBps, until]);
      }
      expect(await lineage.openTerms(PARENT - 1n)).to.deep.equal([0n, 0n]);
    });

    it("refuses a share above what one parent can have", async () => {
      const { lineage, holder } = await loadFixture(consentFixture);
      for (const minBps of [5_001n, 65_535n]) {
        await expect(lineage.connect(holder).setOpenTerms(PARENT, minBps, 1n))
          .to.be.revertedWithCustomError(lineage, "Lineage_BadOpenTerms")
          .withArgs("minBps");
      }
      expect(await lineage.openTerms(PARENT)).to.deep.equal([0n, 0n]);
    });

    it("is for the holder of the title alone, and its creator without it refused", async () => {
      const { lineage, registry, holder, actors } = await loadFixture(consentFixture);
      const { buyer, stranger } = actors;
      await registry.connect(holder).setApprovalForAll(stranger, true);
      await expect(lineage.connect(stranger).setOpenTerms(PARENT, 1n, 1n))
        .to.be.revertedWithCustomError(lineage, "Lineage_NotTitleHolder")
        .withArgs(PARENT, stranger.address, holder.address);
      await registry.connect(holder).transferFrom(holder, buyer, PARENT);
      await expect(lineage.connect(holder).setOpenTerms(PARENT, 1n, 1n))
        .to.be.revertedWithCustomError(lineage, "Lineage_NotTitleHolder")
        .withArgs(PARENT, holder.address, buyer.address);
      await lineage.connect(buyer).setOpenTerms(PARENT, 1n, 1n);
      expect(await lineage.openTerms(PARENT)).to.deep.equal([1n, 1n]);
    });

    it("is for a model that exists", async () => {
      const { lineage, registry, holder } = await loadFixture(consentFixture);
      for (const modelId of [0n, UNKNOWN]) {
        await expect(lineage.connect(holder).setOpenTerms(modelId, 1n, 1n))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(modelId);
      }
    });
  });

  describe("by open terms", () => {
    it("counts for the smallest share and above, not for a basis point less", async () => {
      const { lineage, holder, now, create, expectRefused, expectCreated } = await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, SHARE, now + 1_000n);
      await expectRefused(create("0x", SHARE - 1n), SHARE - 1n);
      await expectCreated(create());
    });

    it("counts for more than the smallest share", async () => {
      const { lineage, holder, now, create, expectCreated } = await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, SHARE, now + 1_000n);
      await expectCreated(create("0x", 5_000n), 5_000n);
    });

    it("counts in the last second, not in the next", async () => {
      const { lineage, holder, now, create, expectRefused, expectCreated } = await loadFixture(consentFixture);
      const until = now + 1_000n;
      await lineage.connect(holder).setOpenTerms(PARENT, 1n, until);
      await time.setNextBlockTimestamp(until + 1n);
      await expectRefused(create());
      await lineage.connect(holder).setOpenTerms(PARENT, 1n, until + 100n);
      await time.setNextBlockTimestamp(until + 100n);
      await expectCreated(create());
    });

    it("does not count when they were never set, or were closed", async () => {
      const { lineage, holder, create, expectRefused } = await loadFixture(consentFixture);
      await expectRefused(create());
      await lineage.connect(holder).setOpenTerms(PARENT, 1n, 2n ** 40n - 1n);
      await lineage.connect(holder).setOpenTerms(PARENT, 0n, 2n ** 40n - 1n);
      await expectRefused(create());
      await expectRefused(create("0x", 5_000n), 5_000n);
    });

    it("stay when the title changes hands, until its next holder sets others", async () => {
      const { lineage, registry, holder, actors, create, expectRefused, expectCreated } =
        await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, SHARE, 2n ** 40n - 1n);
      await registry.connect(holder).transferFrom(holder, actors.buyer, PARENT);
      await lineage.connect(actors.buyer).setOpenTerms(PARENT, SHARE + 1n, 2n ** 40n - 1n);
      await expectRefused(create());
      await lineage.connect(actors.buyer).setOpenTerms(PARENT, SHARE, 2n ** 40n - 1n);
      await expectCreated(create());
    });

    it("of one parent say nothing of another", async () => {
      const { lineage, holder, actors, expectRefused } = await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, 1n, 2n ** 40n - 1n);
      const parents = parentsOf([PARENT, SHARE], [PARENT + 1n, SHARE]);
      await expectRefused(lineage.connect(actors.creator).create(CHILD, parents, ["0x", "0x"]), SHARE, PARENT + 1n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a parent that raises its terms when a child has success
    it("that change later change no lineage", async () => {
      const { lineage, registry, holder, create, actors } = await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, SHARE, 2n ** 40n - 1n);
      await create();
      const account = await lineage.accountOf(CHILD);
      await lineage.connect(holder).setOpenTerms(PARENT, 5_000n, 2n ** 40n - 1n);
      await lineage.connect(holder).setOpenTerms(PARENT, 0n, 0n);
      await registry.connect(holder).transferFrom(holder, actors.stranger, PARENT);
      expect(await lineage.parentsOf(CHILD)).to.deep.equal([[PARENT, SHARE]]);
      expect(await lineage.accountOf(CHILD)).to.equal(account);
      const splitter = await ethers.getContractAt("Splitter", account);
      expect(await splitter.lineage()).to.deep.equal([CHILD, [[PARENT, SHARE]]]);
    });
  });

  describe("by the caller's own title", () => {
    it("counts while the caller holds it, whatever comes along", async () => {
      const { registry, holder, actors, create, expectRefused, expectCreated } = await loadFixture(consentFixture);
      await registry.connect(holder).transferFrom(holder, actors.creator, PARENT);
      await registry.connect(actors.creator).transferFrom(actors.creator, holder, PARENT);
      await expectRefused(create());
      await registry.connect(holder).transferFrom(holder, actors.creator, PARENT);
      await expectCreated(create("0xdead"));
    });
  });

  describe("by a signature", () => {
    it("has the digest of EIP-712, by the domain that the contract announces", async () => {
      const { lineage, consent } = await loadFixture(consentFixture);
      const { name, version, verifyingContract, chainId } = await lineage.eip712Domain();
      expect([name, version, verifyingContract]).to.deep.equal(["Isonomy Lineage", "1", await lineage.getAddress()]);
      expect(chainId).to.equal((await ethers.provider.getNetwork()).chainId);
      const highest = { parent: 2n ** 48n - 2n, child: 2n ** 48n - 1n, bps: 65_535n, validUntil: 2n ** 40n - 1n };
      for (const one of [consent, highest]) {
        const { parent, child, bps, validUntil } = one;
        expect(await lineage.consentDigest(parent, child, bps, validUntil)).to.equal(await digestOf(lineage, one));
      }
    });

    it("counts when it is of the parent's holder", async () => {
      const { lineage, holder, consent, create, expectCreated } = await loadFixture(consentFixture);
      const signature = await signConsent(lineage, holder, consent);
      await expectCreated(create(packConsent(consent.validUntil, signature)));
    });

    it("counts beside open terms and an own title, each for its parent", async () => {
      const { lineage, registry, holder, actors, actions, consent } = await loadFixture(consentFixture);
      const { creator } = actors;
      await actions.open(1n);
      await registry.connect(actions.holderOf(8n)).transferFrom(actions.holderOf(8n), creator, 8n);
      const along = packConsent(consent.validUntil, await signConsent(lineage, holder, consent));
      const parents = parentsOf([1n, 10n], [PARENT, SHARE], [8n, 20n]);
      await lineage.connect(creator).create(CHILD, parents, ["0x", along, "0x"]);
      expect(await lineage.parentsOf(CHILD)).to.deep.equal([
        [1n, 10n],
        [PARENT, SHARE],
        [8n, 20n],
      ]);
    });

    it("counts where open terms do not reach, for less than their share too", async () => {
      const { lineage, holder, consent, create, expectCreated } = await loadFixture(consentFixture);
      await lineage.connect(holder).setOpenTerms(PARENT, 5_000n, 2n ** 40n - 1n);
      await expectCreated(create(packConsent(consent.validUntil, await signConsent(lineage, holder, consent))));
    });

    it("counts in its last second", async () => {
      const { lineage, holder, consent, create, expectCreated } = await loadFixture(consentFixture);
      const signature = await signConsent(lineage, holder, consent);
      await time.setNextBlockTimestamp(consent.validUntil);
      await expectCreated(create(packConsent(consent.validUntil, signature)));
    });

    // claim(attacks#licences-listings-offers-and-signatures): a parent's consent that is expired, or of a former holder
    it("is refused a second after it", async () => {
      const { lineage, holder, consent, create, expectRefused } = await loadFixture(consentFixture);
      const signature = await signConsent(lineage, holder, consent);
      await time.setNextBlockTimestamp(consent.validUntil + 1n);
      await expectRefused(create(packConsent(consent.validUntil, signature)));
      // an end that was not signed
      await expectRefused(create(packConsent(consent.validUntil + 1_000n, signature)));
    });

    it("ends a year ahead at most, to the second", async () => {
      const { lineage, holder, now, consent, create, expectRefused, expectCreated } = await loadFixture(consentFixture);
      const at = now + 100n;
      for (const validUntil of [at + YEAR + 1n, 2n ** 40n - 1n]) {
        const signature = await signConsent(lineage, holder, { ...consent, validUntil });
        await time.setNextBlockTimestamp(at + (validUntil === at + YEAR + 1n ? 0n : 1n));
        await expectRefused(create(packConsent(validUntil, signature)));
      }
      const validUntil = at + 50n + YEAR;
      const signature = await signConsent(lineage, holder, { ...consent, validUntil });
      await time.setNextBlockTimestamp(at + 50n);
      await expectCreated(create(packConsent(validUntil, signature)));
    });

    // claim(attacks#licences-listings-offers-and-signatures): a parent's consent that is expired, or of a former holder
    it("is refused when the signer has given the title away, and counts when it is back", async () => {
      const { lineage, registry, holder, actors, consent, create, expectRefused, expectCreated } =
        await loadFixture(consentFixture);
      const along = packConsent(consent.validUntil, await signConsent(lineage, holder, consent));
      await registry.connect(holder).transferFrom(holder, actors.buyer, PARENT);
      await expectRefused(create(along));
      await registry.connect(actors.buyer).transferFrom(actors.buyer, holder, PARENT);
      await expectCreated(create(along));
    });

    it("is refused of anybody but the holder: the caller, the approved", async () => {
      const { lineage, registry, holder, actors, consent, create, expectRefused } = await loadFixture(consentFixture);
      await registry.connect(holder).setApprovalForAll(actors.stranger, true);
      for (const signer of [actors.creator, actors.stranger]) {
        await expectRefused(create(packConsent(consent.validUntil, await signConsent(lineage, signer, consent))));
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a parent's consent replayed for another child, share,
    //   parent, contract or chain
    it("is refused for another child, another share and another parent", async () => {
      const { lineage, registry, holder, actors, actions, consent, create, expectRefused } =
        await loadFixture(consentFixture);
      const along = packConsent(consent.validUntil, await signConsent(lineage, holder, consent));
      await expectRefused(create(along, SHARE, PARENT, SECOND_CHILD), SHARE, PARENT, SECOND_CHILD);
      for (const bps of [SHARE - 1n, SHARE + 1n]) await expectRefused(create(along, bps), bps);
      // held by the signer too
      const before = actions.holderOf(PARENT + 1n);
      await registry.connect(before).transferFrom(before, holder, PARENT + 1n);
      await expectRefused(create(along, SHARE, PARENT + 1n), SHARE, PARENT + 1n);
      expect(await lineage.accountOf(SECOND_CHILD)).to.equal(ethers.ZeroAddress);
      expect(await registry.ownerOf(CHILD)).to.equal(actors.creator.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a parent's consent replayed for another child, share,
    //   parent, contract or chain
    it("is refused when it was for another contract, another chain, another name or another version", async () => {
      const { lineage, registry, ledger, holder, consent, create, expectRefused, actors } =
        await loadFixture(consentFixture);
      const second = await ethers.deployContract("Lineage", [registry, ledger]);
      const places = [
        { verifyingContract: await second.getAddress() },
        { chainId: 1n },
        { name: "Isonomy" },
        { version: "2" },
      ];
      for (const place of places) {
        const signature = await signConsent(lineage, holder, consent, place);
        await expectRefused(create(packConsent(consent.validUntil, signature)));
      }
      // it is good there
      const there = packConsent(consent.validUntil, await signConsent(second, holder, consent));
      await second.connect(actors.creator).create(CHILD, parentsOf([PARENT, SHARE]), [there]);
      expect(await second.parentsOf(CHILD)).to.deep.equal([[PARENT, SHARE]]);
      expect(await second.accountOf(CHILD)).not.to.equal(
        await lineage.predictAccount(CHILD, parentsOf([PARENT, SHARE])),
      );
    });

    const bad: [title: string, damage: (signature: string) => string][] = [
      ["is empty", () => "0x"],
      ["is a byte short", (signature) => signature.slice(0, -2)],
      ["is a byte long", (signature) => `${signature}00`],
      ["has the short form of ERC-2098", (signature) => Signature.from(signature).compactSerialized],
      ["is all zero", () => `0x${"00".repeat(65)}`],
      [
        "has a high s",
        (signature) => {
          const { r, s, v } = Signature.from(signature);
          return ethers.concat([r, ethers.toBeHex(ORDER - BigInt(s), 32), ethers.toBeHex(v === 27 ? 28 : 27)]);
        },
      ],
    ];
    for (const [title, damage] of bad) {
      it(`is refused when it ${title}`, async () => {
        const { lineage, holder, consent, create, expectRefused } = await loadFixture(consentFixture);
        const signature = await signConsent(lineage, holder, consent);
        await expectRefused(create(packConsent(consent.validUntil, damage(signature))));
      });
    }

    it("is refused when it does not decode", async () => {
      const { lineage, holder, consent, create } = await loadFixture(consentFixture);
      const whole = packConsent(consent.validUntil, await signConsent(lineage, holder, consent));
      const wide = ethers.concat([ethers.toBeHex(2n ** 40n, 32), ethers.dataSlice(whole, 32)]);
      for (const along of ["0x01", ethers.dataSlice(whole, 0, 64), wide]) {
        await expect(create(along)).to.be.revertedWithoutReason();
      }
      expect(await lineage.accountOf(CHILD)).to.equal(ethers.ZeroAddress);
    });
  });

  describe("by a contract (ERC-1271)", () => {
    it("counts when the holder is a wallet whose owner signs, and then not of anybody else", async () => {
      const { lineage, registry, holder, actors, consent, create, expectRefused, expectCreated } =
        await loadFixture(consentFixture);
      const wallet = await ethers.deployContract("SigningWallet", [actors.buyer]);
      await registry.connect(holder).transferFrom(holder, wallet, PARENT);
      const sign = async (signer = actors.buyer) =>
        packConsent(consent.validUntil, await signConsent(lineage, signer, consent));
      await expectRefused(create(await sign(holder)));
      await expectRefused(create());
      await expectCreated(create(await sign()));
    });

    it("counts while the holder says so, not when it fails in any way", async () => {
      const { lineage, registry, holder, consent, create, expectRefused, expectCreated } =
        await loadFixture(consentFixture);
      const signer = await ethers.deployContract("ContractSigner");
      await registry.connect(holder).transferFrom(holder, signer, PARENT);
      const along = packConsent(consent.validUntil, "0x");
      await expectRefused(create(along));
      await signer.approveHash(await digestOf(lineage, consent), true);
      // reverting, garbage, too short, dirty
      for (const mode of [1n, 2n, 3n, 4n]) {
        await signer.setMode(mode);
        await expectRefused(create(along));
      }
      await signer.setMode(HONEST);
      await expectCreated(create(along));
    });
  });
});
