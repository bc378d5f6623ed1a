import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getAddress, getBytes, hexlify, N, Signature, toBeHex, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import { CLEARANCE_TYPES, policiesFixture, policyOf, wordsOf, type Clearance } from "./policies";

const YEAR = 31_536_000n;

/** Set POLICY_SEED to run again what a failed run printed. */
const SEED = Number(process.env.POLICY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 100;

describe("OfferPolicies", () => {
  it("publishes how long a clearance can be valid, and whose licences it reads", async () => {
    const { policies, licenses } = await loadFixture(policiesFixture);
    expect(await policies.MAX_VALIDITY()).to.equal(YEAR);
    expect(await policies.LICENSES()).to.equal(await licenses.getAddress());
  });

  describe("policyOf and clearanceDigest", () => {
    it(`have the issuer below and the number above, and the digest of EIP-712, for ${RUNS} random clearances (seed ${SEED})`, async () => {
      const { policies, domain } = await loadFixture(policiesFixture);
      expect([domain.name, domain.version]).to.deep.equal(["Isonomy Policies", "1"]);
      const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
      const address = uint(160).map((value) => getAddress(toBeHex(value, 20)));
      const word = uint(256).map((value) => toBeHex(value, 32));
      const all = [word, word, address, uint(64), uint(40)] as const;
      await fc.assert(
        fc.asyncProperty(address, uint(96), ...all, async (issuer, number, ...fields) => {
          expect(await policies.policyOf(issuer, number)).to.equal(policyOf(issuer, number));
          const [policy, termsHash, recipient, nonce, validUntil] = fields;
          const message = { policy, termsHash, recipient, nonce, validUntil };
          expect(await policies.clearanceDigest(...fields)).to.equal(
            TypedDataEncoder.hash(domain, CLEARANCE_TYPES, message),
          );
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });

  describe("present", () => {
    it("keeps what the issuer signed, whoever brings it, and says so", async () => {
      const { policies, clearance, sign, present, kept } = await loadFixture(policiesFixture);
      expect(await kept()).to.deep.equal([0n, 0n]);
      const { policy, termsHash, recipient, validUntil } = clearance;
      await expect(present(clearance, await sign()))
        .to.emit(policies, "Cleared")
        .withArgs(policy, termsHash, recipient, validUntil);
      expect(await kept()).to.deep.equal([1n, validUntil]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a clearance that the policy's issuer did not sign
    it("refuses what somebody else signed, the recipient and the seller too", async () => {
      const { policies, issuer, clearance, sign, present, kept, actors } = await loadFixture(policiesFixture);
      for (const signer of [actors.stranger, actors.buyer, actors.creator]) {
        await expect(present(clearance, await sign(clearance, signer)))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(issuer.address);
      }
      expect(await kept()).to.deep.equal([0n, 0n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a clearance for another account, offer, policy or time
    it("refuses a clearance with any one field changed", async () => {
      const { policies, issuer, clearance, sign, present, kept, actors } = await loadFixture(policiesFixture);
      const signature = await sign();
      const changes: [Partial<Clearance>, string][] = [
        [{ policy: policyOf(issuer.address, 8n) }, issuer.address],
        [{ policy: policyOf(actors.stranger.address, 7n) }, actors.stranger.address],
        [{ termsHash: ethers.id("other terms") }, issuer.address],
        [{ recipient: actors.stranger.address }, issuer.address],
        [{ nonce: 2n }, issuer.address],
        [{ validUntil: clearance.validUntil + 1n }, issuer.address],
        [{ validUntil: clearance.validUntil - 1n }, issuer.address],
      ];
      for (const [change, expected] of changes) {
        const fields = { ...clearance, ...change };
        await expect(present(fields, signature), Object.keys(change)[0])
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(expected);
        expect(await kept(fields)).to.deep.equal([0n, 0n]);
      }
      await present(clearance, signature);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a clearance replayed on another chain or contract
    it("refuses a clearance for another chain, another contract or another version of it", async () => {
      const { policies, licenses, issuer, clearance, sign, present } = await loadFixture(policiesFixture);
      const second = await ethers.deployContract("OfferPolicies", [licenses]);
      const places = [
        { chainId: 1n },
        { verifyingContract: await second.getAddress() },
        { name: "Isonomy Market" },
        { version: "2" },
      ];
      for (const place of places) {
        await expect(present(clearance, await sign(clearance, issuer, place)))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(issuer.address);
      }
      await expect(second.present(...wordsOf(clearance), await sign()))
        .to.be.revertedWithCustomError(second, "OfferPolicies_BadSignature")
        .withArgs(issuer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a signature in another form
    it("refuses a signature in any other form than the one that the issuer gave", async () => {
      const { policies, issuer, clearance, sign, present, kept } = await loadFixture(policiesFixture);
      const signature = await sign();
      const { r, s, v, compactSerialized } = Signature.from(signature);
      const other = ethers.concat([r, toBeHex(N - BigInt(s), 32), toBeHex(55 - v, 1)]);
      for (const bad of [
        other,
        compactSerialized,
        ethers.concat([r, s, toBeHex(v - 27, 1)]),
        `${signature}00`,
        signature.slice(0, -2),
        hexlify(getBytes(signature).reverse()),
        ethers.concat([ethers.ZeroHash, ethers.ZeroHash, "0x1b"]),
        "0x",
      ]) {
        await expect(present(clearance, bad), bad)
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(issuer.address);
      }
      expect(await kept()).to.deep.equal([0n, 0n]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): the zero address as the issuer of a policy
    it("takes no signature for a policy without an issuer", async () => {
      const { policies, clearance, sign, present } = await loadFixture(policiesFixture);
      const fields = { ...clearance, policy: policyOf(ethers.ZeroAddress, 7n) };
      for (const signature of [
        await sign(fields),
        ethers.concat([ethers.ZeroHash, ethers.ZeroHash, "0x1b"]),
        ethers.concat([ethers.ZeroHash, ethers.ZeroHash, "0x00"]),
        "0x",
      ]) {
        await expect(present(fields, signature))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(ethers.ZeroAddress);
      }
    });

    it("takes a clearance until its last second, and refuses it a second later", async () => {
      const { policies, clearance, sign, present, kept } = await loadFixture(policiesFixture);
      const { validUntil } = clearance;
      const next = { ...clearance, nonce: 2n };
      const [first, second] = [await sign(), await sign(next)];
      await time.setNextBlockTimestamp(validUntil);
      await present(clearance, first);
      expect(await kept()).to.deep.equal([1n, validUntil]);
      await time.setNextBlockTimestamp(validUntil + 1n);
      await expect(present(next, second))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_BadValidity")
        .withArgs(validUntil);
    });

    it("takes a year from the block in which it is presented, and refuses a second more", async () => {
      const { policies, clearance, sign, present, kept } = await loadFixture(policiesFixture);
      let at = BigInt(await time.latest());
      for (const tooLate of [1n, 2n ** 38n]) {
        at += 100n;
        const tooLong = { ...clearance, validUntil: at + YEAR + tooLate };
        const signature = await sign(tooLong);
        await time.setNextBlockTimestamp(at);
        await expect(present(tooLong, signature))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadValidity")
          .withArgs(tooLong.validUntil);
      }
      at += 100n;
      const longest = { ...clearance, validUntil: at + YEAR };
      const signature = await sign(longest);
      await time.setNextBlockTimestamp(at);
      await present(longest, signature);
      expect(await kept()).to.deep.equal([1n, at + YEAR]);
    });

    it("refuses the time 0, which is what a revocation leaves", async () => {
      const { policies, clear } = await loadFixture(policiesFixture);
      await expect(clear({ validUntil: 0n }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_BadValidity")
        .withArgs(0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a clearance presented again after a newer one
    it("refuses a nonce that is not above the last, and the nonce 0", async () => {
      const { policies, clearance, clear, kept } = await loadFixture(policiesFixture);
      await expect(clear({ nonce: 0n }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
        .withArgs(0n, 0n);
      await clear({ nonce: 5n });
      for (const nonce of [0n, 1n, 4n, 5n]) {
        await expect(clear({ nonce }))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
          .withArgs(nonce, 5n);
      }
      // the newest counts, also when it ends sooner
      await clear({ nonce: 6n, validUntil: clearance.validUntil - 1n });
      expect(await kept()).to.deep.equal([6n, clearance.validUntil - 1n]);
      await clear({ nonce: 2n ** 64n - 1n });
      await expect(clear({ nonce: 2n ** 64n - 1n }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
        .withArgs(2n ** 64n - 1n, 2n ** 64n - 1n);
    });

    it("counts nonces for each policy, offer and recipient on their own", async () => {
      const { issuer, clearance, clear, kept, actors } = await loadFixture(policiesFixture);
      await clear({ nonce: 9n });
      for (const change of [
        { policy: policyOf(issuer.address, 8n) },
        { termsHash: ethers.id("other terms") },
        { recipient: actors.stranger.address },
      ]) {
        expect(await kept({ ...clearance, ...change })).to.deep.equal([0n, 0n]);
        await clear(change);
        expect(await kept({ ...clearance, ...change })).to.deep.equal([1n, clearance.validUntil]);
      }
      expect(await kept()).to.deep.equal([9n, clearance.validUntil]);
    });

    describe("for an issuer that is a contract (ERC-1271)", () => {
      async function contractFixture() {
        const protocol = await loadFixture(policiesFixture);
        const { policies } = protocol;
        const signer = await ethers.deployContract("ContractSigner");
        const fields = { ...protocol.clearance, policy: policyOf(await signer.getAddress(), 1n) };
        const digest = await policies.clearanceDigest(...wordsOf(fields));
        return { ...protocol, signer, fields, digest };
      }

      it("counts when the contract says so, and only then", async () => {
        const { policies, signer, fields, digest, present, kept } = await loadFixture(contractFixture);
        await expect(present(fields, "0x01"))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
          .withArgs(await signer.getAddress());
        await signer.approveHash(digest, true);
        const { policy, termsHash, recipient, validUntil } = fields;
        await expect(present(fields, "0x01"))
          .to.emit(policies, "Cleared")
          .withArgs(policy, termsHash, recipient, validUntil);
        expect(await kept(fields)).to.deep.equal([1n, validUntil]);
      });

      it("refuses a contract that reverts, answers badly or burns all gas", async () => {
        const { policies, signer, fields, digest, actors, kept } = await loadFixture(contractFixture);
        await signer.approveHash(digest, true);
        for (const mode of [1n, 2n, 3n, 4n, 5n]) {
          await signer.setMode(mode);
          const call = policies.connect(actors.stranger).present(...wordsOf(fields), "0x01", { gasLimit: 3_000_000n });
          await expect(call, `mode ${mode}`)
            .to.be.revertedWithCustomError(policies, "OfferPolicies_BadSignature")
            .withArgs(await signer.getAddress());
        }
        expect(await kept(fields)).to.deep.equal([0n, 0n]);
      });

      it("lets the contract revoke", async () => {
        const { policies, signer, fields, digest, present, kept } = await loadFixture(contractFixture);
        await signer.approveHash(digest, true);
        await present(fields, "0x01");
        const call = [fields.policy, fields.termsHash, fields.recipient, 1n] as const;
        await signer.act(policies, 0n, policies.interface.encodeFunctionData("revoke", [...call]));
        expect(await kept(fields)).to.deep.equal([1n, 0n]);
      });
    });
  });
});
