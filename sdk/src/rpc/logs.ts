import {
  toBeHex,
  toQuantity,
  type AddressLike,
  type BaseContract,
  type ContractRunner,
  type Filter,
  type FilterByBlockHash,
  type Log,
  type Provider,
} from "ethers";

import type { TypedContractEvent, TypedDeferredTopicFilter, TypedEventLog } from "../../../typechain-types/common";
import { codeSet } from "../base/codes";
import type { IsonomyError } from "../base/error";
import { isAway } from "../errors/away";
import { chainError } from "../errors/chainErrors";
import { classify } from "../errors/classify";
import { explainError } from "../errors/explain";
import { readRefusalOf } from "../errors/refusals";
import { READ_PATIENCE, sleep, type ReadPatience } from "./patient";

/** What events are asked of. */
export type LogSource = Pick<Provider, "getLogs" | "getBlock" | "getBlockNumber">;

/** Failures that come from the size of the range, or may. */
const OF_THE_SIZE = codeSet("NODE_FAILED", "ANSWER_TOO_LARGE");

/** Failures that a smaller range does not fix. */
const isElsewhere = (code: string): boolean =>
  (isAway(code) && !OF_THE_SIZE.has(code)) || code === "WRONG_NETWORK" || code === "PROVIDER_MISSING";

/** Whether the node answered, and said that reading took it too long: less takes less time. */
const isTooLong = (error: unknown): boolean =>
  (error as { code?: unknown }).code === "UNKNOWN_ERROR" && classify(error).code === "TIMEOUT";

/** Answers in a row after which a wider range is tried: a node with a limit on blocks refuses one request in nine. */
const WIDEN_AFTER = 8;

/** Pause before the first, and longest pause before a further request, for a refusal in words that nobody listed. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
const LONGEST_UNKNOWN_WAIT_MS = 1_000;

/**
 * Reads events from nodes that limit the blocks or the events of a request: a range that is too
 * wide is asked for in halves, and what worked is remembered. It grows again: events may be crowded in one place, and
 * anyone can crowd them there. A node that is busy or behind is waited for with the same range. Its word for what fits the
 * filter is not taken: an event that was not asked for is refused as `NODE_INCONSISTENT`.
 * @example
 * ```ts
 * const pager = new LogPager(provider);
 * const logs = await pager.getLogs({ address: deployment.contracts.Market, fromBlock: deployment.block });
 * ```
 */
export class LogPager {
  readonly #source: LogSource;
  readonly #getLogs: LogSource["getLogs"];
  readonly #patience: ReadPatience;
  #span = Number.MAX_SAFE_INTEGER;
  #answers = 0;

  /** @param getLogs How one range is asked for, when it is not the source's own `getLogs`. */
  constructor(
    source: LogSource,
    getLogs: LogSource["getLogs"] = (filter) => source.getLogs(filter),
    patience = READ_PATIENCE,
  ) {
    this.#source = source;
    this.#getLogs = getLogs;
    this.#patience = patience;
  }

