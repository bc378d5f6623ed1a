import type { Interface, Log, LogDescription } from "ethers";

import { addressKey } from "../addresses/address";
import { argumentError } from "../base/checked";
import type { Chain } from "../chain/chain";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { inconsistent } from "../rpc/inconsistent";
import { readLogs } from "../rpc/logs";
import type { BlockMark } from "./page";

/** Where an event is on the chain: a list goes on after it. It can be kept as JSON. */
export interface EventCursor {
  readonly blockNumber: number;
  /** Its place among the logs of the block. */
  readonly index: number;
}

/** What events are asked for: all of the conditions have to hold, and of a list in one of them any. */
export interface LogQuery {
  readonly address: string | readonly string[];
  readonly topics: readonly (string | readonly string[] | null)[];
}

/** Blocks of the first request; it widens while few events come. */
const FIRST_SPAN = 5_000;
/** A window with fewer events than this is followed by a wider one, and one with more than `MANY` by a narrower one. */
const FEW = 200;
const MANY = 2_000;
/** The most events that one page looks at, and the most requests that it makes for them: then it ends, and says where it goes on. */
const MAX_SCANNED = 2_000;
const MAX_WINDOWS = 200;
const AFTER_ALL = Number.MAX_SAFE_INTEGER;

/** The newest block; the state of a page is read in it. */
export async function newestBlock(chain: Chain): Promise<BlockMark & { timestamp: number }> {
  const block = await decodingErrors(() => chain.provider.getBlock("latest"));
  if (block?.hash === undefined || block.hash === null) {
    throw nodeError("NODE_INCONSISTENT", { detail: "it has no newest block." });
  }
  return { number: block.number, hash: block.hash, timestamp: block.timestamp };
}

/** The logs of a range of blocks that fit a query, in their order; a node that names one twice fails with `NODE_INCONSISTENT`. */
export async function logsBetween(chain: Chain, query: LogQuery, from: number, to: number): Promise<Log[]> {
  const filter = { ...filterOf(query), fromBlock: from, toBlock: to };
  return inOrder(await decodingErrors(() => readLogs(chain.provider, filter)));
}

/** The same of one block by its hash: a node that does not have the block fails instead of leaving its logs out. */
export async function logsOf(chain: Chain, query: LogQuery, { number, hash }: BlockMark): Promise<Log[]> {
  const logs = await decodingErrors(() => readLogs(chain.provider, { ...filterOf(query), blockHash: hash }));
  const elsewhere = logs.find(({ blockNumber }) => blockNumber !== number);
  if (elsewhere !== undefined) throw inconsistent(elsewhere, `is not in block ${number}`);
  return inOrder(logs);
}

function filterOf({ address, topics }: LogQuery) {
  return {
    address: typeof address === "string" ? address : [...address],
    topics: topics.map((topic) => (Array.isArray(topic) ? [...(topic as string[])] : (topic as string | null))),
  };
}

function inOrder(logs: readonly Log[]): Log[] {
  const ordered = [...logs].sort(byPlace);
  for (const [at, log] of ordered.entries()) {
    const before = ordered[at - 1];
    if (before?.blockNumber === log.blockNumber && before.index === log.index) {
      throw inconsistent(log, "is there twice");
    }
  }
  return ordered;
}

/** What a log says, by the contract's own ABI; a log that the contract cannot have left is refused. */
export function parsedLog(log: Log, contract: Interface): LogDescription {
  let parsed: LogDescription | null = null;
  try {
    parsed = contract.parseLog(log);
  } catch {
    // too short, or of other types
  }
  if (parsed === null) throw inconsistent(log, "is none that this contract leaves");
  return parsed;
}

/** What a log was turned into; undefined for one that is left out. */
export type Picker<Item> = (logs: readonly Log[]) => Promise<readonly (Item | undefined)[]>;

/**
 * Looks through the events of some queries from a place on until a page is full. Reads in windows of blocks that widen while few events
 * come, so that neither a long quiet time nor a crowded one costs much, and ends a page early after many events of no
 * interest: strangers can leave as many as they pay for.
 */
export async function pageOfLogs<Item>(
  chain: Chain,
  queries: readonly LogQuery[],
  range: { readonly first: number; readonly last: number; readonly after?: EventCursor; readonly newest: boolean },
  limit: number,
  pick: Picker<Item>,
): Promise<{ items: Item[]; next: EventCursor | undefined }> {
  const { first, last, after, newest } = range;
  if (after !== undefined) requireCursor(after);
  const items: Item[] = [];
  let scanned = 0;
  let span = FIRST_SPAN;
  let at = newest ? Math.min(after?.blockNumber ?? last, last) : Math.max(after?.blockNumber ?? first, first);
  for (let windows = 0; newest ? at >= first : at <= last; windows++) {
    const [from, to] = newest ? [Math.max(at - span + 1, first), at] : [at, Math.min(at + span - 1, last)];
    if (windows === MAX_WINDOWS) {
      return { items, next: newest ? { blockNumber: to, index: AFTER_ALL } : { blockNumber: from, index: -1 } };
    }
    const answers = await Promise.all(queries.map((query) => logsBetween(chain, query, from, to)));
    const found = answers.flat().sort(byPlace);
    const logs = (newest ? found.reverse() : found).filter(
      (log) => after === undefined || isBeyond(log, after, newest),
    );
    // one page of answers at a time: what follows the last item of a page is not asked about
    for (let start = 0; start < logs.length; start += limit) {
      const some = logs.slice(start, start + limit);
      const picked = await pick(some);
      for (const [index, item] of picked.entries()) {
        if (item === undefined) continue;
        items.push(item);
        if (items.length === limit) return { items, next: placeOf(some[index]!) };
      }
      scanned += some.length;
      if (scanned >= MAX_SCANNED) return { items, next: placeOf(some.at(-1)!) };
    }
    if (found.length < FEW) span = Math.min(4 * span, Number.MAX_SAFE_INTEGER);
    else if (found.length > MANY) span = Math.max(Math.floor(span / 4), 1);
    at = newest ? from - 1 : to + 1;
  }
  return { items, next: undefined };
}

const byPlace = (a: EventCursor, b: EventCursor): number => a.blockNumber - b.blockNumber || a.index - b.index;

function isBeyond(log: Log, after: EventCursor, newest: boolean): boolean {
  const difference = byPlace(log, after);
  return newest ? difference < 0 : difference > 0;
}

/** The place of a log. */
export function placeOf({ blockNumber, index }: Pick<Log, "blockNumber" | "index">): EventCursor {
  return { blockNumber, index };
}

function requireCursor({ blockNumber, index }: EventCursor): void {
  if (Number.isSafeInteger(blockNumber) && Number.isSafeInteger(index) && blockNumber >= 0) return;
  throw argumentError("ARGUMENT_INVALID", { detail: "after is not the place of an event, as `next` of a page is." });
}

/** An address as events have it in their topics. */
export function topicOf(address: string): string {
  return `0x${addressKey(address).slice(2).padStart(64, "0")}`;
}
