import { Contract, type ContractTransactionReceipt, type Provider, type Signer } from "ethers";
import { canonicalAddress } from "../addresses/address";
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

/** Where a proposal stands. Times in seconds; 0 where there is none yet. */
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

/** Takes part in the government: delegate, propose, vote, queue, execute, and watch how a proposal fares. */
export class GovernanceClient {
  readonly governor: string;
  private readonly _governor: Contract;

  constructor(
    governor: string,
    private readonly _runner: Signer | Provider,
  ) {
    this.governor = canonicalAddress(governor, "governor");
    this._governor = new Contract(this.governor, GOVERNOR_ABI, _runner);
  }

  /** Lets `to` vote with the signer's tokens; oneself counts more for a citizen than anyone else. */
  async delegate(to: string): Promise<ContractTransactionReceipt> {
    const token = await this._token();
    return (await token.delegate(canonicalAddress(to, "to"))).wait();
  }

  /** Counts a credential that has seasoned, or uncounts one that ended. */
  async reweigh(account: string): Promise<ContractTransactionReceipt> {
    const token = await this._token();
    return (await token.reweigh(canonicalAddress(account, "account"))).wait();
  }

  /** Proposes what a file says, in the signer's name, and returns the proposal's number. */
  async propose(file: ProposalFile): Promise<bigint> {
    const proposer = await this._signer().getAddress();
    const { targets, values, calldatas, description } = encodeProposal(file, proposer);
    // Simulated first: the error then says which call is refused, before any gas is spent.
    await this._governor.propose.staticCall(targets, values, calldatas, description);
    const receipt = await (await this._governor.propose(targets, values, calldatas, description)).wait();
    for (const log of receipt.logs) {
      const event = this._governor.interface.parseLog(log);
      if (event?.name === "ProposalClassified") return event.args.proposalId;
    }
    throw new Error("The governor numbered no proposal. Check that the address is the governor's.");
  }

  /** One ballot for both houses; see `encodeBallot`. */
  async vote(
    id: bigint,
    units: Side | Split,
    options: { asCitizen?: Side; reason?: string } = {},
  ): Promise<ContractTransactionReceipt> {
    const { support, params } = encodeBallot(units, options.asCitizen);
    const reason = options.reason ?? "";
    const sent =
      params === "0x"
        ? await this._governor.castVoteWithReason(id, support, reason)
        : await this._governor.castVoteWithReasonAndParams(id, support, reason, params);
    return sent.wait();
  }

  /** Starts the wait of a passed proposal. Anyone may. */
  async queue(id: bigint): Promise<ContractTransactionReceipt> {
    return (await this._governor.queue(id)).wait();
  }

  /** Carries out a proposal whose wait is over. Anyone may. */
  async execute(id: bigint): Promise<ContractTransactionReceipt> {
    return (await this._governor.execute(id)).wait();
  }

  /** Takes a proposal back: its proposer before voting starts, the guardian while its mandate lasts. */
  async cancel(id: bigint): Promise<ContractTransactionReceipt> {
    return (await this._governor.cancel(id)).wait();
  }

  /** Where a proposal stands now. */
  async status(id: bigint): Promise<ProposalStatus> {
    const ballots = new Contract(await this._governor.BALLOTS(), BALLOTS_ABI, this._runner);
    const [state, votingFrom, votingUntil, executableFrom, terms, tally] = await Promise.all([
      this._governor.state(id),
      this._governor.proposalSnapshot(id),
      this._governor.proposalDeadline(id),
      this._governor.proposalEta(id),
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
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private async _token(): Promise<Contract> {
    return new Contract(await this._governor.UNITS(), TOKEN_ABI, this._runner);
  }

  private _signer(): Signer {
    if (!("getAddress" in this._runner)) {
      throw new Error("This needs a signer, and the client was made with a provider. Pass a wallet instead.");
    }
    return this._runner;
  }
}
