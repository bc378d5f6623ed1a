import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { batches } from "../support/batches";
import { DAY, DOMAIN, ISO, KIND, STATE, SUPPORT, almostGrown, phaseTwo } from "../unit/governance/fixture";
import type { Call } from "../unit/governance/fixture";

const FUNDS = 1_000n * ISO;
const NATIVE = ethers.ZeroAddress;

type Base = Awaited<ReturnType<typeof phaseTwo>>;

/** The calls of which proposals are made here, and a vote by holders alone. */
async function tools(base: Base) {
  const { contracts, actors, actions } = base;
  const { registry, treasury } = contracts;
  await setBalance(await treasury.getAddress(), FUNDS);
  const target = await registry.getAddress();
  const appoint = async (): Promise<Call> => ({
    target,
    data: registry.interface.encodeFunctionData("appointIssuer", [
      await (await ethers.deployContract("OpenAdapter")).getAddress(),
      DOMAIN,
      true,
    ]),
  });
  const disavow = (issuer: number): Call => ({
    target,
    data: registry.interface.encodeFunctionData("disavowIssuer", [issuer]),
  });
  const pay = async (amount: bigint): Promise<Call> => ({
    target: await treasury.getAddress(),
    data: treasury.interface.encodeFunctionData("pay", [NATIVE, actors.stranger.address, amount]),
  });
  /** Every holder agrees, and nobody else is asked. */
  async function agreed(calls: Call[], title: string): Promise<bigint> {
    const { id } = await actions.propose(actors.whale, calls, title);
    await actions.toVoting(id);
    for (const holder of [actors.whale, actors.voter, actors.other]) {
      await contracts.governor.connect(holder).castVote(id, SUPPORT.inFavour);
    }
    await actions.toEnd(id);
    return id;
  }
  async function carryOut(id: bigint) {
    await contracts.governor["queue(uint256)"](id);
    await time.increaseTo(await contracts.governor.proposalEta(id));
    return contracts.governor["execute(uint256)"](id);
  }
  return { ...base, appoint, disavow, pay, agreed, carryOut };
}

/** A vote of phase 1 that disavows all issuers, carried out after phase 2 began. */
async function deserted() {
  const base = await tools(await almostGrown());
  const { contracts, actions, issuers, disavow, agreed, carryOut } = base;
  const id = await agreed(issuers.map(disavow), "Disavow all");
  await actions.grow();
  await carryOut(id);
  expect(await contracts.registry.citizens()).to.equal(0n);
  expect(await contracts.registry.phase()).to.equal(2n);
  return base;
}

/** Phase 2 with this many citizens of each of some issuers, which came after the others. */
async function few(...sizes: number[]) {
  const base = await tools(await phaseTwo());
  const { contracts, actors, actions, crowd, issuers } = base;
  const registry = contracts.registry.connect(actors.dao);
  const from = Number(await crowd.size());
  const count = sizes.reduce((sum, size) => sum + size, 0);
  for (const [start, end] of batches(0, count)) await crowd.grow(end - start);
  let [issuer, next] = [0, from];
  // while there are a thousand citizens an issuer may add a tenth of them
  for (const size of sizes) {
    issuer = await actions.appointAdapter();
    await actions.enrol(crowd, next, next + size, issuer);
    next += size;
  }
  for (const one of issuers) await registry.disavowIssuer(one);
  await time.increase(30n * DAY);
  await actions.season(crowd, from, from + count);
  expect(await registry.citizens()).to.equal(BigInt(count));
  const vote = (id: bigint, start: number, end: number, support: number) =>
    crowd.act(
      from + start,
      from + end,
      contracts.governor,
      contracts.governor.interface.encodeFunctionData("castVote", [id, support]),
    );
  return { ...base, issuer, from, vote };
}
const fortyNine = () => few(49);
const twoHundred = () => few(67, 67, 66);
const oneFewer = () => few(67, 66, 66);
const inUse = async () => tools(await phaseTwo());

