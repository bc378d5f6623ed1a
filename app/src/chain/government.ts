import type { CredentialStatus, ProposalKind, ProposalState, Split } from "isonomy";

/** What the government is now. Times are Unix time, in seconds; units and tokens are in the token's smallest unit. */
export interface Dao {
  /** The time of the newest block: what is due goes by it, and not by this machine's clock. */
  readonly now: bigint;
  readonly phase: number;
  readonly citizens: bigint;
  readonly guardian: string;
  readonly mandateEndsAt: bigint;
  readonly proposals: bigint;
  /** Units that it takes to propose. */
  readonly threshold: bigint;
  readonly votingDelay: bigint;
  readonly votingPeriod: bigint;
  /** What the account can do; undefined where none was asked about. */
  readonly voter: VoterStanding | undefined;
}

/** What an account's tokens weigh now, and in the newest proposal. */
export interface VoterStanding {
  readonly account: string;
  readonly tokens: bigint;
  /** What its own tokens weigh, delegated or not. */
  readonly unitsNow: bigint;
  /** The units that it could vote with now: its own, if it votes for itself, and others' that are delegated to it. */
  readonly votesNow: bigint;
  /** Who votes with its tokens; the zero address where nobody does. */
  readonly delegate: string;
  readonly credential: CredentialStatus;
  /** Whether the token counts the account as a citizen's. */
  readonly counted: boolean;
  /** Whether the token's word on the credential is old, which `reweigh` corrects. */
  readonly reweighDue: boolean;
  readonly last: SnapshotWeight | undefined;
}

/** What an account has at the snapshot of a proposal. */
export interface SnapshotWeight {
  readonly proposalId: bigint;
  readonly at: bigint;
  /** False while the snapshot is to come: the votes are then those of now. */
  readonly taken: boolean;
  readonly votes: bigint;
  /** Since when units must have been held to weigh, and what was held then. */
  readonly heldSince: bigint;
  readonly votesBefore: bigint;
  /** The smaller of the two. */
  readonly weight: bigint;
  readonly citizen: boolean;
}

/** A proposal as a list shows it. */
export interface ProposalRow {
  readonly id: bigint;
  readonly description: string;
  readonly proposer: string;
  readonly state: ProposalState;
  readonly kind: ProposalKind;
  readonly votingFrom: bigint;
  readonly votingUntil: bigint;
}

export interface ProposalsFound {
  readonly rows: readonly ProposalRow[];
  readonly total: number;
}

/** One call of a proposal, as the governor keeps it. */
export interface ProposalCall {
  readonly target: string;
  readonly value: bigint;
  readonly data: string;
  /** The role that the Authority gives the function. */
  readonly role: bigint;
}

/** A proposal with everything that its page shows. */
export interface ProposalDetail extends ProposalRow {
  readonly now: bigint;
  readonly calls: readonly ProposalCall[];
  /** The phase when it was made. */
  readonly phase: number;
  /** The later of the phase when it was made and that of the end of its vote, or of now: what asks the citizens. */
  readonly phaseOfVote: number;
  /** Whether it names or disavows issuers of a DAO that lacks citizens. */
  readonly regrows: boolean;
  readonly extended: boolean;
  readonly quorumPercent: number;
  /** What For and Abstain need together; 0 before the snapshot, when nobody knows. */
  readonly quorumUnits: bigint;
  /** Citizens at the snapshot; 0 before the first vote. */
  readonly citizensThen: bigint;
  readonly units: Split;
  readonly citizens: Split;
  readonly largeForUnits: bigint;
  /** What the contract says of the votes so far. */
  readonly quorate: boolean;
  readonly succeeds: boolean;
  /** Seconds from queueing to execution, by the votes so far. */
  readonly delay: bigint;
  /** When a queued one can be executed; 0 before. */
  readonly executableFrom: bigint;
  readonly proposedAt: bigint;
  readonly queuedAt: bigint | undefined;
  readonly executedAt: bigint | undefined;
  readonly canceledAt: bigint | undefined;
  /** What the asking account can do, and did. */
  readonly ballot: Ballot | undefined;
}

export interface Ballot {
  readonly weight: SnapshotWeight;
  /** Units that it has voted with. */
  readonly used: bigint;
  readonly citizenVoted: boolean;
}

/** How votes are spread over those who vote. */
export interface Concentration {
  readonly block: number;
  readonly supply: bigint;
  /** Who has units to vote with, the heaviest first. */
  readonly delegates: readonly { readonly account: string; readonly units: bigint }[];
  /** Undefined where nobody has units. */
  readonly measures: { readonly topTen: number; readonly nakamoto: number; readonly gini: number } | undefined;
}

/** Whether the registry's count or the token's units are not what the credential makes of them. */
export function isReweighDue({ state, counted }: CredentialStatus, hasBonus: boolean, phase: number): boolean {
  const citizen = state === "citizen";
  return citizen !== counted || hasBonus !== (citizen && phase > 0);
}

/** The government of the protocol. */
export interface GovernmentSource {
  /** What `account` can do is among it. */
  dao(account?: string): Promise<Dao>;
  /** The newest first. */
  proposals(page: { readonly offset: number; readonly limit: number }): Promise<ProposalsFound>;
  proposal(id: bigint, account?: string): Promise<ProposalDetail>;
  /** Who has how many units to vote with. */
  concentration(): Promise<Concentration>;
}
