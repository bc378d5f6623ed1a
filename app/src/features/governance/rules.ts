import type { ProposalDetail } from "../../chain/government";

// The numbers of BallotBox; a test compares them with the contract.
/** A veto takes this many citizens. */
export const VETO_FLOOR = 10n;
/** A majority takes this many citizens voting. */
export const TURNOUT_FLOOR = 50n;
/** And both take this part of all. */
export const TURNOUT_DIVISOR = 20n;
/** Seconds in which what passed can be queued, and what was queued executed. */
export const GRACE_PERIOD = 14n * 86_400n;

/** What the citizens are asked: nothing, whether they object, or for their majority. */
export type Asked = "none" | "veto" | "majority";

type Counted = Pick<
  ProposalDetail,
  "kind" | "phaseOfVote" | "regrows" | "citizensThen" | "units" | "citizens" | "quorumUnits"
>;

export const askedOf = ({ kind, phaseOfVote, regrows }: Counted): Asked => {
  if (phaseOfVote === 0) return "none";
  return regrows || phaseOfVote === 1 || kind === "parameters" ? "veto" : "majority";
};

/** Citizens that it takes: to object, or to vote at all. */
export function citizensNeeded(one: Counted): bigint {
  const asked = askedOf(one);
  if (asked === "none") return 0n;
  const part = (one.citizensThen + TURNOUT_DIVISOR - 1n) / TURNOUT_DIVISOR;
  const floor = asked === "veto" ? VETO_FLOOR : TURNOUT_FLOOR;
  return (asked === "veto" && one.regrows) || part < floor ? floor : part;
}

/** Why a vote would fail if it ended now. */
export type Lack = "noVotes" | "quorum" | "tokenMajority" | "veto" | "citizensMajority" | "turnout";

/** What is missing, as the contract counts; nothing where it would pass. */
export function lacksOf(one: Counted): Lack[] {
  const { units, citizens, quorumUnits } = one;
  const turnout = citizens.for + citizens.against + citizens.abstain;
  if (units.for + units.against + units.abstain + turnout === 0n) return ["noVotes"];
  const lacks: Lack[] = [];
  if (units.for + units.abstain < quorumUnits) lacks.push("quorum");
  if (units.for <= units.against) lacks.push("tokenMajority");
  const asked = askedOf(one);
  const needed = citizensNeeded(one);
  if (asked === "veto" && citizens.against > citizens.for && citizens.against >= needed) lacks.push("veto");
  if (asked === "majority") {
    if (citizens.for <= citizens.against) lacks.push("citizensMajority");
    if (turnout < needed) lacks.push("turnout");
  }
  return lacks;
}

/** What the account can do about a proposal now. */
export interface Doable {
  /** What a ballot would weigh, in units and as a citizen; undefined where it would change nothing. */
  readonly vote: { readonly units: bigint; readonly citizen: boolean } | undefined;
  readonly queue: boolean;
  readonly execute: boolean;
}

export function doableOf({ state, ballot, now, executableFrom }: ProposalDetail): Doable {
  const units = ballot === undefined || ballot.used >= ballot.weight.weight ? 0n : ballot.weight.weight - ballot.used;
  const citizen = ballot !== undefined && ballot.weight.citizen && !ballot.citizenVoted;
  return {
    vote: state === "active" && (units > 0n || citizen) ? { units, citizen } : undefined,
    queue: state === "succeeded",
    execute: state === "queued" && now >= executableFrom,
  };
}

/** A point of a proposal's life; without a time where it is not known yet. */
export interface Step {
  readonly name: "proposed" | "snapshot" | "votingEnds" | "queued" | "executable" | "expires" | "executed" | "canceled";
  readonly at: bigint | undefined;
  readonly past: boolean;
}

/** From its making to its end, as far as that can be said now. */
export function lifeOf(one: ProposalDetail): Step[] {
  const { now, state, queuedAt, executedAt, canceledAt, executableFrom, votingUntil } = one;
  const step = (name: Step["name"], at: bigint | undefined): Step => ({
    name,
    at,
    past: at !== undefined && at <= now,
  });
  const steps = [step("proposed", one.proposedAt), step("snapshot", one.votingFrom), step("votingEnds", votingUntil)];
  if (state === "canceled")
    return [...steps.filter(({ at }) => at! <= (canceledAt ?? now)), step("canceled", canceledAt)];
  if (state === "defeated") return steps;
  if (queuedAt !== undefined) {
    steps.push(step("queued", queuedAt), step("executable", executableFrom));
    if (executedAt !== undefined) return [...steps, step("executed", executedAt)];
    return [...steps, step("expires", executableFrom + GRACE_PERIOD)];
  }
  return [...steps, step("queued", undefined), step("expires", votingUntil + GRACE_PERIOD)];
}
