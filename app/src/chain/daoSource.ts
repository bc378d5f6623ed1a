import { Contract, Interface, id as hashOf, type JsonRpcProvider, type Log, type LogDescription } from "ethers";
import { CitizenClient, GovernanceClient, LogPager, voteConcentration } from "isonomy";
import type { Authority, GovernanceToken, IsonomyGovernor } from "isonomy/typechain";

import type { Network } from "../network";
import { AUTHORITY, GOVERNOR, TOKEN } from "./daoAbi";
import {
  isReweighDue,
  type Ballot,
  type Concentration,
  type Dao,
  type ProposalDetail,
  type ProposalRow,
  type ProposalsFound,
  type SnapshotWeight,
  type VoterStanding,
} from "./government";

/** Blocks behind the newest that may still be replaced: they are read again. */
const MARGIN = 128;
/** What happens to a proposal as such; ballots are not among it. */
const STEPS = ["ProposalCreated", "ProposalQueued", "ProposalExecuted", "ProposalCanceled"] as const;

/** A step of a proposal's life. */
interface Step {
  readonly name: (typeof STEPS)[number];
  readonly log: Log;
  readonly args: LogDescription["args"];
}

/** Reads the government from the chain, with the package's clients. */
export class DaoSource {
  readonly #provider: JsonRpcProvider;
  readonly #pager: LogPager;
  readonly #start: number;
  readonly #client: GovernanceClient;
  readonly #citizens: CitizenClient;
  readonly #governor: IsonomyGovernor;
  readonly #token: GovernanceToken;
  readonly #authority: Authority;
  readonly #governorAbi = new Interface(GOVERNOR);
  readonly #tokenAbi = new Interface(TOKEN);
  readonly #times = new Map<string, Promise<bigint>>();
  #kept: { readonly logs: readonly Log[]; readonly next: number };

  constructor({ deployment }: Network, provider: JsonRpcProvider) {
    const { contracts } = deployment;
    this.#provider = provider;
    this.#pager = new LogPager(provider);
    this.#start = deployment.block;
    this.#kept = { logs: [], next: this.#start };
    this.#client = new GovernanceClient(deployment, provider);
    this.#citizens = new CitizenClient(deployment, provider);
    const of = (name: keyof typeof contracts, abi: Interface): unknown => new Contract(contracts[name], abi, provider);
    this.#governor = of("IsonomyGovernor", this.#governorAbi) as IsonomyGovernor;
    this.#token = of("GovernanceToken", this.#tokenAbi) as GovernanceToken;
    this.#authority = of("Authority", new Interface(AUTHORITY)) as Authority;
  }

  async dao(account?: string): Promise<Dao> {
    const governor = this.#governor;
    const [now, { phase, citizens }, guardian, mandateEndsAt, proposals, threshold, votingDelay, votingPeriod] =
      await Promise.all([
        this.#now(),
        this.#citizens.standing(),
        governor.proposalGuardian(),
        governor.guardianMandateEndsAt(),
        governor.proposalCount(),
        governor.proposalThreshold(),
        governor.votingDelay(),
        governor.votingPeriod(),
      ]);
    return {
      ...{ now, phase, citizens, guardian, mandateEndsAt, proposals, threshold, votingDelay, votingPeriod },
      voter: account === undefined ? undefined : await this.#voter(account, phase, now),
    };
  }

