import type { Block } from "ethers";

import type { DealClient } from "../deals/client";
import type { Deal, DealStatus } from "../deals/deal";
import { chainError } from "../errors/chainErrors";
import { decodeError } from "../errors/decode";
import { decodingErrors } from "../errors/explain";
import type { Announcer } from "./announcer";
import type { DealBook } from "./dealBook";
import type { SellerMetrics } from "./metrics";
import type { SellerOptions } from "./options";
import { mapInBatches } from "../base/batches";
import { AWAY, behind } from "./refusals";
import type { BlockMark, TrackedDeal } from "./state";
import { keyOf, restarted, tracked } from "./tracked";

/** Blocks below the last final one that are read again at each look: a node that was behind answered for them with nothing. */
const READ_AGAIN_BLOCKS = 128;
/** Seconds that are read again at least, where blocks come faster. */
const READ_AGAIN_SECONDS = 600;
/** Statuses that are read at once. */
const READS = 25;

/** Reads the chain for an agent: the purchases, what became of deliveries, and what a reorganisation took back. */
export class Scanner {
  readonly #options: SellerOptions;
  readonly #book: DealBook;
  readonly #announcer: Announcer;
  readonly #metrics: SellerMetrics;

  constructor(options: SellerOptions, book: DealBook, announcer: Announcer, metrics: SellerMetrics) {
    this.#options = options;
    this.#book = book;
    this.#announcer = announcer;
    this.#metrics = metrics;
  }

  /** A node may be exchanged behind its address: nothing of another chain may be taken for ours. */
  async requireChain(): Promise<void> {
    const { provider, chainId } = this.#options;
    const answered = await decodingErrors(() =>
      "send" in provider
        ? (provider as { send(method: string, params: unknown[]): Promise<string> }).send("eth_chainId", [])
        : provider.getNetwork().then((network) => network.chainId.toString()),
    );
    if (BigInt(answered) !== chainId)
      throw chainError("WRONG_NETWORK", { actual: BigInt(answered), expected: chainId });
  }

  async block(which: number | "latest"): Promise<Block> {
    const block = await decodingErrors(() => this.#options.provider.getBlock(which));
    if (block === null) throw chainError("TIMEOUT");
    return block;
  }

  /** Whether the newest block that was seen is no longer on the chain. */
  async noticeReorg(head: Block): Promise<boolean> {
    const { marks } = this.#book;
    const differs = async ({ number, hash }: BlockMark): Promise<boolean> =>
      hash !== "" && (number > head.number || (await this.block(number)).hash !== hash);
    const reorganised = await differs(marks.head);
    if (reorganised) {
      this.#metrics.add("reorgs_total");
      const text = `block ${marks.head.number} was replaced; what was in it is read again`;
      this.#announcer.say("warning", "reorg", text);
      // deeper than what counted as final: nothing that was read before can be relied on
      if (await differs(marks.scanned)) this.#book.scannedTo({ number: this.#options.fromBlock - 1, hash: "" });
    }
    return reorganised;
  }

  /** Reads the purchases since the last final block, and forgets those that a reorg took away before they were final. */
  async scan(head: Block, final: number): Promise<void> {
    const book = this.#book;
    const known = new Map(book.deals.map((deal) => [keyOf(deal), deal]));
    const first = await this.#firstToRead(head);
    const found = await this.#opened(first, head, known);
    const older = book.deals.filter((deal) => deal.block < first && !found.has(keyOf(deal)));
    const missing = book.deals.filter((deal) => deal.block >= first && !found.has(keyOf(deal)));
    const statuses = await this.statusesAt(missing, head.number);
    for (const [index, deal] of missing.entries()) {
      if (statuses[index] !== "none") {
        // the node did not name it, but it is there
        found.set(keyOf(deal), deal);
        continue;
      }
      this.#announcer.say("warning", "gone", `deal ${deal.id} is no longer on the chain`, { deal: deal.id });
      await book.forget(deal);
    }
    for (const deal of found.values()) {
      if (!known.has(keyOf(deal)) && deal.status === "waiting") {
        const text = `deal ${deal.id} of version ${deal.versionId} waits for its delivery`;
        this.#announcer.say("info", "sale", text, { deal: deal.id, deliverBy: deal.deliverBy });
      }
    }
    book.follow([...older, ...found.values()]);
    if (final > book.marks.scanned.number) {
      book.scannedTo({ number: final, hash: (await this.block(final)).hash! });
    }
    await book.save();
  }

  /** The deals that the events from a block on name, by their keys. */
  async #opened(
    first: number,
    head: Block,
    known: ReadonlyMap<string, TrackedDeal>,
  ): Promise<Map<string, TrackedDeal>> {
    const { maxBlocksPerRequest, wallet } = this.#options;
    const reader = this.#reader();
    const found = new Map<string, TrackedDeal>();
    for (let from = first; from <= head.number; from += maxBlocksPerRequest) {
      const to = Math.min(from + maxBlocksPerRequest - 1, head.number);
      // asked in one batch: a node that has not the last block of the range must not answer for it with nothing
      const [opened, last] = await Promise.all([reader.openedFor(wallet.address, from, to), this.block(to)]);
      if (to === head.number && last.hash !== head.hash) throw behind(to);
      const fresh = opened.filter(({ deal }) => !known.has(keyOf(deal)));
      const statuses = await this.statusesAt(
        fresh.map(({ deal }) => deal),
        head.number,
      );
      opened.forEach(({ deal, blockNumber: block }) => {
        const key = keyOf(deal);
        const before = known.get(key);
        if (before !== undefined) {
          // in another block it is another purchase, and what was found out about it may be otherwise
          const again = before.block === block ? {} : { status: restarted(before), reason: "", lasting: false };
          return void found.set(key, { ...before, ...again, block });
        }
        const status = statuses[fresh.findIndex((one) => one.deal === deal)];
        if (status === "open") found.set(key, tracked(deal, block));
        // a delivery of an earlier run, which a reorg may still take back
        if (status === "delivered") found.set(key, { ...tracked(deal, block), status, deliveredIn: head.number });
      });
    }
    return found;
  }

