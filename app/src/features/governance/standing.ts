import { isZeroAddress, sameAddress } from "../../addresses";
import type { VoterStanding } from "../../chain/government";

/** Why units, votes and tokens of an account differ; each is a sentence of the catalogue. */
export type Reason =
  | "nothing"
  | "notDelegated"
  | "delegatedAway"
  | "others"
  | "bonus"
  | "bonusLost"
  | "bonusLater"
  | "seasoning"
  | "reweigh"
  | "toCome"
  | "gained"
  | "lost"
  | "short";

export function reasonsOf(voter: VoterStanding, phase: number): Reason[] {
  const { account, tokens, unitsNow, votesNow, delegate, counted, credential, reweighDue, last } = voter;
  const reasons: Reason[] = [];
  const toSelf = sameAddress(delegate, account);
  if (tokens === 0n && votesNow === 0n) reasons.push("nothing");
  else if (tokens > 0n && isZeroAddress(delegate)) reasons.push("notDelegated");
  else if (tokens > 0n && !toSelf) reasons.push("delegatedAway");
  if (votesNow > (toSelf ? unitsNow : 0n)) reasons.push("others");
  if (counted && tokens > 0n) reasons.push(toSelf ? "bonus" : "bonusLost");
  if (credential.state === "citizen" && phase === 0) reasons.push("bonusLater");
  if (credential.state === "seasoning") reasons.push("seasoning");
  if (reweighDue) reasons.push("reweigh");
  if (last === undefined) return reasons;
  if (!last.taken) reasons.push("toCome");
  else if (votesNow > last.votes) reasons.push("gained");
  else if (votesNow < last.votes) reasons.push("lost");
  if (last.votesBefore < last.votes) reasons.push("short");
  return reasons;
}
