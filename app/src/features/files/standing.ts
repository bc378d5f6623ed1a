import type { DealStatus } from "isonomy/reading";

import { sameAddress } from "../../addresses";
import type { DealState } from "../../chain/source";

/** What can be done with a deal now, in the order in which it is offered. */
export type Act = "open" | "accept" | "complain" | "refundUndelivered" | "refundDefective" | "settle";

/** What became of opening the file. */
export type Outcome = "unopened" | "right" | "wrong";

/** What a sentence about a deal is called in the catalogue. */
export type Standing =
  "waiting" | "late" | "delivered" | "complaintsOver" | "defective" | "disputed" | "settled" | "split" | "refunded";

/** Whether a proof that is on the chain refunds this deal. A dispute keeps its time open; a delivery that was not complained of in time is over. */
export function refundsByProof({ deal, status, defectiveAt }: DealState): boolean {
  if (defectiveAt === 0n) return false;
  return status === "open" || status === "disputed" || (status === "delivered" && defectiveAt <= deal.complainBy);
}

/** Where a deal stands for who looks at it. */
export function standingOf(state: DealState): Standing {
  const { deal, status, now } = state;
  if (refundsByProof(state)) return "defective";
  const words: Record<DealStatus, Standing> = {
    none: "waiting",
    open: now > deal.deliverBy ? "late" : "waiting",
    delivered: now > deal.complainBy ? "complaintsOver" : "delivered",
    disputed: "disputed",
    settled: "settled",
    split: "split",
    refunded: "refunded",
  };
  return words[status];
}

/** Whether a deal may still change by somebody else's doing: then it is looked at again. */
export const isMoving = ({ status }: DealState): boolean => ["open", "delivered", "disputed"].includes(status);

/**
 * The acts that the chain would take now. A refund and a settlement may be sent by anyone; to accept is the recipient's alone, and a
 * proof needs what this browser found in the file.
 */
export function actsOf(state: DealState, account: string | undefined, outcome: Outcome): Act[] {
  const { deal, status, now, scalar } = state;
  const acts: Act[] = [];
  if (scalar !== undefined) acts.push("open");
  if (refundsByProof(state)) acts.push("refundDefective");
  else if (status === "open" && now > deal.deliverBy) acts.push("refundUndelivered");
  else if (status === "delivered") {
    // a second before its end: the proof has to be in a block by then
    if (outcome === "wrong" && now < deal.complainBy) acts.push("complain");
    if (outcome === "right" && account !== undefined && sameAddress(account, deal.recipient)) acts.push("accept");
    if (now > deal.complainBy) acts.push("settle");
  }
  return acts;
}
