import { codeSet } from "../base/codes";
import type { IsonomyError } from "../base/error";
import { AWAY_CODES } from "../errors/away";
import { chainError } from "../errors/chainErrors";
import type { TrackedDeal } from "./state";

/** The node is away or behind, and will be asked again; one of another chain may have come behind its address for a while. */
export const AWAY = new Set([...AWAY_CODES, ...codeSet("WRONG_NETWORK")]);
/** A pad that the version's key does not open. */
export const WORTHLESS = codeSet("DELIVERY_DECLINED", "POINT_INVALID");
/** A refusal of the deal itself: what was found out once stays so, and is not found out again. */
export const LASTING = new Set([...WORTHLESS, ...codeSet("DEAL_NOT_OURS")]);
/** What another clock or another margin may change: the deal rests, and is asked again. */
export const PASSING = codeSet("DEADLINE_TOO_CLOSE");
/** What nobody is owed anything for. */
export const NOT_OWED = new Set([...WORTHLESS, ...codeSet("DEAL_NOT_OURS")]);
/** What only the seller can put right. */
export const NEEDS_SELLER = codeSet(
  "KEY_NOT_KEPT",
  "KEY_FILE_LOST",
  "KEY_FILE_DAMAGED",
  "KEY_FILE_PASSWORD",
  "FILE_EXPOSED",
  "FILE_TOO_LONG",
  "FEE_CEILING",
  "INSUFFICIENT_FUNDS",
  "FEE_ABOVE_LIMIT",
  "TIP_ABOVE_LIMIT",
);
/** What stops the agent: going on could do what another one does. */
export const FATAL = codeSet("LOCK_LOST");

/** Whether nothing can make a deal one to deliver; a state of an earlier release says so of pads only. */
export function isForGood({ reason, lasting }: TrackedDeal): boolean {
  return WORTHLESS.has(reason) || lasting === true;
}

export function behind(block: number, cause?: unknown): IsonomyError {
  return chainError("NODE_BEHIND", { detail: `it has another block ${block} than was named before, or none.` }, cause);
}

/** Whether a failure blocks every deal: the node is unreachable, or the state cannot be kept. */
export function concernsAll({ code }: IsonomyError): boolean {
  return AWAY.has(code) || FATAL.has(code) || code === "STATE_UNWRITABLE";
}
