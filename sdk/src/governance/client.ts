import { Contract, type ContractTransactionReceipt, type Provider, type Signer } from "ethers";

import { canonicalAddress } from "../addresses/address";
import { Chain, type ClientOptions } from "../chain/chain";
import { eventsIn, missing, type EventMatch } from "../chain/events";
import { explainFailures } from "../chain/explain";
import { sleep } from "../chain/patient";
import { BALLOTS_ABI, GOVERNOR_ABI, TOKEN_ABI } from "./abi";
import { type Side, type Split, encodeBallot } from "./ballot";
import { type ProposalFile, encodeProposal } from "./proposal";

/** The governor's states, by its own numbers. */
export const STATES = [
  "pending",
  "active",
  "canceled",
  "defeated",
  "succeeded",
  "queued",
  "expired",
  "executed",
] as const;
export type ProposalState = (typeof STATES)[number];
/** How much a proposal may change, by the contract's own numbers. */
export const KINDS = ["none", "parameters", "money", "constitution"] as const;
export type ProposalKind = (typeof KINDS)[number];

/** The state of a proposal. Times in seconds; 0 where there is none yet. */
export interface ProposalStatus {
  readonly id: bigint;
  readonly state: ProposalState;
  readonly kind: ProposalKind;
  readonly phase: number;
  readonly votingFrom: bigint;
  readonly votingUntil: bigint;
  readonly executableFrom: bigint;
  readonly quorumUnits: bigint;
  readonly units: Split;
  readonly citizens: Split;
}

/**
 * Takes part in the government: delegate, propose, vote, queue, execute, and watch how a proposal fares. Every failure is an
 * `IsonomyError` with a sentence, its reason and its fix.
 */
export class GovernanceClient {
  readonly governor: string;
  readonly #contract: Contract;
  readonly #runner: Signer | Provider;
  readonly #chain: Chain;

  constructor(governor: string, runner: Signer | Provider, options: ClientOptions = {}) {
    explainFailures(this);
    this.governor = canonicalAddress(governor, "governor");
    this.#runner = runner;
    this.#contract = new Contract(this.governor, GOVERNOR_ABI, runner);
    const refersTo = { BALLOTS: "", UNITS: "" };
    this.#chain = new Chain(runner, [{ name: "IsonomyGovernor", address: this.governor, refersTo }], options);
  }

  /** Lets another account vote with the signer's tokens; oneself counts more for a citizen than anyone else. */
  async delegate(named: string): Promise<ContractTransactionReceipt> {
    const to = canonicalAddress(named, "to");
    const token = await this.#token();
    const match = { delegator: await this.#chain.account(), toDelegate: to };
    return this.#send(token, "delegate", [to], ["DelegateChanged"], match);
  }

  /** Counts a credential that has seasoned, or uncounts one that ended. */
  async reweigh(named: string): Promise<ContractTransactionReceipt> {
    const account = canonicalAddress(named, "account");
    return this.#send(await this.#token(), "reweigh", [account], ["Reweighed"], { account });
  }

  /** Proposes what a file says, in the signer's name, and returns the proposal's number. */
  async propose(file: ProposalFile): Promise<bigint> {
    const proposer = await this.#chain.account();
    await this.#chain.require();
    const { targets, values, calldatas, description } = encodeProposal(file, proposer);
    const parameters = [targets, values, calldatas, description];
    // Simulated first: the error then says which call is refused, before any gas is spent. The number follows from the calls.
    const proposalId = (await this.#contract.getFunction("propose").staticCall(...parameters)) as bigint;
    await this.#send(this.#contract, "propose", parameters, ["ProposalClassified"], { proposalId });
    return proposalId;
  }

  /** One ballot for both houses; see `encodeBallot`. */
  async vote(
    id: bigint,
    units: Side | Split,
    options: { asCitizen?: Side; reason?: string } = {},
  ): Promise<ContractTransactionReceipt> {
    const { support, params } = encodeBallot(units, options.asCitizen);
    const reason = options.reason ?? "";
    const match = { voter: await this.#chain.account(), proposalId: id };
    const cast = ["VoteCast", "VoteCastWithParams"];
    return params === "0x"
      ? this.#send(this.#contract, "castVoteWithReason", [id, support, reason], cast, match)
      : this.#send(this.#contract, "castVoteWithReasonAndParams", [id, support, reason, params], cast, match);
  }

  /** Starts the wait of a passed proposal. Anyone may. */
  async queue(id: bigint): Promise<ContractTransactionReceipt> {
    return this.#send(this.#contract, "queue", [id], ["ProposalQueued"], { proposalId: id });
  }

  /** Carries out a proposal whose wait is over. Anyone may. */
  async execute(id: bigint): Promise<ContractTransactionReceipt> {
    return this.#send(this.#contract, "execute", [id], ["ProposalExecuted"], { proposalId: id });
  }

  /** Takes a proposal back: its proposer before voting starts, the guardian while its mandate lasts. */
  async cancel(id: bigint): Promise<ContractTransactionReceipt> {
    return this.#send(this.#contract, "cancel", [id], ["ProposalCanceled"], { proposalId: id });
  }

  /** The present state of a proposal. */
  async status(id: bigint): Promise<ProposalStatus> {
    const ballots = new Contract(await this.#contract.BALLOTS(), BALLOTS_ABI, this.#runner);
    const [state, votingFrom, votingUntil, executableFrom, terms, tally] = await Promise.all([
      this.#contract.state(id),
      this.#contract.proposalSnapshot(id),
      this.#contract.proposalDeadline(id),
      this.#contract.proposalEta(id),
      ballots.termsOf(id),
      ballots.tallyOf(id),
    ]);
    return {
      id,
      state: STATES[Number(state)],
      kind: KINDS[Number(terms.kind)],
      phase: Number(terms.phase),
      votingFrom,
      votingUntil,
      executableFrom,
      quorumUnits: terms.quorumUnits,
      units: { against: tally.againstUnits, for: tally.forUnits, abstain: tally.abstainUnits },
      citizens: { against: tally.againstCitizens, for: tally.forCitizens, abstain: tally.abstainCitizens },
    };
  }

  /** Reports each change of a proposal until it can change no more, or until the signal says to stop. */
  async *watch(
    id: bigint,
    options: { everyMilliseconds?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<ProposalStatus> {
    const pause = options.everyMilliseconds ?? 4_000;
    let last = "";
    while (!options.signal?.aborted) {
      const status = await this.status(id);
      const seen = JSON.stringify(status, (_, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      if (seen !== last) yield status;
      last = seen;
      if (["canceled", "defeated", "expired", "executed"].includes(status.state)) return;
      await sleep(pause);
    }
  }

  async #token(): Promise<Contract> {
    await this.#chain.require();
    return new Contract(await this.#contract.UNITS(), TOKEN_ABI, this.#runner);
  }

  /** Sends a call, which has to leave one of these events with these arguments. */
  async #send(
    contract: Contract,
    name: string,
    parameters: readonly unknown[],
    events: readonly string[],
    match: EventMatch,
  ): Promise<ContractTransactionReceipt> {
    // the reason of a refusal is the contract's own; a reader is told that it cannot sign, and not that it cannot call
    await this.#chain.account();
    const receipt = await this.#chain.send(contract, () =>
      contract.getFunction(name).populateTransaction(...parameters),
    );
    if (events.every((event) => eventsIn(contract, receipt, event, match).length === 0)) {
      throw missing(contract, receipt, events.join(" or "));
    }
    return receipt;
  }
}
