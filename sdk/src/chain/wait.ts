import { TransactionResponse, makeError, type Provider, type TransactionReceipt } from "ethers";

import { checked } from "../base/checked";
import type { IsonomyError } from "../base/error";
import { isUndecided } from "../errors/away";
import { chainError } from "../errors/chainErrors";
import { explainError } from "../errors/explain";
import { refusalOf } from "../errors/nodePhrases";
import { sendError } from "../errors/sendErrors";
import { sendRaw } from "../rpc/broadcast";
import { inTime, sleep } from "../rpc/patient";
import { providerFates, takerOf } from "./fate";

/** How long a transaction is watched. All in milliseconds. */
export interface WaitPatience {
  /** In all. */
  readonly minedMs: number;
  /** After which a transaction that the node had and has no more counts as dropped. */
  readonly goneMs: number;
  /** The same for one that the node never showed: it may have gone past it. */
  readonly unseenMs: number;
  /** For which a node may fail to answer. */
  readonly silentMs: number;
}

/** How a transaction is watched: for how long, and who is told that it is still on its way. */
export interface MiningWatch extends WaitPatience {
  /** Called at most once, when the transaction was sent or may have been. */
  readonly onSent?: (hash: string) => void;
  /** Called at every look at the chain after the first seconds. */
  readonly onWait?: (waiting: Waiting) => void;
}

/** A transaction that is still on its way. */
export interface Waiting {
  readonly hash: string;
  /** Whether the node shows it. If not, it is not known whether anybody took it. */
  readonly shown: boolean;
  /** How long it is watched from here on, unless something changes. */
  readonly leftMs: number;
}

/** Ten minutes for a fee that is too low; the rest is told while the caller is still there. */
export const WAIT_PATIENCE: WaitPatience = { minedMs: 600_000, goneMs: 20_000, unseenMs: 60_000, silentMs: 60_000 };

/** Looks at the chain that have to agree before a transaction counts as dropped: one of several nodes may lag. */
const LOOKS = 4;
const FIRST_POLL_MS = 100;
/** Nothing is said of a transaction that is mined sooner. */
const QUIET_MS = 2_000;
const DEFAULT_POLL_MS = 4_000;
/** Before one that may not have been taken is sent again, at first and at most. */
const FIRST_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 15_000;

/** A transaction that was handed over, and what is needed to recognise what becomes of it. */
export interface Submitted {
  readonly hash: string;
  readonly from: string;
  /** Whether somebody else signed it and only carries the account's call, as the bundler of a contract wallet does. */
  readonly carried?: boolean;
  /** Its number; undefined when the wallet chose it and the node has not shown the transaction. */
  readonly nonce?: number;
  /** The number that a wallet most likely chose, when `nonce` is not known. */
  readonly likelyNonce?: number;
  /** What it does: another transaction with the same nonce that does the same is the same one, sped up. */
  readonly to?: string | null;
  readonly data: string;
  readonly value: bigint;
  /** The signed transaction, where it is not sure that a node took it: the very same is sent again until one shows it. */
  readonly raw?: string;
  /** What a node said that has its number used: told once another transaction is seen to have taken it. */
  readonly refused?: IsonomyError;
}

/**
 * Waits until a transaction is mined, and returns the receipt of the one that was: a wallet that speeds a transaction up
 * sends another in its place. What will never be mined is told with a code of its own: `TRANSACTION_CANCELLED`,
 * `TRANSACTION_REPLACED`, `TRANSACTION_DROPPED`; what is not decided in time `TRANSACTION_UNCONFIRMED`.
 *
 * A library that waits for one hash hears of none of these when the node showed the transaction too late, when the wallet
 * chose the number, or when the replacing one went through another node. Here the account's number decides.
 * @param patience How long, in milliseconds; `WAIT_PATIENCE` when left out.
 * @throws `TRANSACTION_CANCELLED`, `TRANSACTION_REPLACED`, `TRANSACTION_DROPPED` or `TRANSACTION_UNCONFIRMED`.
 * @example
 * ```ts
 * const response = await signer.sendTransaction(transaction);
 * const { blockNumber } = await mined(provider, response);
 * ```
 */
