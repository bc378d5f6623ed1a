import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, almostGrown, government, phaseOne, phaseTwo } from "../governance/fixture";
import { expectLimits } from "../../helpers/limits";
import { CLAIM, issuers, NULLIFIER, proofOf } from "./fixture";

describe("CitizenRegistry", () => {
  it("publishes its limits", async () => {
    const { contracts } = await loadFixture(government);
    await expectLimits(contracts.registry, {
      SEASONING: 30n * DAY,
      CHANGE_PERIOD: 90n * DAY,
      TAKEOVER_WINDOW: 30n * DAY,
      MAX_VALIDITY: 730n * DAY,
      MAX_PAUSE: 7n * DAY,
      PAUSE_COOLDOWN: 60n * DAY,
      QUOTA_WINDOW: 30n * DAY,
      QUOTA_FLOOR: 50n,
      QUOTA_BPS: 1_000n,
      MAX_ISSUERS: 64n,
      PHASE_1_CITIZENS: 100n,
      PHASE_1_ISSUERS: 2n,
      PHASE_2_CITIZENS: 1_000n,
      PHASE_2_ISSUERS: 3n,
      MAX_EARLY_ISSUERS: 8n,
      LEAST_CITIZENS: 200n,
    });
  });

  describe("appointIssuer", () => {
    it("refuses anyone but the DAO", async () => {
      const { contracts, actors } = await loadFixture(government);
      await expect(contracts.registry.connect(actors.stranger).appointIssuer(actors.issuerA, DOMAIN, false))
        .to.be.revertedWithCustomError(contracts.registry, "AccessManagedUnauthorized")
        .withArgs(actors.stranger.address);
    });

    it("refuses the zero address and an address that already is an issuer", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      const registry = contracts.registry.connect(actors.dao);
      await expect(registry.appointIssuer(ethers.ZeroAddress, DOMAIN, false)).to.be.revertedWithCustomError(
        registry,
        "CitizenRegistry_ZeroSigner",
      );
      await expect(registry.appointIssuer(actors.issuerA, DOMAIN, false))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_SignerInUse")
        .withArgs(actors.issuerA.address, 1n);
    });

    it("refuses a ninth issuer of a young DAO, and a sixty-fifth of a grown one", async () => {
      const { contracts, actors } = await loadFixture(almostGrown);
      const registry = contracts.registry.connect(actors.dao);
      for (const limit of [8, 64]) {
        for (let i = Number(await registry.issuerCount()); i < limit; i++) {
          await registry.appointIssuer(ethers.toBeHex(i, 20), DOMAIN, false);
        }
        await expect(registry.appointIssuer(actors.issuerA, DOMAIN, false))
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
          .withArgs(limit);
        if (limit === 8) await registry.advancePhase();
      }
    });

    it("numbers issuers from one and remembers them", async () => {
      const { contracts, actors } = await loadFixture(government);
      await expect(contracts.registry.connect(actors.dao).appointIssuer(actors.issuerA, DOMAIN, false))
        .to.emit(contracts.registry, "IssuerAppointed")
        .withArgs(1n, actors.issuerA.address, DOMAIN, false);
      const issuer = await contracts.registry.issuer(1);
      expect([issuer.signer, issuer.domain, issuer.adapter]).to.deep.equal([actors.issuerA.address, DOMAIN, false]);
    });
  });

  describe("issue", () => {
    it("refuses a caller who is not the account attested", async () => {
      const { contracts, actors, attest, sign } = await loadFixture(issuers);
      const attestation = await attest(actors.voter);
      const signature = await sign(actors.issuerA, attestation);
      await expect(contracts.registry.connect(actors.stranger).issue(attestation, signature))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_NotTheAccount")
        .withArgs(actors.stranger.address, actors.voter.address);
    });

    // claim(attacks#government-and-citizens): an expired attestation or credential
    it("refuses an attestation after its deadline", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const deadline = BigInt(await time.latest()) - 1n;
      await expect(issue(actors.voter, { deadline }))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_AttestationExpired")
        .withArgs(deadline);
    });

    // claim(attacks#government-and-citizens): a credential of another issuer, chain or contract
    it("refuses a signature of another issuer, chain or contract", async () => {
      const { contracts, actors, attest, sign } = await loadFixture(issuers);
      const attestation = await attest(actors.voter);
      const signatures = [
        await sign(actors.issuerB, attestation),
        await sign(actors.issuerA, attestation, { chainId: 1n }),
        await sign(actors.issuerA, attestation, { verifyingContract: actors.stranger.address }),
      ];
      for (const signature of signatures) {
        await expect(contracts.registry.connect(actors.voter).issue(attestation, signature))
          .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_WrongSignature")
          .withArgs(1n, actors.issuerA.address);
      }
    });

    // claim(attacks#government-and-citizens): a credential replayed
    it("refuses an attestation a second time", async () => {
      const { contracts, actors, attest, sign } = await loadFixture(issuers);
      const attestation = await attest(actors.voter);
      const signature = await sign(actors.issuerA, attestation);
      const registry = contracts.registry.connect(actors.voter);
      await registry.issue(attestation, signature);
      await registry.renounce();
      await expect(registry.issue(attestation, signature))
        .to.be.revertedWithCustomError(registry, "InvalidAccountNonce")
        .withArgs(actors.voter.address, 1n);
    });

    it("refuses an unknown, a retired and a disavowed issuer", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const registry = contracts.registry.connect(actors.dao);
      await registry.retireIssuer(1);
      await registry.disavowIssuer(2);
      for (const issuerId of [1n, 2n, 9n]) {
        await expect(issue(actors.voter, { issuerId }))
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuerNotActive")
          .withArgs(issuerId);
      }
    });

    it("refuses to take a signature where the issuer is an adapter", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await expect(issue(actors.voter, { issuerId: 3n }))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_WrongKindOfIssuer")
        .withArgs(3n, true);
    });

    it("refuses a validity in the past or beyond two years", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      for (const days of [-1n, 732n]) {
        const validUntil = BigInt(await time.latest()) + days * DAY;
        await expect(issue(actors.voter, { validUntil })).to.be.revertedWithCustomError(
          contracts.registry,
          "CitizenRegistry_BadValidity",
        );
      }
    });

    it("takes a validity of two years to the second, and not one longer", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const issuedAt = BigInt(await time.latest()) + 60n;
      const latest = issuedAt + 730n * DAY;
      await time.setNextBlockTimestamp(issuedAt);
      await expect(issue(actors.voter, { validUntil: latest + 1n }))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_BadValidity")
        .withArgs(latest + 1n, latest);
      await time.setNextBlockTimestamp(issuedAt + 1n);
      await issue(actors.voter, { validUntil: latest + 1n });
      expect((await contracts.registry.credentialOf(actors.voter)).validUntil).to.equal(latest + 1n);
    });

    // claim(attacks#government-and-citizens): two credentials of one person, two people on one account
    it("refuses a second credential for the same person, from any issuer of the domain", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      for (const [issuerId, signer] of [
        [1n, actors.issuerA],
        [2n, actors.issuerB],
      ] as const) {
        await expect(issue(actors.other, { issuerId }, signer))
          .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_NullifierInUse")
          .withArgs(DOMAIN, NULLIFIER, actors.voter.address);
      }
    });

    // claim(attacks#government-and-citizens): two credentials of one person, two people on one account
    it("refuses a second person on one account", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      await expect(issue(actors.voter, { nullifier: ethers.id("somebody else") }))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_AccountInUse")
        .withArgs(actors.voter.address, NULLIFIER);
    });

    it("issues, with the hash and nothing personal, and tells the token", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const validUntil = BigInt(await time.latest()) + 100n * DAY;
      const issued = await issue(actors.voter, { validUntil });
      await expect(issued)
        .to.emit(contracts.registry, "CredentialIssued")
        .withArgs(actors.voter.address, 1n, NULLIFIER, CLAIM, validUntil);
      const since = BigInt(await time.latest());
      await expect(issued)
        .to.emit(contracts.token, "Reweighed")
        .withArgs(actors.voter.address, false, since, validUntil);
      const credential = await contracts.registry.credentialOf(actors.voter);
      expect([credential.since, credential.validUntil, credential.live, credential.seasoned]).to.deep.equal([
        since,
        validUntil,
        true,
        false,
      ]);
      expect(await contracts.registry.holderOf(DOMAIN, NULLIFIER)).to.equal(actors.voter.address);
      expect(await contracts.registry.liveTotal()).to.equal(1n);
      expect((await contracts.token.standingOf(actors.voter)).since).to.equal(since);
      const { liveBefore, window } = await contracts.registry.issuer(1);
      expect([liveBefore, window]).to.deep.equal([0n, since / (30n * DAY)]);
      const told = await contracts.token.queryFilter(contracts.token.filters.Reweighed, issued.blockNumber!);
      expect(told.map(({ args }) => args.account)).to.deep.equal([actors.voter.address]);
    });

    it("takes the signature of an issuer that is a contract", async () => {
      const { contracts, actors, attest, sign } = await loadFixture(issuers);
      const wallet = await ethers.deployContract("SigningWallet", [actors.stranger]);
      await contracts.registry.connect(actors.dao).appointIssuer(wallet, DOMAIN, false);
      const attestation = await attest(actors.voter, { issuerId: 4n });
      const signature = await sign(actors.stranger, attestation);
      await expect(contracts.registry.connect(actors.voter).issue(attestation, signature)).to.emit(
        contracts.registry,
        "CredentialIssued",
      );
    });

    // claim(attacks#government-and-citizens): a credential renewed by an issuer of another domain that uses the same
    //   value
    it("refuses to renew across domains, although both use the same value for two different people", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry } = contracts;
      const elsewhere = registry.connect(actors.voter);
      const until = BigInt(await time.latest()) + 500n * DAY;
      await issue(actors.voter);
      const before = await registry.credentialOf(actors.voter);
      await expect(elsewhere.claim(3, proofOf(NULLIFIER, until)))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_AccountInUse")
        .withArgs(actors.voter.address, NULLIFIER);
      expect(await registry.credentialOf(actors.voter)).to.deep.equal(before);
      expect(await registry.holderOf(ethers.id("elsewhere"), NULLIFIER)).to.equal(ethers.ZeroAddress);

      // nor the other way round
      await registry.connect(actors.other).claim(3, proofOf(NULLIFIER, until));
      await expect(issue(actors.other, { nullifier: NULLIFIER }))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
        .withArgs(DOMAIN, NULLIFIER, actors.voter.address);
      await elsewhere.renounce();
      await expect(issue(actors.other, { nullifier: NULLIFIER }))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_AccountInUse")
        .withArgs(actors.other.address, NULLIFIER);
      expect((await registry.credentialOf(actors.other)).issuerId).to.equal(3n);
    });

    it("renews without seasoning anew, and by another issuer ninety days later moves the count to it", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      const since = BigInt(await time.latest());
      await time.increase(40n * DAY);
      await contracts.token.reweigh(actors.voter);
      await issue(actors.voter, { issuerId: 2n }, actors.issuerB);
      await time.increase(90n * DAY);
      const validUntil = BigInt(await time.latest()) + 500n * DAY;
      await expect(issue(actors.voter, { issuerId: 2n, validUntil }, actors.issuerB))
        .to.emit(contracts.registry, "CredentialRenewed")
        .withArgs(actors.voter.address, 2n, CLAIM, validUntil);
      const credential = await contracts.registry.credentialOf(actors.voter);
      expect([credential.since, credential.issuerId, credential.seasoned]).to.deep.equal([since, 2n, true]);
      expect(credential.validUntil).to.equal(validUntil);
      const [first, second] = [await contracts.registry.issuer(1), await contracts.registry.issuer(2)];
      expect([first.live, first.seasoned, second.live, second.seasoned]).to.deep.equal([0n, 0n, 1n, 1n]);
      expect(await contracts.registry.citizens()).to.equal(1n);
    });

    it("seasons anew after the credential expired, and counts it once", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      await time.increase(366n * DAY);
      await issue(actors.voter);
      const credential = await contracts.registry.credentialOf(actors.voter);
      expect(credential.since).to.equal(BigInt(await time.latest()));
      expect(await contracts.registry.liveTotal()).to.equal(1n);
      expect((await contracts.registry.issuer(1)).live).to.equal(1n);
    });

    // claim(attacks#government-and-citizens): one person as two citizens over time
    it("lets a person move to another account once the old credential is revoked, citizen of one at a time", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      await time.increase(31n * DAY);
      await contracts.token.reweigh(actors.voter);
      await contracts.registry.connect(actors.issuerA).revoke(actors.voter);
      await issue(actors.other);
      const now = BigInt(await time.latest());
      expect(await contracts.registry.holderOf(DOMAIN, NULLIFIER)).to.equal(actors.other.address);
      await time.increase(31n * DAY);
      expect((await contracts.token.votingStateAt(actors.voter, now)).citizen).to.equal(false);
      expect((await contracts.token.votingStateAt(actors.other, now)).citizen).to.equal(false);
      expect(await contracts.registry.isCitizen(actors.voter)).to.equal(false);
      expect(await contracts.registry.isCitizen(actors.other)).to.equal(true);
    });

    // claim(attacks#government-and-citizens): a captured issuer
    it("stops an issuer at fifty within thirty days, and lets it go on afterwards", async () => {
      const { contracts, actors, actions } = await loadFixture(government);
      const id = await actions.appointAdapter();
      const crowd = await ethers.deployContract("Crowd");
      await crowd.grow(50);
      await actions.enrol(crowd, 0, 50, id);
      const registry = contracts.registry.connect(actors.poor);
      const until = BigInt(await time.latest()) + 100n * DAY;
      expect(await registry.quotaOf(id)).to.deep.equal([50n, 50n]);
      await expect(registry.claim(id, proofOf(NULLIFIER, until)))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_QuotaReached")
        .withArgs(id, 50n, 50n);
      await time.increase(30n * DAY);
      await registry.claim(id, proofOf(NULLIFIER, until));
    });

    it("counts a person once against the quota of a month, who renews or comes back", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry } = contracts;
      const used = async () => (await registry.quotaOf(1n)).used;
      await issue(actors.voter);
      expect(await used()).to.equal(1n);
      await issue(actors.voter);
      expect(await used()).to.equal(1n);
      await registry.connect(actors.issuerA).revoke(actors.voter);
      await issue(actors.voter);
      expect(await used()).to.equal(1n);
      await issue(actors.poor, { nullifier: ethers.id("somebody else") });
      expect(await used()).to.equal(2n);
    });

    it("stops an issuer whose quota fell below what it used", async () => {
      const { contracts, actors, actions, issuers: ids } = await loadFixture(phaseTwo);
      const registry = contracts.registry.connect(actors.poor);
      const crowd = await ethers.deployContract("Crowd");
      for (let made = 0; made < 100; made += 50) await crowd.grow(50);
      await actions.enrol(crowd, 0, 60, ids[0]);
      expect(await registry.quotaOf(ids[0])).to.deep.equal([60n, 105n]);
      for (const id of ids.slice(1)) await contracts.registry.connect(actors.dao).disavowIssuer(id);
      const until = BigInt(await time.latest()) + 100n * DAY;
      await expect(registry.claim(ids[0], proofOf(NULLIFIER, until)))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_QuotaReached")
        .withArgs(ids[0], 60n, 50n);
    });

    // claim(attacks#government-and-citizens): a captured issuer
    it("stops an issuer that vouches for more than half, once there are a hundred citizens", async () => {
      const { contracts, actors, issuers: ids } = await loadFixture(phaseOne);
      const { registry } = contracts;
      const until = BigInt(await time.latest()) + 100n * DAY;
      // Fifty and fifty: one more is allowed, the next would be more than half.
      await registry.connect(actors.poor).claim(ids[0], proofOf(NULLIFIER, until));
      await expect(registry.connect(actors.stranger).claim(ids[0], proofOf(CLAIM, until)))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
        .withArgs(ids[0], 51n, 101n);
      await registry.connect(actors.stranger).claim(ids[1], proofOf(CLAIM, until));
    });
  });

  describe("claim", () => {
    it("refuses an issuer that signs instead", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      await expect(contracts.registry.connect(actors.voter).claim(1, "0x"))
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_WrongKindOfIssuer")
        .withArgs(1n, false);
    });

    it("issues what the adapter verified", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      const until = BigInt(await time.latest()) + 100n * DAY;
      await expect(contracts.registry.connect(actors.voter).claim(3, proofOf(NULLIFIER, until)))
        .to.emit(contracts.registry, "CredentialIssued")
        .withArgs(actors.voter.address, 3n, NULLIFIER, ethers.ZeroHash, until);
    });
  });

  describe("revoke and renounce", () => {
    it("refuse when there is nothing to end, and anyone but the issuer", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry } = contracts;
      await expect(registry.connect(actors.issuerA).revoke(actors.voter))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NoCredential")
        .withArgs(actors.voter.address);
      await expect(registry.connect(actors.voter).renounce())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NoCredential")
        .withArgs(actors.voter.address);
      await issue(actors.voter);
      await expect(registry.connect(actors.issuerB).revoke(actors.voter))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NotTheIssuer")
        .withArgs(actors.issuerB.address, 1n);
    });

    it("end the credential now, out of every count", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry, token } = contracts;
      await issue(actors.voter);
      await issue(actors.other, { nullifier: ethers.id("another") });
      await time.increase(31n * DAY);
      await expect(token.reweigh(actors.voter))
        .to.emit(registry, "CitizensCounted")
        .withArgs(actors.voter.address, true, 1n);
      await token.reweigh(actors.other);
      expect(await registry.citizens()).to.equal(2n);
      await expect(registry.connect(actors.issuerA).revoke(actors.voter))
        .to.emit(registry, "CredentialRevoked")
        .withArgs(actors.voter.address, 1n, false);
      await expect(registry.connect(actors.other).renounce())
        .to.emit(registry, "CredentialRevoked")
        .withArgs(actors.other.address, 1n, true);
      const { live } = await registry.issuer(1);
      expect([await registry.citizens(), await registry.liveTotal(), live]).to.deep.equal([0n, 0n, 0n]);
    });

    it("stay possible for an issuer that retired", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      await issue(actors.voter);
      await contracts.registry.connect(actors.dao).retireIssuer(1);
      await expect(contracts.registry.connect(actors.issuerA).revoke(actors.voter)).to.emit(
        contracts.registry,
        "CredentialRevoked",
      );
    });
  });

  describe("retireIssuer and disavowIssuer", () => {
    it("refuse strangers, unknown issuers and a second time", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      const { registry } = contracts;
      for (const call of ["retireIssuer", "disavowIssuer"] as const) {
        await expect(registry.connect(actors.stranger)[call](1))
          .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
          .withArgs(actors.stranger.address);
        await expect(registry.connect(actors.dao)[call](9))
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuerNotActive")
          .withArgs(9n);
        await registry.connect(actors.dao)[call](1);
        await expect(registry.connect(actors.dao)[call](1))
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuerNotActive")
          .withArgs(1n);
      }
    });

    it("remember when", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      const registry = contracts.registry.connect(actors.dao);
      await registry.retireIssuer(1);
      const retiredAt = BigInt(await time.latest());
      await registry.disavowIssuer(1);
      const disavowedAt = BigInt(await time.latest());
      const issuer = await registry.issuer(1);
      expect([issuer.retiredAt, issuer.disavowedAt]).to.deep.equal([retiredAt, disavowedAt]);
    });

    it("leave a credential that ran out before as it ended", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry, token } = contracts;
      const validUntil = BigInt(await time.latest()) + 40n * DAY;
      await issue(actors.voter, { validUntil });
      await time.increaseTo(validUntil + DAY);
      await registry.connect(actors.dao).disavowIssuer(1);
      await token.reweigh(actors.voter);
      expect((await token.standingOf(actors.voter)).endsAt).to.equal(validUntil);
      const afterEnd = await token.votingStateAt(actors.voter, validUntil);
      expect(afterEnd.citizen).to.equal(false);
      expect((await token.votingStateAt(actors.voter, validUntil - 1n)).citizen).to.equal(true);
    });

    // claim(attacks#government-and-citizens): a captured issuer
    it("disavow at once whatever the issuer vouched for, and each holder's units when reweighed", async () => {
      const { contracts, actors, crowd, issuers: ids } = await loadFixture(phaseOne);
      const { registry, token } = contracts;
      const person = await crowd.people(0);
      const tokens = 1_000n * 10n ** 18n;
      await token.connect(actors.whale).transfer(person, tokens);
      await crowd.delegateToSelf(0, 1, token);
      // It was counted as a citizen in phase 0, when the bonus did not count yet.
      await token.reweigh(person);
      expect(await token.unitsOf(person)).to.be.gt(tokens);
      await expect(registry.connect(actors.dao).disavowIssuer(ids[0]))
        .to.emit(registry, "IssuerDisavowed")
        .withArgs(ids[0], 50n);
      expect([await registry.citizens(), await registry.liveTotal()]).to.deep.equal([50n, 50n]);
      expect(await registry.isCitizen(person)).to.equal(false);
      await token.reweigh(person);
      expect(await token.unitsOf(person)).to.equal(tokens);
      expect(await registry.citizens()).to.equal(50n);
      expect(await registry.phase()).to.equal(1n);
    });
  });

  describe("pauseIssuance", () => {
    it("refuses anyone but the guardian", async () => {
      const { contracts, actors } = await loadFixture(government);
      await expect(contracts.registry.connect(actors.stranger).pauseIssuance())
        .to.be.revertedWithCustomError(contracts.registry, "AccessManagedUnauthorized")
        .withArgs(actors.stranger.address);
    });

    // claim(attacks#government-and-citizens): guardian abuse
    it("stops issuance for seven days, once in sixty", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const registry = contracts.registry.connect(actors.guardian);
      const paused = await registry.pauseIssuance();
      const start = BigInt(await time.latest());
      await expect(paused)
        .to.emit(registry, "IssuancePaused")
        .withArgs(start + 7n * DAY);
      await expect(issue(actors.voter))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuancePaused")
        .withArgs(start + 7n * DAY);
      await time.increase(7n * DAY);
      await issue(actors.voter);
      await expect(registry.pauseIssuance())
        .to.be.revertedWithCustomError(registry, "BoundedPause_TooSoon")
        .withArgs(start + 60n * DAY);
      await time.increase(53n * DAY);
      await registry.pauseIssuance();
    });
  });

  describe("settle", () => {
    it("counts a credential in the second it has seasoned, not before", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry } = contracts;
      await issue(actors.voter);
      const seasonedAt = BigInt(await time.latest()) + 30n * DAY;
      await time.setNextBlockTimestamp(seasonedAt - 1n);
      await registry.settle(actors.voter);
      expect(await registry.citizens()).to.equal(0n);
      await time.setNextBlockTimestamp(seasonedAt);
      await registry.settle(actors.voter);
      expect(await registry.citizens()).to.equal(1n);
      expect(await registry.citizensAt(seasonedAt - 1n)).to.equal(0n);
      expect(await registry.citizensAt(seasonedAt)).to.equal(1n);
    });

    // claim(attacks#government-and-citizens): an expired attestation or credential
    it("uncounts an expired credential, once", async () => {
      const { contracts, actors, issue } = await loadFixture(issuers);
      const { registry } = contracts;
      await issue(actors.voter);
      await time.increase(31n * DAY);
      await registry.settle(actors.voter);
      await time.increase(400n * DAY);
      await expect(registry.settle(actors.voter))
        .to.emit(registry, "CitizensCounted")
        .withArgs(actors.voter.address, false, 0n);
      await expect(registry.settle(actors.voter)).not.to.emit(registry, "CitizensCounted");
      expect(await registry.liveTotal()).to.equal(0n);
    });

    it("does nothing for an account without a credential", async () => {
      const { contracts, actors } = await loadFixture(issuers);
      await expect(contracts.registry.settle(actors.stranger)).not.to.emit(contracts.registry, "CitizensCounted");
    });
  });
});
