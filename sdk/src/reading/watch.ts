import { argumentError } from "../base/checked";
import type { IsonomyError } from "../base/error";
import { finalBlock, type DeliveryPolicy } from "../deals/finality";
import { isAway } from "../errors/away";
import { decodingErrors, explainError } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { inconsistent } from "../rpc/inconsistent";
import { EVENT_NAMES, eventReader, type EventName, type EventReader, type MarketEvent } from "./events";
import { logsBetween, logsOf, newestBlock } from "./logs";
import type { BlockMark } from "./page";
import type { Reader } from "./reader";

/**
 * How far events were read: the last block, by number and hash, and some before it, by which the place where a reorg began is
 * found. It can be kept as JSON.
 */
export interface WatchCursor extends BlockMark {
  /** Newest first, ever further apart. */
  readonly before: readonly BlockMark[];
}

/** What is watched, from where on, and how patiently. */
export interface WatchOptions<N extends EventName = EventName> {
  /** The cursor of the last page that was taken in: the events after it follow. */
  readonly after?: WatchCursor | undefined;
  /** Without a cursor: the first block, or "latest" for what is yet to come. The deployment's first block where nothing is said. */
  readonly from?: number | "latest" | undefined;
  /** The events that are wanted; all where nothing is said. */
  readonly events?: readonly N[] | undefined;
  /**
   * How many blocks have to be on top of an event before it is told, or the node's block of that name: 64 where nothing is said.
   * With 0 it is told at once, and may be undone.
   */
  readonly confirmations?: DeliveryPolicy["confirmations"] | undefined;
  /** Milliseconds between two looks at the chain while nothing is new: 4,000 where nothing is said. */
  readonly everyMs?: number | undefined;
  /** How long a node may be away before that is an error, in milliseconds: five minutes where nothing is said. */
  readonly patienceMs?: number | undefined;
  /** Ends it: the loop is over, and nothing is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it when everything up to now is told. */
  readonly once?: boolean | undefined;
}

/** Some blocks more; there may be no event in them, and the cursor moves all the same. */
export interface WatchedEvents<N extends EventName = EventName> {
  readonly kind: "events";
  readonly events: readonly MarketEvent<N>[];
  /** To be kept together with what was made of the events. */
  readonly cursor: WatchCursor;
  /** Whether these are the newest blocks that are told. */
  readonly upToDate: boolean;
}

/** A reorg replaced blocks whose events were told: all that were told of blocks after this one did not happen. */
export interface UndoneEvents {
  readonly kind: "undone";
  /** The last block that still stands. */
  readonly after: number;
  readonly cursor: WatchCursor;
}

/** Blocks from the newest on down that are read one by one and by their hash: a node that is behind leaves out their events. */
const NEAR = 32;
const FIRST_SPAN = 5_000;
const FEW = 200;
const MANY = 2_000;
/** How many of the newest marks a cursor keeps, and how many in all. */
const DENSE = 8;
const MAX_MARKS = 64;
/** How far before the first block that is told, and before the last of many, others are remembered. */
const ANCHORS = [1, 17, 65, 257];
const LONGEST_WAIT_MS = 60_000;

