import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, ISO, KIND, STATE, SUPPORT, almostGrown, almostYoung } from "../unit/governance/fixture";
import type { Call } from "../unit/governance/fixture";

const FUNDS = 1_000n * ISO;
const NATIVE = ethers.ZeroAddress;

type Base = Awaited<ReturnType<typeof almostYoung>>;

/** One proposal of every kind that a young DAO may make. */
async function proposals({ contracts, actors, actions, issuers }: Base): Promise<Record<string, Call[]>> {
  const { registry, treasury } = contracts;
  const target = await registry.getAddress();
  return {
    payment: [
      {
        target: await treasury.getAddress(),
        data: treasury.interface.encodeFunctionData("pay", [NATIVE, actors.stranger.address, 1n]),
      },
    ],
    disavowals: issuers.map((issuer) => ({
      target,
      data: registry.interface.encodeFunctionData("disavowIssuer", [issuer]),
    })),
    appointment: [
      {
        target,
        data: registry.interface.encodeFunctionData("appointIssuer", [actors.issuerA.address, ethers.ZeroHash, false]),
      },
    ],
    parameter: [await actions.feeCall(7n)],
  };
}

/** Everything is proposed by one holder a moment before somebody begins the next phase. */
async function overtake(base: Base) {
  const { contracts, actors, actions, crowd } = base;
  const { governor, treasury } = contracts;
  await setBalance(await treasury.getAddress(), FUNDS);
  const ids: Record<string, bigint> = {};
  for (const [title, calls] of Object.entries(await proposals(base))) {
    ids[title] = (await actions.propose(actors.whale, calls, title)).id;
  }
  const last = ids["parameter"]!;
  const vote = async (id: bigint, from: number, to: number, support: number) => {
    const data = governor.interface.encodeFunctionData("castVote", [id, support]);
    for (let start = from; start < to; start += 50) await crowd.act(start, Math.min(start + 50, to), governor, data);
  };
  const states = async () =>
    Object.fromEntries(
      await Promise.all(Object.entries(ids).map(async ([title, id]) => [title, await governor.state(id)] as const)),
    );
  return { ...base, ids, last, vote, states };
}

async function inPhaseZero() {
  const base = await overtake(await almostYoung());
  await base.actions.grow();
  await base.actions.toVoting(base.last);
  for (const id of Object.values(base.ids)) {
    await base.contracts.governor.connect(base.actors.whale).castVote(id, SUPPORT.inFavour);
  }
  return base;
}

async function inPhaseOne() {
  const base = await overtake(await almostGrown());
  await base.actions.toVoting(base.last);
  for (const id of Object.values(base.ids)) {
    await base.contracts.governor.connect(base.actors.whale).castVote(id, SUPPORT.inFavour);
  }
  return base;
}

const all = (state: bigint, changes: Record<string, bigint> = {}) => ({
  payment: state,
  disavowals: state,
  appointment: state,
  parameter: state,
  ...changes,
});

