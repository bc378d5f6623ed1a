import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { encodeBytes32String } from "ethers";
import { ethers } from "hardhat";

import { callOf } from "../../scripts/lib/proposals";
import { GovernanceClient, type ProposalFile } from "../../sdk/src/governance";
import { batches } from "../support/batches";
import { bookOf } from "../support/bookOf";
import { DAY, HOUR, marketFixture } from "./market";

/** What an issuer may add within thirty days. */
const QUOTA = 50;
const ISSUERS = 3;
const MONTHS = 7;
const PERSONS = QUOTA * ISSUERS * MONTHS;
const FOR = 1;
/** A twentieth of the citizens has to take part in the last phase, and at least fifty. */
const VOTING_CITIZENS = 100;

/** The whole protocol with its market in use, and two holders who voted for themselves long enough to propose. */
export async function phaseZero() {
  const protocol = await loadFixture(marketFixture);
  const { contracts, actors } = protocol;
  const { IsonomyGovernor } = contracts;
  const governor = await IsonomyGovernor.getAddress();
  const book = await bookOf(contracts);
  const dao = (voter: HardhatEthersSigner): GovernanceClient => new GovernanceClient(book, voter);
  const voters = [actors.holder, actors.secondHolder];
  for (const voter of voters) await dao(voter).delegate(voter.address);
  await time.increase(4n * DAY);
  const crowd = await ethers.deployContract("Crowd");

  /** Proposes, votes with the holders and with as many citizens as there are, and queues: an hour is left of the wait. */
  async function decide(file: ProposalFile): Promise<bigint> {
    const id = await dao(actors.holder).propose(file);
    await time.increaseTo((await dao(actors.holder).status(id)).votingFrom + 1n);
    for (const voter of voters) await dao(voter).vote(id, "for");
    const ballot = IsonomyGovernor.interface.encodeFunctionData("castVote", [id, FOR]);
    for (const [start, end] of batches(0, Math.min(VOTING_CITIZENS, Number(await crowd.size())))) {
      await crowd.act(start, end, governor, ballot);
    }
    await time.increaseTo((await dao(actors.holder).status(id)).votingUntil + 1n);
    await dao(actors.stranger).queue(id);
    await time.increaseTo((await dao(actors.stranger).status(id)).executableFrom - HOUR);
    return id;
  }

  /** Carries out a proposal that was decided. */
  async function execute(id: bigint) {
    await time.increaseTo((await dao(actors.stranger).status(id)).executableFrom);
    return IsonomyGovernor.connect(actors.stranger)["execute(uint256)"](id);
  }

  const pass = async (file: ProposalFile) => execute(await decide(file));

  return {
    ...protocol,
    addresses: book.contracts,
    crowd,
    actions: { ...protocol.actions, dao, decide, execute, pass },
  };
}

type PhaseZero = Awaited<ReturnType<typeof phaseZero>>;

/** Three issuers of one domain, appointed by a vote, who may each add fifty people a month. */
export async function phaseOne() {
  const protocol = await loadFixture(phaseZero);
  const { contracts, crowd, actions } = protocol;
  const adapters: string[] = [];
  for (let i = 0; i < ISSUERS; i++) adapters.push(await (await ethers.deployContract("OpenAdapter")).getAddress());
  await actions.pass({
    title: "Name three issuers",
    why: "Nobody can become a citizen before.",
    calls: adapters.map((adapter) =>
      callOf(contracts.CitizenRegistry, "appointIssuer", adapter, encodeBytes32String("persons"), true),
    ),
  });
  for (const [start, end] of batches(0, PERSONS)) await crowd.grow(end - start);
  await enrolMonth(protocol, 0);
  await contracts.CitizenRegistry.advancePhase();
  await time.increase(1n);
  return protocol;
}

/** A thousand and fifty citizens, as fast as the issuance limits allow. */
export async function phaseTwo() {
  const protocol = await loadFixture(phaseOne);
  for (let month = 1; month < MONTHS; month++) await enrolMonth(protocol, month);
  await protocol.contracts.CitizenRegistry.advancePhase();
  await time.increase(1n);
  return protocol;
}

/** Each issuer adds what it may, and a month later these people are citizens. */
async function enrolMonth({ contracts, crowd }: PhaseZero, month: number): Promise<void> {
  const { CitizenRegistry, GovernanceToken } = contracts;
  const until = BigInt(await time.latest()) + 700n * DAY;
  const first = month * QUOTA * ISSUERS;
  for (let issuer = 0; issuer < ISSUERS; issuer++) {
    const from = first + issuer * QUOTA;
    for (const [start, end] of batches(from, from + QUOTA)) {
      await crowd.claim(start, end, CitizenRegistry, issuer + 1, until);
    }
  }
  await time.increase(30n * DAY);
  for (const [start, end] of batches(first, first + QUOTA * ISSUERS)) {
    await crowd.reweigh(start, end, GovernanceToken);
  }
}
