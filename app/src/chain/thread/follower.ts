import type { Provider } from "ethers";
import { decodeError } from "isonomy/errors";
import { licenseIdParts, type BlockMark, type EventName, type MarketEvent, type ReadClient } from "isonomy/reading";

import { sameAddress } from "../../addresses";
import { modelIdOf } from "../ids";
import type { Book, Told } from "./book";

/** Models of one request, and of the first one, which is shown at once. */
const PAGE = 100;
const FIRST = 24;
/** Without a page of events for so long the node is behind: what is known is shown, and the next look tells more. */
const PATIENCE_MS = 5_000;
const POLL_MS = 500;
/** How often what a reorg took away is read again before the next look does it. */
const ROUNDS = 4;
/** A block this far below the newest that was read is not looked at again. */
const DEPTH = 256;

const EVENTS = [
  ...["VersionPublished", "VersionDefective", "PayeeFixed", "TitleTransferred", "ModelCreated"],
  ...["OfferListed", "OfferRevoked", "LicenseSold", "DealRefunded"],
] as const satisfies readonly EventName[];

/** Updates a book from its chain: events from its cursor on, and the models that are new, or that something happened to. */
export class Follower {
  /** When the newest block was made, in Unix time, and when that was seen, in milliseconds. */
  head: { readonly timestamp: number; readonly seen: number } | undefined;
  /** Whether the models were counted: that there are none is known then too. */
  hasCounted = false;
  readonly #reading: ReadClient;
  readonly #provider: Provider;
  readonly #book: Book;
  readonly #onStep: () => void;
  /** Blocks above the cursor in which models were read: each has to be on the chain that the cursor reaches. */
  readonly #unproven = new Map<string, BlockMark>();

  /** @param onStep Told after each step. */
  constructor(reading: ReadClient, provider: Provider, book: Book, onStep: () => void) {
    this.#reading = reading;
    this.#provider = provider;
    this.#book = book;
    this.#onStep = onStep;
  }

  /** What was kept may be of blocks that were replaced since. */
  doubt(): void {
    const last = (this.#book.cursor?.number ?? -1) - DEPTH;
    for (const { block } of this.#book.models.values()) if (block.number > last) this.#unproven.set(block.hash, block);
  }

  async sync(): Promise<void> {
    const block = await this.#provider.getBlock("latest");
    if (block !== null) this.head = { timestamp: block.timestamp, seen: Date.now() };
    for (let round = 0; round < ROUNDS; round++) {
      const both = await Promise.allSettled([this.#events(), this.#models()]);
      for (const one of both) if (one.status === "rejected") throw one.reason;
      if ((await this.#prove()) && this.#book.missing(1) === undefined) return;
    }
  }

  async #events(): Promise<void> {
    const book = this.#book;
    const ending = new AbortController();
    let timer = setTimeout(() => ending.abort(), PATIENCE_MS);
    try {
      const options = { after: book.cursor, events: EVENTS, confirmations: 0, everyMs: POLL_MS, once: true };
      for await (const page of this.#reading.watch({ ...options, signal: ending.signal })) {
        clearTimeout(timer);
        timer = setTimeout(() => ending.abort(), PATIENCE_MS);
        if (page.kind === "events") {
          book.apply(
            page.events.flatMap((event) => this.#told(event)),
            page.cursor,
          );
        } else if (!book.undo(page.after, page.cursor)) {
          book.reset();
          this.#onStep();
          return this.#events();
        }
        this.#onStep();
      }
    } catch (error) {
      if (decodeError(error).code !== "HISTORY_REPLACED" || book.cursor === undefined) throw error;
      // another chain, such as a local one that was started anew
      book.reset();
      this.#onStep();
      return this.#events();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the models that are missing, the newest first. */
  async #models(): Promise<void> {
    const book = this.#book;
    const newest = await this.#reading.models({ order: "newest", limit: book.models.size === 0 ? FIRST : 1 });
    book.count = newest.items[0]?.modelId ?? 0n;
    this.hasCounted = true;
    this.#put(newest);
    for (let run = book.missing(PAGE); run !== undefined;) {
      const { first, length } = run;
      this.#put(await this.#reading.models({ after: first + 1n, order: "newest", limit: length }));
      const next = book.missing(PAGE);
      // it was read in a block before what happened to it: the node is behind
      run = next !== undefined && next.first >= first ? undefined : next;
    }
  }

  #put({ items, block }: Awaited<ReturnType<ReadClient["models"]>>): void {
    this.#unproven.set(block.hash, block);
    this.#book.putModels(items, block);
    this.#onStep();
  }

  /** Whether all models were read in blocks that are on the chain; those that were not are forgotten. */
  async #prove(): Promise<boolean> {
    const reached = this.#book.cursor?.number ?? -1;
    let proven = true;
    for (const block of [...this.#unproven.values()]) {
      if (block.number > reached) continue;
      const standing = await this.#provider.getBlock(block.number);
      if (standing === null) continue;
      this.#unproven.delete(block.hash);
      if (standing.hash === block.hash) continue;
      this.#book.forgetModels((one) => one.block.hash === block.hash);
      this.#onStep();
      proven = false;
    }
    return proven;
  }

  #told(event: MarketEvent<(typeof EVENTS)[number]>): Told[] {
    const { blockNumber: block, blockHash, index } = event;
    switch (event.name) {
      case "OfferListed":
        return [
          { kind: "listed", block, offer: { ...event.args, listedAt: { blockNumber: block, index }, blockHash } },
        ];
      case "OfferRevoked":
        return [{ kind: "revoked", block, termsHash: event.args.termsHash }];
      case "LicenseSold": {
        const { termsHash, licenseId } = event.args;
        return [{ kind: "sold", block, termsHash, versionId: licenseIdParts(licenseId).versionId }];
      }
      case "DealRefunded": {
        // of an update no licence comes back
        if (!sameAddress(event.args.opener, this.#reading.deployment.contracts.Market)) return [];
        return [{ kind: "refunded", block, versionId: licenseIdParts(event.args.id).versionId }];
      }
      case "VersionDefective":
        return [{ kind: "touched", block, modelId: modelIdOf(event.args.versionId) }];
      default:
        return [{ kind: "touched", block, modelId: event.args.modelId }];
    }
  }
}
