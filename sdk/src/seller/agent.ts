import { finalBlock } from "../deals/finality";
import type { IsonomyError } from "../base/error";
import { decodeError } from "../errors/decode";
import { decodingErrors } from "../errors/explain";
import { Announcer } from "./announcer";
import { DealBook } from "./dealBook";
import { Deadlines } from "./deadlines";
import { Deliveries } from "./deliveries";
import { SellerMetrics } from "./metrics";
import type { SellerOptions } from "./options";
import { sleep } from "./pacing";
import { AWAY, FATAL } from "./refusals";
import { Scanner } from "./scanner";
import type { Health } from "./server";

const MAX_PAUSE_MS = 30_000;

/** What works once the state is read. */
interface Parts {
  readonly book: DealBook;
  readonly scanner: Scanner;
  readonly deadlines: Deadlines;
  readonly deliveries: Deliveries;
}

/**
 * Delivers a seller's sales: reads final purchases, delivers each once, and says in time when it cannot. What it knows is
 * in its state file before it acts on it, so that it can be stopped anywhere.
 * @example
 * ```ts
 * const agent = new SellerAgent(sellerOptions);
 * const stop = new AbortController();
 * process.once("SIGINT", () => stop.abort());
 * await agent.run(stop.signal);
 * ```
 */
export class SellerAgent {
  /** The agent's figures, for `/metrics`. */
  readonly metrics = new SellerMetrics();
  readonly #options: SellerOptions;
  readonly #announcer: Announcer;
  #parts!: Parts;
  #lastSuccess = 0;
  #lastError = "";
  #failures = 0;

  constructor(options: SellerOptions) {
    this.#options = options;
    this.#announcer = new Announcer(options, this.metrics);
  }

  /**
   * Works until the signal. Fails only for what the seller has to put right before it can start.
   * @throws What has to be put right first, such as `STATE_DAMAGED`, `AGENT_RUNNING`, `WRONG_NETWORK`.
   * @example
   * ```ts
   * await new SellerAgent(sellerOptions).run(signal);
   * ```
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.start(signal);
    while (!signal.aborted) {
      let pause = this.#options.pollIntervalMs;
      try {
        await this.poll();
        this.#failures = 0;
      } catch (error) {
        const failure = decodeError(error);
        if (FATAL.has(failure.code)) throw failure;
        pause = Math.min(pause * 2 ** Math.min(this.#failures++, 10), MAX_PAUSE_MS);
        await this.#missed(failure);
      }
      await sleep(pause, signal);
    }
    await this.#parts.book.save();
  }

  /**
   * Reads the state, or begins one. `run` does it by itself; call it before `poll`.
   * @throws `STATE_DAMAGED`, `STATE_OF_ANOTHER`, and what a node fails with.
   * @example
   * ```ts
   * const agent = new SellerAgent(sellerOptions);
   * await agent.start();
   * await agent.poll();
   * ```
   */
  async start(signal?: AbortSignal): Promise<void> {
    const options = this.#options;
    const book = await DealBook.open(options, this.metrics, signal);
    const scanner = new Scanner(options, book, this.#announcer, this.metrics);
    const deadlines = new Deadlines(options, book, this.#announcer);
    const deliveries = new Deliveries(options, book, scanner, this.#announcer);
    this.#parts = { book, scanner, deadlines, deliveries };
    this.#lastSuccess = Date.now();
    const text = `delivers for ${options.wallet.address}, from block ${book.marks.scanned.number + 1} on`;
    this.#announcer.say("info", "started", text, { followed: book.deals.length });
  }

  /**
   * One look at the chain and everything that follows from it.
   * @throws What a node fails with; the next look begins where this one did.
   * @example
   * ```ts
   * const agent = new SellerAgent(sellerOptions);
   * await agent.start(signal);
   * await agent.poll();
   * ```
   */
  async poll(): Promise<void> {
    const { provider, policy, wallet } = this.#options;
    const { book, scanner, deadlines, deliveries } = this.#parts;
    if (this.#failures > 0 || book.marks.head.hash === "") await scanner.requireChain();
    const head = await scanner.block("latest");
    deadlines.setClock(head);
    const final = Math.min(await finalBlock(provider, head.number, policy.confirmations), head.number);
    const signed = await deliveries.signedOffers();
    try {
      const reorganised = await scanner.noticeReorg(head);
      await scanner.scan(head, final);
      await scanner.followDeliveries(head, final, reorganised);
      // only now: an interruption before this point must notice the reorg again
      book.sawHead({ number: head.number, hash: head.hash! });
    } finally {
      // what is public already must be mined in time, whatever else cannot be read
      await deliveries.advance(head, deadlines);
    }
    await deliveries.deliverAll(head, final, signed);
    await deadlines.watch(head, scanner);
    this.metrics.set("balance_wei", Number(await decodingErrors(() => provider.getBalance(wallet.address))));
    this.metrics.set("head_block", head.number);
    this.metrics.set("up", 1);
    this.metrics.set("last_look_timestamp_seconds", Math.floor(Date.now() / 1_000));
    if (this.#lastError !== "") this.#announcer.say("info", "chain-back", "the chain is read again");
    this.#lastError = "";
    this.#lastSuccess = Date.now();
    await book.save();
  }

  /**
   * Whether the last look succeeded in time, with the figures of it; for `/health`.
   * @example
   * ```ts
   * const agent = new SellerAgent(sellerOptions);
   * const server = await serveHealth("127.0.0.1", 9_464, () => agent.health(), () => agent.metrics.text());
   * ```
   */
  health(): Health {
    const { book, deadlines } = this.#parts;
    const silent = Date.now() - this.#lastSuccess;
    return {
      healthy: silent < this.#options.silenceAlertMs && deadlines.atRisk === 0,
      seller: this.#options.wallet.address,
      chainId: this.#options.chainId,
      head: book.marks.head.number,
      finalBlockRead: book.marks.scanned.number,
      waiting: book.deals.filter(({ status }) => status === "waiting").length,
      delivered: book.totals.deliveredTotal,
      windowsMissed: book.totals.missedTotal,
      dealsAtRisk: deadlines.atRisk,
      secondsSinceLastLook: Math.round(silent / 1_000),
      ...(this.#lastError === "" ? {} : { lastError: this.#lastError }),
    };
  }

  /** A look could not be finished. */
  async #missed(error: IsonomyError): Promise<void> {
    const { book, deadlines } = this.#parts;
    this.metrics.add("rpc_errors_total");
    this.metrics.set("up", 0);
    const sentence = `${error.message} ${error.fix}`;
    if (!AWAY.has(error.code)) {
      await this.#announcer.alert(`look-${error.code}`, sentence, { code: error.code });
    } else if (error.code !== this.#lastError) {
      this.#announcer.say("warning", "chain-lost", sentence, { code: error.code });
    }
    this.#lastError = error.code;
    await book
      .save()
      .catch((cause: unknown) => this.#announcer.say("alert", "state", `cannot keep the state: ${String(cause)}`));
    const silent = Date.now() - this.#lastSuccess;
    if (silent > this.#options.silenceAlertMs) {
      const seconds = Math.round(silent / 1_000);
      const text = `the chain was not read for ${seconds} seconds: ${sentence}`;
      await this.#announcer.alert("chain", text, { code: error.code });
    }
    await deadlines.watchInSilence();
  }
}
