import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { almostYoung, delegated, phaseOne, phaseTwo } from "../unit/governance/fixture";

describe("A vote left the government without a registry, or a child again", () => {
  // claim(attacks#government-and-citizens): a registry that is not one, or that makes the DAO young again
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

  // claim(attacks#government-and-citizens): a registry that is not one, or that makes the DAO young again
  it("refuses a registry of an earlier phase, which would take the citizens' house away", async () => {
    const { contracts, actors } = await loadFixture(phaseOne);
    const { authority, token, registry } = contracts;
    const next = await ethers.deployContract("CitizenRegistry", [authority, token]);
    await expect(token.connect(actors.dao).setRegistry(next))
      .to.be.revertedWithCustomError(token, "GovernanceToken_OtherPhases")
      .withArgs(1n, await registry.phaseBeginsAt(1), 0n);
    // one that has grown as far, as early, is taken
    await expect(token.connect(actors.dao).setRegistry(registry)).to.emit(token, "RegistrySet").withArgs(registry);
  });

  // claim(attacks#government-and-citizens): a phase that begins at the end of a vote, or after it, to change its
  //   outcome
  it("refuses a registry that reached a phase at another time, by whose history votes that have ended would end anew", async () => {
    const { contracts, actors } = await loadFixture(phaseTwo);
    const { registry } = contracts;
    const token = contracts.token.connect(actors.dao);
    const [first, second] = [await registry.phaseBeginsAt(1), await registry.phaseBeginsAt(2)];
    const refused = [
      { begins: [first + 1n, second], phase: 1n },
      { begins: [first, second + 1n], phase: 2n },
      { begins: [first, second - 1n], phase: 2n },
      { begins: [first - 1n, second], phase: 1n },
      { begins: [first, 0n], phase: 2n },
      { begins: [0n, second], phase: 1n },
    ] as const;
    await time.increase(2n);
    for (const { begins, phase } of refused) {
      const next = await ethers.deployContract("RegistryOfAge", [...begins]);
      await expect(token.setRegistry(next), begins.join())
        .to.be.revertedWithCustomError(token, "GovernanceToken_OtherPhases")
        .withArgs(phase, phase === 1n ? first : second, begins[phase === 1n ? 0 : 1]);
    }
    const next = await ethers.deployContract("RegistryOfAge", [first, second]);
    await expect(token.setRegistry(next))
      .to.emit(token, "RegistrySet")
      .withArgs(await next.getAddress());
  });

  // claim(attacks#government-and-citizens): a phase that begins at the end of a vote, or after it, to change its
  //   outcome
  it("refuses one that reached a phase which the present one has not: votes of before it would be judged by it", async () => {
    const { contracts, actors } = await loadFixture(phaseOne);
    const token = contracts.token.connect(actors.dao);
    const first = await contracts.registry.phaseBeginsAt(1);
    const next = await ethers.deployContract("RegistryOfAge", [first, first + 1n]);
    await expect(token.setRegistry(next))
      .to.be.revertedWithCustomError(token, "GovernanceToken_OtherPhases")
      .withArgs(2n, 0n, first + 1n);
  });

  it("counts a phase that begins in the next second as reached", async () => {
    const { contracts, actors } = await loadFixture(almostYoung);
    const { registry } = contracts;
    const token = contracts.token.connect(actors.dao);
    const next = await ethers.deployContract("RegistryOfAge", [0n, 0n]);
    await ethers.provider.send("evm_setAutomine", [false]);
    await registry.advancePhase({ gasLimit: 1_000_000 });
    const { hash } = await token.setRegistry(next, { gasLimit: 1_000_000 });
    await ethers.provider.send("evm_mine", []);
    await ethers.provider.send("evm_setAutomine", [true]);
    expect((await ethers.provider.getTransactionReceipt(hash))!.status).to.equal(0);
    await expect(token.setRegistry(next))
      .to.be.revertedWithCustomError(token, "GovernanceToken_OtherPhases")
      .withArgs(1n, await registry.phaseBeginsAt(1), 0n);
    expect(await token.registry()).to.equal(await registry.getAddress());
  });
});
