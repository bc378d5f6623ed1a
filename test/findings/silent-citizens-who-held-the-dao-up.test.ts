import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { CitizenClient } from "../../sdk/src/governance";
import { DAY, DOMAIN, STATE, SUPPORT, phaseTwo } from "../unit/governance/fixture";
import { caught } from "../support/caught";
import type { Call } from "../unit/governance/fixture";

/** Phase 2, where every issuer of old is gone but `kept`, and there are new ones with this many citizens each. */
async function communities(sizes: number[], kept: number[] = []) {
  const base = await phaseTwo();
  const { contracts, actors, actions, crowd } = base;
  const { governor } = contracts;
  const registry = contracts.registry.connect(actors.dao);
  const target = await registry.getAddress();
  const groups: { issuer: number; from: number; to: number }[] = [];
  for (const size of sizes) {
    const [issuer, from] = [await actions.appointAdapter(), Number(await crowd.size())];
    for (let made = 0; made < size; made += 50) await crowd.grow(Math.min(50, size - made));
    await actions.enrol(crowd, from, from + size, issuer);
    groups.push({ issuer, from, to: from + size });
  }
  for (const issuer of base.issuers) if (!kept.includes(issuer)) await registry.disavowIssuer(issuer);
  await time.increase(30n * DAY);
  for (const { from, to } of groups) await actions.season(crowd, from, to);
  await time.increase(1n);

  const appoint = async (): Promise<Call> => ({
    target,
    data: registry.interface.encodeFunctionData("appointIssuer", [
      await (await ethers.deployContract("OpenAdapter")).getAddress(),
      DOMAIN,
      true,
    ]),
  });
  const disavow = (issuer: number | bigint): Call => ({
    target,
    data: registry.interface.encodeFunctionData("disavowIssuer", [issuer]),
  });
  /** The holders agree, and this many citizens from one on vote as told. */
  async function decided(calls: Call[], title: string, from = 0, against = 0, inFavour = 0): Promise<bigint> {
    const { id } = await actions.propose(actors.whale, calls, title);
    await actions.toVoting(id);
    for (const holder of [actors.whale, actors.voter, actors.other]) {
      await governor.connect(holder).castVote(id, SUPPORT.inFavour);
    }
    const ballot = (support: number) => governor.interface.encodeFunctionData("castVote", [id, support]);
    if (against > 0) await crowd.act(from, from + against, governor, ballot(SUPPORT.against));
    if (inFavour > 0) await crowd.act(from + against, from + against + inFavour, governor, ballot(SUPPORT.inFavour));
    await actions.toEnd(id);
    return id;
  }
  async function carryOut(id: bigint) {
    await governor["queue(uint256)"](id);
    await time.increaseTo(await governor.proposalEta(id));
    return governor["execute(uint256)"](id);
  }
  return { ...base, registry, groups, appoint, disavow, decided, carryOut };
}

/** Fifty who never vote, of a captured issuer that renews them, and five others. */
const fiftyAndFive = () => communities([50, 5]);
/** A hundred who never vote, whom the captured issuer could add alone, and forty others. */
const hundredAndForty = () => communities([100, 40]);
const ninetyNineEach = () => communities([67, 66, 66]);
const twoHundred = () => communities([67, 67, 66]);
const halfAndHalf = () => communities([100, 100]);
/** A captured issuer of 350, which the others' leaving made the majority, and thirty others. */
const lastOfThree = () => communities([30], [3]);