  /**
   * The block from which on events are read. Those before the last final one are read again: a node that was behind answers
   * for blocks which it has not with nothing, and what it left out must not be passed over for ever.
   */
  async #firstToRead(head: Block): Promise<number> {
    const { fromBlock } = this.#options;
    const { scanned } = this.#book.marks;
    const before = Math.max(scanned.number + 1 - READ_AGAIN_BLOCKS, fromBlock, 0);
    if (before > head.number) return Math.min(scanned.number + 1, head.number);
    const seconds = head.timestamp - (await this.block(before)).timestamp;
    const blocks = head.number - before;
    if (seconds >= READ_AGAIN_SECONDS || seconds <= 0 || blocks <= 0) return before;
    const more = Math.ceil((READ_AGAIN_SECONDS * blocks) / seconds);
    return Math.max(Math.min(before, scanned.number + 1 - more), fromBlock, 0);
  }

  /** A delivery that a reorg took back is due again; one that is final is forgotten. */
  async followDeliveries(head: Block, final: number, reorganised: boolean): Promise<void> {
    const book = this.#book;
    const due = book.deals.filter(
      ({ status, deliveredIn }) => status === "delivered" && (reorganised || deliveredIn <= final),
    );
    const statuses = await this.statusesAt(due, head.number);
    for (const [index, deal] of due.entries()) {
      const status = statuses[index];
      if (status === "open") {
        const text = `the delivery of deal ${deal.id} was undone by a reorg`;
        this.#announcer.say("warning", "undone", text, { deal: deal.id });
        book.change(deal, { status: "waiting", deliveredIn: 0 });
        book.countDelivered(-1);
      } else if (status === "none" || deal.deliveredIn <= final) {
        await book.forget(deal);
      }
    }
  }

  /** The statuses of deals in a block, in their order. */
  statusesAt(deals: readonly Pick<Deal, "opener" | "id">[], block: number): Promise<DealStatus[]> {
    const reader = this.#reader();
    return mapInBatches(deals, READS, (deal) => this.#statusAt(reader, deal, block));
  }

  /** The status of a deal in a block. Every block has an answer, so a node that fails does not have this block. */
  async #statusAt(client: DealClient, deal: Pick<Deal, "opener" | "id">, block: number): Promise<DealStatus> {
    try {
      return await client.statusOf(deal, block);
    } catch (error) {
      throw AWAY.has(decodeError(error).code) ? error : behind(block, error);
    }
  }

  #reader(): DealClient {
    return this.#options.deals(this.#book.signer);
  }
}