  /**
   * The logs of a filter, in the order of the chain, in as many requests as the node wants.
   * @throws `RANGE_REFUSED` where the node refuses a single block, `NODE_INCONSISTENT`, and what a node fails with for longer than the patience.
   * @example
   * ```ts
   * const logs = await new LogPager(provider).getLogs({ address: account, fromBlock: 0, toBlock: "latest" });
   * ```
   */
  async getLogs(filter: Filter | FilterByBlockHash): Promise<Log[]> {
    if ("blockHash" in filter && filter.blockHash !== undefined) {
      const { blockHash } = filter;
      const logs = await this.#getLogs(filter);
      const foreign = logs.find((log) => log.blockHash.toLowerCase() !== blockHash.toLowerCase());
      if (foreign !== undefined)
        throw await inconsistent(foreign, `is of block ${foreign.blockHash}, not of ${blockHash}`);
      return requireAsked(logs, filter);
    }
    const { fromBlock, toBlock, ...rest } = filter as Filter;
    const last = await this.#numberOf(toBlock ?? "latest");
    const logs: Log[] = [];
    for (let from = await this.#numberOf(fromBlock ?? 0); from <= last;) {
      const { answer, to } = await this.#page(rest, from, last);
      const outside = answer.find(({ blockNumber }) => blockNumber < from || blockNumber > to);
      if (outside !== undefined) throw await inconsistent(outside, `is not in blocks ${from} to ${to}`);
      logs.push(...(await requireAsked(answer, rest)));
      from = to + 1;
      if (++this.#answers % WIDEN_AFTER === 0) this.#span = Math.min(2 * this.#span, Number.MAX_SAFE_INTEGER);
    }
    return logs;
  }

  /** The events from a block on, as many blocks as the node answers for. */
  async #page(rest: Filter, from: number, last: number): Promise<{ answer: Log[]; to: number }> {
    const started = Date.now();
    const widest = this.#span;
    let wait = FIRST_WAIT_MS;
    for (;;) {
      const to = Math.min(from + this.#span - 1, last);
      try {
        const range = { fromBlock: toQuantity(from), toBlock: toQuantity(to) };
        return { answer: await this.#getLogs({ ...rest, ...range }), to };
      } catch (error) {
        const refusal = readRefusalOf(error);
        // of one block nothing less can be asked for, so that only waiting is left
        const busy = refusal === "later" || (refusal === "unclear" && from === to);
        if (busy || refusal === "behind") {
          const limit = busy ? this.#patience.busyMs : this.#patience.behindMs;
          // what a patient provider has waited already counts
          const left = started + limit - Date.now();
          if (left <= 0) throw await explainError(error);
          await sleep(Math.min(wait, left));
          wait = Math.min(2 * wait, LONGEST_WAIT_MS);
          continue;
        }
        const known = await explainError(error);
        const { code, message } = known;
        if (isElsewhere(code) && refusal !== "unclear" && !isTooLong(error)) throw error;
        if (from === to) {
          // one block is as little as can be asked for: what was learnt on the way down is not kept
          this.#span = widest;
          throw refusal === undefined && code !== "UNEXPECTED"
            ? known
            : chainError("RANGE_REFUSED", { detail: message }, error);
        }
        // it may be a rate limit in words that nobody listed: the way down takes long enough for it to pass
        if (refusal === undefined || refusal === "unclear") {
          await sleep(wait);
          wait = Math.min(2 * wait, LONGEST_UNKNOWN_WAIT_MS);
        }
        this.#span = Math.ceil((to - from + 1) / 2);
        this.#answers = 0;
      }
    }
  }

  async #numberOf(tag: NonNullable<Filter["toBlock"]>): Promise<number> {
    if (typeof tag === "string" && !tag.startsWith("0x")) {
      if (tag === "earliest") return 0;
      // what is pending has left no event
      const block =
        tag === "latest" || tag === "pending"
          ? await this.#source.getBlockNumber()
          : (await this.#source.getBlock(tag))?.number;
      return block ?? 0;
    }
    // as ethers counts: backwards from the newest
    if (typeof tag === "number" && tag < 0) return Math.max(0, (await this.#source.getBlockNumber()) + tag);
    return Number(toBeHex(tag));
  }
}

const pagers = new WeakMap<object, LogPager>();

/** The pager of a provider: one for all clients of it, so that each knows what the others learnt. */
export function pagerOf(provider: Provider): LogPager | Provider {
  // one that pages itself, which may be of another copy of this package
  if ((provider as { pagesLogs?: unknown }).pagesLogs === true) return provider;
  let pager = pagers.get(provider);
  if (pager === undefined) pagers.set(provider, (pager = new LogPager(provider)));
  return pager;
}

/** The events of a contract that fit a filter, in as many requests as the node needs. */
export async function readEvents<E extends TypedContractEvent>(
  contract: BaseContract,
  provider: Provider,
  filter: TypedDeferredTopicFilter<E> | string,
  from: number,
  to: number | "latest" = "latest",
): Promise<TypedEventLog<E>[]> {
  const paged = contract.connect({ provider: pagerOf(provider) } as unknown as ContractRunner);
  const events = await paged.queryFilter(filter as never, from, to);
  // ethers leaves one that it cannot decode as it is
  const foreign = events.find((event) => !("args" in event));
  if (foreign !== undefined) throw await inconsistent(foreign, "is none that this contract leaves");
  return events as unknown as TypedEventLog<E>[];
}

/** The logs of a range of blocks, or of one block by its hash, in as many requests as the node needs. */
export async function readLogs(provider: Provider, filter: Filter | FilterByBlockHash): Promise<Log[]> {
  return pagerOf(provider).getLogs(filter);
}

async function requireAsked(logs: Log[], { address, topics }: Pick<Filter, "address" | "topics">): Promise<Log[]> {
  const addresses = await Promise.all([address ?? []].flat().map(addressIn));
  // a name that the chain resolves is compared with nothing
  const anywhere = addresses.length === 0 || addresses.some((one) => !/^0x[\da-f]{40}$/.test(one));
  const wanted = (topics ?? []).map((topic) => topic && [topic].flat().map((one) => one.toLowerCase()));
  for (const log of logs) {
    if (log.removed) throw await inconsistent(log, "was removed by a reorg");
    const here = anywhere || addresses.includes(log.address.toLowerCase());
    const fits = wanted.every((topic, at) => !topic || topic.includes(log.topics[at]?.toLowerCase() ?? ""));
    if (!here || !fits) throw await inconsistent(log, "is not what was asked for");
  }
  return logs;
}

/** An address of a filter, as ethers takes them. */
async function addressIn(given: AddressLike): Promise<string> {
  const one = await given;
  return (typeof one === "string" ? one : await one.getAddress()).toLowerCase();
}

/** Its table is loaded only then: most pages never need it. */
async function inconsistent(log: Log, what: string): Promise<IsonomyError> {
  return (await import("./inconsistent")).inconsistent(log, what);
}