describe("Citizens of a captured issuer who never vote held a grown DAO up for good", () => {
  // claim(attacks#government-and-citizens): blocking a mature DAO with citizens of a captured issuer who never vote
  it("disavows the issuer of fifty, and names another, when five others are left", async () => {
    const { contracts, registry, groups, appoint, disavow, decided, carryOut } = await loadFixture(fiftyAndFive);
    expect(await registry.citizens()).to.equal(55n);
    const captured = groups[0]!.issuer;
    const id = await decided([disavow(captured), await appoint()], "Begin anew");
    expect((await contracts.ballots.termsOf(id)).regrows).to.equal(true);
    expect(await contracts.governor.state(id)).to.equal(STATE.succeeded);
    expect(await contracts.governor.delayOf(id)).to.equal(28n * DAY);
    const done = await carryOut(id);
    await expect(done).to.emit(registry, "IssuerDisavowed").withArgs(captured, 50n);
    await expect(done).to.emit(registry, "IssuerAppointed");
    expect(await registry.citizens()).to.equal(5n);
  });

  it("does so too when a hundred are silent and forty come: fewer than two hundred are as young", async () => {
    const { contracts, groups, disavow, decided } = await loadFixture(hundredAndForty);
    const [captured, others] = [groups[0]!, groups[1]!];
    const id = await decided([disavow(captured.issuer)], "Disavow it", others.from, 0, 40);
    expect(await contracts.governor.state(id)).to.equal(STATE.succeeded);
  });

  // claim(attacks#government-and-citizens): blocking a mature DAO with citizens of a captured issuer who never vote
  it("asks two hundred of three issuers for their majority, and one hundred and ninety-nine not to object", async () => {
    const few = await loadFixture(ninetyNineEach);
    expect(await few.registry.citizens()).to.equal(199n);
    const early = await few.decided([await few.appoint()], "With 199");
    expect((await few.contracts.ballots.termsOf(early)).regrows).to.equal(true);
    expect(await few.contracts.governor.state(early)).to.equal(STATE.succeeded);

    const enough = await loadFixture(twoHundred);
    expect(await enough.registry.citizens()).to.equal(200n);
    const asked = await enough.decided([await enough.appoint()], "With 200");
    expect((await enough.contracts.ballots.termsOf(asked)).regrows).to.equal(false);
    expect(await enough.contracts.governor.state(asked)).to.equal(STATE.defeated);
    // a third of those who are left suffices
    const agreed = await enough.decided([await enough.appoint()], "They agree", enough.groups[1]!.from, 0, 50);
    expect(await enough.contracts.governor.state(agreed)).to.equal(STATE.succeeded);
  });

  // claim(attacks#government-and-citizens): blocking a mature DAO with citizens of a captured issuer who never vote
  it("needs no consent of an issuer's citizens who are more than half of all, and heeds ten who object", async () => {
    const { contracts, registry, actors, groups, disavow, decided, carryOut } = await loadFixture(lastOfThree);
    const { governor, ballots } = contracts;
    expect(await registry.citizens()).to.equal(380n);
    // nobody has said so yet
    const before = await decided([disavow(3)], "Unsaid", groups[0]!.from, 0, 30);
    expect((await ballots.termsOf(before)).regrows).to.equal(false);
    expect(await governor.state(before)).to.equal(STATE.defeated);

    await expect(contracts.registry.connect(actors.stranger).recordMajority(3))
      .to.emit(registry, "MajorityRecorded")
      .withArgs(3n);
    const nine = await decided([disavow(3)], "Nine object", groups[0]!.from, 9);
    const ten = await decided([disavow(3)], "Ten object", groups[0]!.from, 10);
    const more = await decided([disavow(3)], "Ten object, and ten do not", groups[0]!.from, 10, 10);
    expect([await governor.state(nine), await governor.state(ten), await governor.state(more)]).to.deep.equal([
      STATE.expired,
      STATE.defeated,
      STATE.succeeded,
    ]);
    expect((await ballots.termsOf(more)).regrows).to.equal(true);
    await expect(carryOut(more)).to.emit(registry, "IssuerDisavowed").withArgs(3n, 350n);
    expect(await registry.citizens()).to.equal(30n);
  });

  // claim(attacks#government-and-citizens): an issuer that hides its majority from the snapshot of a vote, or a false
  //   majority recorded
  it("records a majority that is one, once, and forgets it when it is none any more", async () => {
    const { contracts, registry, actors, crowd, groups } = await loadFixture(lastOfThree);
    const anyone = contracts.registry.connect(actors.stranger);
    const wrong = groups[0]!.issuer;
    for (const [issuer, seasoned] of [
      [wrong, 30n],
      [0, 0n],
      [1, 0n],
      [99, 0n],
    ] as const) {
      await expect(anyone.recordMajority(issuer))
        .to.be.revertedWithCustomError(registry, "CitizenRegistry_NoMajority")
        .withArgs(issuer, seasoned, 380n);
    }
    await anyone.recordMajority(3);
    const recordedAt = BigInt(await time.latest());
    await expect(anyone.recordMajority(3)).not.to.emit(registry, "MajorityRecorded");
    await time.increase(10n);
    expect([await registry.majorityAt(recordedAt - 1n), await registry.majorityAt(recordedAt)]).to.deep.equal([0n, 3n]);
    expect(await registry.lacksCitizensAt(recordedAt - 1n)).to.equal(false);
    expect(await registry.lacksCitizensAt(recordedAt)).to.equal(true);
    expect(await registry.namesIssuersEarly()).to.equal(true);

    // 320 of the 350 leave: with thirty each it is half, and not more
    const renounce = registry.interface.encodeFunctionData("renounce");
    const members: number[] = [];
    for (let month = 0; month < 7; month++) for (let i = 0; i < 50; i++) members.push(month * 150 + 100 + i);
    for (let i = 0; i < 300; i += 50) await crowd.act(members[i]!, members[i]! + 50, registry, renounce);
    await crowd.act(members[300]!, members[300]! + 19, registry, renounce);
    expect((await registry.issuer(3)).seasoned).to.equal(31n);
    const last = crowd.act(members[319]!, members[319]! + 1, registry, renounce);
    await expect(last).to.emit(registry, "MajorityRecorded").withArgs(0n);
    await time.increase(1n);
    expect(await registry.majorityAt(BigInt(await time.latest()))).to.equal(0n);
    await expect(anyone.recordMajority(3))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_NoMajority")
      .withArgs(3n, 30n, 60n);
  });

  it("is told of a majority by the client of citizens, and whether it was recorded before", async () => {
    const { registry, actors } = await loadFixture(lastOfThree);
    const deployment = { contracts: { CitizenRegistry: await registry.getAddress() } };
    const client = new CitizenClient(deployment, actors.stranger);
    await caught(() => client.recordMajority(1), "CitizenRegistry_NoMajority");
    const { recorded, receipt } = await client.recordMajority(3);
    expect(recorded).to.equal(true);
    const { timestamp } = (await receipt.getBlock())!;
    await time.increase(1n);
    expect(await registry.majorityAt(timestamp)).to.equal(3n);
    expect((await client.recordMajority(3)).recorded).to.equal(false);
    await caught(() => client.advancePhase(), "CitizenRegistry_PhaseNotReached");
  });

  // claim(attacks#government-and-citizens): an issuer that hides its majority from the snapshot of a vote, or a false
  //   majority recorded
  it("records by itself the majority that an issuer gains, so that it cannot hide from a snapshot", async () => {
    const { registry, actions, crowd, groups } = await loadFixture(halfAndHalf);
    const [first, second] = [groups[0]!, groups[1]!];
    expect(await registry.majorityAt(BigInt(await time.latest()) - 1n)).to.equal(0n);
    const renounce = registry.interface.encodeFunctionData("renounce");
    await crowd.act(second.from, second.from + 1, registry, renounce);
    await crowd.act(first.from, first.from + 2, registry, renounce);
    await actions.enrol(crowd, first.from, first.from + 2, first.issuer);
    await time.increase(30n * DAY);
    await actions.season(crowd, first.from, first.from + 2);
    await time.increase(1n);
    expect(await registry.majorityAt(BigInt(await time.latest()) - 1n)).to.equal(first.issuer);
    // who is disavowed is nobody's majority
    await expect(registry.disavowIssuer(first.issuer)).to.emit(registry, "MajorityRecorded").withArgs(0n);
  });
});

