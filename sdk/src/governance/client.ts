import { Contract, type ContractTransaction, type ContractTransactionReceipt, type InterfaceAbi } from "ethers";

import type { GovernanceToken, IBallotBox, IsonomyGovernor } from "../../../typechain-types";
import { IBallotBox__factory } from "../../../typechain-types/factories/contracts/governance/IBallotBox.sol/IBallotBox__factory";
import { IGovernanceToken__factory } from "../../../typechain-types/factories/contracts/governance/IGovernanceToken__factory";
import { IIsonomyGovernor__factory } from "../../../typechain-types/factories/contracts/governance/IIsonomyGovernor__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { withEvent } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import { sleep } from "../rpc/patient";
import { GOVERNOR_ABI, VOTES_ABI } from "./abi";
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
/** Where a proposal stands. */
export type ProposalState = (typeof STATES)[number];
/** How much a proposal may change, by the contract's own numbers. */
export const KINDS = ["none", "parameters", "money", "constitution"] as const;
/** What a proposal touches, which decides its quorum and its waits. */
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

/** The contracts that a vote goes through, and how they know one another. */
const LINKS = {
  IsonomyGovernor: { BALLOTS: "BallotBox", UNITS: "GovernanceToken" },
  BallotBox: {},
  GovernanceToken: {},
} as const satisfies Links<"IsonomyGovernor" | "BallotBox" | "GovernanceToken">;

/** The contracts that a `GovernanceClient` needs the addresses of. */
export type GovernanceContract = keyof typeof LINKS;

/**
 * Takes part in the government: delegate, propose, vote, queue, execute, and watch how a proposal fares. Every failure is an
 * `IsonomyError` with a sentence, its reason and its fix.
 * @example
 * ```ts
 * const client = new GovernanceClient(deploymentOn(chainId), signer);
 * await client.vote(proposalId, "for", { asCitizen: "against" });
 * ```
 */
export class GovernanceClient extends Client<GovernanceContract> {
  /** The governor's contract, for calls of your own. */
  readonly governor: IsonomyGovernor;
  /** The contract that counts, for calls of your own. */
  readonly ballots: IBallotBox;
  /** The token whose units vote, for calls of your own. */
  readonly units: GovernanceToken;

  constructor(deployment: PartialDeployment<GovernanceContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    const of = (name: GovernanceContract, ...abis: InterfaceAbi[]) =>
      this.contract({ connect: (address, by) => new Contract(address, abis.flat() as InterfaceAbi, by) }, name);
    this.governor = of("IsonomyGovernor", IIsonomyGovernor__factory.abi, GOVERNOR_ABI) as unknown as IsonomyGovernor;
    this.units = of("GovernanceToken", IGovernanceToken__factory.abi, VOTES_ABI) as unknown as GovernanceToken;
    this.ballots = this.contract(IBallotBox__factory, "BallotBox");
  }

