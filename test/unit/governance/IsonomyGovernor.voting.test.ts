import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { anyValue } from "@nomicfoundation/hardhat-chai-matchers/withArgs";
import { expect } from "chai";
import type { TypedDataDomain } from "ethers";
import { ethers } from "hardhat";
import { DAY, ISO, STATE, SUPPORT, VOTING_PERIOD, delegated, phaseOne, votingInPhaseTwo } from "./fixture";

const sides = (against: bigint, inFavour: bigint, abstain: bigint, house?: number) =>
  ethers.solidityPacked(
    house === undefined ? ["uint128", "uint128", "uint128"] : ["uint128", "uint128", "uint128", "uint8"],
    house === undefined ? [against, inFavour, abstain] : [against, inFavour, abstain, house],
  );

async function votingInPhaseOne() {
  const base = await phaseOne();
  const { id } = await base.actions.propose(base.actors.whale, [await base.actions.feeCall(100n)]);
  await base.actions.toVoting(id);
  const vote = (from: number, to: number, support: number) =>
    base.crowd.act(
      from,
      to,
      base.contracts.governor,
      base.contracts.governor.interface.encodeFunctionData("castVote", [id, support]),
    );
  return { ...base, id, vote };
}

describe("IsonomyGovernor, voting", () => {
  describe("castVote", () => {
    // claim(attacks#government-and-citizens): a vote in the second of the snapshot, or after the last
    it("refuses before the snapshot and after the end, to the second", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const governor = contracts.governor.connect(actors.whale);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      const snapshot = await governor.proposalSnapshot(id);
      await time.setNextBlockTimestamp(snapshot);
      await expect(governor.castVote(id, 1)).to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState");
      await time.setNextBlockTimestamp(snapshot + 1n);
      await governor.castVote(id, 1);
      const deadline = await governor.proposalDeadline(id);
      await time.setNextBlockTimestamp(deadline);
      await contracts.governor.connect(actors.other).castVote(id, 1);
      await time.setNextBlockTimestamp((await governor.proposalDeadline(id)) + 1n);
      await expect(contracts.governor.connect(actors.voter).castVote(id, 1)).to.be.revertedWithCustomError(
        governor,
        "GovernorUnexpectedProposalState",
      );
    });

    // claim(attacks#government-and-citizens): an invalid support value, parameters that do not fit, a second ballot
    // claim(attacks#government-and-citizens): fractional votes above the weight
    it("refuses an unknown support, params of the wrong length and a second ballot", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const governor = contracts.governor.connect(actors.whale);
      const { ballots } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await expect(governor.castVote(id, 3)).to.be.revertedWithCustomError(governor, "GovernorInvalidVoteType");
      await expect(governor.castVoteWithReasonAndParams(id, 1, "", "0x03")).to.be.revertedWithCustomError(
        governor,
        "GovernorInvalidVoteType",
      );
      await expect(governor.castVoteWithReasonAndParams(id, 1, "", "0x0101")).to.be.revertedWithCustomError(
        governor,
        "GovernorInvalidVoteParams",
      );
      await expect(governor.castVote(id, 255)).to.be.revertedWithCustomError(governor, "GovernorInvalidVoteParams");
      const all = 400_000_000n * ISO;
      await expect(governor.castVoteWithReasonAndParams(id, 255, "", sides(all, 1n, 0n)))
        .to.be.revertedWithCustomError(ballots, "BallotBox_ExceedsWeight")
        .withArgs(actors.whale.address, all + 1n, all);
      await expect(governor.castVoteWithReasonAndParams(id, 255, "", sides(0n, 0n, 0n)))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(actors.whale.address);
      await governor.castVote(id, 1);
      await expect(governor.castVote(id, 0))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(actors.whale.address);
      await expect(contracts.governor.connect(actors.stranger).castVote(id, 1))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(actors.stranger.address);
    });

    it("counts the units, fixes the quorum at the first vote and emits", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, ballots } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await expect(governor.connect(actors.other).castVoteWithReason(id, SUPPORT.against, "no"))
        .to.emit(governor, "VoteCast")
        .withArgs(actors.other.address, id, 0, 100_000_000n * ISO, "no");
      const terms = await ballots.termsOf(id);
      // Phase 0: twice four percent of the 800 million delegated.
      expect(terms.quorumUnits).to.equal(64_000_000n * ISO);
      await governor.connect(actors.voter).castVote(id, SUPPORT.abstain);
      const tally = await ballots.tallyOf(id);
      expect([tally.againstUnits, tally.forUnits, tally.abstainUnits]).to.deep.equal([
        100_000_000n * ISO,
        0n,
        300_000_000n * ISO,
      ]);
      expect(await governor.hasVoted(id, actors.voter)).to.equal(true);
      expect(await governor.hasVoted(id, actors.whale)).to.equal(false);
      expect(await ballots.ballotOf(id, actors.voter)).to.deep.equal([300_000_000n * ISO, 0n, false]);
    });

    it("rounds the quorum down: its part of the delegated units, and its floor in the supply", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, ballots, token } = contracts;
      await time.increase(365n * DAY);
      await token.connect(actors.dao).mint(actors.poor, 49n);
      await token.connect(actors.poor).delegate(actors.poor);
      const quorumOf = async (title: string) => {
        await time.increase(4n * DAY);
        const { id } = await actions.propose(actors.other, [await actions.feeCall(1n)], title);
        await actions.toVoting(id);
        await governor.connect(actors.other).castVote(id, SUPPORT.against);
        return (await ballots.termsOf(id)).quorumUnits;
      };
      // four percent of 49 units are one and nearly two, and phase 0 takes twice the quorum
      expect(await quorumOf("By the units")).to.equal(64_000_000n * ISO + 2n);
      for (const one of [actors.whale, actors.voter]) await token.connect(one).delegate(ethers.ZeroAddress);
      // two percent of 49 tokens are nearly one
      expect(await quorumOf("By the supply")).to.equal(40_000_000n * ISO);
    });

    // claim(attacks#government-and-citizens): vote, then transfer
    it("gives no weight to tokens bought within three days of the snapshot, or transferred after it twice", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, token } = contracts;
      await token.connect(actors.stranger).delegate(actors.stranger);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await token.connect(actors.whale).transfer(actors.stranger, 100n * ISO);
      await actions.toVoting(id);
      expect(await governor.getVotes(actors.stranger, await governor.proposalSnapshot(id))).to.equal(0n);
      expect(await governor.getVotes(actors.whale, await governor.proposalSnapshot(id))).to.equal(399_999_900n * ISO);
      await governor.connect(actors.voter).castVote(id, 1);
      await token.connect(actors.voter).transfer(actors.stranger, 300_000_000n * ISO);
      await expect(governor.connect(actors.stranger).castVote(id, 1)).to.be.revertedWithCustomError(
        governor,
        "GovernorAlreadyCastVote",
      );
    });

    // claim(attacks#government-and-citizens): voting again with tokens that somebody else voted with, after three days
    it("weighs a vote by the snapshot, for a receiver who waits out the three days and for the sender alike", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, token } = contracts;
      await token.connect(actors.whale).transfer(actors.poor, 5n * ISO);
      for (const one of [actors.poor, actors.stranger]) await token.connect(one).delegate(one);
      await time.increase(4n * DAY);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      const snapshot = await governor.proposalSnapshot(id);
      // one has voted before it sells, the other votes afterwards
      await governor.connect(actors.voter).castVote(id, SUPPORT.inFavour);
      const sales = [
        { seller: actors.voter, units: 300_000_000n * ISO, buyer: actors.stranger },
        { seller: actors.other, units: 100_000_000n * ISO, buyer: actors.poor },
      ];
      for (const { seller, units, buyer } of sales) await token.connect(seller).transfer(buyer, units);
      const sold = BigInt(await time.latest());
      const weights = async () =>
        Promise.all(
          [actors.voter, actors.stranger, actors.other, actors.poor].map((one) => governor.getVotes(one, snapshot)),
        );
      const wanted = [300_000_000n * ISO, 0n, 100_000_000n * ISO, 5n * ISO];
      for (const later of [1n, 3n * DAY - 1n, 3n * DAY, 3n * DAY + 1n, 6n * DAY]) {
        await time.increaseTo(sold + later);
        expect(await weights(), `${later} seconds later`).to.deep.equal(wanted);
      }
      await expect(governor.connect(actors.stranger).castVote(id, SUPPORT.inFavour))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(actors.stranger.address);
      await expect(governor.connect(actors.poor).castVote(id, SUPPORT.against))
        .to.emit(governor, "VoteCast")
        .withArgs(actors.poor.address, id, SUPPORT.against, 5n * ISO, "");
      await expect(governor.connect(actors.other).castVote(id, SUPPORT.abstain))
        .to.emit(governor, "VoteCast")
        .withArgs(actors.other.address, id, SUPPORT.abstain, 100_000_000n * ISO, "");
    });

    // claim(attacks#government-and-citizens): fractional votes above the weight
    it("splits units over several ballots", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const governor = contracts.governor.connect(actors.whale);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await governor.castVoteWithReasonAndParams(id, 255, "", sides(10n * ISO, 20n * ISO, 30n * ISO));
      await governor.castVoteWithReasonAndParams(id, 255, "", sides(0n, 5n * ISO, 0n));
      await governor.castVote(id, SUPPORT.against);
      const tally = await contracts.ballots.tallyOf(id);
      expect([tally.forUnits, tally.abstainUnits, tally.againstUnits]).to.deep.equal([
        25n * ISO,
        30n * ISO,
        399_999_945n * ISO,
      ]);
    });

    it("counts one vote a citizen, also of one who has no units or delegated them away", async () => {
      const { contracts, crowd, id, vote } = await loadFixture(votingInPhaseOne);
      const { governor, ballots } = contracts;
      const person = await crowd.people(0);
      await expect(vote(0, 1, SUPPORT.against))
        .to.emit(ballots, "CitizenVoteCast")
        .withArgs(person, id, SUPPORT.against);
      await vote(1, 3, SUPPORT.inFavour);
      await vote(3, 4, SUPPORT.abstain);
      const tally = await ballots.tallyOf(id);
      expect([tally.againstCitizens, tally.forCitizens, tally.abstainCitizens]).to.deep.equal([1n, 2n, 1n]);
      expect(await governor.hasVoted(id, person)).to.equal(true);
      await expect(vote(0, 1, SUPPORT.inFavour)).to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote");
    });

    it("takes the citizen's own support from an extra byte, and none from a split without it", async () => {
      const { contracts, actors, actions, crowd, issuers } = await loadFixture(phaseOne);
      const { governor, ballots, token, registry } = contracts;
      const until = BigInt(await time.latest()) + 300n * DAY;
      const proof = ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [ethers.id("other"), until]);
      await registry.connect(actors.other).claim(issuers[0], proof);
      await time.increase(31n * DAY);
      await token.reweigh(actors.other);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      const cast = (params: string) => governor.connect(actors.other).castVoteWithReasonAndParams(id, 255, "", params);
      await cast(sides(0n, ISO, 0n));
      expect((await ballots.ballotOf(id, actors.other)).citizenVoted).to.equal(false);
      await cast(sides(0n, ISO, 0n, SUPPORT.against));
      await expect(cast(sides(0n, 0n, 0n, SUPPORT.inFavour))).to.be.revertedWithCustomError(
        governor,
        "GovernorAlreadyCastVote",
      );
      const tally = await ballots.tallyOf(id);
      expect([tally.forUnits, tally.againstCitizens, tally.forCitizens]).to.deep.equal([2n * ISO, 1n, 0n]);
      expect(await crowd.size()).to.equal(100n);
    });
  });

  describe("castVoteBySig", () => {
    const types = {
      Ballot: [
        { name: "proposalId", type: "uint256" },
        { name: "support", type: "uint8" },
        { name: "voter", type: "address" },
        { name: "nonce", type: "uint256" },
      ],
    };
    async function signed() {
      const base = await delegated();
      const { id } = await base.actions.propose(base.actors.whale, [await base.actions.feeCall(1n)]);
      await base.actions.toVoting(id);
      const { chainId } = await ethers.provider.getNetwork();
      const sign = async (signer: HardhatEthersSigner, voter: string, changes: TypedDataDomain = {}) =>
        signer.signTypedData(
          {
            name: "Isonomy",
            version: "1",
            chainId,
            verifyingContract: await base.contracts.governor.getAddress(),
            ...changes,
          },
          types,
          { proposalId: id, support: 1, voter, nonce: await base.contracts.governor["nonces(address)"](voter) },
        );
      return { ...base, id, sign };
    }

    // claim(attacks#government-and-citizens): vote-by-signature replay, on this chain and another
    it("counts it once, and refuses it again, from another signer and from another chain", async () => {
      const { contracts, actors, id, sign } = await loadFixture(signed);
      const governor = contracts.governor.connect(actors.stranger);
      const { address } = actors.voter;
      for (const wrong of [await sign(actors.whale, address), await sign(actors.voter, address, { chainId: 5n })]) {
        await expect(governor.castVoteBySig(id, 1, address, wrong))
          .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
          .withArgs(address);
      }
      const signature = await sign(actors.voter, address);
      await expect(governor.castVoteBySig(id, 1, address, signature)).to.emit(governor, "VoteCast");
      await expect(governor.castVoteBySig(id, 1, address, signature)).to.be.revertedWithCustomError(
        governor,
        "GovernorInvalidSignature",
      );
    });

    // claim(attacks#government-and-citizens): an ERC-1271 voter
    it("takes the signature of a wallet that is a contract", async () => {
      const { contracts, actors, actions } = await loadFixture(signed);
      const { governor, token } = contracts;
      const wallet = await ethers.deployContract("SigningWallet", [actors.stranger]);
      const address = await wallet.getAddress();
      await wallet.act(token, token.interface.encodeFunctionData("delegate", [address]));
      await token.connect(actors.whale).transfer(wallet, 7n * ISO);
      await time.increase(4n * DAY);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(2n)], "Later");
      await actions.toVoting(id);
      const { chainId } = await ethers.provider.getNetwork();
      const signature = await actors.stranger.signTypedData(
        { name: "Isonomy", version: "1", chainId, verifyingContract: await governor.getAddress() },
        types,
        { proposalId: id, support: 1, voter: address, nonce: 0n },
      );
      await expect(governor.castVoteBySig(id, 1, address, signature))
        .to.emit(governor, "VoteCast")
        .withArgs(address, id, 1, 7n * ISO, "");
    });
  });

  describe("castVoteWithReasonAndParamsBySig", () => {
    const types = {
      ExtendedBallot: [
        ...[
          { name: "proposalId", type: "uint256" },
          { name: "support", type: "uint8" },
        ],
        ...[
          { name: "voter", type: "address" },
          { name: "nonce", type: "uint256" },
        ],
        ...[
          { name: "reason", type: "string" },
          { name: "params", type: "bytes" },
        ],
      ],
    };

    it("counts the sides that were signed once, and refuses another reason, other sides and another signer", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      const governor = contracts.governor.connect(actors.stranger);
      const { address } = actors.whale;
      const { chainId } = await ethers.provider.getNetwork();
      const domain = { name: "Isonomy", version: "1", chainId, verifyingContract: await governor.getAddress() };
      const [reason, params] = ["half of it", sides(3n, 2n, 0n)];
      const nonce = await governor["nonces(address)"](address);
      const ballot = { proposalId: id, support: 255, voter: address, nonce, reason, params };
      const signature = await actors.whale.signTypedData(domain, types, ballot);
      const cast = (changes: { reason?: string; params?: string; signature?: string }) =>
        governor.castVoteWithReasonAndParamsBySig(
          ...([id, 255, address, changes.reason ?? reason] as const),
          ...([changes.params ?? params, changes.signature ?? signature] as const),
        );
      for (const changes of [
        { reason: "all of it" },
        { params: sides(2n, 3n, 0n) },
        { signature: await actors.voter.signTypedData(domain, types, ballot) },
      ]) {
        await expect(cast(changes))
          .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
          .withArgs(address);
      }
      await expect(cast({}))
        .to.emit(governor, "VoteCastWithParams")
        .withArgs(address, id, 255, anyValue, reason, params);
      expect(await governor["nonces(address)"](address)).to.equal(nonce + 1n);
      await expect(cast({})).to.be.revertedWithCustomError(governor, "GovernorInvalidSignature").withArgs(address);
    });
  });

  describe("the late flip", () => {
    // claim(attacks#government-and-citizens): a swing in the last block
    it("extends voting when the outcome flips in the last two days, at most seven days in all", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, ballots } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await governor.connect(actors.other).castVote(id, SUPPORT.inFavour);
      const end = await governor.proposalDeadline(id);
      await time.setNextBlockTimestamp(end - 10n);
      await expect(governor.connect(actors.voter).castVote(id, SUPPORT.against))
        .to.emit(ballots, "ProposalExtended")
        .withArgs(id, end - 10n + 2n * DAY);
      expect(await governor.proposalDeadline(id)).to.equal(end - 10n + 2n * DAY);
      // Flipped back and forth by fractions, the end creeps on to the bound and no further.
      const whale = governor.connect(actors.whale);
      const against = (units: bigint) => whale.castVoteWithReasonAndParams(id, 255, "", sides(units, 0n, 0n));
      const inFavour = (units: bigint) => whale.castVoteWithReasonAndParams(id, 255, "", sides(0n, units, 0n));
      await time.increaseTo(end + 2n * DAY - 20n);
      await inFavour(200_000_001n * ISO);
      await time.increaseTo(end + 4n * DAY - 30n);
      await against(2n * ISO);
      await time.increaseTo(end + 6n * DAY - 40n);
      await inFavour(2n * ISO);
      expect(await governor.proposalDeadline(id)).to.equal(end + 7n * DAY);
      await time.increaseTo(end + 7n * DAY - 10n);
      await against(3n * ISO);
      expect(await governor.proposalDeadline(id)).to.equal(end + 7n * DAY);
    });

    // claim(attacks#government-and-citizens): an extension that is not announced before the old end
    it("tells an extension in the same second, however long before the end it came", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, ballots } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      await governor.connect(actors.other).castVote(id, SUPPORT.inFavour);
      const end = await governor.proposalDeadline(id);
      for (const early of [2n * DAY - 1n, DAY + 1n, DAY, 3_600n, 1n, 0n]) {
        const before = await ethers.provider.send("evm_snapshot", []);
        await time.setNextBlockTimestamp(end - early);
        const flip = await governor.connect(actors.voter).castVote(id, SUPPORT.against);
        const extended = end - early + 2n * DAY;
        await expect(flip).to.emit(ballots, "ProposalExtended").withArgs(id, extended);
        const { blockNumber } = (await flip.wait())!;
        expect(await governor.proposalDeadline(id, { blockTag: blockNumber }), `${early} s before`).to.equal(extended);
        await time.increaseTo(extended);
        expect([await governor.proposalDeadline(id), await governor.state(id)]).to.deep.equal([extended, STATE.active]);
        await time.increase(1n);
        expect(await governor.state(id)).to.equal(STATE.defeated);
        await ethers.provider.send("evm_revert", [before]);
      }
      // two days before the end nothing is late yet
      await time.setNextBlockTimestamp(end - 2n * DAY);
      await governor.connect(actors.voter).castVote(id, SUPPORT.against);
      expect(await governor.proposalDeadline(id)).to.equal(end);
    });

    it("does not extend for votes that change nothing, or early ones", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, ballots } = contracts;
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
      await actions.toVoting(id);
      const end = await governor.proposalDeadline(id);
      // turns the outcome, long before the end
      const early = governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      await expect(early).not.to.emit(ballots, "ProposalExtended");
      await time.increaseTo(end - 100n);
      const idle = governor.connect(actors.voter).castVote(id, SUPPORT.against);
      await expect(idle).not.to.emit(ballots, "ProposalExtended");
      expect(await governor.proposalDeadline(id)).to.equal(end);
    });
  });

  describe("outcomes", () => {
    it("phase 0: passes on the token house alone, with twice the quorum and four times the delay", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { id } = await actions.propose(actors.whale, [await actions.feeCall(77n)]);
      await actions.toVoting(id);
      await contracts.governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      await actions.toEnd(id);
      await contracts.governor["queue(uint256)"](id);
      const queuedAt = BigInt(await time.latest());
      expect(await contracts.governor.proposalEta(id)).to.equal(queuedAt + 8n * DAY);
      await time.increaseTo(queuedAt + 8n * DAY);
      await contracts.governor["execute(uint256)"](id);
      expect(await contracts.knob.feeBps()).to.equal(77n);
    });

    // claim(attacks#government-and-citizens): quorum at zero supply, or without a vote
    it("is defeated without quorum, without votes and by more against than for", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const { governor, token } = contracts;
      await token.connect(actors.whale).transfer(actors.poor, 10_000_000n * ISO);
      await token.connect(actors.poor).delegate(actors.poor);
      await time.increase(4n * DAY);
      const few = await actions.propose(actors.whale, [await actions.feeCall(1n)], "Few");
      const none = await actions.propose(actors.whale, [await actions.feeCall(2n)], "None");
      const against = await actions.propose(actors.whale, [await actions.feeCall(3n)], "Against");
      await actions.toVoting(against.id);
      await governor.connect(actors.poor).castVote(few.id, SUPPORT.inFavour);
      await governor.connect(actors.voter).castVote(against.id, SUPPORT.inFavour);
      await governor.connect(actors.whale).castVote(against.id, SUPPORT.against);
      await time.increase(VOTING_PERIOD + DAY);
      for (const { id } of [few, none, against]) expect(await governor.state(id)).to.equal(STATE.defeated);
    });

    it("passes with exactly the quorum, abstentions counted, and neither with a unit less nor with as much against", async () => {
      const { contracts, actors, actions } = await loadFixture(delegated);
      const whale = contracts.governor.connect(actors.whale);
      const quorum = 64_000_000n * ISO;
      const votes = [sides(0n, quorum - 1n, 1n), sides(0n, quorum - 1n, 0n), sides(quorum, quorum, 0n)];
      const ids: bigint[] = [];
      for (const [index] of votes.entries()) {
        ids.push((await actions.propose(actors.whale, [await actions.feeCall(1n)], `Proposal ${index}`)).id);
      }
      await actions.toVoting(ids[2]);
      for (const [index, vote] of votes.entries()) {
        await whale.castVoteWithReasonAndParams(ids[index], SUPPORT.split, "", vote);
      }
      await time.increase(VOTING_PERIOD + DAY);
      const states = await Promise.all(ids.map((id) => whale.state(id)));
      expect(states).to.deep.equal([STATE.succeeded, STATE.defeated, STATE.defeated]);
    });

    it("phase 1: ten citizens against veto, unless as many are for", async () => {
      const { contracts, actors, actions, id, vote } = await loadFixture(votingInPhaseOne);
      const { governor } = contracts;
      await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      await vote(0, 9, SUPPORT.against);
      await vote(10, 11, SUPPORT.against);
      await actions.toEnd(id);
      expect(await governor.state(id)).to.equal(STATE.defeated);
    });

    it("phase 1: nine against do not, nor ten where ten are for", async () => {
      const { contracts, actors, actions, id, vote } = await loadFixture(votingInPhaseOne);
      const { governor } = contracts;
      await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      await vote(0, 10, SUPPORT.against);
      await vote(10, 20, SUPPORT.inFavour);
      await actions.toEnd(id);
      expect(await governor.state(id)).to.equal(STATE.succeeded);
    });

    it("phase 2: money needs both majorities and enough citizens", async () => {
      const { contracts, actors, actions, open, vote } = await loadFixture(votingInPhaseTwo);
      const { governor } = contracts;
      const id = await open(await actions.spendCall(5n));
      await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
      const stateAtEnd = async () => {
        const snapshot = await ethers.provider.send("evm_snapshot", []);
        await actions.toEnd(id);
        const state = await governor.state(id);
        await ethers.provider.send("evm_revert", [snapshot]);
        return state;
      };
      expect((await contracts.ballots.termsOf(id)).citizens).to.equal(1_050n);
      expect(await stateAtEnd()).to.equal(STATE.defeated);
      await vote(id, 0, 52, SUPPORT.inFavour);
      expect(await stateAtEnd()).to.equal(STATE.defeated);
      await vote(id, 52, 53, SUPPORT.abstain);
      expect(await stateAtEnd()).to.equal(STATE.succeeded);
      await vote(id, 53, 105, SUPPORT.against);
      expect(await stateAtEnd()).to.equal(STATE.defeated);
    });

    it("phase 2: parameters wait four times as long when fewer than a fiftieth of the citizens vote", async () => {
      const { contracts, actors, actions, crowd, open, vote } = await loadFixture(votingInPhaseTwo);
      const { governor, token } = contracts;
      // The units of a few citizens decide, none of whom votes with more than X: nothing else asks for more than the shortest wait.
      for (const [index, wallet] of (await ethers.getSigners()).slice(11, 16).entries()) {
        await token.connect(actors.whale).transfer(wallet, 7_000_000n * ISO);
        await token.connect(wallet).delegate(await crowd.people(index));
      }
      await time.increase(4n * DAY);
      const id = await open(await actions.feeCall(5n));
      await vote(id, 0, 5, SUPPORT.inFavour);
      expect((await contracts.ballots.tallyOf(id)).largeForUnits).to.equal(0n);
      await vote(id, 5, 20, SUPPORT.abstain);
      expect(await governor.delayOf(id)).to.equal(8n * DAY);
      await vote(id, 20, 21, SUPPORT.against);
      expect(await governor.delayOf(id)).to.equal(2n * DAY);
    });
  });
});
