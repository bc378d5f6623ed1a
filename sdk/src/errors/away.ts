import { codeSet } from "../base/codes";

/**
 * Codes which say that the node, or the way to it, is away, busy or behind for now, and nothing about what was asked. The
 * same question may be answered later: a reader waits, an agent asks again, and of a transaction nothing is known.
 * A caller that treats one more or one less so says it beside the question.
 */
export const AWAY_CODES = codeSet(
  "NETWORK_UNREACHABLE",
  "NETWORK_CHANGED",
  "RPC_UNREACHABLE",
  "TIMEOUT",
  "NODE_BUSY",
  "NODE_BEHIND",
  "NODE_FAILED",
  "ANSWER_MISSING",
  "ANSWER_TOO_LARGE",
  "BATCH_REFUSED",
  "POOL_FULL",
);

/**
 * Whether an error's code says that the node is away for now, and nothing about what was asked.
 * @example
 * ```ts
 * const { code } = decodeError(error);
 * if (isAway(code)) show("The node is away; try again.");
 * ```
 */
export function isAway(code: string): boolean {
  return AWAY_CODES.has(code);
}

/**
 * Whether an error's code says nothing about a transaction that was on its way: it may have been taken, or not.
 * @example
 * ```ts
 * const { code } = decodeError(error);
 * if (isUndecided(code)) console.log("Look at the account before you send it again.");
 * ```
 */
export function isUndecided(code: string): boolean {
  return isAway(code) || code === "UNEXPECTED";
}