describe("A vote of a DAO without citizens was carried out when it had them again", () => {
  // claim(attacks#government-and-citizens): bringing the citizens below two hundred to decide without them: issuers
  //   alone, against a veto of ten, and not once there are two hundred again
  it("disavows nobody any more then: the citizens are asked", async () => {
    const { contracts, registry, actions, crowd, groups, disavow, decided } = await loadFixture(ninetyNineEach);
    const { governor, rules } = contracts;
    const victim = groups[0]!.issuer;
    const id = await decided([disavow(victim)], "Only a disavowal");
    await governor["queue(uint256)"](id);
    await crowd.grow(1);
    const last = Number(await crowd.size());
    await actions.enrol(crowd, last - 1, last, groups[1]!.issuer);
    await time.increase(30n * DAY);
    await actions.season(crowd, last - 1, last);
    await time.increase(1n);
    expect(await registry.citizens()).to.equal(200n);
    await expect(governor["execute(uint256)"](id))
      .to.be.revertedWithCustomError(rules, "ProposalRules_NotWithoutCitizens")
      .withArgs(0n);
    expect((await registry.issuer(victim)).disavowedAt).to.equal(0n);
  });

  // claim(attacks#government-and-citizens): a vote about an issuer that nobody has appointed yet
  it("is not made about an issuer that nobody has appointed yet", async () => {
    const { contracts, actors, actions, registry, disavow, appoint } = await loadFixture(fiftyAndFive);
    const { governor, rules } = contracts;
    const count = await registry.issuerCount();
    const retire = (issuer: bigint): Call => ({
      target: disavow(issuer).target,
      data: registry.interface.encodeFunctionData("retireIssuer", [issuer]),
    });
    const dirty = disavow(1n).data.slice(0, 10) + ethers.toBeHex((1n << 32n) + 1n, 32).slice(2);
    const refused: [Call[], bigint, bigint][] = [
      [[disavow(count + 1n)], 0n, count + 1n],
      [[disavow(1n), disavow(0n)], 1n, 0n],
      [[retire(count + 1n)], 0n, count + 1n],
      // the one that the same vote would appoint
      [[await appoint(), disavow(count + 1n)], 1n, count + 1n],
      [[{ ...disavow(1n), data: dirty }], 0n, (1n << 32n) + 1n],
    ];
    for (const [calls, call, issuer] of refused) {
      const draft = actions.draft(actors.whale, calls);
      await expect(
        governor.connect(actors.whale).propose(draft.targets, draft.values, draft.calldatas, draft.description),
      )
        .to.be.revertedWithCustomError(rules, "ProposalRules_UnknownIssuer")
        .withArgs(call, issuer);
    }
    const known = await actions.propose(actors.whale, [disavow(count)]);
    expect(known.id).to.equal(await governor.latestProposalId());
  });
});
