import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, ISO, STATE, SUPPORT, almostGrown } from "../unit/governance/fixture";

const FUNDS = 1_000n * ISO;

/** A payment of everything, voted for by one holder while payments take no citizens, and queued. */
async function voted() {
  const base = await almostGrown();
  const { contracts, actors, actions } = base;
  const { governor, treasury } = contracts;
  await setBalance(await treasury.getAddress(), FUNDS);
  const pay = (amount: bigint) => ({
    data: treasury.interface.encodeFunctionData("pay", [ethers.ZeroAddress, actors.stranger.address, amount]),
  });
  const target = await treasury.getAddress();
  const all = await actions.propose(actors.whale, [{ target, ...pay(FUNDS) }], "Everything");
  const some = await actions.propose(actors.whale, [{ target, ...pay(ISO) }], "A little");
  await actions.toVoting(some.id);
  for (const { id } of [all, some]) await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
  await actions.toEnd(some.id);
  return { ...base, all: all.id, some: some.id };
}

describe("The treasury of a DAO that grew up was emptied by a vote of its youth", () => {
  // claim(attacks#government-and-citizens): emptying the treasury of a mature DAO by an early vote in which no citizen
  //   took part
  it("refuses a payment that was voted on without the citizens, once they have to agree", async () => {
    const { contracts, actors, all } = await loadFixture(voted);
    const { governor, registry, rules, treasury } = contracts;
    await governor["queue(uint256)"](all);
    await time.increaseTo(await governor.proposalEta(all));
    // while the DAO is young the treasury itself refuses so much
    await expect(governor["execute(uint256)"](all))
      .to.be.revertedWithCustomError(treasury, "Treasury_EarlyLimit")
      .withArgs(ethers.ZeroAddress, FUNDS, FUNDS / 100n);

    await registry.connect(actors.whale).advancePhase();
    await expect(governor["execute(uint256)"](all))
      .to.be.revertedWithCustomError(rules, "ProposalRules_VotedTooEarly")
      .withArgs(0n, 1n);
    expect(await ethers.provider.getBalance(treasury)).to.equal(FUNDS);
    await time.increase(14n * DAY + 1n);
    expect(await governor.state(all)).to.equal(STATE.expired);
  });

  // claim(attacks#government-and-citizens): emptying the treasury of a mature DAO by an early vote in which no citizen
  //   took part
  it("refuses to queue it then", async () => {
    const { contracts, all } = await loadFixture(voted);
    await contracts.registry.advancePhase();
    await expect(contracts.governor["queue(uint256)"](all))
      .to.be.revertedWithCustomError(contracts.rules, "ProposalRules_VotedTooEarly")
      .withArgs(0n, 1n);
  });

  it("pays within the limit as long as the DAO is young, and carries out what needs no limit afterwards too", async () => {
    const { contracts, actors, actions, issuers, some } = await loadFixture(voted);
    const { governor, registry, knob } = contracts;
    await governor["queue(uint256)"](some);
    await time.increaseTo(await governor.proposalEta(some));
    await expect(governor["execute(uint256)"](some)).to.changeEtherBalance(actors.stranger, ISO);

    const [issuer] = issuers;
    const disavow = registry.interface.encodeFunctionData("disavowIssuer", [issuer]);
    const { id } = await actions.propose(
      actors.whale,
      [{ target: await registry.getAddress(), data: disavow }, await actions.feeCall(12n)],
      "No payment",
    );
    await actions.toVoting(id);
    await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    await actions.toEnd(id);
    // the vote has ended: what begins now changes neither its outcome nor its wait
    await registry.advancePhase();
    await governor["queue(uint256)"](id);
    expect(await governor.proposalEta(id)).to.equal(BigInt(await time.latest()) + 28n * DAY);
    await time.increaseTo(await governor.proposalEta(id));
    await governor["execute(uint256)"](id);
    expect(await knob.feeBps()).to.equal(12n);
    expect((await registry.issuer(issuer)).disavowedAt).to.be.greaterThan(0n);
  });

  // claim(attacks#government-and-citizens): emptying the treasury of a mature DAO by an early vote in which no citizen
  //   took part
  it("refuses issuers too, of whom a young DAO may have eight", async () => {
    const { contracts, actors, actions } = await loadFixture(voted);
    const { governor, registry, rules } = contracts;
    const target = await registry.getAddress();
    const twenty = Array.from({ length: 20 }, (_, i) => ({
      target,
      data: registry.interface.encodeFunctionData("appointIssuer", [ethers.toBeHex(i + 1, 20), ethers.ZeroHash, false]),
    }));
    const { id } = await actions.propose(actors.whale, twenty, "Twenty issuers");
    await actions.toVoting(id);
    await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    await actions.toEnd(id);
    await governor["queue(uint256)"](id);
    await time.increaseTo(await governor.proposalEta(id));
    await expect(governor["execute(uint256)"](id)).to.be.revertedWithCustomError(
      registry,
      "CitizenRegistry_TooManyIssuers",
    );
    await registry.advancePhase();
    await expect(governor["execute(uint256)"](id))
      .to.be.revertedWithCustomError(rules, "ProposalRules_VotedTooEarly")
      .withArgs(0n, 1n);
  });
});
