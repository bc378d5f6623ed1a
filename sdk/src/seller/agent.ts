import type { BaseWallet, Block, Provider, Signer } from "ethers";

import { addressKey } from "../addresses/address";
import { finalBlock, type Deal, type DealClient, type DeliveryPolicy } from "../deals";
import { decodeError, explained } from "../errors/decode";
import type { IsonomyError } from "../errors/error";
import { redactArgs } from "../errors/redact";
import type { Offer } from "../market";
import { fail } from "../errors/catalogue";
import { sellerFail } from "./errors";
import { JournalSigner, type JournalSettings } from "./journalSigner";
import { SellerMetrics } from "./metrics";
import type { Health } from "./server";
import type { BlockMark, JournalEntry, SellerState, StateFile, TrackedDeal } from "./state";

/** One line of the agent's log. */
export interface LogLine {
  readonly level: "info" | "warning" | "alert";
  readonly event: string;
  readonly text: string;
  readonly [detail: string]: unknown;
}

export interface SellerOptions {
  readonly provider: Provider;
  readonly wallet: BaseWallet;
  readonly chainId: bigint;
  readonly escrow: string;
  /** The block of the deployment. */
  readonly fromBlock: number;
  /** A client that sends as this signer. */
  readonly deals: (signer: Signer) => DealClient;
  readonly state: StateFile;
  readonly policy: DeliveryPolicy;
  /** Milliseconds between two looks at the chain. */
  readonly every: number;
  /** Blocks that the node answers for in one request. */
  readonly logRange: number;
  /** Deliveries in the air at once. */
  readonly parallel: number;
  /** Seconds before a deadline from which an open deal is an alert. */
  readonly alertBefore: bigint;
  /** Milliseconds without the chain after which that is an alert and the agent is not healthy. */
  readonly silence: number;
  readonly transactions: Omit<JournalSettings, "signal">;
  /** Offers that the seller signed and never listed; asked before each delivery, so that new ones count. */
  readonly signedOffers?: () => Promise<readonly Offer[]>;
  readonly log: (line: LogLine) => void;
  /** Told of every alert as well; what it throws is logged. */
  readonly alert?: (line: LogLine) => Promise<void>;
}

/** The same alert comes again after so long. */
const REPEAT_MS = 900_000;
/** How long a refused deal rests before it is looked at again: an offer may be brought along in the meantime. */
const REFUSED_REST_MS = 60_000;
/** A reorg may have moved a purchase down by so many blocks. */
const MOVED_BLOCKS = 256;
/** Statuses that are read at once. */
const READS = 25;
const MAX_PAUSE_MS = 30_000;

/** A refusal of the deal itself: trying again at once changes nothing. */
const REFUSALS = new Set(["DEAL_NOT_OURS", "DELIVERY_DECLINED", "POINT_INVALID", "DEADLINE_TOO_CLOSE"]);
/** What only the seller can put right. */
const NEEDS_SELLER = new Set([
  "KEY_NOT_KEPT",
  "KEY_FILE_LOST",
  "KEY_FILE_DAMAGED",
  "KEY_FILE_PASSWORD",
  "FILE_EXPOSED",
  "INSUFFICIENT_FUNDS",
]);

/**
 * Delivers a seller's sales: reads final purchases, delivers each once, and says in time when it cannot. What it knows is
 * in its state file before it acts on it, so that it can be stopped anywhere.
 */
export class SellerAgent {
  readonly metrics = new SellerMetrics();
  readonly #options: SellerOptions;
  #state!: SellerState;
  #signer!: JournalSigner;
  #lastSuccess = 0;
  #lastError = "";
  #clock = { timestamp: 0n, readAt: Date.now() };
  #failures = 0;
  #atRisk = 0;
  readonly #restUntil = new Map<string, number>();
  readonly #alerted = new Map<string, number>();