describe("Citizens were overruled by a proposal made a moment before they had a voice", () => {
  // claim(attacks#government-and-citizens): proposing a moment before the citizens have a voice
  it("lets the hundred who vote against veto what was proposed in phase 0, of whatever kind", async () => {
    const { actions, ids, last, states, vote } = await loadFixture(inPhaseZero);
    for (const id of Object.values(ids)) await vote(id, 0, 100, SUPPORT.against);
    await actions.toEnd(last);
    expect(await states()).to.deep.equal(all(STATE.defeated));
  });

  it("takes a veto of ten, and none of nine or of ten against ten", async () => {
    const { actions, ids, last, states, vote } = await loadFixture(inPhaseZero);
    await vote(ids["payment"]!, 0, 10, SUPPORT.against);
    await vote(ids["disavowals"]!, 0, 9, SUPPORT.against);
    await vote(ids["appointment"]!, 0, 10, SUPPORT.against);
    await vote(ids["appointment"]!, 10, 20, SUPPORT.inFavour);
    await actions.toEnd(last);
    expect(await states()).to.deep.equal(all(STATE.succeeded, { payment: STATE.defeated }));
  });

  it("keeps the quorum and the wait of the phase in which it was proposed, which ask for more", async () => {
    const { contracts, actions, ids, last } = await loadFixture(inPhaseZero);
    const { governor, ballots } = contracts;
    const parameter = ids["parameter"]!;
    const { kind, quorumUnits } = await ballots.termsOf(parameter);
    expect(kind).to.equal(KIND.parameters);
    expect(quorumUnits).to.equal(2n * (await governor.quorum(await governor.proposalSnapshot(parameter))));
    await actions.toEnd(last);
    expect(await governor.delayOf(parameter)).to.equal(8n * DAY);
    expect(await governor.delayOf(ids["payment"]!)).to.equal(16n * DAY);
  });

  // claim(attacks#government-and-citizens): proposing a moment before the citizens have a voice
  it("asks for the majority of the citizens where phase 2 begins before voting ends, and for its veto of a parameter", async () => {
    const { actions, ids, last, states, vote } = await loadFixture(inPhaseOne);
    // a fiftieth of the thousand and fifty is against the payment, and nobody else comes
    await vote(ids["payment"]!, 0, 21, SUPPORT.against);
    await vote(ids["disavowals"]!, 0, 53, SUPPORT.inFavour);
    await vote(ids["appointment"]!, 0, 52, SUPPORT.inFavour);
    await vote(ids["parameter"]!, 0, 52, SUPPORT.against);
    await actions.grow();
    await actions.toEnd(last);
    expect(await states()).to.deep.equal(
      all(STATE.succeeded, { payment: STATE.defeated, appointment: STATE.defeated }),
    );
  });

  it("waits four times as long for a parameter that hardly any citizen voted on, if phase 2 began before voting ended", async () => {
    const { contracts, actors, actions, crowd } = await loadFixture(almostGrown);
    const { governor, token } = contracts;
    // units of five citizens decide, none of whom votes with more than X: nothing else asks for more than the shortest wait
    for (const [index, wallet] of (await ethers.getSigners()).slice(11, 16).entries()) {
      await token.connect(actors.whale).transfer(wallet, 7_000_000n * ISO);
      await token.connect(wallet).delegate(await crowd.people(index));
    }
    await time.increase(4n * DAY);
    const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
    await actions.toVoting(id);
    await crowd.act(0, 5, governor, governor.interface.encodeFunctionData("castVote", [id, SUPPORT.inFavour]));
    expect(await governor.delayOf(id)).to.equal(2n * DAY);
    await actions.grow();
    expect(await governor.delayOf(id)).to.equal(8n * DAY);
    await actions.toEnd(id);
    expect(await governor.delayOf(id)).to.equal(8n * DAY);
  });

  describe("the end of the vote", () => {
    // claim(attacks#government-and-citizens): a phase that begins at the end of a vote, or after it, to change its
    //   outcome
    it("decides to the second: a phase counts that begins in its last second, and none that begins after it", async () => {
      const { contracts, actions, ids, last, states } = await loadFixture(inPhaseOne);
      const { governor, registry } = contracts;
      const end = await governor.proposalDeadline(last);
      const outcome = async (calledAt: bigint) => {
        const before = await ethers.provider.send("evm_snapshot", []);
        await time.setNextBlockTimestamp(calledAt);
        await registry.advancePhase();
        expect(await registry.phaseBeginsAt(2)).to.equal(calledAt + 1n);
        await actions.toEnd(last);
        const first = await states();
        await governor["queue(uint256)"](ids["parameter"]!);
        await time.increase(13n * DAY);
        const later = await states();
        expect({ ...later, parameter: first["parameter"] }).to.deep.equal(first);
        await ethers.provider.send("evm_revert", [before]);
        return first;
      };
      // the four votes do not end in one second: the parameter's ends last
      const earliest = await governor.proposalDeadline(ids["payment"]!);
      expect(earliest).to.be.lessThan(end);
      const defeated = all(STATE.defeated, { parameter: STATE.succeeded });
      expect(await outcome((await governor.proposalDeadline(ids["appointment"]!)) + 1n)).to.deep.equal(
        all(STATE.succeeded),
      );
      expect(await outcome(earliest)).to.deep.equal({ ...defeated, payment: STATE.succeeded });
      expect(await outcome(earliest - 1n)).to.deep.equal(defeated);
    });

    // claim(attacks#government-and-citizens): a phase that begins at the end of a vote, or after it, to change its
    //   outcome
    it("is the end of its extension: a phase that begins within it counts", async () => {
      const { contracts, actors, actions, ids, vote } = await loadFixture(inPhaseOne);
      const { governor, ballots } = contracts;
      const id = ids["payment"]!;
      const end = await governor.proposalDeadline(id);
      await time.increaseTo(end - 5n);
      // fifty-three of a thousand and fifty veto, one more in favour lifts it, and the vote goes on for two days
      await vote(id, 0, 53, SUPPORT.against);
      await vote(id, 53, 106, SUPPORT.inFavour);
      const extended = await governor.proposalDeadline(id);
      expect(extended).to.be.greaterThan(end + DAY);
      expect(await ballots.succeeds(id, end)).to.equal(true);
      await time.increaseTo(end + 10n);
      await actions.grow();
      // as many against as for are no majority
      expect(await ballots.succeeds(id, end)).to.equal(false);
      await governor.connect(actors.voter).castVote(id, SUPPORT.inFavour);
      await time.increaseTo(extended + 1n);
      expect(await governor.state(id)).to.equal(STATE.defeated);
    });
  });
});
