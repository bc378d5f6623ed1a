import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { CitizenClient } from "../../sdk/src/governance";
import { DAY } from "../unit/governance/fixture";
import { CLAIM, issuers, NULLIFIER } from "../unit/identity/fixture";

/** A citizen of issuer 1, which is to be disavowed. Issuer 2 is captured too. */
async function citizen() {
  const base = await issuers();
  const { registry, token } = base.contracts;
  const { voter, issuerB } = base.actors;
  await base.issue(voter);
  const since = (await registry.credentialOf(voter)).since;
  await time.increase(40n * DAY);
  await token.reweigh(voter);
  /** Presents what issuer 2 attests. */
  const change = async () => {
    const deadline = BigInt(await time.latest()) + 100n * DAY;
    return base.issue(voter, { issuerId: 2n, deadline }, issuerB);
  };
  return { ...base, since, change };
}

const LOCK = 90n * DAY;

describe("Citizens of a captured issuer fled from its disavowal to a second one", () => {
  // claim(attacks#government-and-citizens): citizens who change to a second captured issuer while the disavowal of the
  //   first waits
  it("lasts longer than any disavowal, with the longest times that a vote can have", async () => {
    const { contracts } = await loadFixture(citizen);
    const { registry, governor, ballots } = contracts;
    const longest =
      (await governor.MAX_VOTING_DELAY()) +
      (await governor.MAX_VOTING_PERIOD()) +
      (await ballots.MAX_EXTENSION()) +
      4n * (await governor.CONSTITUTION_DELAY());
    expect(longest).to.equal(70n * DAY);
    expect(await registry.CHANGE_PERIOD()).to.equal(LOCK);
    // twenty days are left to see that people change, and to propose it
    expect(LOCK - longest).to.equal(20n * DAY);
  });

  // claim(attacks#government-and-citizens): citizens who change to a second captured issuer while the disavowal of the
  //   first waits
  it("keeps them with the first for ninety days, whose disavowal takes them out of the count", async () => {
    const { contracts, actors, change } = await loadFixture(citizen);
    const { registry, token } = contracts;
    const begun = await change();
    const at = BigInt(await time.latest());
    await expect(begun)
      .to.emit(registry, "ChangeOfIssuerBegun")
      .withArgs(actors.voter.address, 2n, at + LOCK);
    await expect(begun).not.to.emit(registry, "CredentialRenewed");
    expect((await registry.credentialOf(actors.voter)).issuerId).to.equal(1n);
    expect(await registry.citizens()).to.equal(1n);

    await time.increase(LOCK - DAY);
    await expect(change())
      .to.emit(registry, "ChangeOfIssuerBegun")
      .withArgs(actors.voter.address, 2n, at + LOCK);
    await expect(registry.connect(actors.dao).disavowIssuer(1)).to.emit(registry, "IssuerDisavowed").withArgs(1n, 1n);
    expect(await registry.citizens()).to.equal(0n);
    expect(await registry.isCitizen(actors.voter)).to.equal(false);
    // with the second one she begins anew, whatever it had begun
    await time.increase(2n * DAY);
    await expect(change()).to.emit(registry, "CredentialIssued");
    const credential = await registry.credentialOf(actors.voter);
    expect(credential.since).to.equal(BigInt(await time.latest()));
    await token.reweigh(actors.voter);
    expect(await registry.citizens()).to.equal(0n);
  });

  it("lets people go whose new issuer has vouched for ninety days, without a day lost", async () => {
    const { contracts, actors, change, since } = await loadFixture(citizen);
    const { registry, token } = contracts;
    await registry.connect(actors.dao).retireIssuer(1);
    await change();
    const at = BigInt(await time.latest());
    await time.setNextBlockTimestamp(at + LOCK - 1n);
    await expect(change())
      .to.emit(registry, "ChangeOfIssuerBegun")
      .withArgs(actors.voter.address, 2n, at + LOCK);
    expect((await registry.credentialOf(actors.voter)).issuerId).to.equal(1n);

    await time.setNextBlockTimestamp(at + LOCK);
    const moved = await change();
    const { validUntil } = await registry.credentialOf(actors.voter);
    await expect(moved).to.emit(registry, "CredentialRenewed").withArgs(actors.voter.address, 2n, CLAIM, validUntil);
    const credential = await registry.credentialOf(actors.voter);
    expect([credential.since, credential.issuerId, credential.seasoned]).to.deep.equal([since, 2n, true]);
    const [first, second] = [await registry.issuer(1), await registry.issuer(2)];
    expect([first.live, first.seasoned, second.live, second.seasoned]).to.deep.equal([0n, 0n, 1n, 1n]);
    expect(await registry.liveTotal()).to.equal(1n);

    // now it is the second one's word that counts
    await registry.connect(actors.dao).disavowIssuer(1);
    await token.reweigh(actors.voter);
    expect(await registry.citizens()).to.equal(1n);
    await registry.connect(actors.dao).disavowIssuer(2);
    expect(await registry.citizens()).to.equal(0n);
  });

  it("counts the change as an addition of the new issuer when it is whole, and once", async () => {
    const { contracts, actors, change } = await loadFixture(citizen);
    const { registry } = contracts;
    await change();
    await change();
    expect(await registry.quotaOf(2)).to.deep.equal([0n, 50n]);
    expect((await registry.issuer(2)).live).to.equal(0n);
    await time.increase(LOCK);
    await change();
    expect(await registry.quotaOf(2)).to.deep.equal([1n, 50n]);
    await change();
    expect(await registry.quotaOf(2)).to.deep.equal([1n, 50n]);
    expect(await registry.quotaOf(1)).to.deep.equal([0n, 50n]);
    expect(await registry.nonces(actors.voter)).to.equal(5n);
  });

  it("begins anew for a credential that was issued anew, or for a third issuer", async () => {
    const { contracts, actors, change, issue } = await loadFixture(citizen);
    const { registry } = contracts;
    const third = actors.insider;
    await registry.connect(actors.dao).appointIssuer(third, (await registry.issuer(1)).domain, false);
    await change();
    await time.increase(LOCK + DAY);
    // what the second one began says nothing of a third
    await expect(issue(actors.voter, { issuerId: 4n }, third)).to.emit(registry, "ChangeOfIssuerBegun");
    await expect(change()).to.emit(registry, "ChangeOfIssuerBegun");
    await time.increase(LOCK + DAY);
    await registry.connect(actors.voter).renounce();
    await issue(actors.voter);
    const at = BigInt(await time.latest()) + 1n;
    await time.setNextBlockTimestamp(at);
    await expect(change())
      .to.emit(registry, "ChangeOfIssuerBegun")
      .withArgs(actors.voter.address, 2n, at + LOCK);
    expect((await registry.credentialOf(actors.voter)).nullifier).to.equal(NULLIFIER);
  });

  it("tells the client of a person who presents the first visit that it is done", async () => {
    const { contracts, actors, attest, sign } = await loadFixture(citizen);
    const client = new CitizenClient(
      { contracts: { CitizenRegistry: await contracts.registry.getAddress() } },
      actors.voter,
    );
    const attestation = await attest(actors.voter, { issuerId: 2n });
    const signature = await sign(actors.issuerB, attestation);
    const { outcome, possibleAt, receipt } = await client.present({ ...attestation, issuerId: 2 }, signature);
    const at = BigInt((await receipt.getBlock()).timestamp);
    expect({ outcome, possibleAt }).to.deep.equal({ outcome: "change-begun", possibleAt: at + LOCK });
    await expect(receipt.getTransaction())
      .to.emit(contracts.registry, "ChangeOfIssuerBegun")
      .withArgs(actors.voter.address, 2n, at + LOCK);
  });
});
