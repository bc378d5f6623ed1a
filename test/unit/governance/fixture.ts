import { setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { Contract } from "ethers";
import { ethers } from "hardhat";

import { batches } from "../../support/batches";

export const DAY = 86_400n;
export const ISO = 10n ** 18n;
export const SUPPLY = 1_000_000_000n * ISO;
export const ROLE = { admin: 0n, parameter: 1n, guardian: 2n, money: 3n };
export const SUPPORT = { against: 0, inFavour: 1, abstain: 2, split: 255 } as const;
export const KIND = { none: 0n, parameters: 1n, money: 2n, constitution: 3n };
export const STATE = {
  pending: 0n,
  active: 1n,
  canceled: 2n,
  defeated: 3n,
  succeeded: 4n,
  queued: 5n,
  expired: 6n,
  executed: 7n,
};
export const DOMAIN = ethers.encodeBytes32String("persons");
export const VOTING_DELAY = 2n * DAY;
export const VOTING_PERIOD = 7n * DAY;
export const THRESHOLD = 100_000n * ISO;

export type Call = { target: string; value?: bigint; data: string };
export type Proposal = {
  id: bigint;
  targets: string[];
  values: bigint[];
  calldatas: string[];
  description: string;
  hash: string;
};

/** The whole government in phase 0, with everybody's tokens delegated to nobody yet. */
export async function government() {
  const [deployer, guardian, whale, voter, other, poor, insider, stranger, issuerA, issuerB] =
    await ethers.getSigners();
  const authority = await ethers.deployContract("Authority", [deployer]);
  // The timelock takes orders from one governor, which is deployed later: its address is known in advance.
  const nonce = await deployer.getNonce();
  const governorAddress = ethers.getCreateAddress({ from: deployer.address, nonce: nonce + 6 });
  const timelock = await ethers.deployContract("Timelock", [
    2n * DAY,
    [governorAddress],
    [governorAddress],
    ethers.ZeroAddress,
  ]);
  const genesis = [
    { holder: whale.address, amount: 400_000_000n * ISO, cliff: 0n, duration: 0n },
    { holder: voter.address, amount: 300_000_000n * ISO, cliff: 0n, duration: 0n },
    { holder: other.address, amount: 100_000_000n * ISO, cliff: 0n, duration: 0n },
    { holder: insider.address, amount: 200_000_000n * ISO, cliff: 365n * DAY, duration: 1_460n * DAY },
  ];
  const token = await ethers.deployContract("GovernanceToken", [authority, genesis]);
  const registry = await ethers.deployContract("CitizenRegistry", [authority, token]);
  await token.setRegistry(registry);
  const ledger = await ethers.deployContract("IncomeSource");
  const treasury = await ethers.deployContract("Treasury", [authority, registry, ledger]);
  const governor = await ethers.deployContract("IsonomyGovernor", [
    {
      token,
      timelock,
      authority,
      treasury,
      guardian,
      votingDelay: VOTING_DELAY,
      votingPeriod: VOTING_PERIOD,
      proposalThreshold: THRESHOLD,
      quorumPercent: 4n,
    },
  ]);
  if ((await governor.getAddress()) !== governorAddress) throw new Error("the governor's address was not foreseen");
  const ballots = await ethers.getContractAt("BallotBox", await governor.BALLOTS());
  const rules = await ethers.getContractAt("ProposalRules", await governor.RULES());
  const directory = await ethers.deployContract("Directory", [authority]);
  const knob = await ethers.deployContract("Knob", [authority]);

  const selector = (
    contract: { interface: { getFunction(name: string): { selector: string } | null } },
    name: string,
  ) => contract.interface.getFunction(name)!.selector;
  await authority.setTargetFunctionRole(knob, [selector(knob, "setFeeBps")], ROLE.parameter);
  await authority.setTargetFunctionRole(knob, [selector(knob, "spend")], ROLE.money);
  await authority.setTargetFunctionRole(treasury, [selector(treasury, "pay")], ROLE.money);
  await authority.setTargetFunctionRole(registry, [selector(registry, "pauseIssuance")], ROLE.guardian);
  await authority.grantRole(ROLE.parameter, timelock, 0);
  await authority.grantRole(ROLE.money, timelock, 0);
  await authority.grantRole(ROLE.guardian, guardian, 0);
  await authority.grantRole(ROLE.admin, timelock, 0);

  // The DAO itself, for tests of restricted functions that need no vote.
  await setBalance(await timelock.getAddress(), 10n * ISO);
  const dao = await ethers.getImpersonatedSigner(await timelock.getAddress());
  await authority.renounceRole(ROLE.admin, deployer);

  const contracts = {
    authority,
    timelock,
    token,
    registry,
    ledger,
    treasury,
    governor,
    ballots,
    rules,
    directory,
    knob,
  };
  const actors = { deployer, guardian, whale, voter, other, poor, insider, stranger, issuerA, issuerB, dao };

  /** Proposes the calls with a description that names the proposer. */
  async function propose(proposer: HardhatEthersSigner, calls: Call[], title = "Change something"): Promise<Proposal> {
    const proposal = draft(proposer, calls, title);
    await governor
      .connect(proposer)
      .propose(proposal.targets, proposal.values, proposal.calldatas, proposal.description);
    return { ...proposal, id: await governor.latestProposalId() };
  }

  /** The arguments of a proposal, not sent yet. */
  function draft(proposer: HardhatEthersSigner, calls: Call[], title = "Change something"): Proposal {
    const description = `${title}\n#proposer=${proposer.address}`;
    return {
      id: 0n,
      targets: calls.map((call) => call.target),
      values: calls.map((call) => call.value ?? 0n),
      calldatas: calls.map((call) => call.data),
      description,
      hash: ethers.id(description),
    };
  }

  const toVoting = async (id: bigint) => time.increaseTo((await governor.proposalSnapshot(id)) + 1n);
  const toEnd = async (id: bigint) => time.increaseTo((await governor.proposalDeadline(id)) + 1n);

  /** Votes the proposal through, queues it, waits and executes it. */
  async function pass(id: bigint, voters: HardhatEthersSigner[]) {
    await toVoting(id);
    for (const one of voters) await governor.connect(one).castVote(id, SUPPORT.inFavour);
    await toEnd(id);
    await governor["queue(uint256)"](id);
    await time.increaseTo(await governor.proposalEta(id));
    return governor["execute(uint256)"](id);
  }

  const feeCall = async (bps: bigint): Promise<Call> => ({
    target: await knob.getAddress(),
    data: knob.interface.encodeFunctionData("setFeeBps", [bps]),
  });
  const spendCall = async (amount: bigint): Promise<Call> => ({
    target: await knob.getAddress(),
    data: knob.interface.encodeFunctionData("spend", [amount]),
  });
  const receiverCall = async (to: string): Promise<Call> => ({
    target: await knob.getAddress(),
    data: knob.interface.encodeFunctionData("setReceiver", [to]),
  });

  /** Appoints an adapter that vouches for anyone. */
  async function appointAdapter(): Promise<number> {
    const adapter = await ethers.deployContract("OpenAdapter");
    await registry.connect(dao).appointIssuer(adapter, DOMAIN, true);
    return Number(await registry.issuerCount());
  }

  /** Lets people `from` to `to` of a crowd claim credentials that run for two years. */
  async function enrol(crowd: Contract, from: number, to: number, issuerId: number) {
    const until = BigInt(await time.latest()) + 700n * DAY;
    for (const [start, end] of batches(from, to)) await crowd.claim(start, end, registry, issuerId, until);
  }

  /** Counts people of a crowd whose credentials have seasoned. */
  async function season(crowd: Contract, from: number, to: number) {
    for (const [start, end] of batches(from, to)) await crowd.reweigh(start, end, token);
  }

  /** Begins the next phase, and waits for the second in which it counts. */
  async function grow() {
    await registry.advancePhase();
    await time.increase(1n);
  }

  const actions = {
    propose,
    draft,
    toVoting,
    toEnd,
    pass,
    feeCall,
    spendCall,
    receiverCall,
    appointAdapter,
    enrol,
    season,
    grow,
  };
  return { contracts, actors, actions };
}

/** As `government`, with the three large holders voting for themselves for longer than the holding period. */
export async function delegated() {
  const base = await government();
  const { token } = base.contracts;
  for (const actor of [base.actors.whale, base.actors.voter, base.actors.other]) {
    await token.connect(actor).delegate(actor);
  }
  await time.increase(4n * DAY);
  return base;
}

async function crowdOf(count: number) {
  const crowd = await ethers.deployContract("Crowd");
  for (const [start, end] of batches(0, count)) await crowd.grow(end - start);
  return crowd;
}

/** A hundred citizens, fifty of each of two issuers, by the issuance limits and the seasoning; nobody has asked for phase 1 yet. */
export async function almostYoung() {
  const base = await delegated();
  const { appointAdapter, enrol, season } = base.actions;
  const crowd = await crowdOf(100);
  const issuers = [await appointAdapter(), await appointAdapter()];
  await enrol(crowd, 0, 50, issuers[0]);
  await enrol(crowd, 50, 100, issuers[1]);
  await time.increase(30n * DAY);
  await season(crowd, 0, 100);
  return { ...base, crowd, issuers };
}

/** Phase 1: as soon as there are a hundred citizens, anyone may begin it. */
export async function phaseOne() {
  const base = await almostYoung();
  await base.actions.grow();
  return base;
}

/** Citizens of three issuers, as fast as the issuance limits allow; nobody has asked for phase 2 yet. */
async function grown(citizens: number) {
  const base = await delegated();
  const { registry } = base.contracts;
  const { appointAdapter, enrol, season, grow } = base.actions;
  const crowd = await crowdOf(1_050);
  const issuers = [await appointAdapter(), await appointAdapter(), await appointAdapter()];
  let advanced = false;
  for (let month = 0; month < 7; month++) {
    const first = month * 150;
    if (month > 0) await season(crowd, first - 150, first);
    if (!advanced && (await registry.citizens()) >= 100n) {
      await grow();
      advanced = true;
    }
    for (const [index, issuer] of issuers.entries()) {
      await enrol(crowd, first + 50 * index, first + 50 * (index + 1), issuer);
    }
    await time.increase(30n * DAY);
  }
  await season(crowd, 900, citizens);
  return { ...base, crowd, issuers };
}

/** More than a thousand citizens, who could begin phase 2. */
export async function almostGrown() {
  return grown(1_050);
}

/** One citizen fewer than phase 2 takes. */
export async function almostAThousand() {
  return grown(999);
}

/** Phase 2: as soon as there are enough citizens, anyone may begin it. */
export async function phaseTwo() {
  const base = await almostGrown();
  await base.actions.grow();
  return base;
}

/** Phase 2, where proposals are opened for votes and citizens vote by the dozen. */
export async function votingInPhaseTwo() {
  const base = await phaseTwo();
  const { actions, actors, contracts, crowd } = base;
  const open = async (call: { target: string; data: string }) => {
    const { id } = await actions.propose(actors.whale, [call]);
    await actions.toVoting(id);
    return id;
  };
  const vote = async (id: bigint, from: number, to: number, support: number) => {
    const data = contracts.governor.interface.encodeFunctionData("castVote", [id, support]);
    for (const [start, end] of batches(from, to)) await crowd.act(start, end, contracts.governor, data);
  };
  return { ...base, open, vote };
}
