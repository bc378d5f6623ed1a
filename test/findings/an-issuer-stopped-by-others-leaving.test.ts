import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, phaseOne, phaseTwo } from "../unit/governance/fixture";
import { proofOf } from "../unit/identity/fixture";

const until = async () => BigInt(await time.latest()) + 600n * DAY;

/** Three issuers of 350 people, of whom two are disavowed: the third vouches for everybody who is left. */
async function oneIsLeft() {
  const base = await phaseTwo();
  const { registry } = base.contracts;
  const [honest, ...captured] = base.issuers as [number, ...number[]];
  for (const id of captured) await registry.connect(base.actors.dao).disavowIssuer(id);
  const crowd = await ethers.deployContract("Crowd");
  for (let made = 0; made < 400; made += 50) await crowd.grow(50);
  return { ...base, honest, crowd };
}

describe("An honest issuer was stopped because others left", () => {
  // claim(attacks#government-and-citizens): stopping an honest issuer because others left or were disavowed
  it("goes on adding in the month after two of three were disavowed", async () => {
    const { contracts, honest, crowd, actions } = await loadFixture(oneIsLeft);
    await actions.enrol(crowd, 0, 50, honest);
    expect((await contracts.registry.issuer(honest)).live).to.equal(400n);
    expect(await contracts.registry.liveTotal()).to.equal(400n);
  });

  // claim(attacks#government-and-citizens): stopping an honest issuer because others left or were disavowed
  it("adds one for each two that others add from then on, as long as it vouches for more than half", async () => {
    const { contracts, actors, honest, crowd, actions } = await loadFixture(oneIsLeft);
    const { registry } = contracts;
    await time.increase(70n * DAY);
    const alone = registry.connect(actors.poor).claim(honest, proofOf(ethers.id("a newcomer"), await until()));
    await expect(alone)
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
      .withArgs(honest, 350n, 350n);

    // the DAO names another, which adds what it may: half as many may come to the honest one
    const next = await actions.appointAdapter();
    await time.increaseTo((BigInt(await time.latest()) / (30n * DAY) + 1n) * 30n * DAY);
    await actions.enrol(crowd, 0, 50, next);
    await actions.enrol(crowd, 50, 74, honest);
    await expect(crowd.claim(74, 75, registry, honest, await until()))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
      .withArgs(honest, 374n, 424n);
  });

  // claim(attacks#government-and-citizens): an issuer that grows past half while others come and go
  it("never gains in share by its own additions past half, however the others come and go", async () => {
    const { contracts, actors, actions, issuers } = await loadFixture(phaseOne);
    const { registry } = contracts;
    const captured = issuers[0]!;
    const other = await actions.appointAdapter();
    const crowd = await ethers.deployContract("Crowd");
    for (let made = 0; made < 150; made += 50) await crowd.grow(50);
    await time.increaseTo((BigInt(await time.latest()) / (30n * DAY) + 1n) * 30n * DAY);
    await actions.enrol(crowd, 0, 20, other);
    await actions.enrol(crowd, 20, 41, captured);
    // people of the other who leave and come back are nobody new
    const renounce = registry.interface.encodeFunctionData("renounce");
    for (let i = 0; i < 3; i++) {
      await crowd.act(0, 20, registry, renounce);
      await actions.enrol(crowd, 0, 20, other);
      await expect(registry.connect(actors.poor).claim(captured, proofOf(ethers.id("one more"), await until())))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
        .withArgs(captured, 71n, 141n);
    }
  });

  // claim(attacks#government-and-citizens): an issuer that grows past half while others come and go
  it("stops at half of the most there were in this window of thirty days and the last", async () => {
    const { contracts, actions, issuers } = await loadFixture(phaseOne);
    const { registry } = contracts;
    const first = issuers[0]!;
    const other = await actions.appointAdapter();
    const crowd = await ethers.deployContract("Crowd");
    for (let made = 0; made < 100; made += 50) await crowd.grow(50);
    await time.increaseTo((BigInt(await time.latest()) / (30n * DAY) + 1n) * 30n * DAY);
    await actions.enrol(crowd, 0, 50, other);
    // fifty of three issuers each; forty leave again
    await crowd.act(0, 40, registry, registry.interface.encodeFunctionData("renounce"));
    expect(await registry.liveTotal()).to.equal(110n);
    await actions.enrol(crowd, 50, 76, first);
    await expect(crowd.claim(76, 77, registry, first, await until()))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_ShareReached")
      .withArgs(first, 76n, 150n);
  });
});
