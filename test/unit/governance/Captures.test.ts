import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, ISO, STATE, SUPPORT, VOTING_DELAY, VOTING_PERIOD, delegated, phaseOne, phaseTwo } from "./fixture";
import { calledBy, selectorOf } from "../../support/untyped";

/** OpenZeppelin's Governor with the same delays, deployed beside: what is refused here is shown to pass there. */
async function plain(supply: bigint, threshold = 0n) {
  const [deployer] = await ethers.getSigners();
  const token = await ethers.deployContract("PlainVotes", [supply]);
  const foreseen = ethers.getCreateAddress({ from: deployer.address, nonce: (await deployer.getNonce()) + 1 });
  const timelock = await ethers.deployContract("Timelock", [2n * DAY, [foreseen], [foreseen], ethers.ZeroAddress]);
  const governor = await ethers.deployContract("PlainGovernor", [
    token,
    timelock,
    VOTING_DELAY,
    VOTING_PERIOD,
    threshold,
  ]);
  const authority = await ethers.deployContract("Authority", [deployer]);
  const knob = await ethers.deployContract("Knob", [authority]);
  for (const [name, role] of [
    ["setFeeBps", 1],
    ["spend", 3],
  ] as const) {
    await authority.setTargetFunctionRole(knob, [selectorOf(knob, name)], role);
    await authority.grantRole(role, timelock, 0);
  }
  const encode = (name: "setFeeBps" | "spend", value: bigint) =>
    knob.interface.encodeFunctionData(name as "spend", [value]);
  return { token, timelock, governor, knob, deployer, encode };
}

/** Proposes to the plain governor and opens the vote. */
async function openPlain(base: Awaited<ReturnType<typeof plain>>, calldatas: string[], description = "raid") {
  const target = await base.knob.getAddress();
  const [targets, values] = [calldatas.map(() => target), calldatas.map(() => 0n)];
  await base.governor.propose(targets, values, calldatas, description);
  const id = await base.governor.hashProposal(targets, values, calldatas, ethers.id(description));
  await time.increase(VOTING_DELAY + 1n);
  const finish = async () => {
    await time.increase(VOTING_PERIOD + 1n);
    return base.governor.state(id);
  };
  const carryOut = async () => {
    await base.governor.queue(targets, values, calldatas, ethers.id(description));
    await time.increase(2n * DAY);
    await base.governor.execute(targets, values, calldatas, ethers.id(description));
  };
  return { id, finish, carryOut };
}

