import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, ISO, phaseOne } from "../unit/governance/fixture";

const VICTIM = ethers.id("the person whose key was stolen");
const THIEF = ethers.id("the person who stole it");
const proofOf = (nullifier: string, until: bigint) =>
  ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [nullifier, until]);

/** Three issuers, so that none is near half of all. */
async function threeIssuers() {
  const base = await phaseOne();
  const third = await base.actions.appointAdapter();
  const until = BigInt(await time.latest()) + 600n * DAY;
  const claim = (who: typeof base.actors.poor, nullifier: string, validUntil = until) =>
    base.contracts.registry.connect(who).claim(third, proofOf(nullifier, validUntil));
  return { ...base, third, claim, until };
}

describe("A person's credential was kept from the person", () => {
  // claim(attacks#government-and-citizens): a thief of an account who keeps its owner from another credential
  it("gives it to another account although a thief uses the old one for a credential of his own", async () => {
    const { contracts, actors, claim } = await loadFixture(threeIssuers);
    const { registry } = contracts;
    const stolen = actors.poor;
    await claim(stolen, VICTIM);
    // the thief ends it, and makes the account his
    await registry.connect(stolen).renounce();
    await claim(stolen, THIEF);
    await claim(actors.stranger, VICTIM);
    expect(await registry.holderOf(DOMAIN, VICTIM)).to.equal(actors.stranger.address);
    expect(await registry.holderOf(DOMAIN, THIEF)).to.equal(stolen.address);

    // each of the two still has one, and no third account gets either
    for (const [nullifier, holder] of [
      [VICTIM, actors.stranger],
      [THIEF, stolen],
    ] as const) {
      await expect(claim(actors.voter, nullifier))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NullifierInUse")
        .withArgs(DOMAIN, nullifier, holder.address);
    }
  });

  it("keeps it for who holds it with an issuer of another domain that uses the same value", async () => {
    const { contracts, actors, third, until } = await loadFixture(threeIssuers);
    const { registry } = contracts;
    const adapter = await ethers.deployContract("OpenAdapter");
    const elsewhere = ethers.encodeBytes32String("elsewhere");
    await registry.connect(actors.dao).appointIssuer(adapter, elsewhere, true);
    const fourth = await registry.issuerCount();
    const account = registry.connect(actors.poor);
    await account.claim(third, proofOf(VICTIM, until));
    await account.renounce();
    await account.claim(fourth, proofOf(VICTIM, until));
    // equal values of two domains are two people
    await registry.connect(actors.stranger).claim(third, proofOf(VICTIM, until));
    expect(await registry.holderOf(DOMAIN, VICTIM)).to.equal(actors.stranger.address);
    expect(await registry.holderOf(elsewhere, VICTIM)).to.equal(actors.poor.address);
  });

  // claim(attacks#government-and-citizens): a person counted with an expired account and a new one
  it("takes the old account out of the count, and its bonus, when the person claims from another", async () => {
    const { contracts, actors, claim } = await loadFixture(threeIssuers);
    const { registry, token } = contracts;
    const old = token.connect(actors.poor);
    await token.connect(actors.whale).transfer(old.runner as typeof actors.poor, 1_000n * ISO);
    await old.delegate(actors.poor);
    const end = BigInt(await time.latest()) + 40n * DAY;
    await claim(actors.poor, VICTIM, end);
    await time.increase(31n * DAY);
    await token.reweigh(actors.poor);
    expect(await registry.citizens()).to.equal(101n);
    expect(await token.unitsOf(actors.poor)).to.be.greaterThan(1_000n * ISO);

    // nobody tells the registry that it expired
    await time.increaseTo(end);
    await claim(actors.stranger, VICTIM);
    expect(await registry.citizens()).to.equal(100n);
    expect(await token.unitsOf(actors.poor)).to.equal(1_000n * ISO);
    await time.increase(31n * DAY);
    await token.reweigh(actors.stranger);
    expect(await registry.citizens()).to.equal(101n);
  });
});
