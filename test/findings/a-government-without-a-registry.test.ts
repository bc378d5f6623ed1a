import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { delegated, phaseOne } from "../unit/governance/fixture";

describe("A vote left the government without a registry, or a child again", () => {
  it("refuses the zero address and an account without code, after which nobody could propose any more", async () => {
    const { contracts, actors } = await loadFixture(delegated);
    const token = contracts.token.connect(actors.dao);
    await expect(token.setRegistry(ethers.ZeroAddress))
      .to.be.revertedWithCustomError(token, "GovernanceToken_NotARegistry")
      .withArgs(ethers.ZeroAddress);
    await expect(token.setRegistry(actors.stranger))
      .to.be.revertedWithCustomError(token, "GovernanceToken_NotARegistry")
      .withArgs(actors.stranger.address);
    expect(await token.registry()).to.equal(await contracts.registry.getAddress());
  });

  it("refuses a registry of an earlier phase, which would take the citizens' house away", async () => {
    const { contracts, actors } = await loadFixture(phaseOne);
    const { authority, token, registry } = contracts;
    const next = await ethers.deployContract("CitizenRegistry", [authority, token]);
    await expect(token.connect(actors.dao).setRegistry(next))
      .to.be.revertedWithCustomError(token, "GovernanceToken_PhaseWouldFall")
      .withArgs(1n, 0n);
    // one that has grown as far is taken
    await expect(token.connect(actors.dao).setRegistry(registry)).to.emit(token, "RegistrySet").withArgs(registry);
  });
});