describe("captures replayed", () => {
  context("Compound 289: 682,191 for, 633,636 against, from few wallets, at a low turnout", () => {
    const FOR = [300_000n, 200_000n, 182_191n].map((units) => units * ISO);
    const AGAINST = [400_000n, 233_636n].map((units) => units * ISO);
    const COMP = 10_000_000n * ISO;

    it("passes on the plain governor", async () => {
      const base = await plain(COMP);
      const signers = (await ethers.getSigners()).slice(1, 6);
      for (const [index, amount] of [...FOR, ...AGAINST].entries()) {
        await base.token.transfer(signers[index], amount);
        await calledBy(signers[index], base.token).delegate(signers[index]);
      }
      await time.increase(1n);
      const { id, finish, carryOut } = await openPlain(base, [base.encode("spend", 499_000n)]);
      for (const [index, signer] of signers.entries()) {
        await calledBy(signer, base.governor).castVote(id, index < FOR.length ? 1 : 0);
      }
      expect(await finish()).to.equal(STATE.succeeded);
      await carryOut();
      expect(await base.knob.spent()).to.equal(499_000n);
    });

    // claim(attacks#government-and-citizens): a raid at low turnout: Compound 289
    it("fails here: the token house agrees, the citizens do not", async () => {
      const { contracts, actors, actions, crowd } = await loadFixture(phaseTwo);
      const { governor, token } = contracts;
      const signers = (await ethers.getSigners()).slice(11, 16);
      const whale = token.connect(actors.whale);
      // The same distribution on a hundred times the supply.
      for (const [index, amount] of [...FOR, ...AGAINST].entries()) {
        await whale.transfer(signers[index], amount * 100n);
        await token.connect(signers[index]).delegate(signers[index]);
      }
      await time.increase(4n * DAY);
      const { id } = await actions.propose(actors.whale, [await actions.spendCall(499_000n)]);
      await actions.toVoting(id);
      for (const [index, signer] of signers.entries()) {
        await governor.connect(signer).castVote(id, index < FOR.length ? 1 : 0);
      }
      const tally = await contracts.ballots.tallyOf(id);
      expect([tally.forUnits, tally.againstUnits]).to.deep.equal([68_219_100n * ISO, 63_363_600n * ISO]);
      expect(tally.forUnits).to.be.gt((await contracts.ballots.termsOf(id)).quorumUnits);
      const snapshot = await ethers.provider.send("evm_snapshot", []);
      await actions.toEnd(id);
      expect(await governor.state(id)).to.equal(STATE.defeated);
      await ethers.provider.send("evm_revert", [snapshot]);
      // Nor when the raiders bring citizens of their own and a few more of the others wake up.
      const ballot = (support: number) => governor.interface.encodeFunctionData("castVote", [id, support]);
      await crowd.act(0, 30, governor, ballot(SUPPORT.inFavour));
      await crowd.act(30, 70, governor, ballot(SUPPORT.against));
      await actions.toEnd(id);
      expect(await governor.state(id)).to.equal(STATE.defeated);
    });
  });

  context("one holder above quorum at a turnout of five percent", () => {
    it("passes on the plain governor", async () => {
      const base = await plain(1_000n * ISO);
      const [, holder] = await ethers.getSigners();
      await base.token.transfer(holder, 50n * ISO);
      await calledBy(holder, base.token).delegate(holder);
      await time.increase(1n);
      const { id, finish } = await openPlain(base, [base.encode("spend", 1n)]);
      await calledBy(holder, base.governor).castVote(id, 1);
      expect(await finish()).to.equal(STATE.succeeded);
    });

    // claim(attacks#government-and-citizens): one holder above quorum at a turnout of five percent
    it("fails here, by the citizens' house", async () => {
      const { contracts, actors, actions } = await loadFixture(phaseTwo);
      const { id } = await actions.propose(actors.whale, [await actions.spendCall(1n)]);
      await actions.toVoting(id);
      await contracts.governor.connect(actors.whale).castVote(id, 1);
      await actions.toEnd(id);
      expect(await contracts.governor.state(id)).to.equal(STATE.defeated);
    });

    // claim(attacks#government-and-citizens): one holder above quorum at a turnout of five percent
    it("fails here before there are citizens, because money cannot be proposed at all", async () => {
      const { contracts, actors, actions } = await loadFixture(phaseOne);
      await expect(actions.propose(actors.whale, [await actions.spendCall(1n)]))
        .to.be.revertedWithCustomError(contracts.rules, "ProposalRules_NotYetAllowed")
        .withArgs(0n, 1n);
    });
  });

  context("Beanstalk: borrow, propose, vote and execute in one transaction", () => {
    async function raid(token: string, governor: string, lender: string, target: string, data: string, amount: bigint) {
      const voter = await ethers.deployContract("FlashVoter");
      const description = `raid\n#proposer=${await voter.getAddress()}`;
      const plan = { token, governor, lender, targets: [target], values: [0n], calldatas: [data], description };
      return voter.raid(plan, amount);
    }

    it("passes on a governor that counts present balances and does not wait", async () => {
      const base = await plain(1_000n * ISO);
      const instant = await ethers.deployContract("InstantGovernor", [base.token]);
      const authority = await ethers.getContractAt("Authority", await base.knob.authority());
      await authority.grantRole(3, instant, 0);
      const lender = await ethers.deployContract("FlashLender");
      await base.token.transfer(lender, 900n * ISO);
      const addresses = await Promise.all([base.token, instant, lender, base.knob].map((one) => one.getAddress()));
      const [token, governor, from, target] = addresses;
      await raid(token, governor, from, target, base.encode("spend", 182n), 900n * ISO);
      expect(await base.knob.spent()).to.equal(182n);
    });

    // claim(attacks#government-and-citizens): votes with a flash loan
    it("fails here: borrowed tokens have no votes in the past, and nothing fits one transaction", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { token, governor, knob } = contracts;
      const lender = await ethers.deployContract("FlashLender");
      await token.connect(actors.whale).transfer(lender, 390_000_000n * ISO);
      await time.increase(4n * DAY);
      const call = await actions.feeCall(500n);
      const addresses = await Promise.all([token, governor, lender, knob].map((one) => one.getAddress()));
      const [from, house, pool, target] = addresses;
      await expect(raid(from, house, pool, target, call.data, 390_000_000n * ISO)).to.be.revertedWithCustomError(
        governor,
        "GovernorInsufficientProposerVotes",
      );
      expect(await knob.feeBps()).to.equal(0n);
    });
  });

  context("votes bought the moment before the snapshot", () => {
    it("count on the plain governor", async () => {
      const base = await plain(1_000n * ISO);
      const [, buyer] = await ethers.getSigners();
      await calledBy(buyer, base.token).delegate(buyer);
      const target = await base.knob.getAddress();
      const data = base.encode("spend", 1n);
      await base.governor.propose([target], [0n], [data], "bought");
      const id = await base.governor.hashProposal([target], [0n], [data], ethers.id("bought"));
      await time.setNextBlockTimestamp((await base.governor.proposalSnapshot(id)) - 1n);
      await base.token.transfer(buyer, 600n * ISO);
      await time.increase(10n);
      await calledBy(buyer, base.governor).castVote(id, 1);
      await calledBy(buyer, base.token).transfer(base.deployer, 600n * ISO);
      expect((await base.governor.proposalVotes(id)).forVotes).to.equal(600n * ISO);
    });

    // claim(attacks#government-and-citizens): buy before or after the snapshot
    it("do not count here", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, token } = contracts;
      await token.connect(actors.stranger).delegate(actors.stranger);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await time.setNextBlockTimestamp((await governor.proposalSnapshot(id)) - 1n);
      await token.connect(actors.voter).transfer(actors.stranger, 300_000_000n * ISO);
      await actions.toVoting(id);
      await expect(governor.connect(actors.stranger).castVote(id, 1))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(actors.stranger.address);
      // Nor do they count for the seller, who no longer holds them.
      expect(await governor.getVotes(actors.voter, await governor.proposalSnapshot(id))).to.equal(0n);
    });
  });

  context("a call that moves money, hidden among parameters", () => {
    it("passes on the plain governor like any parameter", async () => {
      const base = await plain(1_000n * ISO);
      await base.token.delegate(base.deployer);
      await time.increase(1n);
      const calls = [base.encode("setFeeBps", 1n), base.encode("spend", 99n), base.encode("setFeeBps", 2n)];
      const { id, finish, carryOut } = await openPlain(base, calls, "Tidy up the fee");
      await base.governor.castVote(id, 1);
      expect(await finish()).to.equal(STATE.succeeded);
      await carryOut();
      expect(await base.knob.spent()).to.equal(99n);
    });

    // claim(attacks#government-and-citizens): money hidden among parameters
    it("makes the whole proposal one about money here, which the citizens did not pass", async () => {
      const { contracts, actors, actions } = await loadFixture(phaseTwo);
      const { id } = await actions.propose(
        actors.whale,
        [await actions.feeCall(1n), await actions.spendCall(99n), await actions.feeCall(2n)],
        "Tidy up the fee",
      );
      expect((await contracts.ballots.termsOf(id)).kind).to.equal(2n);
      await actions.toVoting(id);
      await contracts.governor.connect(actors.whale).castVote(id, 1);
      await actions.toEnd(id);
      expect(await contracts.governor.state(id)).to.equal(STATE.defeated);
    });
  });

  context("a stranger who proposes the same first and cancels it (GHSA-5h3x-9wvq-w4m2)", () => {
    it("blocks the proposal on the plain governor", async () => {
      const base = await plain(1_000n * ISO);
      const [, honest, attacker] = await ethers.getSigners();
      const args = [[await base.knob.getAddress()], [0n], [base.encode("setFeeBps", 1n)]] as const;
      const [targets, values, calldatas] = [[...args[0]], [...args[1]], [...args[2]]];
      await calledBy(attacker, base.governor).propose(targets, values, calldatas, "Lower the fee");
      await calledBy(attacker, base.governor).cancel(targets, values, calldatas, ethers.id("Lower the fee"));
      await expect(
        calledBy(honest, base.governor).propose(targets, values, calldatas, "Lower the fee"),
      ).to.be.revertedWithCustomError(base.governor, "GovernorUnexpectedProposalState");
    });

    // claim(attacks#government-and-citizens): a duplicate proposal by a front-runner who cancels
    it("cannot be made here in another's name", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const draft = actions.draft(actors.whale, [await actions.feeCall(1n)], "Lower the fee");
      const { targets, values, calldatas, description } = draft;
      await expect(contracts.governor.connect(actors.voter).propose(targets, values, calldatas, description))
        .to.be.revertedWithCustomError(contracts.governor, "IsonomyGovernor_ProposerNotNamed")
        .withArgs(actors.voter.address);
      await contracts.governor.connect(actors.whale).propose(targets, values, calldatas, description);
      expect(await contracts.governor.latestProposalId()).to.equal(1n);
    });
  });
});