describe("A grown DAO lost its citizens, and could neither name an issuer nor pay one wei ever again", () => {
  // claim(attacks#government-and-citizens): a mature DAO left without citizens: by an early vote, by its issuers, or by
  //   time
  it("names issuers by the rules of phase 1, has citizens after a month, and decides with them again", async () => {
    const { contracts, actors, actions, crowd, appoint, pay, agreed, carryOut } = await loadFixture(deserted);
    const { governor, ballots, registry, treasury } = contracts;
    const id = await agreed([await appoint()], "Begin anew");
    expect(await governor.state(id)).to.equal(STATE.succeeded);
    const terms = await ballots.termsOf(id);
    expect([terms.kind, terms.phase, terms.citizens, terms.regrows]).to.deep.equal([KIND.constitution, 2n, 0n, true]);
    expect(terms.quorumUnits).to.equal(2n * (await governor.quorum(await governor.proposalSnapshot(id))));
    expect(await governor.delayOf(id)).to.equal(28n * DAY);
    await expect(carryOut(id)).to.emit(registry, "IssuerAppointed");
    const issuer = Number(await registry.issuerCount());

    await crowd.grow(50);
    const from = Number(await crowd.size()) - 50;
    await actions.enrol(crowd, from, from + 50, issuer);
    await time.increase(30n * DAY);
    await actions.season(crowd, from, from + 50);
    const { id: payment } = await actions.propose(actors.whale, [await pay(1n)], "One wei");
    await actions.toVoting(payment);
    await governor.connect(actors.whale).castVote(payment, SUPPORT.inFavour);
    const ballot = governor.interface.encodeFunctionData("castVote", [payment, SUPPORT.inFavour]);
    await crowd.act(from, from + 50, governor, ballot);
    await actions.toEnd(payment);
    await expect(carryOut(payment)).to.changeEtherBalances([treasury, actors.stranger], [-1n, 1n]);
  });

  // claim(attacks#government-and-citizens): bringing the citizens below two hundred to decide without them: issuers
  //   alone, against a veto of ten, and not once there are two hundred again
  it("lets nothing else pass without them: no payment, no constitution, and neither beside an issuer", async () => {
    const { contracts, actions, appoint, pay, agreed } = await loadFixture(deserted);
    const { governor, ballots } = contracts;
    const fee = await actions.feeCall(1n);
    const refused: Record<string, Call[]> = {
      payment: [await pay(1n)],
      "payment beside an issuer": [await appoint(), await pay(1n)],
      "parameter beside an issuer": [fee, await appoint()],
      constitution: [await actions.receiverCall(NATIVE)],
      retirement: [
        {
          target: await contracts.registry.getAddress(),
          data: contracts.registry.interface.encodeFunctionData("retireIssuer", [1]),
        },
      ],
      "the same function elsewhere": [{ ...(await appoint()), target: fee.target }],
    };
    for (const [title, calls] of Object.entries(refused)) {
      const id = await agreed(calls, title);
      expect((await ballots.termsOf(id)).regrows, title).to.equal(false);
      expect(await governor.state(id), title).to.equal(STATE.defeated);
    }
  });

  // claim(attacks#government-and-citizens): bringing the citizens below two hundred to decide without them: issuers
  //   alone, against a veto of ten, and not once there are two hundred again
  it("asks forty-nine for no veto of ten, and two hundred for their majority", async () => {
    const small = await loadFixture(fortyNine);
    const { governor } = small.contracts;
    const open = async (title: string) => {
      const { id } = await small.actions.propose(small.actors.whale, [await small.appoint()], title);
      await small.actions.toVoting(id);
      await governor.connect(small.actors.whale).castVote(id, SUPPORT.inFavour);
      return id;
    };
    const outcomes: bigint[] = [];
    for (const [against, inFavour] of [
      [9, 0],
      [10, 0],
      [20, 20],
      [21, 20],
    ] as const) {
      const id = await open(`${against} against`);
      await small.vote(id, 0, against, SUPPORT.against);
      if (inFavour > 0) await small.vote(id, against, against + inFavour, SUPPORT.inFavour);
      await small.actions.toEnd(id);
      outcomes.push(await governor.state(id));
    }
    expect(outcomes).to.deep.equal([STATE.succeeded, STATE.defeated, STATE.succeeded, STATE.defeated]);

    const enough = await loadFixture(twoHundred);
    const id = await enough.agreed([await enough.appoint()], "With two hundred");
    expect((await enough.contracts.ballots.termsOf(id)).regrows).to.equal(false);
    expect(await enough.contracts.governor.state(id)).to.equal(STATE.defeated);
  });

  // claim(attacks#government-and-citizens): bringing the citizens below two hundred to decide without them: issuers
  //   alone, against a veto of ten, and not once there are two hundred again
  it("carries out no such vote once there are two hundred citizens again: they are asked", async () => {
    const { contracts, actions, crowd, issuer, appoint, agreed } = await loadFixture(oneFewer);
    const { governor, rules, registry } = contracts;
    const [early, late] = [await agreed([await appoint()], "Early"), await agreed([await appoint()], "Late")];
    await governor["queue(uint256)"](early);
    await crowd.grow(1);
    const last = Number(await crowd.size());
    await actions.enrol(crowd, last - 1, last, issuer);
    await time.increase(30n * DAY);
    await actions.season(crowd, last - 1, last);
    await time.increase(1n);
    expect(await registry.citizens()).to.equal(200n);
    await expect(governor["execute(uint256)"](early))
      .to.be.revertedWithCustomError(rules, "ProposalRules_NotWithoutCitizens")
      .withArgs(0n);
    expect(await governor.state(late)).to.equal(STATE.expired);
  });

  // claim(attacks#government-and-citizens): a mature DAO left without citizens: by an early vote, by its issuers, or by
  //   time
  it("makes room where all places are taken by issuers that are gone, and has eight at a time until there are citizens", async () => {
    const { contracts, actors, appoint, disavow, agreed, carryOut } = await loadFixture(inUse);
    const registry = contracts.registry.connect(actors.dao);
    for (let i = Number(await registry.issuerCount()); i < 64; i++) {
      await registry.appointIssuer(ethers.toBeHex(i + 1, 20), DOMAIN, false);
    }
    for (let issuer = 1; issuer <= 3; issuer++) await registry.disavowIssuer(issuer);
    const full = await agreed([await appoint()], "No room");
    await expect(carryOut(full)).to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers").withArgs(8n);
    // sixty-one may issue: fifty-four go, in the twenty calls that a proposal makes
    const gone = Array.from({ length: 54 }, (_, i) => disavow(4 + i));
    for (let start = 0; start < 40; start += 20) {
      await carryOut(await agreed(gone.slice(start, start + 20), `Make room from ${start}`));
    }
    await carryOut(await agreed([...gone.slice(40), await appoint()], "The last places, and a new issuer"));
    expect(await registry.issuerCount()).to.equal(65n);
    await expect(registry.appointIssuer(actors.issuerA, DOMAIN, false))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);
  });

  it("has sixty-four places to the end of the second in which the citizens are gone: no limit changes within it", async () => {
    const { contracts, actors } = await loadFixture(phaseTwo);
    const registry = contracts.registry.connect(actors.dao);
    for (let i = Number(await registry.issuerCount()); i < 10; i++) {
      await registry.appointIssuer(ethers.toBeHex(i + 1, 20), DOMAIN, false);
    }
    await ethers.provider.send("evm_setAutomine", [false]);
    for (const issuer of [1, 2, 3]) await registry.disavowIssuer(issuer, { gasLimit: 1_000_000 });
    await registry.appointIssuer(actors.issuerA, DOMAIN, false, { gasLimit: 1_000_000 });
    await registry.appointIssuer(actors.issuerB, DOMAIN, false, { gasLimit: 1_000_000 });
    await ethers.provider.send("evm_mine", []);
    await ethers.provider.send("evm_setAutomine", [true]);
    expect([await registry.citizens(), await registry.issuerCount()]).to.deep.equal([0n, 12n]);
    await time.increase(1n);
    expect(await registry.namesIssuersEarly()).to.equal(true);
    await expect(registry.appointIssuer(actors.stranger, DOMAIN, false))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);
  });
});