  constructor(options: SellerOptions) {
    const { log, alert } = options;
    // what the chain, a node or a stranger said ends in logs and webhooks: nothing leaves the agent by another way
    const clean = (line: LogLine): LogLine => redactArgs(line) as LogLine;
    this.#options = {
      ...options,
      log: (line) => log(clean(line)),
      ...(alert === undefined ? {} : { alert: (line: LogLine) => alert(clean(line)) }),
    };
  }

  /** Works until the signal. Fails only for what the seller has to put right before it can start. */
  async run(signal: AbortSignal): Promise<void> {
    await this.start(signal);
    while (!signal.aborted) {
      let pause = this.#options.every;
      try {
        await this.look();
        this.#failures = 0;
      } catch (error) {
        pause = Math.min(pause * 2 ** Math.min(this.#failures++, 10), MAX_PAUSE_MS);
        await this.#missed(decodeError(error));
      }
      await rest(pause, signal);
    }
    await this.#save();
  }

  /** Reads the state, or begins one. */
  async start(signal?: AbortSignal): Promise<void> {
    const { state, chainId, escrow, wallet, fromBlock, provider, transactions } = this.#options;
    const begin = { number: fromBlock - 1, hash: "" };
    const fresh: SellerState = {
      ...{ chainId, escrow, seller: wallet.address, scanned: begin, head: begin },
      ...{ deals: [], journal: [], deliveredTotal: 0, missedTotal: 0 },
    };
    const saved = await state.load();
    const name = (one: SellerState): string => `${one.seller} at ${one.escrow} on chain ${one.chainId}`;
    if (saved !== undefined && name(saved) !== name(fresh)) {
      throw sellerFail("STATE_OF_ANOTHER", { path: state.path, actual: name(saved), expected: name(fresh) });
    }
    this.#state = saved ?? fresh;
    this.#lastSuccess = Date.now();
    this.#signer = new JournalSigner(wallet, provider, this.#journal(), { ...transactions, signal });
    this.#measure();
    const { deals, scanned } = this.#state;
    this.#say("info", "started", `delivers for ${wallet.address}, from block ${scanned.number + 1} on`, {
      followed: deals.length,
    });
  }

  /** One look at the chain and everything that follows from it. */
  async look(): Promise<void> {
    const { provider, policy } = this.#options;
    await this.#requireChain();
    const head = await this.#block("latest");
    this.#clock = { timestamp: BigInt(head.timestamp), readAt: Date.now() };
    const final = Math.min(await finalBlock(provider, head.number, policy.confirmations), head.number);
    const reorganised = await this.#noticeReorg(head);
    await this.#scan(head, final);
    await this.#followDeliveries(final, reorganised);
    // only now: an interruption before this point must notice the reorg again
    this.#state.head = { number: head.number, hash: head.hash! };
    await this.#deliverAll(head, final);
    await this.#watchDeadlines(head);
    this.metrics.set("balance_wei", Number(await explained(() => provider.getBalance(this.#options.wallet.address))));
    this.metrics.set("head_block", head.number);
    this.metrics.set("up", 1);
    this.metrics.set("last_look_timestamp_seconds", Math.floor(Date.now() / 1_000));
    if (this.#lastError !== "") this.#say("info", "chain-back", "the chain answers again");
    this.#lastError = "";
    this.#lastSuccess = Date.now();
    await this.#save();
  }

  health(): Health {
    const { deals, scanned, head, deliveredTotal, missedTotal } = this.#state;
    const silent = Date.now() - this.#lastSuccess;
    return {
      healthy: silent < this.#options.silence && this.#atRisk === 0,
      seller: this.#options.wallet.address,
      chainId: this.#options.chainId,
      head: head.number,
      finalBlockRead: scanned.number,
      waiting: deals.filter(({ status }) => status === "waiting").length,
      delivered: deliveredTotal,
      windowsMissed: missedTotal,
      dealsAtRisk: this.#atRisk,
      secondsSinceLastLook: Math.round(silent / 1_000),
      ...(this.#lastError === "" ? {} : { lastError: this.#lastError }),
    };
  }

  /** A node may be exchanged behind its address: nothing of another chain may be taken for ours. */
  async #requireChain(): Promise<void> {
    const { provider, chainId } = this.#options;
    if (this.#failures === 0 && this.#state.head.hash !== "") return;
    const answered = await explained(() =>
      "send" in provider
        ? (provider as { send(method: string, params: unknown[]): Promise<string> }).send("eth_chainId", [])
        : provider.getNetwork().then((network) => network.chainId.toString()),
    );
    if (BigInt(answered) !== chainId) throw fail("WRONG_NETWORK", { actual: BigInt(answered), expected: chainId });
  }

  async #noticeReorg(head: Block): Promise<boolean> {
    const state = this.#state;
    const differs = async ({ number, hash }: BlockMark): Promise<boolean> =>
      hash !== "" && (number > head.number || (await this.#block(number)).hash !== hash);
    const reorganised = await differs(state.head);
    if (reorganised) {
      this.metrics.add("reorgs_total");
      this.#say("warning", "reorg", `block ${state.head.number} was replaced; what was in it is read again`);
      // deeper than what counted as final: nothing that was read before can be relied on
      if (await differs(state.scanned)) state.scanned = { number: this.#options.fromBlock - 1, hash: "" };
    }
    return reorganised;
  }

  /** Reads the purchases since the last final block, and forgets those that a reorg took away before they were final. */
  async #scan(head: Block, final: number): Promise<void> {
    const state = this.#state;
    const { deals: client, logRange, wallet } = this.#options;
    const reader = client(this.#signer);
    const found = new Map<string, TrackedDeal>();
    const known = new Map(state.deals.map((deal) => [keyOf(deal), deal]));
    const first = state.scanned.number + 1;
    for (let from = first; from <= head.number; from += logRange) {
      const to = Math.min(from + logRange - 1, head.number);
      const opened = await reader.openedFor(wallet.address, from, to);
      const fresh = opened.filter(({ deal }) => !known.has(keyOf(deal)));
      const statuses = await inTurns(fresh, READS, ({ deal }) => reader.statusOf(deal));
      opened.forEach(({ deal, blockNumber: block }) => {
        const key = keyOf(deal);
        const before = known.get(key);
        if (before !== undefined) return void found.set(key, { ...before, block });
        const status = statuses[fresh.findIndex((one) => one.deal === deal)];
        if (status === "open") found.set(key, tracked(deal, block));
        // a delivery of an earlier run, which a reorg may still take back
        if (status === "delivered") found.set(key, { ...tracked(deal, block), status, deliveredIn: head.number });
      });
    }
    const older = state.deals.filter((deal) => deal.block < first && !found.has(keyOf(deal)));
    const gone = state.deals.filter((deal) => deal.block >= first && !found.has(keyOf(deal)));
    for (const deal of gone) {
      this.#say("warning", "gone", `deal ${deal.id} is no longer on the chain`, { deal: deal.id });
      await this.#forget(deal);
    }
    for (const deal of found.values()) {
      if (!known.has(keyOf(deal)) && deal.status === "waiting") {
        const text = `deal ${deal.id} of version ${deal.versionId} waits for its delivery`;
        this.#say("info", "sale", text, { deal: deal.id, deliverBy: deal.deliverBy });
      }
    }
    state.deals = [...older, ...found.values()];
    if (final > state.scanned.number) state.scanned = { number: final, hash: (await this.#block(final)).hash! };
    await this.#save();
  }

  /** A delivery that a reorg took back is due again; one that is final is forgotten. */
  async #followDeliveries(final: number, reorganised: boolean): Promise<void> {
    const reader = this.#options.deals(this.#signer);
    const due = this.#state.deals.filter(
      ({ status, deliveredIn }) => status === "delivered" && (reorganised || deliveredIn <= final),
    );
    const statuses = await inTurns(due, READS, (deal) => reader.statusOf(deal));
    for (const [index, deal] of due.entries()) {
      if (statuses[index] === "open") {
        this.#say("warning", "undone", `the delivery of deal ${deal.id} was undone by a reorg`, { deal: deal.id });
        this.#change(deal, { status: "waiting", deliveredIn: 0 });
        this.#state.deliveredTotal--;
      } else if (statuses[index] === "none") {
        await this.#forget(deal);
      } else if (deal.deliveredIn <= final) {
        await this.#forget(deal);
      }
    }
  }

  async #deliverAll(head: Block, final: number): Promise<void> {
    const now = Date.now();
    const due = this.#state.deals
      .filter(({ status, block, deliverBy }) => status !== "delivered" && block <= final && deliverBy >= head.timestamp)
      .filter((deal) => (this.#restUntil.get(keyOf(deal)) ?? 0) <= now)
      .sort((a, b) => (a.deliverBy < b.deliverBy ? -1 : a.deliverBy > b.deliverBy ? 1 : 0));
    if (due.length === 0) return;
    const signed = (await this.#options.signedOffers?.()) ?? [];
    let lost: unknown;
    const queue = [...due];
    const worker = async (): Promise<void> => {
      for (let deal = queue.shift(); deal !== undefined && lost === undefined; deal = queue.shift()) {
        try {
          await this.#deliver(deal, signed);
        } catch (error) {
          lost ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: this.#options.parallel }, worker));
    if (lost !== undefined) throw lost;
  }

  /** Delivers one deal; returns when that is known, or throws when the chain could not be asked. */
  async #deliver(deal: TrackedDeal, signed: readonly Offer[]): Promise<void> {
    const { deals, policy, transactions } = this.#options;
    const client = deals(this.#signer.labelled(keyOf(deal)));
    const name = { opener: deal.opener, id: deal.id, fromBlock: Math.max(deal.block - MOVED_BLOCKS, 0) };
    try {
      const delivery = client.deliver(name, policy, signed);
      const receipt = await within(2 * transactions.patience, delivery, keyOf(deal));
      await this.#delivered(deal, receipt.blockNumber, receipt.hash);
    } catch (error) {
      await this.#refused(deal, decodeError(error), client);
    }
  }

  async #delivered(deal: TrackedDeal, block: number, hash?: string): Promise<void> {
    this.#change(deal, { status: "delivered", deliveredIn: block, reason: "" });
    this.#state.deliveredTotal++;
    this.#say("info", "delivered", `delivered the key of deal ${deal.id}`, { deal: deal.id, transaction: hash });
    await this.#save();
  }

  async #refused(deal: TrackedDeal, error: IsonomyError, client: DealClient): Promise<void> {
    const { code } = error;
    if (code === "DEAL_NOT_FINAL" || code === "DELIVERY_UNCONFIRMED") return;
    if (code === "DEAL_UNKNOWN") return this.#drop(deal, `deal ${deal.id} is no longer on the chain`);
    if (code === "DEAL_NOT_OPEN" || code === "Escrow_WrongStatus") {
      const status = await client.statusOf(deal);
      if (status === "delivered") return this.#delivered(deal, this.#state.head.number);
      if (status !== "open") return this.#drop(deal, `deal ${deal.id} is ${status}`);
      return;
    }
    if (REFUSALS.has(code) || NEEDS_SELLER.has(code) || code.startsWith("Escrow_")) {
      const rest = NEEDS_SELLER.has(code) ? this.#options.every * 5 : REFUSED_REST_MS;
      this.#restUntil.set(keyOf(deal), Date.now() + rest);
      if (deal.reason !== code) {
        this.#change(deal, { status: REFUSALS.has(code) ? "refused" : deal.status, reason: code });
        this.#say("warning", "refused", `deal ${deal.id} is not delivered: ${error.message}`, { deal: deal.id, code });
      }
      if (NEEDS_SELLER.has(code)) await this.#alert(code, `${error.message} ${error.cure}`, { code });
      return;
    }
    throw error;
  }

  async #drop(deal: TrackedDeal, text: string): Promise<void> {
    this.#say("info", "dropped", text, { deal: deal.id });
    await this.#forget(deal);
    await this.#save();
  }

  async #watchDeadlines(head: Block): Promise<void> {
    const { alertBefore } = this.#options;
    const now = BigInt(head.timestamp);
    for (const deal of this.#state.deals.filter(({ status, deliverBy }) => status !== "delivered" && deliverBy < now)) {
      const status = await this.#options.deals(this.#signer).statusOf(deal);
      if (status === "open" && deal.reason !== "DEAL_NOT_OURS" && deal.reason !== "DELIVERY_DECLINED") {
        this.#state.missedTotal++;
        await this.#alert(`missed-${keyOf(deal)}`, `the window of deal ${deal.id} ended without a delivery`, {
          deal: deal.id,
        });
      }
      await this.#forget(deal);
    }
    await this.#alertNear(now, alertBefore);
  }

  /** The chain's clock, carried on by ours while the chain is silent. */
  #chainTime(): bigint {
    return this.#clock.timestamp + BigInt(Math.floor((Date.now() - this.#clock.readAt) / 1_000));
  }

  /** Says which deals are in danger at this time. */
  async #alertNear(now: bigint, alertBefore: bigint): Promise<void> {
    const near = this.#state.deals.filter(
      ({ status, reason, deliverBy }) =>
        status !== "delivered" && !/OURS|DECLINED/.test(reason) && deliverBy - now <= alertBefore,
    );
    this.#atRisk = near.length;
    for (const deal of near) {
      const left = deal.deliverBy - now;
      const why = deal.reason === "" ? "" : ` (${deal.reason})`;
      await this.#alert(`deadline-${keyOf(deal)}`, `deal ${deal.id} must be delivered within ${left} seconds${why}`, {
        deal: deal.id,
        deliverBy: deal.deliverBy,
      });
    }
  }

  /** The chain could not be read. */
  async #missed(error: IsonomyError): Promise<void> {
    this.metrics.add("rpc_errors_total");
    this.metrics.set("up", 0);
    if (error.code !== this.#lastError) {
      this.#say("warning", "chain-lost", `${error.message} ${error.cure}`, { code: error.code });
    }
    this.#lastError = error.code;
    await this.#save().catch((cause: unknown) =>
      this.#say("alert", "state", `cannot keep the state: ${String(cause)}`),
    );
    const silent = Date.now() - this.#lastSuccess;
    if (silent > this.#options.silence) {
      const seconds = Math.round(silent / 1_000);
      await this.#alert("chain", `the chain was not read for ${seconds} seconds: ${error.message} ${error.cure}`, {
        code: error.code,
      });
    }
    await this.#alertNear(this.#chainTime(), this.#options.alertBefore);
    this.#measure();
  }

  async #alert(key: string, text: string, details: Record<string, unknown> = {}): Promise<void> {
    if (Date.now() - (this.#alerted.get(key) ?? 0) < REPEAT_MS) return;
    this.#alerted.set(key, Date.now());
    this.metrics.add("alerts_total");
    const line: LogLine = { level: "alert", event: key.split("-")[0]!, text, ...details };
    this.#options.log(line);
    try {
      await this.#options.alert?.(line);
    } catch (error) {
      this.#say("warning", "alert-unheard", `an alert could not be passed on: ${String(error)}`);
    }
  }

  #say(level: LogLine["level"], event: string, text: string, details: Record<string, unknown> = {}): void {
    this.#options.log({ level, event, text, ...details });
  }

  #change(deal: TrackedDeal, changes: Partial<TrackedDeal>): void {
    const key = keyOf(deal);
    this.#state.deals = this.#state.deals.map((one) => (keyOf(one) === key ? { ...one, ...changes } : one));
  }

  async #forget(deal: TrackedDeal): Promise<void> {
    const key = keyOf(deal);
    this.#state.deals = this.#state.deals.filter((one) => keyOf(one) !== key);
    this.#state.journal = this.#state.journal.filter(({ label }) => label !== key);
    this.#restUntil.delete(key);
  }

  #journal() {
    const state = this.#state;
    const without = (label: string): JournalEntry[] => state.journal.filter((entry) => entry.label !== label);
    return {
      entries: () => state.journal,
      put: async (entry: JournalEntry) => {
        state.journal = [...without(entry.label), entry];
        await this.#save();
      },
      forget: async (label: string) => {
        state.journal = without(label);
        await this.#save();
      },
    };
  }

  async #save(): Promise<void> {
    this.#measure();
    await this.#options.state.save(this.#state);
  }

  #measure(): void {
    const { deals, deliveredTotal, missedTotal } = this.#state;
    const waiting = deals.filter(({ status }) => status === "waiting");
    const nearest = waiting.map(({ deliverBy }) => Number(deliverBy));
    for (const state of ["waiting", "refused", "delivered"] as const) {
      this.metrics.deals(state, deals.filter(({ status }) => status === state).length);
    }
    this.metrics.set("delivered_total", deliveredTotal);
    this.metrics.set("windows_missed_total", missedTotal);
    this.metrics.set("next_deadline_timestamp_seconds", nearest.length === 0 ? 0 : Math.min(...nearest));
  }

  async #block(which: number | "latest"): Promise<Block> {
    const block = await explained(() => this.#options.provider.getBlock(which));
    if (block === null) throw fail("TIMEOUT");
    return block;
  }
}

function keyOf({ opener, id }: Pick<Deal, "opener" | "id">): string {
  return `${addressKey(opener)}:${id}`;
}

function tracked({ opener, id, versionId, deliverBy }: Deal, block: number): TrackedDeal {
  return { opener, id, versionId, deliverBy, block, status: "waiting", deliveredIn: 0, reason: "" };
}

async function inTurns<In, Out>(items: readonly In[], width: number, work: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (let from = 0; from < items.length; from += width) {
    results.push(...(await Promise.all(items.slice(from, from + width).map(work))));
  }
  return results;
}

/** A reorg between the sending and the answer would keep a call waiting for a receipt that never comes. */
async function within<T>(milliseconds: number, call: Promise<T>, label: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const late = () => reject(sellerFail("DELIVERY_UNCONFIRMED", { label, seconds: milliseconds / 1_000 }));
    timer = setTimeout(late, milliseconds);
  });
  call.catch(() => undefined);
  return Promise.race([call, over]).finally(() => clearTimeout(timer));
}

/** Waits, or less when the signal comes. */
export function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