  /** The newest first. */
  async proposals({ offset, limit }: { offset: number; limit: number }): Promise<ProposalsFound> {
    const created = (await this.#steps()).filter(({ name }) => name === "ProposalCreated").reverse();
    const rows = created.slice(offset, offset + limit).map((step) => this.#row(step));
    return { rows: await Promise.all(rows), total: created.length };
  }

  async proposal(id: bigint, account?: string): Promise<ProposalDetail> {
    const { ballots } = this.#client;
    const [now, steps, status, terms, tally, details] = await Promise.all([
      this.#now(),
      this.#steps(),
      this.#client.status(id),
      ballots.termsOf(id),
      ballots.tallyOf(id),
      this.#governor.proposalDetails(id),
    ]);
    const { votingFrom, votingUntil } = status;
    const own = steps.filter(({ args }) => args.proposalId === id);
    const at = async (name: Step["name"]): Promise<bigint | undefined> => {
      const step = own.find((one) => one.name === name);
      return step === undefined ? undefined : this.#timeOf(step.log);
    };
    const created = own.find(({ name }) => name === "ProposalCreated");
    // the contract keeps its hash: a node can hide a description, and not change it
    const told: unknown = created?.args.description;
    const isTrue = typeof told === "string" && hashOf(told) === details.descriptionHash;
    const phaseAtVote = (): Promise<bigint> => this.#citizens.registry.phaseAt(votingUntil < now ? votingUntil : now);
    const [proposedAt, queuedAt, executedAt, canceledAt, phaseThen, quorate, succeeds, delay, roles, ballot] =
      await Promise.all([
        at("ProposalCreated"),
        at("ProposalQueued"),
        at("ProposalExecuted"),
        at("ProposalCanceled"),
        phaseAtVote(),
        ballots.quorate(id),
        ballots.succeeds(id, votingUntil),
        this.#governor.delayOf(id),
        Promise.all(
          details.targets.map((target, call) =>
            this.#authority.getTargetFunctionRole(target, selectorOf(details.calldatas[call]!)),
          ),
        ),
        account === undefined ? undefined : this.#ballot(id, votingFrom, account, now),
      ]);
    return {
      ...{ id, now, votingFrom, votingUntil, quorate, succeeds, delay, ballot, queuedAt, executedAt, canceledAt },
      ...{ state: status.state, kind: status.kind, phase: status.phase, units: status.units },
      citizens: status.citizens,
      executableFrom: status.executableFrom,
      description: isTrue ? told : "",
      proposer: created === undefined ? "" : String(created.args.proposer),
      proposedAt: proposedAt ?? 0n,
      phaseOfVote: Math.max(status.phase, Number(phaseThen)),
      regrows: terms.regrows,
      extended: terms.extendedDeadline !== 0n && terms.extendedDeadline >= votingUntil,
      quorumPercent: Number(terms.quorumPercent),
      quorumUnits: await this.#quorum(terms, status, now),
      citizensThen: terms.citizens,
      largeForUnits: tally.largeForUnits,
      calls: details.targets.map((target, call) => {
        // by their place: what ethers answers with is a list, which has a `values` of its own
        const [value, data, role] = [details[1][call]!, details.calldatas[call]!, roles[call]!];
        return { target, value, data, role };
      }),
    };
  }

  async concentration(): Promise<Concentration> {
    const block = await this.#provider.getBlockNumber();
    const address = this.#client.deployment.contracts.GovernanceToken;
    const topics = [this.#tokenAbi.getEvent("DelegateVotesChanged")!.topicHash];
    const [logs, supply] = await Promise.all([
      this.#pager.getLogs({ address, topics, fromBlock: this.#start, toBlock: block }),
      this.#token.totalSupply({ blockTag: block }),
    ]);
    // each event says what the delegate has from then on
    const units = new Map<string, bigint>();
    for (const log of logs) {
      const { args } = this.#tokenAbi.parseLog(log)!;
      units.set(args.delegate as string, args.newVotes as bigint);
    }
    const delegates = [...units]
      .filter(([, votes]) => votes > 0n)
      .map(([account, votes]) => ({ account, units: votes }))
      .sort((a, b) => (a.units < b.units ? 1 : a.units > b.units ? -1 : 0));
    const measures = delegates.length === 0 ? undefined : voteConcentration(delegates.map(({ units: votes }) => votes));
    return { block, supply, delegates, measures };
  }

  async #row({ args }: Step): Promise<ProposalRow> {
    const id = args.proposalId as bigint;
    const { state, kind, votingFrom, votingUntil } = await this.#client.status(id);
    const { descriptionHash } = await this.#governor.proposalDetails(id);
    const told = String(args.description);
    const description = hashOf(told) === descriptionHash ? told : "";
    return { id, description, proposer: String(args.proposer), state, kind, votingFrom, votingUntil };
  }

  /** The quorum as it was fixed at the first vote, or as that vote would fix it. */
  async #quorum(
    terms: { quorumUnits: bigint; phase: bigint },
    { votingFrom, kind }: { votingFrom: bigint; kind: string },
    now: bigint,
  ): Promise<bigint> {
    if (terms.quorumUnits !== 0n) return terms.quorumUnits;
    if (votingFrom >= now) return 0n;
    const restrained = terms.phase === 0n || (terms.phase === 1n && kind !== "parameters");
    return (await this.#governor.quorum(votingFrom)) * (restrained ? 2n : 1n);
  }

  async #voter(account: string, phase: number, now: bigint): Promise<VoterStanding> {
    const token = this.#token;
    const [tokens, unitsNow, votesNow, delegate, standing, credential, steps] = await Promise.all([
      token.balanceOf(account),
      this.#client.units.unitsOf(account),
      token.getVotes(account),
      token.delegates(account),
      this.#client.units.standingOf(account),
      this.#citizens.credential(account),
      this.#steps(),
    ]);
    const newest = steps.filter(({ name }) => name === "ProposalCreated").at(-1);
    const { counted } = standing;
    return {
      ...{ account, tokens, unitsNow, votesNow, delegate, credential, counted },
      reweighDue: isReweighDue(credential, counted, phase),
      last:
        newest === undefined
          ? undefined
          : await this.#weight(newest.args.proposalId as bigint, newest.args.voteStart as bigint, account, now),
    };
  }

  async #ballot(id: bigint, snapshot: bigint, account: string, now: bigint): Promise<Ballot> {
    const [weight, { used, citizenVoted }] = await Promise.all([
      this.#weight(id, snapshot, account, now),
      this.#client.ballots.ballotOf(id, account),
    ]);
    return { weight, used, citizenVoted };
  }