/** Reads the events of one block after another, and says what a reorg undid. */
export async function* watchEvents<N extends EventName>(
  reader: Reader,
  options: WatchOptions<N>,
): AsyncGenerator<WatchedEvents<N> | UndoneEvents, void, void> {
  const { events = EVENT_NAMES as readonly N[], everyMs = 4_000, patienceMs = 300_000, signal } = options;
  requireTime("everyMs", everyMs);
  requireTime("patienceMs", patienceMs);
  const source = eventReader(reader, events);
  const watching = new Watching(reader, source, options);
  let awaySince: number | undefined;
  let wait = everyMs;
  while (signal?.aborted !== true) {
    let page: Step | typeof ABORTED;
    try {
      page = await orAborted(watching.step(), signal);
      [awaySince, wait] = [undefined, everyMs];
    } catch (thrown) {
      const error: IsonomyError = await explainError(thrown);
      awaySince ??= Date.now();
      if (!isAway(error.code) || Date.now() - awaySince > patienceMs) throw error;
      page = undefined;
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
    if (page === ABORTED) return;
    if (page === undefined && options.once === true && watching.isUpToDate) return;
    if (page === undefined) await pause(wait, signal);
    else yield page as WatchedEvents<N> | UndoneEvents;
  }
}

type Step = WatchedEvents | UndoneEvents | undefined;

/** How far a watch is. */
class Watching {
  readonly #reader: Reader;
  readonly #source: EventReader;
  readonly #confirmations: DeliveryPolicy["confirmations"];
  /** What was read, newest first. */
  #marks: readonly BlockMark[];
  #next: number | undefined;
  /** The first block that is told. */
  #first = 0;
  #span = FIRST_SPAN;
  /** Whether there was nothing new at the last look, and the node that said so was not behind. */
  isUpToDate = false;

  constructor(reader: Reader, source: EventReader, { after, from, confirmations = 64 }: WatchOptions) {
    this.#reader = reader;
    this.#source = source;
    this.#confirmations = confirmations;
    this.#marks = after === undefined ? [] : marksIn(after);
    if (from !== undefined && from !== "latest" && (!Number.isSafeInteger(from) || from < 0)) {
      throw argumentError("ARGUMENT_INVALID", { detail: `from is ${String(from)}, and not the number of a block.` });
    }
    if (after === undefined && from !== "latest") this.#next = from ?? reader.deployment.block ?? 0;
  }

  /** The next page; undefined when there is nothing new, or when the node that answers is behind. */
  async step(): Promise<Step> {
    const { chain } = this.#reader;
    this.isUpToDate = false;
    await chain.require();
    const head = await newestBlock(chain);
    const last = await finalBlock(chain.provider, head.number, this.#confirmations);
    const [newest] = this.#marks;
    if (newest !== undefined) {
      const standing = await this.#standing(head.number);
      if (standing === undefined) return undefined;
      if (standing > 0) {
        this.#marks = this.#marks.slice(standing);
        return { kind: "undone", after: this.#marks[0]!.number, cursor: this.#cursor() };
      }
      this.#next = Math.max(newest.number + 1, this.#first);
    } else {
      this.#next ??= last + 1;
      this.#first = this.#next;
      this.#marks = await this.#anchors(Math.min(this.#first, head.number + 1), 0);
    }
    if (this.#next > last) {
      this.isUpToDate = true;
      return undefined;
    }
    const near = head.number - NEAR;
    const found =
      this.#next > near ? await this.#block(this.#next) : await this.#range(this.#next, Math.min(last, near));
    if (found === undefined) return undefined;
    const { marks, logs } = found;
    // a reorg meanwhile: these blocks are of another chain than those before, and the next look finds where that began
    const before = this.#marks[0];
    if (before !== undefined && (await this.#mark(before.number))?.hash !== before.hash) return undefined;
    const events = logs.map((log) => this.#source.decode(log)).filter((event) => event !== undefined);
    this.#marks = thinned([...marks, ...this.#marks]);
    return { kind: "events", events, cursor: this.#cursor(), upToDate: marks[0]!.number === last };
  }

  /** Some blocks before one, newest first: a reorg that begins among blocks that were read in one go has to have begun somewhere. */
  async #anchors(before: number, least: number): Promise<BlockMark[]> {
    const numbers = ANCHORS.map((distance) => before - distance).filter((number) => number >= least);
    const marks = await Promise.all(numbers.map((number) => this.#mark(number)));
    return marks.filter((mark) => mark !== undefined);
  }

  /** Which of the marks is the newest that stands; undefined when the node does not have the newest of them yet. */
  async #standing(head: number): Promise<number | undefined> {
    const [newest] = this.#marks;
    for (const [at, { number, hash }] of this.#marks.entries()) {
      const block = number > head ? undefined : await this.#mark(number);
      // it is behind, or the chain that won is shorter and grows still: either way the next look tells more
      if (block === undefined) {
        if (at + 1 < this.#marks.length) continue;
        return undefined;
      }
      if (block.hash !== hash) continue;
      if (at === 0) return 0;
      const before = this.#marks[at - 1]!;
      return before.number > head || (await this.#mark(before.number)) === undefined ? undefined : at;
    }
    throw nodeError("HISTORY_REPLACED", { block: newest!.number, hash: newest!.hash });
  }

  /** One block by its hash. */
  async #block(number: number) {
    const mark = await this.#mark(number);
    if (mark === undefined) return undefined;
    return { marks: [mark], logs: await logsOf(this.#reader.chain, this.#source.query, mark) };
  }

  /** Old blocks, as many as have not too many events. */
  async #range(from: number, last: number) {
    const { chain } = this.#reader;
    const to = Math.min(from + this.#span - 1, last);
    const before = await this.#mark(to);
    if (before === undefined) return undefined;
    const anchors = await this.#anchors(to, from);
    const logs = await logsBetween(chain, this.#source.query, from, to);
    // a reorg meanwhile: what was read may be of both chains
    if ((await this.#mark(to))?.hash !== before.hash) return undefined;
    const foreign = logs.find(({ blockNumber, blockHash }) => blockNumber === to && blockHash !== before.hash);
    if (foreign !== undefined) throw inconsistent(foreign, `is of block ${foreign.blockHash}, not of ${before.hash}`);
    if (logs.length < FEW) this.#span = Math.min(4 * this.#span, Number.MAX_SAFE_INTEGER);
    else if (logs.length > MANY) this.#span = Math.max(Math.floor(this.#span / 4), 1);
    return { marks: [before, ...anchors], logs };
  }

  async #mark(number: number): Promise<BlockMark | undefined> {
    const block = await decodingErrors(() => this.#reader.chain.provider.getBlock(number));
    if (block === null || block.hash === null) return undefined;
    return { number: block.number, hash: block.hash };
  }

  #cursor(): WatchCursor {
    const [{ number, hash }, ...before] = this.#marks as [BlockMark, ...BlockMark[]];
    return { number, hash, before };
  }
}

/**
 * The newest marks, and of the older ones the first and the last of each power of two of blocks: there is always one at most some
 * times as far back as a reorg reaches.
 */
function thinned(marks: readonly BlockMark[]): BlockMark[] {
  const levelOf = (at: number): number =>
    at < DENSE ? -at - 1 : Math.floor(Math.log2(marks[0]!.number - marks[at]!.number));
  return marks
    .filter(
      (_, at) =>
        at === 0 || levelOf(at) !== levelOf(at - 1) || at + 1 === marks.length || levelOf(at) !== levelOf(at + 1),
    )
    .slice(0, MAX_MARKS);
}

function marksIn({ number, hash, before }: WatchCursor): BlockMark[] {
  const marks = [{ number, hash }, ...(Array.isArray(before) ? before : [])];
  const sound = marks.every(
    (one, at) =>
      Number.isSafeInteger(one?.number) &&
      /^0x[0-9a-f]{64}$/.test(one.hash) &&
      (at === 0 || one.number < marks[at - 1]!.number),
  );
  if (sound && marks.length <= MAX_MARKS) return marks.map((one) => ({ number: one.number, hash: one.hash }));
  throw argumentError("ARGUMENT_INVALID", { detail: "after is not the cursor of a page of events." });
}

function requireTime(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw argumentError("ARGUMENT_INVALID", { detail: `${name} is ${String(value)}, and not a number of milliseconds.` });
}

const ABORTED = Symbol("aborted");

/** What some work comes to, or that it was told to stop meanwhile; nobody waits for it then. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | typeof ABORTED> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  let stop = (): void => undefined;
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    stop = () => resolve(ABORTED);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Waits, at most until the signal. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
