import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, SUPPORT, delegated } from "../unit/governance/fixture";
import { NULLIFIER, proofOf } from "../unit/identity/fixture";

/** An issuer that carries out the vote against itself while it verifies a proof. */
async function actingIssuer() {
  const base = await delegated();
  const { registry, governor } = base.contracts;
  const adapter = await ethers.deployContract("ActingAdapter");
  await registry.connect(base.actors.dao).appointIssuer(adapter, DOMAIN, true);

  /** Has the DAO decide about the issuer, and the issuer carry it out. */
  async function decide(call: "disavowIssuer") {
    const data = registry.interface.encodeFunctionData(call, [1]);
    const { id } = await base.actions.propose(base.actors.whale, [{ target: await registry.getAddress(), data }]);
    await base.actions.toVoting(id);
    for (const voter of [base.actors.whale, base.actors.voter]) {
      await governor.connect(voter).castVote(id, SUPPORT.inFavour);
    }
    await base.actions.toEnd(id);
    await governor["queue(uint256)"](id);
    await time.increaseTo(await governor.proposalEta(id));
    await adapter.prepare(governor, governor.interface.encodeFunctionData("execute(uint256)", [id]));
    return id;
  }
  return { ...base, adapter, decide };
}

describe("A credential was counted for an issuer that was gone while it verified", () => {
  // claim(attacks#government-and-citizens): an adapter that is disavowed inside its own verification, or has accounts
  //   counted there
  it("is refused when the issuer is disavowed inside its own verification", async () => {
    const { contracts, actors, decide } = await loadFixture(actingIssuer);
    const { registry, governor } = contracts;
    const id = await decide("disavowIssuer");
    const until = BigInt(await time.latest()) + 100n * DAY;
    await expect(registry.connect(actors.poor).claim(1, proofOf(NULLIFIER, until)))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_IssuerNotActive")
      .withArgs(1n);
    await governor["execute(uint256)"](id);
    expect(await registry.liveTotal()).to.equal(0n);
    expect((await registry.issuer(1)).live).to.equal(0n);
  });

  // claim(attacks#government-and-citizens): an adapter that is disavowed inside its own verification, or has accounts
  //   counted there
  it("counts each only once when the account is settled and another is reweighed inside the verification", async () => {
    const { contracts, actors, adapter } = await loadFixture(actingIssuer);
    const { registry, token } = contracts;
    const claim = async (until: bigint) => registry.connect(actors.poor).claim(1, proofOf(NULLIFIER, until));
    await adapter.prepare(registry, registry.interface.encodeFunctionData("settle", [actors.poor.address]));
    const end = BigInt(await time.latest()) + 40n * DAY;
    await claim(end);
    await time.increase(31n * DAY);
    await token.reweigh(actors.poor);
    // it ended, and the claim itself is what says so: first inside the verification, then by the registry
    await time.increaseTo(end);
    await adapter.prepare(token, token.interface.encodeFunctionData("reweigh", [actors.poor.address]));
    await claim(end + 100n * DAY);
    expect([await registry.liveTotal(), await registry.citizens()]).to.deep.equal([1n, 0n]);
    expect((await registry.issuer(1)).live).to.equal(1n);
  });
});
