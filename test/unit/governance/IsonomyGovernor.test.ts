import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, ISO, KIND, STATE, SUPPORT, delegated, phaseOne, phaseTwo, votingInPhaseTwo } from "./fixture";
import { expectLimits } from "../../helpers/limits";
import { calledBy, selectorOf } from "../../support/untyped";

/** Phase 2, with a citizen of a hundred million tokens. */
async function withLargeCitizen() {
  const base = await votingInPhaseTwo();
  const { contracts, actors, issuers } = base;
  const { token, registry } = contracts;
  const citizen = actors.other;
  const until = BigInt(await time.latest()) + 300n * DAY;
  const proof = ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [ethers.id("other"), until]);
  await registry.connect(citizen).claim(issuers[0], proof);
  await time.increase(30n * DAY);
  await token.reweigh(citizen);
  await time.increase(4n * DAY);
  return { ...base, citizen, cap: await token.CURVE_CAP() };
}

describe("IsonomyGovernor", () => {
  it("publishes its limits", async () => {
    const { contracts } = await loadFixture(delegated);
    await expectLimits(contracts.governor, {
      PARAMETERS_DELAY: 2n * DAY,
      MONEY_DELAY: 4n * DAY,
      CONSTITUTION_DELAY: 7n * DAY,
      GRACE_PERIOD: 14n * DAY,
      GUARDIAN_MANDATE: 365n * DAY,
      MAX_CALLS: 20n,
      MIN_VOTING_DELAY: 2n * DAY,
      MAX_VOTING_DELAY: 14n * DAY,
      MIN_VOTING_PERIOD: 3n * DAY,
      MAX_VOTING_PERIOD: 21n * DAY,
      MIN_QUORUM_PERCENT: 2n,
      MAX_QUORUM_PERCENT: 20n,
    });
  });

  it("publishes the limits of its ballots", async () => {
    const { contracts } = await loadFixture(delegated);
    await expectLimits(contracts.ballots, {
      FLIP_EXTENSION: 2n * DAY,
      MAX_EXTENSION: 7n * DAY,
      VETO_FLOOR: 10n,
      TURNOUT_FLOOR: 50n,
      TURNOUT_DIVISOR: 20n,
      SWIFT_DIVISOR: 50n,
      QUORUM_FLOOR_PERCENT: 2n,
    });
  });

  describe("propose", () => {
    // claim(attacks#government-and-citizens): array mismatch, 0 calls, 100 calls
    it("refuses no calls, too many calls and arrays of different lengths", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const governor = contracts.governor.connect(actors.whale);
      const suffix = `#proposer=${actors.whale.address}`;
      await expect(governor.propose([], [], [], suffix))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidProposalLength")
        .withArgs(0n, 0n, 0n);
      const hundred = actions.draft(actors.whale, Array(100).fill(await actions.feeCall(1n)));
      await expect(governor.propose(hundred.targets, hundred.values, hundred.calldatas, hundred.description))
        .to.be.revertedWithCustomError(governor, "IsonomyGovernor_TooManyCalls")
        .withArgs(100n, 20n);
      const one = actions.draft(actors.whale, [await actions.feeCall(1n)]);
      await expect(governor.propose(one.targets, [], one.calldatas, one.description))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidProposalLength")
        .withArgs(1n, 1n, 0n);
      await expect(governor.propose(one.targets, one.values, [], one.description))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidProposalLength")
        .withArgs(1n, 0n, 1n);
    });

    // claim(attacks#government-and-citizens): a duplicate proposal by a front-runner who cancels
    it("refuses a description that does not name the caller", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { targets, values, calldatas } = actions.draft(actors.whale, [await actions.feeCall(1n)]);
      const named = `#proposer=${actors.voter.address}`;
      for (const description of ["", "Lower the fee", `#proposer=0x${"zz".repeat(20)}`, named, `${named} `]) {
        await expect(contracts.governor.connect(actors.whale).propose(targets, values, calldatas, description))
          .to.be.revertedWithCustomError(contracts.governor, "IsonomyGovernor_ProposerNotNamed")
          .withArgs(actors.whale.address);
      }
    });

    // claim(attacks#government-and-citizens): proposing below the threshold, or with tokens bought a moment before
    it("refuses a proposer below the threshold, also with tokens bought a moment ago", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      await contracts.token.connect(actors.stranger).delegate(actors.stranger);
      await contracts.token.connect(actors.whale).transfer(actors.stranger, 1_000_000n * ISO);
      await time.increase(2n * DAY);
      const draft = actions.draft(actors.stranger, [await actions.feeCall(1n)]);
      await expect(
        contracts.governor
          .connect(actors.stranger)
          .propose(draft.targets, draft.values, draft.calldatas, draft.description),
      )
        .to.be.revertedWithCustomError(contracts.governor, "GovernorInsufficientProposerVotes")
        .withArgs(actors.stranger.address, 0n, 100_000n * ISO);
    });

    it("refuses the same proposal twice", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const draft = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await expect(
        contracts.governor
          .connect(actors.whale)
          .propose(draft.targets, draft.values, draft.calldatas, draft.description),
      ).to.be.revertedWithCustomError(contracts.governor, "GovernorUnexpectedProposalState");
    });

    // claim(attacks#government-and-citizens): an address or a key of the DAO taken while it is young
    it("refuses in phase 0 all but parameters, appointing issuers and small payments", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, rules, token, treasury, registry, timelock, authority } = contracts;
      const address = (contract: { getAddress(): Promise<string> }) => contract.getAddress();
      const refused = [
        await actions.spendCall(1n),
        await actions.receiverCall(actors.whale.address),
        { ...(await actions.feeCall(1n)), value: 1n },
        { target: await address(token), data: token.interface.encodeFunctionData("mint", [actors.whale.address, 1n]) },
        { target: await address(timelock), data: timelock.interface.encodeFunctionData("updateDelay", [DAY]) },
        { target: await address(authority), data: authority.interface.encodeFunctionData("labelRole", [5, "x"]) },
        { target: await address(governor), data: governor.interface.encodeFunctionData("setVotingPeriod", [DAY * 5n]) },
        { target: await address(registry), data: registry.interface.encodeFunctionData("retireIssuer", [1]) },
        { target: actors.stranger.address, data: "0x" },
      ];
      for (const call of refused) {
        const draft = actions.draft(actors.whale, [await actions.feeCall(1n), call]);
        await expect(
          governor.connect(actors.whale).propose(draft.targets, draft.values, draft.calldatas, draft.description),
        )
          .to.be.revertedWithCustomError(rules, "ProposalRules_NotYetAllowed")
          .withArgs(1n, 0n);
      }
      const appoint = registry.interface.encodeFunctionData("appointIssuer", [actors.issuerA.address, DOMAIN, false]);
      const pay = treasury.interface.encodeFunctionData("pay", [ethers.ZeroAddress, actors.voter.address, 1n]);
      const allowed = [
        [await address(registry), appoint, KIND.constitution],
        [await address(treasury), pay, KIND.money],
      ] as const;
      for (const [target, data, kind] of allowed) {
        const { id } = await actions.propose(actors.whale, [{ target, data }]);
        expect((await contracts.ballots.termsOf(id)).kind).to.equal(kind);
      }
    });

    // a young DAO lacks citizens too, and has rules of its own: those for one that lost its citizens begin with the last phase
    it("judges the naming of an issuer in phase 0 by phase 0, whatever citizens are lacking", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { registry, ballots, governor } = contracts;
      const data = registry.interface.encodeFunctionData("appointIssuer", [actors.issuerA.address, DOMAIN, false]);
      const { id } = await actions.propose(actors.whale, [{ target: await registry.getAddress(), data }]);
      await actions.toVoting(id);
      await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      expect(await registry.lacksCitizensAt((await time.latest()) - 1)).to.equal(true);
      expect(await ballots.kindOf(id)).to.deep.equal([KIND.constitution, 0n]);
    });

    it("numbers proposals one by one and stores them", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const first = await actions.propose(actors.whale, [await actions.feeCall(1n)], "One");
      const second = await actions.propose(actors.whale, [await actions.feeCall(2n)], "Two");
      expect([first.id, second.id]).to.deep.equal([1n, 2n]);
      const stored = await contracts.governor.proposalDetails(2);
      expect([stored.targets[0], stored.calldatas[0]]).to.deep.equal([second.targets[0], second.calldatas[0]]);
      expect((await contracts.ballots.termsOf(2)).kind).to.equal(KIND.parameters);
    });
  });

  describe("cancel", () => {
    it("refuses strangers, and the proposer once voting began", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      const cancel = (who: HardhatEthersSigner) => contracts.governor.connect(who)["cancel(uint256)"](id);
      await expect(cancel(actors.stranger))
        .to.be.revertedWithCustomError(contracts.governor, "GovernorUnableToCancel")
        .withArgs(id, actors.stranger.address);
      await actions.toVoting(id);
      await expect(cancel(actors.whale))
        .to.be.revertedWithCustomError(contracts.governor, "GovernorUnableToCancel")
        .withArgs(id, actors.whale.address);
    });

    it("lets the proposer cancel while pending, and the guardian even when queued", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const first = await actions.propose(actors.whale, [await actions.feeCall(1n)], "One");
      await contracts.governor.connect(actors.whale)["cancel(uint256)"](first.id);
      expect(await contracts.governor.state(first.id)).to.equal(STATE.canceled);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)], "Two");
      await actions.toVoting(id);
      await contracts.governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      await actions.toEnd(id);
      await contracts.governor["queue(uint256)"](id);
      await contracts.governor.connect(actors.guardian)["cancel(uint256)"](id);
      expect(await contracts.governor.state(id)).to.equal(STATE.canceled);
    });

    // claim(attacks#government-and-citizens): guardian abuse
    it("ends with the guardian's mandate", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      await time.increaseTo(await contracts.governor.guardianMandateEndsAt());
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await expect(contracts.governor.connect(actors.guardian)["cancel(uint256)"](id)).to.be.revertedWithCustomError(
        contracts.governor,
        "GovernorUnableToCancel",
      );
    });

    // claim(attacks#government-and-citizens): guardian abuse
    it("does not let the guardian stop a proposal that only replaces the guardian", async () => {
      const { contracts, actors, actions } = await loadFixture(phaseTwo);
      const { governor } = contracts;
      const call = {
        target: await governor.getAddress(),
        data: governor.interface.encodeFunctionData("setProposalGuardian", [actors.stranger.address]),
      };
      const lone = await actions.propose(actors.whale, [call], "Replace the guardian");
      await expect(governor.connect(actors.guardian)["cancel(uint256)"](lone.id))
        .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
        .withArgs(lone.id, actors.guardian.address);
      const hidden = await actions.propose(actors.whale, [call, await actions.feeCall(1n)], "And something else");
      await governor.connect(actors.guardian)["cancel(uint256)"](hidden.id);
    });
  });

  describe("the circuit breaker", () => {
    it("stretches the delay by the part of the For units that is large, and an opponent cannot raise it", async () => {
      const { contracts, actors, actions, crowd, open, vote } = await loadFixture(votingInPhaseTwo);
      const { governor, token, ballots } = contracts;
      await crowd.delegateToSelf(0, 40, token);
      const each = 5_000_000n * ISO;
      await token.connect(actors.whale).approve(crowd, each * 40n);
      await calledBy(actors.whale, crowd).give(0, Array(40).fill(each), token);
      await crowd.reweigh(0, 40, token);
      await time.increase(4n * DAY);
      const id = await open(await actions.spendCall(5n));
      await vote(id, 0, 53, SUPPORT.inFavour);
      const small = await ballots.tallyOf(id);
      const cap = await token.CURVE_CAP();
      const units = await token.unitsOf(await crowd.people(0));
      expect(small.forUnits).to.equal(units * 40n);
      // What exceeds X counts as large, rounded up by less than 2^16 for each voter.
      expect(small.largeForUnits).to.be.closeTo((units - cap) * 40n, 40n << 16n);
      const base = 4n * DAY;
      expect(await governor.delayOf(id)).to.equal(base + (3n * base * small.largeForUnits) / small.forUnits);
      await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      const mixed = await ballots.tallyOf(id);
      expect(mixed.largeForUnits).to.equal(small.largeForUnits + 200_000_000n * ISO);
      const before = await governor.delayOf(id);
      // An opponent cannot raise it.
      await governor.connect(actors.voter).castVote(id, SUPPORT.against);
      expect(await governor.delayOf(id)).to.equal(before);
    });

    // claim(attacks#government-and-citizens): a large holder's decision executed before anyone can leave
    it("counts seven ballots of X each like one of 7 X: splitting does not lower the wait", async () => {
      const { contracts, actors, actions, citizen, cap } = await loadFixture(withLargeCitizen);
      const { governor, ballots } = contracts;
      // what each ballot gives to For and against, in hundredths of X
      const splits: Record<string, [inFavour: bigint, against?: bigint][]> = {
        whole: [[700n]],
        "X each": Array(7).fill([100n]),
        "half of X each": Array(14).fill([50n]),
        unequal: [[1n], [99n], [350n], [150n], [100n]],
        "among others": [
          [100n, 300n],
          [0n, 100n],
          [600n, 1n],
        ],
      };
      const ids: Record<string, bigint> = {};
      for (const title of Object.keys(splits)) {
        ids[title] = (await actions.propose(actors.whale, [await actions.spendCall(1n)], title)).id;
      }
      await actions.toVoting(ids["among others"]!);
      const cast = async (voter: HardhatEthersSigner, title: string) => {
        for (const [inFavour, against = 0n] of splits[title]!) {
          const parts = [against, inFavour, 0n].map((part) => (part * cap) / 100n);
          const params = ethers.solidityPacked(["uint128", "uint128", "uint128"], parts);
          await governor.connect(voter).castVoteWithReasonAndParams(ids[title]!, SUPPORT.split, "", params);
        }
      };
      const wanted = 4n * DAY + (3n * 4n * DAY * 6n) / 7n;
      for (const [title, id] of Object.entries(ids)) {
        await cast(citizen, title);
        const { forUnits, largeForUnits } = await ballots.tallyOf(id);
        expect(forUnits, title).to.equal(7n * cap);
        // six of seven X are large, rounded up by less than 2^16 for each ballot
        const rounded = largeForUnits - 6n * cap;
        expect(rounded >= 0n && rounded <= BigInt(splits[title]!.length) << 16n, title).to.equal(true);
        expect(await governor.delayOf(id), title).to.equal(wanted);
        // of somebody without a credential all of it is
        await cast(actors.voter, title);
        expect((await ballots.tallyOf(id)).largeForUnits - largeForUnits, title).to.be.closeTo(7n * cap, 14n << 16n);
      }
    });

    it("counts no part of X itself as large, and rounds one unit beyond it up to a step of 2^16", async () => {
      const { contracts, actions, citizen, cap, open } = await loadFixture(withLargeCitizen);
      const { governor, ballots } = contracts;
      const id = await open(await actions.spendCall(1n));
      const inFavour = (units: bigint) =>
        governor
          .connect(citizen)
          .castVoteWithReasonAndParams(
            id,
            SUPPORT.split,
            "",
            ethers.solidityPacked(["uint128", "uint128", "uint128"], [0n, units, 0n]),
          );
      await inFavour(cap);
      expect((await ballots.tallyOf(id)).largeForUnits).to.equal(0n);
      await inFavour(1n);
      expect((await ballots.tallyOf(id)).largeForUnits).to.equal(1n << 16n);
    });

    it("waits four times as long before phase 2 for what moves money, however small those are who vote for it", async () => {
      const { contracts, actors, actions, crowd } = await loadFixture(phaseOne);
      const { governor, token, ballots, treasury } = contracts;
      await crowd.delegateToSelf(0, 10, token);
      await token.connect(actors.whale).approve(crowd, 10n * ISO);
      await calledBy(actors.whale, crowd).give(0, Array(10).fill(ISO), token);
      await crowd.reweigh(0, 10, token);
      await time.increase(4n * DAY);
      const payment = [ethers.ZeroAddress, actors.stranger.address, 1n] as const;
      const data = treasury.interface.encodeFunctionData("pay", [...payment]);
      const { id } = await actions.propose(actors.whale, [{ target: await treasury.getAddress(), data }]);
      await actions.toVoting(id);
      await crowd.act(0, 10, governor, governor.interface.encodeFunctionData("castVote", [id, SUPPORT.inFavour]));
      const { forUnits, largeForUnits } = await ballots.tallyOf(id);
      expect(forUnits).to.be.greaterThan(0n);
      expect(largeForUnits).to.equal(0n);
      expect(await governor.delayOf(id)).to.equal(16n * DAY);
    });
  });

  describe("queue and execute", () => {
    // claim(attacks#government-and-citizens): executing early, executing twice
    it("refuse what has not passed, executing early, and executing twice", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await expect(governor["queue(uint256)"](id)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
      await actions.toVoting(id);
      await governor.connect(actors.whale).castVote(id, 1);
      await actions.toEnd(id);
      await governor["queue(uint256)"](id);
      const eta = await governor.proposalEta(id);
      // The timelock's own two days are over long before the proposal's eta.
      await time.setNextBlockTimestamp(eta - 1n);
      await expect(governor["execute(uint256)"](id))
        .to.be.revertedWithCustomError(governor, "IsonomyGovernor_TooEarly")
        .withArgs(id, eta);
      await governor["execute(uint256)"](id);
      await expect(governor["execute(uint256)"](id)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
    });

    // claim(attacks#government-and-citizens): roles moved between the vote and the execution
    it("refuse a proposal that became stricter since the vote", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, authority, knob } = contracts;
      const selector = selectorOf(knob, "setFeeBps");
      const passed = async (title: string) => {
        const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)], title);
        await actions.toVoting(id);
        await governor.connect(actors.whale).castVote(id, 1);
        await actions.toEnd(id);
        return id;
      };
      const first = await passed("One");
      await governor["queue(uint256)"](first);
      const second = await passed("Two");
      await authority.connect(actors.dao).setTargetFunctionRole(knob, [selector], 0);
      // The second vote took longer than the first one's delay.
      for (const call of [() => governor["execute(uint256)"](first), () => governor["queue(uint256)"](second)]) {
        await expect(call()).to.be.revertedWithCustomError(contracts.rules, "ProposalRules_NotYetAllowed");
      }
      await authority.connect(actors.dao).setTargetFunctionRole(knob, [selector], 1);
      await governor["queue(uint256)"](second);
    });

    // claim(attacks#government-and-citizens): roles moved between the vote and the execution
    it("refuse a stricter kind in phase 2 by name", async () => {
      const { contracts, actors, actions } = await loadFixture(phaseTwo);
      const { governor, authority, knob } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await governor.connect(actors.whale).castVote(id, 1);
      await actions.toEnd(id);
      await authority.connect(actors.dao).setTargetFunctionRole(knob, [selectorOf(knob, "setFeeBps")], 3);
      await expect(governor["queue(uint256)"](id))
        .to.be.revertedWithCustomError(governor, "IsonomyGovernor_BecameStricter")
        .withArgs(id, KIND.parameters, KIND.money);
    });

    // claim(attacks#government-and-citizens): executing long after everybody has forgotten
    it("refuse a passed proposal that was left for fourteen days, queued or not", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor } = contracts;
      const one = await actions.propose(actors.whale, [await actions.feeCall(1n)], "One");
      const two = await actions.propose(actors.whale, [await actions.feeCall(2n)], "Two");
      await actions.toVoting(two.id);
      for (const { id } of [one, two]) await governor.connect(actors.whale).castVote(id, 1);
      await actions.toEnd(two.id);
      await governor["queue(uint256)"](one.id);
      const eta = await governor.proposalEta(one.id);
      await time.increaseTo(eta + 14n * DAY);
      expect(await governor.state(one.id)).to.equal(STATE.queued);
      await time.increase(1n);
      expect([await governor.state(one.id), await governor.state(two.id)]).to.deep.equal([
        STATE.expired,
        STATE.expired,
      ]);
      await expect(governor["execute(uint256)"](one.id)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
    });
  });

  describe("settings", () => {
    // claim(attacks#government-and-citizens): quorum changed for the past
    it("keep within their bounds, change by a vote alone, and leave running proposals as they are", async () => {
      const { contracts, actors, actions, crowd } = await loadFixture(phaseTwo);
      const { governor, ballots, rules } = contracts;
      await expect(governor.connect(actors.dao).setVotingPeriod(5n * DAY)).to.be.reverted;
      await expect(governor.connect(actors.whale).setVotingPeriod(5n * DAY))
        .to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor")
        .withArgs(actors.whale.address);
      const target = await governor.getAddress();
      const encode = (name: string, values: unknown[]) =>
        governor.interface.encodeFunctionData(name as "relay", values as [string, bigint, string]);
      const change = async (calls: string[], title: string) => {
        const { id } = await actions.propose(
          actors.whale,
          calls.map((data) => ({ target, data })),
          title,
        );
        await actions.toVoting(id);
        await governor.connect(actors.whale).castVote(id, 1);
        const data = encode("castVote", [id, 1]);
        await crowd.act(0, 60, governor, data);
        await actions.toEnd(id);
        await governor["queue(uint256)"](id);
        await time.increaseTo(await governor.proposalEta(id));
        return governor["execute(uint256)"](id);
      };
      const running = await actions.propose(actors.whale, [await actions.feeCall(9n)], "Running");
      await change(
        [
          encode("setVotingDelay", [3n * DAY]),
          encode("setVotingPeriod", [5n * DAY]),
          encode("setProposalThreshold", [1_000n * ISO]),
          encode("updateQuorumNumerator", [10n]),
          encode("setProposalGuardian", [actors.stranger.address]),
        ],
        "All settings",
      );
      expect([
        await governor.votingDelay(),
        await governor.votingPeriod(),
        await governor.proposalThreshold(),
        await governor["quorumNumerator()"](),
        await governor.proposalGuardian(),
      ]).to.deep.equal([3n * DAY, 5n * DAY, 1_000n * ISO, 10n, actors.stranger.address]);
      expect(await governor.guardianMandateEndsAt()).to.equal(BigInt(await time.latest()) + 365n * DAY);
      expect((await ballots.termsOf(running.id)).quorumPercent).to.equal(4n);
      const outOfBounds: [string, bigint, bigint, bigint][] = [
        ["setVotingDelay", DAY, 2n * DAY, 14n * DAY],
        ["setVotingPeriod", 22n * DAY, 3n * DAY, 21n * DAY],
        ["setProposalThreshold", 0n, 1n, 7_500_000n * ISO],
        ["updateQuorumNumerator", 21n, 2n, 20n],
      ];
      for (const [name, value, lowest, highest] of outOfBounds) {
        await expect(change([encode(name, [value])], `Too far: ${name}`))
          .to.be.revertedWithCustomError(governor, "IsonomyGovernor_OutOfBounds")
          .withArgs(value, lowest, highest);
      }
      await change(
        [encode("updateQuorumNumerator", [20n]), encode("updateQuorumNumerator", [2n])],
        "As far as it goes",
      );
      expect(await governor["quorumNumerator()"]()).to.equal(2n);
      for (const data of [
        encode("relay", [actors.whale.address, 0n, "0x"]),
        encode("updateTimelock", [actors.whale.address]),
      ]) {
        await expect(change([data], data)).to.be.revertedWithCustomError(governor, "IsonomyGovernor_Closed");
      }
      expect(await rules.GOVERNOR()).to.equal(target);
    });
  });

  describe("the box and the rules", () => {
    it("refuse everybody but the governor", async () => {
      const { contracts, actors } = await loadFixture(delegated);
      const ballots = contracts.ballots.connect(actors.whale);
      for (const call of [() => ballots.open(1, 1, 0, 4), () => ballots.cast(1, actors.whale, 1, "0x", 0, 0)]) {
        await expect(call())
          .to.be.revertedWithCustomError(ballots, "BallotBox_NotGovernor")
          .withArgs(actors.whale.address);
      }
    });

    it("say how votes are counted, on which clock", async () => {
      const { contracts } = await loadFixture(delegated);
      expect(await contracts.governor.COUNTING_MODE()).to.equal(
        "support=bravo,fractional&quorum=for,abstain&params=fractional,house",
      );
      expect(await contracts.governor.CLOCK_MODE()).to.equal("mode=timestamp");
      expect(await contracts.governor.clock()).to.equal(BigInt(await time.latest()));
      const now = BigInt(await time.latest()) - 1n;
      expect(await contracts.governor.quorum(now)).to.equal(32_000_000n * ISO);
    });
  });
});