export const mined = /* @__PURE__ */ checked(
  async (provider: Provider, sent: Submitted, patience: MiningWatch = WAIT_PATIENCE): Promise<TransactionReceipt> => {
    requirePatience(patience);
    const { hash } = sent;
    const started = Date.now();
    const longest = (provider as { pollingInterval?: number }).pollingInterval ?? DEFAULT_POLL_MS;
    let { nonce } = sent;
    let shown = false;
    let missing: { since: number; looks: number } | undefined;
    let answered = started;
    let again = FIRST_AGAIN_MS;
    let nextAgain = started + again;
    const longestWait = sent.refused === undefined ? patience.minedMs : Math.min(patience.minedMs, patience.unseenMs);
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(2 * wait, Math.max(longest, FIRST_POLL_MS))) {
      const now = Date.now();
      try {
        // a provider may repeat what a busy node refuses for longer than is waited here, and a lost answer has no end
        const receipt = await asked(provider.getTransactionReceipt(hash));
        if (receipt !== null) return succeeded(receipt);
        const [transaction, next] = await asked(
          Promise.all([provider.getTransaction(hash), provider.getTransactionCount(sent.from, "latest")]),
        );
        answered = Date.now();
        if (transaction !== null) {
          shown = true;
          missing = undefined;
          nonce ??= transaction.nonce;
        } else {
          missing ??= { since: now, looks: 0 };
          missing.looks++;
          if (sent.raw !== undefined && now >= nextAgain) {
            again = Math.min(2 * again, LONGEST_AGAIN_MS);
            nextAgain = now + again;
            // one that a node has, though the one that is asked does not show it, is not gone
            if (await asked(isTaken(provider, sent.raw))) missing = undefined;
          }
        }
        if (sent.carried === true) {
          // another transaction of the bundler with the same number says nothing about this call
        } else if (nonce === undefined && sent.likelyNonce !== undefined && next > sent.likelyNonce) {
          const taker = await asked(takerOf(providerFates(provider), sent.from, sent.likelyNonce));
          // the wallet never showed its number: one that does the same is ours, and of any other nothing is known
          const does = taker === undefined ? "other" : comparison(sent, taker);
          if (taker !== undefined && does !== "other") return await followed(provider, sent, taker);
        } else if (nonce !== undefined && next > nonce) {
          const taker = await asked(takerOf(providerFates(provider), sent.from, nonce));
          if (taker !== undefined && taker.hash.toLowerCase() !== hash.toLowerCase()) {
            return await followed(provider, sent, taker);
          }
          // the one that was mined is ours, or a node that lags does not show it yet
        }
        // of a number that the wallet or a bundler chose and never showed, nobody can say that it is free
        const free = nonce !== undefined && sent.carried !== true && next <= nonce;
        if (missing !== undefined && missing.looks >= LOOKS && free) {
          const after = shown ? patience.goneMs : patience.unseenMs;
          const gone = Date.now() - missing.since;
          if (gone >= after && sent.refused === undefined) {
            throw sendError("TRANSACTION_DROPPED", { hash, seconds: Math.round(gone / 1_000) });
          }
        }
      } catch (error) {
        const known = await explainError(error);
        if (!isUndecided(known.code) || Date.now() - answered > patience.silentMs) {
          throw isUndecided(known.code) ? unconfirmed(error) : known;
        }
      }
      if (Date.now() - started > longestWait) throw unconfirmed();
      tell();
      await sleep(wait);
    }

    /** An answer, as long as the node may stay silent. */
    function asked<T>(answer: Promise<T>): Promise<T> {
      const left = Math.max(answered + patience.silentMs - Date.now(), 0) + 1;
      return inTime(left, answer, () => chainError("TIMEOUT"));
    }

    function tell(): void {
      const now = Date.now();
      if (now - started < QUIET_MS) return;
      const ends = [started + longestWait];
      if (missing !== undefined) ends.push(missing.since + (shown ? patience.goneMs : patience.unseenMs));
      if (now - answered >= QUIET_MS) ends.push(answered + patience.silentMs);
      patience.onWait?.({ hash, shown: shown && missing === undefined, leftMs: Math.max(0, Math.min(...ends) - now) });
    }

    function unconfirmed(cause?: unknown): IsonomyError {
      const seconds = Math.round((Date.now() - started) / 1_000);
      const number = nonce ?? sent.likelyNonce ?? "unknown";
      return sendError("TRANSACTION_UNCONFIRMED", { hash, account: sent.from, nonce: number, seconds }, cause);
    }
  },
);

/** A limit that is no number would never be reached. */
function requirePatience({ minedMs, goneMs, unseenMs, silentMs }: WaitPatience): void {
  for (const [name, limit] of Object.entries({ minedMs, goneMs, unseenMs, silentMs })) {
    if (typeof limit !== "number" || !(limit >= 0)) throw new TypeError(`${name} is not a number of milliseconds.`);
  }
}

/** Sends a signed transaction once more; whether the node says that it has it. Any other answer says nothing new. */
async function isTaken(provider: Provider, raw: string): Promise<boolean> {
  try {
    await sendRaw(provider, raw);
    return true;
  } catch (error) {
    return refusalOf(error) === "known";
  }
}

function succeeded(receipt: TransactionReceipt): TransactionReceipt {
  if (receipt.status !== 0) return receipt;
  throw makeError("transaction execution reverted", "CALL_EXCEPTION", {
    action: "sendTransaction",
    data: null,
    reason: null,
    invocation: null,
    revert: null,
    transaction: { to: receipt.to, from: receipt.from, data: "" },
    receipt,
  });
}

/** What the transaction that took a number does, beside the one that was sent with it. */
function comparison(sent: Submitted, taker: TransactionResponse): "same" | "cancels" | "other" {
  const equal = (a?: string | null, b?: string | null): boolean => (a ?? "").toLowerCase() === (b ?? "").toLowerCase();
  if (equal(taker.to, sent.to) && equal(taker.data, sent.data) && taker.value === sent.value) return "same";
  return equal(taker.to, taker.from) && taker.value === 0n && taker.data === "0x" ? "cancels" : "other";
}

/** The outcome of the transaction that took the number: ours if it does the same. */
async function followed(provider: Provider, sent: Submitted, taker: TransactionResponse): Promise<TransactionReceipt> {
  const { hash, refused } = sent;
  const replacement = taker.hash;
  const does = comparison(sent, taker);
  // it never got into the place of the other, which is another program's even if it does the same
  if (refused !== undefined) throw refused;
  if (does === "same") {
    const receipt = await provider.getTransactionReceipt(replacement);
    if (receipt !== null) return succeeded(receipt);
    // another node has the block and this one has not: the caller looks again
    throw chainError("NODE_BEHIND", { detail: `it has no receipt of ${replacement} yet` });
  }
  throw sendError(does === "cancels" ? "TRANSACTION_CANCELLED" : "TRANSACTION_REPLACED", { hash, replacement });
}

/** Whether a response waits in a way of its own, as the wallets that are contracts do: their hash may be no transaction's. */
export function waitsByItself(response: TransactionResponse): boolean {
  return response instanceof TransactionResponse && response.wait !== TransactionResponse.prototype.wait;
}
