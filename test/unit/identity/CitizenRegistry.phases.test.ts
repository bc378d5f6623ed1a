import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { CitizenClient } from "../../../sdk/src/governance";
import { DAY, almostAThousand, almostGrown, government, phaseOne, phaseTwo } from "../governance/fixture";

describe("CitizenRegistry, the phases of the DAO", () => {
  describe("advancePhase", () => {
    it("refuses before the conditions are met", async () => {
      const { contracts } = await loadFixture(government);
      await expect(contracts.registry.advancePhase())
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(1n, 0n, 0n, 0n);
    });

    it("refuses a hundred citizens of a single issuer", async () => {
      const { contracts, actions } = await loadFixture(government);
      const id = await actions.appointAdapter();
      const crowd = await ethers.deployContract("Crowd");
      for (const start of [0, 50]) {
        await crowd.grow(50);
        await actions.enrol(crowd, start, start + 50, id);
        await time.increase(30n * DAY);
      }
      await actions.season(crowd, 0, 100);
      await expect(contracts.registry.advancePhase())
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(1n, 100n, 1n, 100n);
    });

    it("reaches phase 1 with a hundred citizens, of whom a second issuer vouches for one", async () => {
      const { contracts, actions } = await loadFixture(government);
      const { registry } = contracts;
      const ids = [await actions.appointAdapter(), await actions.appointAdapter()];
      const crowd = await ethers.deployContract("Crowd");
      await crowd.grow(50);
      await crowd.grow(50);
      await actions.enrol(crowd, 0, 50, ids[0]!);
      await time.increase(30n * DAY);
      await actions.enrol(crowd, 50, 99, ids[0]!);
      await actions.enrol(crowd, 99, 100, ids[1]!);
      await time.increase(30n * DAY);
      await actions.season(crowd, 0, 100);
      await expect(registry.advancePhase()).to.emit(registry, "PhaseReached").withArgs(1n, 100n);
    });

    it("reaches the next phase by the client, which says which", async () => {
      const { contracts, actors } = await loadFixture(almostGrown);
      const deployment = { contracts: { CitizenRegistry: await contracts.registry.getAddress() } };
      const client = new CitizenClient(deployment, actors.other);
      expect((await client.standing()).phase).to.equal(1);
      expect((await client.advancePhase()).phase).to.equal(2);
      await time.increase(1n);
      expect((await client.standing()).phase).to.equal(2);
    });

    it("refuses ninety-nine citizens, although two issuers vouch for them", async () => {
      const { contracts, actions } = await loadFixture(government);
      const { registry } = contracts;
      const ids = [await actions.appointAdapter(), await actions.appointAdapter()];
      const crowd = await ethers.deployContract("Crowd");
      for (let made = 0; made < 100; made += 50) await crowd.grow(50);
      await actions.enrol(crowd, 0, 50, ids[0]!);
      await actions.enrol(crowd, 50, 99, ids[1]!);
      await time.increase(30n * DAY);
      await actions.season(crowd, 0, 99);
      await expect(registry.advancePhase())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(1n, 99n, 2n, 50n);
    });

    // claim(attacks#government-and-citizens): a phase reached by credentials that have not seasoned
    it("counts an issuer by its seasoned citizens: live credentials alone contribute nothing", async () => {
      const { contracts, actions } = await loadFixture(government);
      const { registry } = contracts;
      const ids = [await actions.appointAdapter(), await actions.appointAdapter()];
      const crowd = await ethers.deployContract("Crowd");
      for (let made = 0; made < 150; made += 50) await crowd.grow(50);
      await actions.enrol(crowd, 0, 50, ids[0]!);
      await time.increase(30n * DAY);
      await actions.enrol(crowd, 50, 100, ids[0]!);
      await time.increase(29n * DAY);
      await actions.enrol(crowd, 100, 150, ids[1]!);
      await time.increase(2n * DAY);
      await actions.season(crowd, 0, 150);
      expect((await registry.issuer(ids[1]!)).live).to.equal(50n);
      await expect(registry.advancePhase())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(1n, 100n, 1n, 100n);
      // seasoned, but nobody said so yet
      await time.increase(30n * DAY);
      await expect(registry.advancePhase())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(1n, 100n, 1n, 100n);
      await actions.season(crowd, 100, 101);
      await expect(registry.advancePhase()).to.emit(registry, "PhaseReached").withArgs(1n, 101n);
    });

    // claim(attacks#government-and-citizens): a phase reached by credentials that have not seasoned
    it("measures the largest issuer by its seasoned citizens too", async () => {
      const { contracts, actions, issuers: ids } = await loadFixture(phaseOne);
      const { registry } = contracts;
      const crowd = await ethers.deployContract("Crowd");
      await crowd.grow(50);
      await actions.enrol(crowd, 0, 1, ids[0]!);
      expect((await registry.issuer(ids[0]!)).live).to.equal(51n);
      await expect(registry.advancePhase())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(2n, 100n, 2n, 50n);
    });

    it("reaches phase 2 with a thousand citizens, and not with one fewer", async () => {
      const { contracts, actions, crowd } = await loadFixture(almostAThousand);
      const { registry } = contracts;
      await expect(registry.advancePhase())
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(2n, 999n, 3n, 350n);
      // a tenth, rounded down
      expect(await registry.quotaOf(1)).to.deep.equal([0n, 99n]);
      await actions.season(crowd, 999, 1_000);
      await expect(registry.advancePhase()).to.emit(registry, "PhaseReached").withArgs(2n, 1_000n);
    });

    it("refuses phase 2 while one issuer vouches for more than half, and while only two vouch", async function () {
      this.timeout(300_000);
      const { contracts, actions, crowd, issuers: ids } = await loadFixture(almostGrown);
      const { registry } = contracts;
      const [first, second, third] = ids as [number, number, number];
      const months = Array.from({ length: 7 }, (_, month) => 150 * month);
      /** Fifty people of the second issuer in each month of the fixture; a part of them begins or ends a change. */
      const people = months.flatMap((month) => Array.from({ length: 50 }, (_, i) => month + 50 + i));
      const change = async (from: number, to: number, issuer: number) => {
        for (const one of people.slice(from, to)) await actions.enrol(crowd, one, one + 1, issuer);
      };
      const refused = (contributing: bigint, counted: bigint, largest: bigint) =>
        expect(registry.advancePhase())
          .to.be.revertedWithCustomError(registry, "CitizenRegistry_PhaseNotReached")
          .withArgs(2n, counted, contributing, largest);
      await change(0, 100, first);
      await change(100, 200, third);
      await change(200, 276, first);
      await change(276, 350, third);
      await time.increase(90n * DAY);
      await change(0, 100, first);
      await change(100, 200, third);
      await time.increase(30n * DAY);
      await change(200, 276, first);
      await refused(3n, 1_050n, 526n);

      await change(276, 350, third);
      expect((await registry.issuer(second)).seasoned).to.equal(0n);
      const renounce = registry.interface.encodeFunctionData("renounce");
      await crowd.act(0, 2, registry, renounce);
      await refused(2n, 1_048n, 524n);
    });

    it("reaches phase 1 and never goes back, no matter who is disavowed later", async () => {
      const { contracts, actors, issuers: ids } = await loadFixture(phaseOne);
      expect(await contracts.registry.phase()).to.equal(1n);
      await contracts.registry.connect(actors.dao).disavowIssuer(ids[0]);
      expect(await contracts.registry.phase()).to.equal(1n);
      await expect(contracts.registry.advancePhase())
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(2n, 50n, 1n, 50n);
    });

    it("reaches phase 2 under the issuance limits, and there is no further one", async () => {
      const { contracts } = await loadFixture(phaseTwo);
      expect(await contracts.registry.phase()).to.equal(2n);
      expect(await contracts.registry.citizens()).to.equal(1_050n);
      await expect(contracts.registry.advancePhase())
        .to.be.revertedWithCustomError(contracts.registry, "CitizenRegistry_PhaseNotReached")
        .withArgs(3n, 1_050n, 3n, 350n);
    });
  });
});
