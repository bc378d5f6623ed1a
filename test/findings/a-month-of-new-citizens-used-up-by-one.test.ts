import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, government } from "../unit/governance/fixture";

const PERSON = ethers.id("one person");
const proofOf = (nullifier: string, until: bigint) =>
  ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [nullifier, until]);

async function twoAdapters() {
  const base = await government();
  const issuers = [await base.actions.appointAdapter(), await base.actions.appointAdapter()];
  const until = BigInt(await time.latest()) + 600n * DAY;
  return { ...base, issuers, until };
}

describe("What an issuer may add in a month was used up by one person", () => {
  // claim(attacks#government-and-citizens): one person who uses up an issuer's quota, by claiming and renouncing, or by
  //   moving between issuers
  it("counts a person once in thirty days who claims and renounces again and again", async () => {
    const { contracts, actors, issuers, until } = await loadFixture(twoAdapters);
    const registry = contracts.registry.connect(actors.stranger);
    for (let i = 0; i < 50; i++) {
      await registry.claim(issuers[0], proofOf(PERSON, until));
      await registry.renounce();
    }
    expect(await registry.quotaOf(issuers[0])).to.deep.equal([1n, 50n]);
    await contracts.registry.connect(actors.voter).claim(issuers[0], proofOf(ethers.id("another"), until));
    expect(await registry.quotaOf(issuers[0])).to.deep.equal([2n, 50n]);
  });

  // claim(attacks#government-and-citizens): one person who uses up an issuer's quota, by claiming and renouncing, or by
  //   moving between issuers
  it("counts a person once who moves to and fro between two issuers, and between accounts", async () => {
    const { contracts, actors, issuers, until } = await loadFixture(twoAdapters);
    const accounts = [actors.stranger, actors.poor];
    for (const account of accounts) {
      const registry = contracts.registry.connect(account);
      for (let i = 0; i < 10; i++) await registry.claim(issuers[i % 2], proofOf(PERSON, until));
      await registry.renounce();
    }
    expect(await contracts.registry.quotaOf(issuers[0])).to.deep.equal([1n, 50n]);
    // changes to the second one were begun, and none is whole
    expect(await contracts.registry.quotaOf(issuers[1])).to.deep.equal([0n, 50n]);
    expect(await contracts.registry.liveTotal()).to.equal(0n);
  });

  it("counts the person again once the thirty days are over, and fifty persons as fifty", async () => {
    const { contracts, actors, actions, issuers, until } = await loadFixture(twoAdapters);
    const registry = contracts.registry.connect(actors.stranger);
    await registry.claim(issuers[0], proofOf(PERSON, until));
    await registry.renounce();
    const added = BigInt(await time.latest());
    await time.setNextBlockTimestamp(added + 30n * DAY);
    await registry.claim(issuers[0], proofOf(PERSON, until));
    expect(await registry.quotaOf(issuers[0])).to.deep.equal([1n, 50n]);
    const crowd = await ethers.deployContract("Crowd");
    await crowd.grow(50);
    await actions.enrol(crowd, 0, 49, issuers[0]);
    const proof = proofOf(ethers.id("one too many"), until);
    await expect(contracts.registry.connect(actors.voter).claim(issuers[0], proof))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_QuotaReached")
      .withArgs(issuers[0], 50n, 50n);
    // who was counted may come back although it is full
    await registry.renounce();
    await registry.claim(issuers[0], proofOf(PERSON, until));
  });
});