  async #weight(proposalId: bigint, at: bigint, account: string, now: bigint): Promise<SnapshotWeight> {
    const token = this.#token;
    const heldSince = at - (await token.HOLDING_PERIOD());
    const taken = at < now;
    const votes = taken ? await token.getPastVotes(account, at) : await token.getVotes(account);
    const votesBefore = heldSince < now ? await token.getPastVotes(account, heldSince) : votes;
    const citizen = taken
      ? (await this.#client.units.votingStateAt(account, at)).citizen
      : await this.#citizens.isCitizen(account);
    const weight = votes < votesBefore ? votes : votesBefore;
    return { proposalId, at, taken, votes, heldSince, votesBefore, weight, citizen };
  }

  /** What happened to proposals, in the order of the chain. */
  async #steps(): Promise<Step[]> {
    const newest = await this.#provider.getBlockNumber();
    // a chain that was put back to before what is kept is read anew
    const kept = this.#kept.next > newest ? { logs: [], next: this.#start } : this.#kept;
    const topics = [STEPS.map((name) => this.#governorAbi.getEvent(name)!.topicHash)];
    const address = this.#client.deployment.contracts.IsonomyGovernor;
    const fresh = await this.#pager.getLogs({ address, topics, fromBlock: kept.next, toBlock: newest });
    const next = Math.max(kept.next, newest - MARGIN);
    this.#kept = { logs: [...kept.logs, ...fresh.filter(({ blockNumber }) => blockNumber < next)], next };
    return [...kept.logs, ...fresh].map((log) => {
      const { name, args } = this.#governorAbi.parseLog(log)!;
      return { name: name as Step["name"], log, args };
    });
  }

  async #timeOf({ blockHash }: Log): Promise<bigint> {
    const kept = this.#times.get(blockHash) ?? this.#provider.getBlock(blockHash).then((one) => BigInt(one!.timestamp));
    this.#times.set(blockHash, kept);
    kept.catch(() => this.#times.delete(blockHash));
    return kept;
  }

  async #now(): Promise<bigint> {
    return BigInt((await this.#provider.getBlock("latest"))!.timestamp);
  }
}

/** The function that a call names; one without is judged by four zero bytes, as the contract does. */
const selectorOf = (data: string): string => (data.length < 10 ? "0x00000000" : data.slice(0, 10));
