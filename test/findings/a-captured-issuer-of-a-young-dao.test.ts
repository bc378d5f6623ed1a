import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, KIND, STATE, SUPPORT, delegated, phaseOne } from "../unit/governance/fixture";

describe("A captured issuer of a young DAO made citizens until they were the majority", () => {
  // claim(attacks#government-and-citizens): a captured issuer
  it("is disavowed by a vote in phase 1, which waits four times as long", async () => {
    const { contracts, actors, actions, issuers } = await loadFixture(phaseOne);
    const { governor, registry, ballots } = contracts;
    const data = registry.interface.encodeFunctionData("disavowIssuer", [issuers[0]]);
    const { id } = await actions.propose(actors.whale, [{ target: await registry.getAddress(), data }]);
    expect((await ballots.termsOf(id)).kind).to.equal(KIND.constitution);
    expect(await registry.citizens()).to.equal(100n);
    await actions.pass(id, [actors.whale]);
    expect(await registry.citizens()).to.equal(50n);
    expect((await registry.issuer(issuers[0])).disavowedAt).to.be.greaterThan(0n);
    const wait = (await governor.proposalEta(id)) - (await governor.proposalDeadline(id));
    expect(wait).to.be.greaterThanOrEqual(28n * DAY);
  });

  it("is disavowed in phase 0 too, before anybody is a citizen", async () => {
    const { contracts, actors, actions } = await loadFixture(delegated);
    const issuer = await actions.appointAdapter();
    const data = contracts.registry.interface.encodeFunctionData("disavowIssuer", [issuer]);
    const { id } = await actions.propose(actors.whale, [{ target: await contracts.registry.getAddress(), data }]);
    await actions.pass(id, [actors.whale]);
    await expect(contracts.registry.connect(actors.stranger).claim(issuer, "0x")).to.be.revertedWithCustomError(
      contracts.registry,
      "CitizenRegistry_IssuerNotActive",
    );
  });

  it("cannot be taken from the citizens against their veto", async () => {
    const { contracts, actors, actions, crowd, issuers } = await loadFixture(phaseOne);
    const { governor, registry } = contracts;
    const data = registry.interface.encodeFunctionData("disavowIssuer", [issuers[0]]);
    const { id } = await actions.propose(actors.whale, [{ target: await registry.getAddress(), data }]);
    await actions.toVoting(id);
    await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    await crowd.act(50, 60, governor, governor.interface.encodeFunctionData("castVote", [id, SUPPORT.against]));
    await actions.toEnd(id);
    expect(await governor.state(id)).to.equal(STATE.defeated);
  });

  // claim(attacks#government-and-citizens): the places for issuers used up for ever by inactive ones
  it("does not use up the last place for an issuer for good", async () => {
    const { contracts, actors, actions } = await loadFixture(delegated);
    const { registry, governor } = contracts;
    const target = await registry.getAddress();
    const dead = Array.from({ length: 8 }, (_, i) => ethers.toBeHex(i + 1, 20));
    for (const one of dead) await registry.connect(actors.dao).appointIssuer(one, DOMAIN, false);
    await expect(registry.connect(actors.dao).appointIssuer(actors.issuerA, DOMAIN, false))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);

    const call = (name: "disavowIssuer" | "appointIssuer", values: unknown[]) => ({
      target,
      data: registry.interface.encodeFunctionData(name as "disavowIssuer", values as [number]),
    });
    const adapters = [await ethers.deployContract("OpenAdapter"), await ethers.deployContract("OpenAdapter")];
    const { id } = await actions.propose(actors.whale, [
      call("disavowIssuer", [1]),
      call("disavowIssuer", [2]),
      ...(await Promise.all(
        adapters.map(async (one) => call("appointIssuer", [await one.getAddress(), DOMAIN, true])),
      )),
    ]);
    await actions.pass(id, [actors.whale]);
    expect(await governor.state(id)).to.equal(STATE.executed);
    expect(await registry.issuerCount()).to.equal(10n);
    await expect(registry.connect(actors.dao).appointIssuer(actors.issuerA, DOMAIN, false))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);
    // a place is free once, whether the issuer was retired before it was disavowed or not
    await registry.connect(actors.dao).retireIssuer(3);
    await registry.connect(actors.dao).disavowIssuer(3);
    await registry.connect(actors.dao).appointIssuer(actors.issuerA, DOMAIN, false);
    await expect(registry.connect(actors.dao).appointIssuer(actors.issuerB, DOMAIN, false))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);

    // and those that came late are counted like the first
    const crowd = await ethers.deployContract("Crowd");
    for (let made = 0; made < 100; made += 50) await crowd.grow(50);
    await actions.enrol(crowd, 0, 50, 9);
    await actions.enrol(crowd, 50, 100, 10);
    await time.increase(30n * DAY);
    await actions.season(crowd, 0, 100);
    await actions.grow();
    expect(await registry.phase()).to.equal(1n);
  });
});
