import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { DAY, DOMAIN } from "../unit/governance/fixture";
import { CLAIM, issuers, NULLIFIER, proofOf } from "../unit/identity/fixture";

/** Issuer 1 is captured: it ended a citizen's credential and gave the person's nullifier to an account of its own. */
async function hostage() {
  const base = await issuers();
  const { registry, token } = base.contracts;
  const { voter: person, other: puppet, issuerA } = base.actors;
  await base.issue(person);
  await time.increase(31n * DAY);
  await token.reweigh(person);
  await registry.connect(issuerA).revoke(person);
  await base.issue(puppet);
  return { ...base, person, puppet };
}

/** As `hostage`, with a third signing issuer of the domain. */
async function threeIssuers() {
  const base = await hostage();
  const third = base.actors.insider;
  await base.contracts.registry.connect(base.actors.dao).appointIssuer(third, DOMAIN, false);
  return { ...base, third };
}

describe("A person's nullifier was taken hostage by the issuer", () => {
  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("is given back by another issuer of the domain, and the account that had it meanwhile loses it", async () => {
    const { contracts, actors, person, puppet, issue } = await loadFixture(hostage);
    const { registry, token } = contracts;
    const given = await issue(person, { issuerId: 2n }, actors.issuerB);
    await expect(given)
      .to.emit(registry, "NullifierTakenOver")
      .withArgs(DOMAIN, NULLIFIER, puppet.address, person.address, 2n);
    await expect(given).to.emit(registry, "CredentialRevoked").withArgs(puppet.address, 1n, false);
    await expect(given).to.emit(registry, "CredentialIssued");
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
    expect([await registry.liveTotal(), await registry.citizens()]).to.deep.equal([1n, 0n]);
    expect((await registry.issuer(1)).live).to.equal(0n);

    await time.increase(30n * DAY);
    for (const one of [person, puppet]) await token.reweigh(one);
    expect(await registry.isCitizen(person)).to.equal(true);
    expect(await registry.isCitizen(puppet)).to.equal(false);
    expect(await registry.citizens()).to.equal(1n);
  });

  it("is given to a new account too, for one who lost the key of the first", async () => {
    const { contracts, actors, puppet, issue } = await loadFixture(hostage);
    await issue(actors.poor, { issuerId: 2n }, actors.issuerB);
    expect(await contracts.registry.holderOf(DOMAIN, NULLIFIER)).to.equal(actors.poor.address);
    await expect(contracts.registry.connect(puppet).renounce()).to.be.revertedWithCustomError(
      contracts.registry,
      "CitizenRegistry_NoCredential",
    );
  });

  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("is not taken again by the issuer that took it, although it may add as many as ever", async () => {
    const { contracts, actors, person, puppet, issue } = await loadFixture(hostage);
    const { registry } = contracts;
    const takenAt = BigInt(await time.latest());
    await time.increase(29n * DAY);
    await issue(person, { issuerId: 2n }, actors.issuerB);
    // its own month is over before the person's is
    await time.increaseTo(takenAt + 31n * DAY);
    for (const account of [puppet, actors.poor]) {
      await expect(issue(account))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
        .withArgs(DOMAIN, NULLIFIER, person.address);
    }
    await time.increaseTo(takenAt + 59n * DAY);
    await expect(issue(puppet)).to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse");
    expect(await registry.isCitizen(person)).to.equal(true);
  });

  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("is not kept by passing it on, nor by ending and issuing it again", async () => {
    const { contracts, actors, person, puppet, issue } = await loadFixture(hostage);
    const { registry } = contracts;
    await registry.connect(puppet).renounce();
    await issue(puppet);
    await registry.connect(actors.issuerA).revoke(puppet);
    await issue(actors.poor);
    await issue(person, { issuerId: 2n }, actors.issuerB);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
  });

  // claim(attacks#government-and-citizens): a captured issuer that takes over people from an honest one
  it("is taken over within thirty days of the change of account and not in the second they are over", async () => {
    const { contracts, actors, person, puppet, issue } = await loadFixture(hostage);
    const takenAt = BigInt(await time.latest());
    await time.increaseTo(takenAt + 30n * DAY - 10n);
    // the puppet is nobody's citizen yet: what is taken over was never counted
    await contracts.token.reweigh(puppet);
    expect(await contracts.registry.citizens()).to.equal(0n);
    await time.setNextBlockTimestamp(takenAt + 30n * DAY);
    await expect(issue(person, { issuerId: 2n }, actors.issuerB))
      .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_NullifierInUse")
      .withArgs(DOMAIN, NULLIFIER, puppet.address);
  });

  it("is taken over in the last second of the thirty days", async () => {
    const { contracts, actors, person, attest, sign } = await loadFixture(hostage);
    const takenAt = BigInt(await time.latest());
    const attestation = await attest(person, { issuerId: 2n, deadline: takenAt + 40n * DAY });
    const signature = await sign(actors.issuerB, attestation);
    await time.setNextBlockTimestamp(takenAt + 30n * DAY - 1n);
    await contracts.registry.connect(person).issue(attestation, signature);
    expect(await contracts.registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
  });

  // claim(attacks#government-and-citizens): a captured issuer that takes over people from an honest one
  it("is never taken from a person who did not change the account, by whatever issuer", async () => {
    const { contracts, actors, issue } = await loadFixture(issuers);
    const { registry } = contracts;
    await issue(actors.voter);
    const refused = async () =>
      expect(issue(actors.other, { issuerId: 2n }, actors.issuerB))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
        .withArgs(DOMAIN, NULLIFIER, actors.voter.address);
    await refused();
    // nor after she gave it up and came back, or renewed
    await registry.connect(actors.voter).renounce();
    await issue(actors.voter);
    await refused();
    await issue(actors.voter);
    await refused();
  });

  it("is not taken over for an account of another domain's issuer that uses the same value", async () => {
    const { contracts, actors, person, puppet } = await loadFixture(hostage);
    const { registry } = contracts;
    const until = BigInt(await time.latest()) + 100n * DAY;
    await registry.connect(person).claim(3, proofOf(NULLIFIER, until));
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(puppet.address);
    expect((await registry.credentialOf(puppet)).revokedAt).to.equal(0n);
    expect((await registry.credentialOf(actors.voter)).issuerId).to.equal(3n);
  });

  // claim(attacks#government-and-citizens): a captured issuer that takes over people from an honest one
  it("is taken once by each issuer, so that a third one ends what a second captured one began", async () => {
    const { contracts, actors, person, puppet, third, issue } = await loadFixture(threeIssuers);
    const { registry } = contracts;
    // issuer 2 is captured too, and takes it for another puppet; the third is honest
    await issue(actors.poor, { issuerId: 2n, claimHash: CLAIM }, actors.issuerB);
    await time.increase(20n * DAY);
    await issue(person, { issuerId: 4n }, third);
    const givenAt = BigInt(await time.latest());
    for (const days of [1n, 15n, 29n]) {
      await time.increaseTo(givenAt + days * DAY);
      for (const [issuerId, signer] of [
        [1n, actors.issuerA],
        [2n, actors.issuerB],
      ] as const) {
        await expect(issue(puppet, { issuerId }, signer))
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
          .withArgs(DOMAIN, NULLIFIER, person.address);
      }
    }
    await time.increaseTo(givenAt + 30n * DAY);
    await contracts.token.reweigh(person);
    expect(await registry.citizens()).to.equal(1n);
  });

  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("is the person's for good with the account from before: no further captured issuer takes it again", async () => {
    const { contracts, actors, person, puppet, third, issue } = await loadFixture(threeIssuers);
    const { registry } = contracts;
    await issue(person, { issuerId: 2n }, actors.issuerB);
    const givenAt = BigInt(await time.latest());
    // the third one is captured too, and has had no say yet
    for (const days of [0n, 15n, 29n]) {
      await time.increaseTo(givenAt + days * DAY + 60n);
      await expect(issue(puppet, { issuerId: 4n }, third))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
        .withArgs(DOMAIN, NULLIFIER, person.address);
    }
    await time.increaseTo(givenAt + 30n * DAY);
    await contracts.token.reweigh(person);
    expect(await registry.citizens()).to.equal(1n);
  });

  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("goes on being disputed with any other account, also one that had it while it was", async () => {
    const { contracts, actors, person, puppet, third, issue } = await loadFixture(threeIssuers);
    const { registry } = contracts;
    // an account of the second captured issuer, and back to that of the first: neither had it before
    await issue(actors.poor, { issuerId: 2n }, actors.issuerB);
    await registry.connect(actors.issuerB).revoke(actors.poor);
    await issue(puppet, { issuerId: 2n }, actors.issuerB);
    await issue(person, { issuerId: 4n }, third);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
  });

  // claim(attacks#government-and-citizens): an issuer that ends a person's credential and gives the nullifier to an
  //   account of its own
  it("is disputed anew when the person's credential ends once more: the account from before has it back again", async () => {
    const { contracts, actors, person, puppet, issue } = await loadFixture(hostage);
    const { registry } = contracts;
    await issue(person, { issuerId: 2n }, actors.issuerB);
    await registry.connect(actors.issuerB).revoke(person);
    await issue(puppet, { issuerId: 2n }, actors.issuerB);
    // the first one has its say, although thirty days have not passed: it is another dispute
    await time.increase(1n);
    await issue(person);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
    await expect(issue(puppet, { issuerId: 2n }, actors.issuerB)).to.be.revertedWithCustomError(
      registry,
      "CitizenRegistry_NullifierInUse",
    );
  });

  it("is given back by an issuer that vouched for the person before, or with which the person began a change", async () => {
    const { contracts, actors, issue } = await loadFixture(issuers);
    const { registry } = contracts;
    const { voter: person, other: puppet, issuerA, issuerB } = actors;
    await issue(person);
    await expect(issue(person, { issuerId: 2n }, issuerB)).to.emit(registry, "ChangeOfIssuerBegun");
    await registry.connect(issuerA).revoke(person);
    await issue(puppet);
    await issue(person, { issuerId: 2n }, issuerB);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
    await expect(issue(puppet)).to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse");

    // months later the second one is captured, and does the same: the first has its say again
    await time.increase(31n * DAY);
    await registry.connect(issuerB).revoke(person);
    await issue(puppet, { issuerId: 2n }, issuerB);
    await issue(person);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(person.address);
    await expect(issue(puppet, { issuerId: 2n }, issuerB))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
      .withArgs(DOMAIN, NULLIFIER, person.address);
  });

  it("frees a nullifier whose credential ran out and was then given to another", async () => {
    const { contracts, actors, issue } = await loadFixture(issuers);
    const { registry } = contracts;
    await issue(actors.voter);
    await time.increase(366n * DAY);
    await issue(actors.other);
    await issue(actors.voter, { issuerId: 2n }, actors.issuerB);
    expect(await registry.holderOf(DOMAIN, NULLIFIER)).to.equal(actors.voter.address);
    expect(await registry.liveTotal()).to.equal(1n);
  });
});
