import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY } from "../unit/governance/fixture";
import { issuers, NULLIFIER } from "../unit/identity/fixture";

/** Two citizens whose credentials end within the next seven days, and a suspension. */
async function suspended() {
  const base = await issuers();
  const { registry, token } = base.contracts;
  const { voter, other, guardian } = base.actors;
  const validUntil = BigInt(await time.latest()) + 123n * DAY;
  await base.issue(voter, { validUntil });
  await base.issue(other, { nullifier: ethers.id("another"), validUntil });
  const since = (await registry.credentialOf(voter)).since;
  await time.increase(30n * DAY);
  // the second issuer has vouched for one of them for ninety days when the suspension comes
  await base.issue(other, { nullifier: ethers.id("another"), issuerId: 2n }, base.actors.issuerB);
  await time.increase(90n * DAY);
  for (const one of [voter, other]) await token.reweigh(one);
  await registry.connect(guardian).pauseIssuance();
  return { ...base, since, validUntil, until: await registry.pausedUntil() };
}

describe("A suspension took a cohort's seasoning", () => {
  // claim(attacks#government-and-citizens): a pause of issuance that costs a cohort its seasoning
  it("lets everybody renew with the issuer that vouches, and stay a citizen", async () => {
    const { contracts, actors, issue, since, validUntil } = await loadFixture(suspended);
    const { registry, token } = contracts;
    await expect(issue(actors.voter)).to.emit(registry, "CredentialRenewed");
    await time.increaseTo(validUntil + DAY);
    await token.reweigh(actors.voter);
    const credential = await registry.credentialOf(actors.voter);
    expect([credential.since, credential.seasoned]).to.deep.equal([since, true]);
    expect(await registry.isCitizen(actors.voter)).to.equal(true);
  });

  it("lets one go to the issuer that has vouched for ninety days already", async () => {
    const { contracts, actors, issue } = await loadFixture(suspended);
    await expect(issue(actors.other, { nullifier: ethers.id("another"), issuerId: 2n }, actors.issuerB)).to.emit(
      contracts.registry,
      "CredentialRenewed",
    );
    expect((await contracts.registry.credentialOf(actors.other)).issuerId).to.equal(2n);
  });

  // claim(attacks#government-and-citizens): a pause of issuance that costs a cohort its seasoning
  it("still stops everything that is new to an issuer: a person, another account, a change of the issuer", async () => {
    const { contracts, actors, issue, until } = await loadFixture(suspended);
    const { registry } = contracts;
    const refused = async (presented: Promise<unknown>) =>
      expect(presented).to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuancePaused").withArgs(until);
    await refused(issue(actors.poor, { nullifier: ethers.id("newcomer") }));
    await refused(issue(actors.voter, { issuerId: 2n }, actors.issuerB));
    await registry.connect(actors.voter).renounce();
    await refused(issue(actors.voter, { nullifier: NULLIFIER }));
    await refused(issue(actors.poor, { nullifier: NULLIFIER }));
    await time.setNextBlockTimestamp(until);
    await issue(actors.poor, { nullifier: NULLIFIER, validUntil: until + 100n * DAY, deadline: until + DAY });
  });
});
