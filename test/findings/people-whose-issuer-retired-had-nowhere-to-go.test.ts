import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, phaseOne } from "../unit/governance/fixture";
import { proofOf } from "../unit/identity/fixture";

const CHANGE = 90n * DAY;

/** A hundred citizens of two issuers; those of the first want to change to the second. */
async function twoIssuers() {
  const base = await phaseOne();
  const [first, second] = base.issuers as [number, number];
  const until = BigInt(await time.latest()) + 600n * DAY;
  const begin = (from: number, to: number) => base.crowd.claim(from, to, base.contracts.registry, second, until);
  return { ...base, first, second, until, begin };
}

describe("People whose issuer retired could not change to the only one that was left", () => {
  // claim(attacks#government-and-citizens): people whose issuer retired, kept from the only remaining issuer by its
  //   share
  it("lets all fifty change, past half of everybody: they were counted before, and so was each issuer's word", async () => {
    const { contracts, actors, first, second, begin } = await loadFixture(twoIssuers);
    const { registry } = contracts;
    await registry.connect(actors.dao).retireIssuer(first);
    await begin(0, 50);
    await time.increase(CHANGE);
    await begin(0, 50);
    const [left, joined] = [await registry.issuer(first), await registry.issuer(second)];
    expect([left.live, left.seasoned, joined.live, joined.seasoned]).to.deep.equal([0n, 0n, 100n, 100n]);
    expect([await registry.citizens(), await registry.liveTotal()]).to.deep.equal([100n, 100n]);
    // nobody new comes to it while it vouches for more than half
    await time.increase(31n * DAY);
    await expect(
      registry.connect(actors.poor).claim(second, proofOf(ethers.id("newcomer"), BigInt(await time.latest()) + DAY)),
    )
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
      .withArgs(second, 100n, 100n);
    await registry.connect(actors.dao).disavowIssuer(second);
    expect(await registry.citizens()).to.equal(0n);
  });

  // claim(attacks#government-and-citizens): people whose issuer retired, kept from the only remaining issuer by its
  //   share
  it("stops at half, as ever, those whose issuer goes on", async () => {
    const { contracts, second, begin } = await loadFixture(twoIssuers);
    await begin(0, 2);
    await time.increase(CHANGE);
    await begin(0, 1);
    await expect(begin(1, 2))
      .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_ShareReached")
      .withArgs(second, 51n, 100n);
  });
});

describe("Fifty people used up every issuer's month by changes that they only began", () => {
  // claim(attacks#government-and-citizens): fifty people who use up every issuer's quota, by changes that they only
  //   begin
  it("counts nobody before the change is whole: newcomers find the issuer's month untouched", async () => {
    const { contracts, actors, second, begin } = await loadFixture(twoIssuers);
    const { registry } = contracts;
    await begin(0, 50);
    expect(await registry.quotaOf(second)).to.deep.equal([0n, 50n]);
    const proof = proofOf(ethers.id("newcomer"), BigInt(await time.latest()) + DAY);
    await expect(registry.connect(actors.poor).claim(second, proof)).to.emit(registry, "CredentialIssued");
    expect(await registry.quotaOf(second)).to.deep.equal([1n, 50n]);
  });

  // claim(attacks#government-and-citizens): fifty people who use up every issuer's quota, by changes that they only
  //   begin
  it("counts each when it is whole, and stops at what the issuer may add in thirty days", async () => {
    const { contracts, actors, actions, first, second, begin, crowd } = await loadFixture(twoIssuers);
    const { registry } = contracts;
    await registry.connect(actors.dao).retireIssuer(first);
    await begin(0, 50);
    await time.increase(CHANGE);
    await actions.enrol(crowd, 50, 51, second); // a renewal, which counts for nothing
    expect(await registry.quotaOf(second)).to.deep.equal([0n, 50n]);
    // one newcomer, up to half, leaves a place fewer
    const newcomer = proofOf(ethers.id("newcomer"), BigInt(await time.latest()) + DAY);
    await registry.connect(actors.poor).claim(second, newcomer);
    await begin(0, 49);
    await expect(begin(49, 50))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_QuotaReached")
      .withArgs(second, 50n, 50n);
    await time.increase(30n * DAY);
    await begin(49, 50);
    expect((await registry.issuer(first)).live).to.equal(0n);
  });
});
