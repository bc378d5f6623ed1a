import type { TransactionReceipt } from "ethers";

import type { IsonomyError } from "../base/error";
import type { FeeLimits } from "../chain/fees";
import type { JournalEntry } from "./state";

/** Keeps signed transactions. `put` returns when the entry is safe. */
export interface Journal {
  entries(): readonly JournalEntry[];
  put(entry: JournalEntry): Promise<void>;
  forget(label: string): Promise<void>;
}

/** How a journal's transactions are followed, and what they may cost. */
export interface JournalSettings {
  /** Milliseconds to wait for a transaction before giving back; it stays in the journal. */
  readonly patience: number;
  /** Polling interval, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Milliseconds after which the same transaction is signed again with a higher fee; sooner when its time runs out. */
  readonly raiseAfter: number;
  /**
   * The most that is paid for one unit of gas, in wei. Without it, `DEFAULT_CEILING`, or as much as takes the whole worth of
   * a transaction that others can read already.
   */
  readonly maxFeePerGas?: bigint;
  /** What one transaction may cost in gas before others can read it; one coin, and a tip of 100 gwei, where nothing is said. */
  readonly limits?: FeeLimits;
  readonly signal?: AbortSignal;
}

/** What a transaction is for. */
export interface Purpose {
  /** Last second of the chain's clock in which it is of use; a later one is replaced by one that does nothing. */
  readonly until?: bigint;
  /** Seconds that must be left before `until` when it is first sent. */
  readonly margin?: bigint;
  /** What is lost when it is not mined, in wei; 0 where that cannot be said in native coin. */
  readonly worth?: bigint;
}

/** What became of a transaction of the journal, by its label. */
export interface Outcome {
  readonly label: string;
  readonly state: "mined" | "failed" | "replaced" | "waiting";
  readonly receipt?: TransactionReceipt;
  /** Its fee is what keeps it waiting, and may not be raised any more. */
  readonly capped?: boolean;
  /** Why it could not be sent again now. */
  readonly error?: IsonomyError;
}

/** Labels of transactions that do nothing but use a number up. */
export const EMPTY = "empty:";

/** What all signers with one journal know. */
export interface Shared {
  /** The turn that was taken last. */
  last: Promise<unknown>;
  /** Labels whose fee a node called too low. */
  readonly low: Set<string>;
  /** Labels whose transactions were seen in the chain: what they came to need not be asked again. */
  readonly mined: Set<string>;
  /** Labels whose gas limit a node called too low. */
  readonly short: Set<string>;
  /** Since when the node has not shown what used a label's number. */
  readonly unclear: Map<string, number>;
}

export function nothingShared(): Shared {
  return { last: Promise.resolve(), low: new Set(), mined: new Set(), short: new Set(), unclear: new Map() };
}
