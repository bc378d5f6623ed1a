import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { firstVersion } from "../../helpers/market";
import { TRANSFERABLE } from "../license/fixture";
import { policiesFixture, policyOf } from "./policies";

describe("OfferPolicies, revocation and admission", () => {
  describe("revoke", () => {
    it("ends a clearance at once, and says so", async () => {
      const { policies, issuer, clearance, clear, admit, kept } = await loadFixture(policiesFixture);
      await clear();
      await admit();
      const { policy, termsHash, recipient } = clearance;
      await expect(policies.connect(issuer).revoke(policy, termsHash, recipient, 1n))
        .to.emit(policies, "ClearanceRevoked")
        .withArgs(policy, termsHash, recipient, 1n);
      expect(await kept()).to.deep.equal([1n, 0n]);
      await expect(admit())
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, termsHash, recipient, 0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a clearance revoked by somebody else
    it("refuses anyone but the policy's issuer", async () => {
      const { policies, issuer, clearance, clear, kept, actors, admin } = await loadFixture(policiesFixture);
      await clear();
      const { policy, termsHash, recipient, validUntil } = clearance;
      for (const account of [actors.stranger, actors.buyer, actors.creator, admin]) {
        await expect(policies.connect(account).revoke(policy, termsHash, recipient, 9n))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_NotIssuer")
          .withArgs(account.address, issuer.address);
      }
      expect(await kept()).to.deep.equal([1n, validUntil]);
    });

    it("takes back what was signed and not presented: every nonce up to the one it names", async () => {
      const { policies, issuer, clearance, clear, kept } = await loadFixture(policiesFixture);
      const { policy, termsHash, recipient, validUntil } = clearance;
      await policies.connect(issuer).revoke(policy, termsHash, recipient, 3n);
      expect(await kept()).to.deep.equal([3n, 0n]);
      for (const nonce of [1n, 2n, 3n]) {
        await expect(clear({ nonce }))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
          .withArgs(nonce, 3n);
      }
      await clear({ nonce: 4n });
      expect(await kept()).to.deep.equal([4n, validUntil]);
    });

    it("refuses a nonce below the last, takes the last again, and can end all of them for good", async () => {
      const { policies, issuer, clearance, clear, kept } = await loadFixture(policiesFixture);
      const { policy, termsHash, recipient, validUntil } = clearance;
      const revoke = (nonce: bigint) => policies.connect(issuer).revoke(policy, termsHash, recipient, nonce);
      await clear({ nonce: 5n });
      for (const nonce of [0n, 4n]) {
        await expect(revoke(nonce))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
          .withArgs(nonce, 5n);
      }
      expect(await kept()).to.deep.equal([5n, validUntil]);
      for (let i = 0; i < 2; i++) await revoke(5n);
      expect(await kept()).to.deep.equal([5n, 0n]);
      await revoke(2n ** 64n - 1n);
      await expect(clear({ nonce: 2n ** 64n - 1n }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_OldNonce")
        .withArgs(2n ** 64n - 1n, 2n ** 64n - 1n);
    });

    it("revokes for the policy, offer and recipient that it names, and for no other", async () => {
      const { policies, issuer, clearance, clear, admit, actors } = await loadFixture(policiesFixture);
      const others = [
        { policy: policyOf(issuer.address, 8n) },
        { termsHash: ethers.id("other terms") },
        { recipient: actors.stranger.address },
      ];
      for (const change of [{}, ...others]) await clear(change);
      await policies.connect(issuer).revoke(clearance.policy, clearance.termsHash, clearance.recipient, 1n);
      for (const change of others) await admit(change);
      await expect(admit()).to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared");
    });
  });

  describe("admit", () => {
    it("admits a cleared recipient, whoever pays", async () => {
      const { clear, admit, actors } = await loadFixture(policiesFixture);
      await clear();
      for (const payer of [actors.buyer.address, actors.stranger.address, ethers.ZeroAddress]) await admit({ payer });
    });

    // claim(attacks#licences-listings-offers-and-signatures): a purchase by somebody whom a policy did not clear
    it("refuses another policy, offer or recipient, the payer's clearance too", async () => {
      const { policies, issuer, clearance, clear, admit, actors } = await loadFixture(policiesFixture);
      await clear();
      for (const change of [
        { policy: policyOf(issuer.address, 8n) },
        { policy: policyOf(actors.creator.address, 7n) },
        { policy: ethers.ZeroHash },
        { termsHash: ethers.id("other terms") },
        { recipient: actors.stranger.address },
        { recipient: ethers.ZeroAddress },
      ]) {
        const { policy, termsHash, recipient } = { ...clearance, ...change };
        await expect(admit({ ...change, payer: clearance.recipient }))
          .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
          .withArgs(policy, termsHash, recipient, 0n);
      }
    });

    it("admits in the last second of the clearance, and not a second later", async () => {
      const { policies, clearance, clear, admit } = await loadFixture(policiesFixture);
      const { policy, termsHash, recipient, validUntil } = clearance;
      await clear();
      await time.setNextBlockTimestamp(validUntil);
      await admit();
      await time.setNextBlockTimestamp(validUntil + 1n);
      await expect(admit())
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(policy, termsHash, recipient, validUntil);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a licence renewed in the name of somebody who is cleared
    it("admits a renewal only for the licence's holder", async () => {
      const { policies, licenses, clear, admit, clearance, actions, actors } = await loadFixture(policiesFixture);
      const { buyer, stranger } = actors;
      const renews = await actions.mint(buyer.address, TRANSFERABLE, { versionId: firstVersion(1n) });
      // a holder who is not cleared
      await expect(admit({ renews }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotCleared")
        .withArgs(clearance.policy, clearance.termsHash, buyer.address, 0n);
      await clear();
      await admit({ renews });
      // somebody cleared who is not the holder
      await clear({ recipient: stranger.address });
      await expect(admit({ renews, recipient: stranger.address }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotTheHolder")
        .withArgs(renews, stranger.address, buyer.address);
      await licenses.connect(buyer).transferFrom(buyer.address, stranger.address, renews);
      await expect(admit({ renews }))
        .to.be.revertedWithCustomError(policies, "OfferPolicies_NotTheHolder")
        .withArgs(renews, buyer.address, stranger.address);
      await admit({ renews, recipient: stranger.address });
    });

    it("refuses to renew a licence that does not exist", async () => {
      const { licenses, clear, admit, actions, actors } = await loadFixture(policiesFixture);
      const burned = await actions.mint(actors.buyer.address, 0n);
      await actions.burn(burned);
      await clear();
      for (const renews of [1n, burned, 2n ** 256n - 1n]) {
        await expect(admit({ renews }))
          .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
          .withArgs(renews);
      }
    });
  });
});
