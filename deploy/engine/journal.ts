import { existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";

import { replaceFile } from "../../sdk/src/files";

/** A line of Ignition's journal, as far as it is read here. Numbers beyond 2^53 are written as `{ _kind: "bigint" }`. */
interface Line {
  readonly type: string;
  readonly futureId: string;
  readonly networkInteractionId?: number;
  readonly nonce?: number;
  readonly networkInteraction?: {
    readonly id: number;
    readonly type: string;
    readonly to?: string;
    readonly data: string;
    readonly value: { readonly _kind: "bigint"; readonly value: string };
  };
  readonly result?: { readonly type: string; readonly address?: string };
  readonly hash?: string;
  readonly receipt?: { readonly blockNumber: number };
}

/** What a step asked for, when the journal says that a transaction was about to be sent and does not know which. */
export interface LostTransaction {
  readonly futureId: string;
  readonly nonce: number;
  readonly to: string | undefined;
  readonly data: string;
  readonly value: bigint;
}

/** The transaction that carried a step out. */
export interface Confirmed {
  readonly hash: string;
  readonly blockNumber: number;
}

const JOURNAL = "journal.jsonl";
const ADDRESSES = "deployed_addresses.json";

export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, JOURNAL));
}

/**
 * Makes the files of a deployment readable again after a power cut: a last line that was not written to its end has had no effect yet, and
 * the list of addresses is rebuilt from the journal.
 */
export async function repairJournal(folder: string): Promise<void> {
  const path = join(folder, JOURNAL);
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const start = text.lastIndexOf("\n") + 1;
  if (!parses(text.slice(start))) truncateSync(path, Buffer.byteLength(text.slice(0, start)));

  const list = join(folder, ADDRESSES);
  if (!existsSync(list) || parses(readFileSync(list, "utf8"))) return;
  const addresses: Record<string, string> = {};
  for (const { type, futureId, result } of readLines(folder)) {
    if (type === "DEPLOYMENT_EXECUTION_STATE_COMPLETE" && result?.address !== undefined) {
      addresses[futureId] = result.address;
    }
  }
  await replaceFile(list, `${JSON.stringify(addresses, null, 2)}\n`, 0o644);
}

/** Transactions that were about to be sent when the process ended. */
export function lostTransactions(folder: string): LostTransaction[] {
  const requests = new Map<string, LostTransaction>();
  const lost = new Map<string, LostTransaction>();
  for (const line of readLines(folder)) {
    const { type, futureId, networkInteraction, nonce } = line;
    const key = `${futureId} ${line.networkInteractionId ?? networkInteraction?.id}`;
    if (type === "NETWORK_INTERACTION_REQUEST" && networkInteraction?.type === "ONCHAIN_INTERACTION") {
      const { to, data, value } = networkInteraction;
      requests.set(key, { futureId, nonce: -1, to, data, value: BigInt(value.value) });
    } else if (type === "TRANSACTION_PREPARE_SEND" && nonce !== undefined) {
      const request = requests.get(key);
      if (request !== undefined) lost.set(key, { ...request, nonce });
    } else if (type === "TRANSACTION_SEND" || type === "ONCHAIN_INTERACTION_REPLACED_BY_USER") {
      lost.delete(key);
    } else if (type === "WIPE_APPLY") {
      for (const other of [...lost.keys()]) if (other.startsWith(`${futureId} `)) lost.delete(other);
    }
  }
  return [...lost.values()];
}

/** The transaction of each step that is done, by the step's id. */
export function confirmedTransactions(folder: string): Map<string, Confirmed> {
  const confirmed = new Map<string, Confirmed>();
  for (const { type, futureId, hash, receipt } of readLines(folder)) {
    if (type !== "TRANSACTION_CONFIRM" || hash === undefined || receipt === undefined) continue;
    confirmed.set(futureId, { hash, blockNumber: receipt.blockNumber });
  }
  return confirmed;
}

function readLines(folder: string): Line[] {
  const path = join(folder, JOURNAL);
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line, index) => (line === "" ? [] : [lineOf(line, path, index + 1)]));
}

function lineOf(line: string, path: string, number: number): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    throw new Error(
      `Line ${number} of ${path} is not JSON: the file was damaged. Restore it from a copy, such as the committed one, and run the ` +
        "same command again.",
    );
  }
}

function parses(text: string): boolean {
  if (text === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