  /**
   * Lets another account vote with the signer's tokens; delegating to your own account counts more for a citizen than any other.
   * @throws `ADDRESS_INVALID`, and what a node or the wallet fails with.
   * @example
   * ```ts
   * await governance.delegate(account);
   * ```
   */
  delegate(named: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const toDelegate = canonicalAddress(named, "to");
      const match = { delegator: await this.chain.account(), toDelegate };
      const receipt = await send(this.units, () => this.units.delegate.populateTransaction(toDelegate));
      return withEvent(this.units, receipt, ["DelegateChanged"], match);
    });
  }

  /**
   * Counts a credential that has seasoned, or uncounts one that ended. Anyone may call.
   * @throws `ADDRESS_INVALID`, and what a node or the wallet fails with.
   * @example
   * ```ts
   * await governance.reweigh(account);
   * ```
   */
  reweigh(named: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const account = canonicalAddress(named, "account");
      const receipt = await send(this.units, () => this.units.reweigh.populateTransaction(account));
      return withEvent(this.units, receipt, ["Reweighed"], { account });
    });
  }

  /**
   * Proposes what a file says, in the signer's name, and returns the proposal's number.
   * @throws `PROPOSAL_MALFORMED`, and what the governor refuses: it is asked before gas is spent.
   * @example
   * ```ts
   * const call = { target: deployment.contracts.Market, abi: market.market.interface, call: "setProtocolFee", args: [250] };
   * const proposalId = await governance.propose({ title: "Lower the fee", why: "Sales fell.", calls: [call] });
   * ```
   */
  propose(file: ProposalFile): Sent<bigint> {
    return this.chain.write(async ({ send }) => {
      const proposer = await this.chain.account();
      await this.chain.require();
      const { targets, values, calldatas, description } = encodeProposal(file, proposer);
      const call = [targets, values, calldatas, description] as const;
      // Simulated first: the error then says which call is refused, before any gas is spent. The number follows from the calls.
      const proposalId = await this.governor.propose.staticCall(...call);
      const receipt = await send(this.governor, () => this.governor.propose.populateTransaction(...call));
      withEvent(this.governor, receipt, ["ProposalClassified"], { proposalId });
      return proposalId;
    });
  }

  /**
   * One ballot for both houses; see `encodeBallot`.
   * @param units A side for all units of the signer, or a split of them in the token's smallest unit.
   * @param options `asCitizen` is the vote in the citizens' house where it differs; `reason` is published.
   * @throws `GovernorUnexpectedProposalState` outside the voting period, `GovernorAlreadyCastVote`.
   * @example
   * ```ts
   * await governance.vote(proposalId, "for", { reason: "The fee is above that of others." });
   * ```
   */
  vote(
    id: bigint,
    units: Side | Split,
    options: { asCitizen?: Side; reason?: string } = {},
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { support, params } = encodeBallot(units, options.asCitizen);
      const reason = options.reason ?? "";
      const match = { voter: await this.chain.account(), proposalId: id };
      const { castVoteWithReason, castVoteWithReasonAndParams } = this.governor;
      const receipt = await send(this.governor, () =>
        params === "0x"
          ? castVoteWithReason.populateTransaction(id, support, reason)
          : castVoteWithReasonAndParams.populateTransaction(id, support, reason, params),
      );
      return withEvent(this.governor, receipt, ["VoteCast", "VoteCastWithParams"], match);
    });
  }

  /**
   * Starts the wait of a passed proposal. Anyone may.
   * @throws `GovernorUnexpectedProposalState` unless it passed.
   * @example
   * ```ts
   * const { state } = await governance.status(proposalId);
   * if (state === "succeeded") await governance.queue(proposalId);
   * ```
   */
  queue(id: bigint): Sent<ContractTransactionReceipt> {
    return this.#act(id, "ProposalQueued", () => this.governor["queue(uint256)"].populateTransaction(id));
  }

  /**
   * Carries out a proposal whose wait is over. Anyone may.
   * @throws `GovernorUnexpectedProposalState`, and what a call of the proposal fails with.
   * @example
   * ```ts
   * await governance.execute(proposalId);
   * ```
   */
  execute(id: bigint): Sent<ContractTransactionReceipt> {
    return this.#act(id, "ProposalExecuted", () => this.governor["execute(uint256)"].populateTransaction(id));
  }

  /**
   * Takes a proposal back: its proposer before voting starts, the guardian while its mandate lasts.
   * @throws `GovernorUnableToCancel` for anybody else.
   * @example
   * ```ts
   * await governance.cancel(proposalId);
   * ```
   */
  cancel(id: bigint): Sent<ContractTransactionReceipt> {
    return this.#act(id, "ProposalCanceled", () => this.governor["cancel(uint256)"].populateTransaction(id));
  }

  /**
   * The present state of a proposal.
   * @returns Times in Unix time, units in the token's smallest unit, citizens as a count.
   * @throws `GovernorNonexistentProposal`.
   * @example
   * ```ts
   * const { state, votingUntil, citizens } = await governance.status(proposalId);
   * ```
   */
  async status(id: bigint): Promise<ProposalStatus> {
    const { governor, ballots } = this;
    const [state, votingFrom, votingUntil, executableFrom, terms, tally] = await decodingErrors(() =>
      Promise.all([
        governor.state(id),
        governor.proposalSnapshot(id),
        governor.proposalDeadline(id),
        governor.proposalEta(id),
        ballots.termsOf(id),
        ballots.tallyOf(id),
      ]),
    );
    return {
      id,
      state: STATES[Number(state)]!,
      kind: KINDS[Number(terms.kind)]!,
      phase: Number(terms.phase),
      votingFrom,
      votingUntil,
      executableFrom,
      quorumUnits: terms.quorumUnits,
      units: { against: tally.againstUnits, for: tally.forUnits, abstain: tally.abstainUnits },
      citizens: { against: tally.againstCitizens, for: tally.forCitizens, abstain: tally.abstainCitizens },
    };
  }

  /**
   * Reports each change of a proposal until it can change no more, or until the signal says to stop.
   * @param options `everyMilliseconds` is the pause between two looks; 4,000 when left out.
   * @throws `GovernorNonexistentProposal`, and what a node fails with.
   * @example
   * ```ts
   * for await (const { state } of governance.watch(proposalId, { signal })) console.log(`now ${state}`);
   * ```
   */
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

  /** Moves a proposal on, which has to leave its event. */
  #act(
    proposalId: bigint,
    event: string,
    encode: () => Promise<ContractTransaction>,
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      // the reason of a refusal is the contract's own; a reader is told that it cannot sign, and not that it cannot call
      await this.chain.account();
      return withEvent(this.governor, await send(this.governor, encode), [event], { proposalId });
    });
  }
}
