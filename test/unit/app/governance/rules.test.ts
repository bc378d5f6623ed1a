import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";

import {
  GRACE_PERIOD,
  TURNOUT_DIVISOR,
  TURNOUT_FLOOR,
  VETO_FLOOR,
  askedOf,
  citizensNeeded,
  doableOf,
  lacksOf,
  lifeOf,
  type Lack,
} from "../../../../app/src/features/governance/rules";
import { KINDS } from "../../../../sdk/src/governance";
import { SUPPORT, delegated, phaseOne, votingInPhaseTwo } from "../../governance/fixture";
import { detail, weightOf } from "./detail";

const NOBODY = { for: 0n, against: 0n, abstain: 0n };

/** A vote as the page reads it, and what the contract says of it. */
async function judged({ ballots, governor, registry }: Awaited<ReturnType<typeof delegated>>["contracts"], id: bigint) {
  const [terms, tally, deadline] = await Promise.all([
    ballots.termsOf(id),
    ballots.tallyOf(id),
    governor.proposalDeadline(id),
  ]);
  const now = BigInt(await time.latest());
  const phase = await registry.phaseAt(deadline < now ? deadline : now);
  const one = detail({
    kind: KINDS[Number(terms.kind)]!,
    phaseOfVote: Number(phase > terms.phase ? phase : terms.phase),
    regrows: terms.regrows,
    citizensThen: terms.citizens,
    quorumUnits: terms.quorumUnits,
    units: { for: tally.forUnits, against: tally.againstUnits, abstain: tally.abstainUnits },
    citizens: { for: tally.forCitizens, against: tally.againstCitizens, abstain: tally.abstainCitizens },
  });
  const passes = (await ballots.quorate(id)) && (await ballots.succeeds(id, deadline));
  return { lacks: lacksOf(one), passes, one };
}

describe("The rules of a vote, on the page", () => {
  it("have the contract's numbers", async () => {
    const { contracts } = await loadFixture(delegated);
    expect(await contracts.ballots.VETO_FLOOR()).to.equal(VETO_FLOOR);
    expect(await contracts.ballots.TURNOUT_FLOOR()).to.equal(TURNOUT_FLOOR);
    expect(await contracts.ballots.TURNOUT_DIVISOR()).to.equal(TURNOUT_DIVISOR);
    expect(await contracts.governor.GRACE_PERIOD()).to.equal(GRACE_PERIOD);
  });

  it("judge as the contract does in phase 0", async () => {
    const { contracts, actors, actions } = await loadFixture(delegated);
    const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
    await actions.toVoting(id);
    expect(await judged(contracts, id)).to.deep.include({ lacks: ["noVotes"], passes: false });
    const votes: [typeof actors.whale, number, Lack[]][] = [
      [actors.other, SUPPORT.against, ["quorum", "tokenMajority"]],
      [actors.voter, SUPPORT.abstain, ["tokenMajority"]],
      [actors.whale, SUPPORT.inFavour, []],
    ];
    for (const [voter, support, lacks] of votes) {
      await contracts.governor.connect(voter).castVote(id, support);
      expect(await judged(contracts, id)).to.deep.include({ lacks, passes: lacks.length === 0 });
    }
  });

  it("judge as the contract does in phase 1, up to the citizen whose vote is the veto", async () => {
    const { contracts, actors, actions, crowd } = await loadFixture(phaseOne);
    const { id } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
    await actions.toVoting(id);
    await contracts.governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    const against = contracts.governor.interface.encodeFunctionData("castVote", [id, SUPPORT.against]);
    await crowd.act(0, 9, contracts.governor, against);
    expect(await judged(contracts, id)).to.deep.include({ lacks: [], passes: true });
    await crowd.act(9, 10, contracts.governor, against);
    const { one, ...word } = await judged(contracts, id);
    expect(word).to.deep.equal({ lacks: ["veto"], passes: false });
    expect(askedOf(one)).to.equal("veto");
    expect(citizensNeeded(one)).to.equal(10n);
  });

  it("judge as the contract does in phase 2, where money takes a majority and a turnout of citizens", async () => {
    const { contracts, actors, actions, open, vote } = await loadFixture(votingInPhaseTwo);
    const id = await open(await actions.spendCall(1n));
    await contracts.governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    expect((await judged(contracts, id)).lacks).to.deep.equal(["citizensMajority", "turnout"]);
    const { one } = await judged(contracts, id);
    const needed = Number(citizensNeeded(one));
    expect(needed).to.equal(53);
    await vote(id, 0, needed - 1, SUPPORT.inFavour);
    expect(await judged(contracts, id)).to.deep.include({ lacks: ["turnout"], passes: false });
    await vote(id, needed - 1, needed, SUPPORT.inFavour);
    expect(await judged(contracts, id)).to.deep.include({ lacks: [], passes: true });
    await vote(id, 100, 100 + needed, SUPPORT.against);
    expect(await judged(contracts, id)).to.deep.include({ lacks: ["citizensMajority"], passes: false });
  });

  it("ask the citizens by phase, kind and regrowth", () => {
    const counted = { units: NOBODY, citizens: NOBODY, quorumUnits: 0n, citizensThen: 5_000n };
    const asked = (kind: (typeof KINDS)[number], phaseOfVote: number, regrows = false) =>
      askedOf({ ...counted, kind, phaseOfVote, regrows });
    expect(asked("constitution", 0)).to.equal("none");
    expect(asked("constitution", 1)).to.equal("veto");
    expect(asked("parameters", 2)).to.equal("veto");
    expect(asked("money", 2)).to.equal("majority");
    expect(asked("constitution", 2, true)).to.equal("veto");
    // one issuer's people can be most of all: a part of all is no measure then
    expect(citizensNeeded({ ...counted, kind: "constitution", phaseOfVote: 2, regrows: true })).to.equal(10n);
    expect(citizensNeeded({ ...counted, kind: "parameters", phaseOfVote: 2, regrows: false })).to.equal(250n);
    expect(citizensNeeded({ ...counted, kind: "money", phaseOfVote: 0, regrows: false })).to.equal(0n);
  });
});

