import type { ProposalDetail, SnapshotWeight } from "../../../../app/src/chain/government";

/** A weight at a snapshot, where only what is given matters. */
export const weightOf = (given: Partial<SnapshotWeight>): SnapshotWeight => ({
  ...{ proposalId: 1n, at: 0n, taken: true, votes: 0n, heldSince: 0n, votesBefore: 0n, weight: 0n, citizen: false },
  ...given,
});

/** A proposal, where only what is given matters. */
export const detail = (given: Partial<ProposalDetail>): ProposalDetail => ({
  ...{ id: 1n, description: "", proposer: "", state: "active", kind: "parameters", votingFrom: 0n, votingUntil: 0n },
  ...{ now: 0n, calls: [], phase: 0, phaseOfVote: 0, regrows: false, extended: false, quorumPercent: 4 },
  ...{ quorumUnits: 0n, citizensThen: 0n, largeForUnits: 0n, quorate: false, succeeds: false, delay: 0n },
  ...{ executableFrom: 0n, proposedAt: 0n, queuedAt: undefined, executedAt: undefined, canceledAt: undefined },
  units: { for: 0n, against: 0n, abstain: 0n },
  citizens: { for: 0n, against: 0n, abstain: 0n },
  ballot: undefined,
  ...given,
});