describe("What an account can do about a proposal", () => {
  const ballot = { weight: weightOf({ weight: 5n, citizen: false }), used: 0n, citizenVoted: false };

  it("votes with what is left, in either house, while voting is open", () => {
    const open = detail({ state: "active", ballot });
    expect(doableOf(open).vote).to.deep.equal({ units: 5n, citizen: false });
    expect(doableOf({ ...open, ballot: { ...ballot, used: 2n } }).vote).to.deep.equal({ units: 3n, citizen: false });
    expect(doableOf({ ...open, ballot: { ...ballot, used: 5n } }).vote).to.equal(undefined);
    const citizen = { ...ballot, used: 5n, weight: weightOf({ weight: 5n, citizen: true }) };
    expect(doableOf({ ...open, ballot: citizen }).vote).to.deep.equal({ units: 0n, citizen: true });
    expect(doableOf({ ...open, ballot: { ...citizen, citizenVoted: true } }).vote).to.equal(undefined);
    expect(doableOf({ ...open, ballot: undefined }).vote).to.equal(undefined);
    expect(doableOf({ ...open, state: "pending" }).vote).to.equal(undefined);
  });

  it("queues what passed and executes what has waited, to the second", () => {
    expect(doableOf(detail({ state: "succeeded" }))).to.deep.include({ queue: true, execute: false });
    const queued = detail({ state: "queued", executableFrom: 100n, now: 99n });
    expect(doableOf(queued)).to.deep.include({ queue: false, execute: false });
    expect(doableOf({ ...queued, now: 100n }).execute).to.equal(true);
    expect(doableOf(detail({ state: "executed", executableFrom: 1n, now: 2n })).execute).to.equal(false);
  });
});

describe("The life of a proposal", () => {
  const names = (given: Parameters<typeof detail>[0]) => lifeOf(detail(given)).map(({ name }) => name);
  const made = { proposedAt: 10n, votingFrom: 20n, votingUntil: 30n };

  it("names what comes as far as it is known", () => {
    const life = lifeOf(detail({ ...made, state: "active", now: 25n }));
    expect(life).to.deep.equal([
      { name: "proposed", at: 10n, past: true },
      { name: "snapshot", at: 20n, past: true },
      { name: "votingEnds", at: 30n, past: false },
      { name: "queued", at: undefined, past: false },
      { name: "expires", at: 30n + GRACE_PERIOD, past: false },
    ]);
  });

  it("ends with what ended it", () => {
    expect(names({ ...made, state: "defeated" })).to.deep.equal(["proposed", "snapshot", "votingEnds"]);
    expect(names({ ...made, state: "canceled", canceledAt: 22n })).to.deep.equal(["proposed", "snapshot", "canceled"]);
    const queued = { ...made, queuedAt: 31n, executableFrom: 40n };
    expect(names({ ...queued, state: "queued" }).slice(3)).to.deep.equal(["queued", "executable", "expires"]);
    const done = { ...queued, state: "executed", executedAt: 41n } as const;
    expect(names(done).slice(3)).to.deep.equal(["queued", "executable", "executed"]);
  });

  it("is in the order of time", () => {
    const second = fc.bigInt(1n, 1_000n);
    fc.assert(
      fc.property(fc.array(second, { minLength: 5, maxLength: 5 }), (gaps) => {
        const [proposedAt, votingFrom, votingUntil, queuedAt, executableFrom] = gaps.map((_, at) =>
          gaps.slice(0, at + 1).reduce((sum, one) => sum + one, 0n),
        ) as [bigint, bigint, bigint, bigint, bigint];
        const life = lifeOf(
          detail({ ...{ proposedAt, votingFrom, votingUntil, queuedAt, executableFrom }, state: "queued" }),
        );
        const times = life.map(({ at }) => at!);
        expect(times).to.deep.equal([...times].sort((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });
});
