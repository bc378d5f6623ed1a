import type { Block } from "ethers";

import { isProtocolError } from "../base/codes";
import { isIsonomyError, type IsonomyError } from "../base/error";
import type { DealClient } from "../deals/client";
import type { Deal, DealStatus } from "../deals/deal";
import { finalBlock } from "../deals/finality";
import { chainError } from "../errors/chainErrors";
import { decodeError } from "../errors/decode";
import { decodingErrors } from "../errors/explain";
import { hashOffer, type Offer } from "../market/offer";
import { redactArgs } from "../text/redact";
import { sellerError } from "./errors";
import { JournalSigner } from "./journalSigner";
import { SellerMetrics } from "./metrics";
import type { LogLine, SellerOptions } from "./options";
import { mapInBatches, sleep, within } from "./pacing";
import {
  AWAY,
  FATAL,
  LASTING,
  NEEDS_SELLER,
  NOT_OWED,
  PASSING,
  WORTHLESS,
  behind,
  concernsAll,
  isForGood,
} from "./refusals";
import type { Health } from "./server";
import type { BlockMark, JournalEntry, SellerState, TrackedDeal } from "./state";
import { isUpdate, keyOf, restarted, tracked } from "./tracked";

/** More worthless purchases than this in a day are an attack on the agent's gas. */
export const DECLINES_PER_DAY = 20;
const DAY_MS = 86_400_000;
/** The same alert comes again after so long. */
const REPEAT_MS = 900_000;
/** How long a deal rests that could not be delivered for a reason that may pass. */
const REFUSED_REST_MS = 60_000;
/** A reorg may move a purchase to a block this much earlier. */
const MOVED_BLOCKS = 256;
/** Blocks below the last final one that are read again at each look: a node that was behind answered for them with nothing. */
const READ_AGAIN_BLOCKS = 128;
/** Seconds that are read again at least, where blocks come faster. */
const READ_AGAIN_SECONDS = 600;
/** Requests for updates that are judged for the first time in one look: they cost a stranger nothing, and the seller some reading. */
const UPDATES_PER_LOOK = 40;
/** Statuses that are read at once. */
const READS = 25;
const MAX_PAUSE_MS = 30_000;
/** A transaction of a deal that gives its money back instead of delivering. */
const DECLINE = "decline:";

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
  /** Deals whose pads were looked at before they were final. */
  readonly #judged = new Set<string>();
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
      throw sellerError("STATE_OF_ANOTHER", { path: state.path, actual: name(saved), expected: name(fresh) });
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
  async poll(): Promise<void> {
    const { provider, policy } = this.#options;
    await this.#requireChain();
    const head = await this.#block("latest");
    this.#clock = { timestamp: BigInt(head.timestamp), readAt: Date.now() };
    const final = Math.min(await finalBlock(provider, head.number, policy.confirmations), head.number);
    const signed = await this.#signedOffers();
    try {
      const reorganised = await this.#noticeReorg(head);
      await this.#scan(head, final);
      await this.#followDeliveries(head, final, reorganised);
      // only now: an interruption before this point must notice the reorg again
      this.#state.head = { number: head.number, hash: head.hash! };
    } finally {
      // what is public already must be mined in time, whatever else cannot be read
      await this.#advance(head);
    }
    await this.#deliverAll(head, final, signed);
    await this.#watchDeadlines(head);
    this.metrics.set(
      "balance_wei",
      Number(await decodingErrors(() => provider.getBalance(this.#options.wallet.address))),
    );
    this.metrics.set("head_block", head.number);
    this.metrics.set("up", 1);
    this.metrics.set("last_look_timestamp_seconds", Math.floor(Date.now() / 1_000));
    if (this.#lastError !== "") this.#say("info", "chain-back", "the chain is read again");
    this.#lastError = "";
    this.#lastSuccess = Date.now();
    await this.#save();
  }

  health(): Health {
    const { deals, scanned, head, deliveredTotal, missedTotal } = this.#state;
    const silent = Date.now() - this.#lastSuccess;
    return {
      healthy: silent < this.#options.silenceAlertMs && this.#atRisk === 0,
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
    const answered = await decodingErrors(() =>
      "send" in provider
        ? (provider as { send(method: string, params: unknown[]): Promise<string> }).send("eth_chainId", [])
        : provider.getNetwork().then((network) => network.chainId.toString()),
    );
    if (BigInt(answered) !== chainId)
      throw chainError("WRONG_NETWORK", { actual: BigInt(answered), expected: chainId });
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
    const { deals: client, maxBlocksPerRequest, wallet } = this.#options;
    const reader = client(this.#signer);
    const found = new Map<string, TrackedDeal>();
    const known = new Map(state.deals.map((deal) => [keyOf(deal), deal]));
    const first = await this.#firstToRead(head);
    for (let from = first; from <= head.number; from += maxBlocksPerRequest) {
      const to = Math.min(from + maxBlocksPerRequest - 1, head.number);
      // asked in one batch: a node that has not the last block of the range must not answer for it with nothing
      const [opened, last] = await Promise.all([reader.openedFor(wallet.address, from, to), this.#block(to)]);
      if (to === head.number && last.hash !== head.hash) throw behind(to);
      const fresh = opened.filter(({ deal }) => !known.has(keyOf(deal)));
      const statuses = await mapInBatches(fresh, READS, ({ deal }) => this.#statusAt(reader, deal, head.number));
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
    const older = state.deals.filter((deal) => deal.block < first && !found.has(keyOf(deal)));
    const missing = state.deals.filter((deal) => deal.block >= first && !found.has(keyOf(deal)));
    const standing = await mapInBatches(missing, READS, (deal) => this.#statusAt(reader, deal, head.number));
    for (const [index, deal] of missing.entries()) {
      if (standing[index] !== "none") {
        // the node did not name it, but it is there
        found.set(keyOf(deal), deal);
        continue;
      }
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

  /**
   * The block from which on events are read. Those before the last final one are read again: a node that was behind answers
   * for blocks which it has not with nothing, and what it left out must not be passed over for ever.
   */
  async #firstToRead(head: Block): Promise<number> {
    const { fromBlock } = this.#options;
    const { scanned } = this.#state;
    const before = Math.max(scanned.number + 1 - READ_AGAIN_BLOCKS, fromBlock, 0);
    if (before > head.number) return Math.min(scanned.number + 1, head.number);
    const seconds = head.timestamp - (await this.#block(before)).timestamp;
    const blocks = head.number - before;
    if (seconds >= READ_AGAIN_SECONDS || seconds <= 0 || blocks <= 0) return before;
    const more = Math.ceil((READ_AGAIN_SECONDS * blocks) / seconds);
    return Math.max(Math.min(before, scanned.number + 1 - more), fromBlock, 0);
  }

  /** A delivery that a reorg took back is due again; one that is final is forgotten. */
  async #followDeliveries(head: Block, final: number, reorganised: boolean): Promise<void> {
    const reader = this.#options.deals(this.#signer);
    const due = this.#state.deals.filter(
      ({ status, deliveredIn }) => status === "delivered" && (reorganised || deliveredIn <= final),
    );
    const statuses = await mapInBatches(due, READS, (deal) => this.#statusAt(reader, deal, head.number));
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

  /** The status of a deal in a block. Every block has an answer, so a node that fails does not have this block. */
  async #statusAt(client: DealClient, deal: Pick<Deal, "opener" | "id">, block: number): Promise<DealStatus> {
    try {
      return await client.statusOf(deal, block);
    } catch (error) {
      throw AWAY.has(decodeError(error).code) ? error : behind(block, error);
    }
  }

  /** Offers that the seller signed; a file that cannot be read is named, and the others count all the same. */
  async #signedOffers(): Promise<readonly Offer[]> {
    const { offers, unreadable } = (await this.#options.signedOffers?.()) ?? { offers: [], unreadable: [] };
    for (const { path, error } of unreadable) {
      await this.#alert(`signed-${path}`, `${error.message} ${error.fix}`, { path, code: error.code });
    }
    return offers;
  }

  /** Moves every transaction on that is public and not mined, whatever deal it is for and however near its deadline is. */
  async #advance(head: Block): Promise<void> {
    for (const outcome of await this.#signer.advance()) {
      const { label, state, receipt, error } = outcome;
      const deal = this.#state.deals.find((one) => keyOf(one) === label.replace(DECLINE, ""));
      if (deal === undefined) {
        // of a deal that is followed no more
        if (state !== "waiting") await this.#journal().forget(label);
      } else if (label.startsWith(DECLINE)) {
        if (state === "mined") await this.#declined(deal, receipt!.hash);
      } else if (state === "mined" && deal.status !== "delivered") {
        await this.#delivered(deal, receipt!.blockNumber, receipt!.hash);
      } else if (state === "failed") {
        this.#say("warning", "failed", `the delivery of deal ${deal.id} was mined and failed`, {
          deal: deal.id,
          transaction: receipt!.hash,
        });
      }
      if (error !== undefined) await this.#alert(error.code, `${error.message} ${error.fix}`, { code: error.code });
      if (outcome.capped === true && deal !== undefined) await this.#alertCapped(deal, head);
    }
  }

  async #alertCapped(deal: TrackedDeal, head: Block): Promise<void> {
    const left = deal.deliverBy - BigInt(head.timestamp);
    const text =
      `the transaction of deal ${deal.id} waits at the highest fee that may be paid, ${left} seconds before its deadline: ` +
      "raise --max-gas-price or --max-fee, or send native coin to the account.";
    await this.#alert(`fee-${keyOf(deal)}`, text, { deal: deal.id, deliverBy: deal.deliverBy });
  }

  async #deliverAll(head: Block, final: number, signed: readonly Offer[]): Promise<void> {
    const queue = this.#due(head, new Set(signed.map(hashOffer)));
    let lost: unknown;
    const worker = async (): Promise<void> => {
      for (let deal = queue.shift(); deal !== undefined && lost === undefined; deal = queue.shift()) {
        try {
          await this.#deliver(deal, signed, final);
        } catch (error) {
          // only what concerns all of them ends the look; the others go on
          const known = decodeError(error);
          if (concernsAll(known)) lost ??= error;
          else await this.#failed(deal, known);
        }
      }
    };
    await Promise.all(Array.from({ length: this.#options.parallel }, worker));
    if (lost !== undefined) throw lost;
  }

  /** The deals to deliver now: sales before updates, the nearest deadline first. */
  #due(head: Block, signed: ReadonlySet<string>): TrackedDeal[] {
    const now = Date.now();
    const byDeadline = (a: TrackedDeal, b: TrackedDeal): number =>
      a.deliverBy < b.deliverBy ? -1 : a.deliverBy > b.deliverBy ? 1 : 0;
    const due = this.#state.deals
      .filter(({ status, deliverBy }) => status !== "delivered" && deliverBy >= head.timestamp)
      .filter((deal) => this.#mayBeTaken(deal, signed))
      .filter((deal) => (this.#restUntil.get(keyOf(deal)) ?? 0) <= now)
      .sort(byDeadline);
    const sales = due.filter((deal) => !isUpdate(deal));
    return [...sales, ...due.filter(isUpdate).slice(0, UPDATES_PER_LOOK)];
  }

  /** A deal that was finally refused is checked again only when something about it has changed: an offer was added. */
  #mayBeTaken(deal: TrackedDeal, signed: ReadonlySet<string>): boolean {
    const { status, reason, termsHash, paid } = deal;
    if (status !== "refused") return true;
    if (isForGood(deal)) return paid === true && this.#declinesPerDay > 0;
    if (reason !== "DEAL_NOT_OURS") return false;
    // a state of an earlier release does not say which offer it was
    return termsHash === undefined || signed.has(termsHash);
  }

  /** Delivers one deal; returns when that is known, or throws when the chain could not be asked. */
  async #deliver(deal: TrackedDeal, signed: readonly Offer[], final: number): Promise<void> {
    const { deals, policy, pollIntervalMs, transactions } = this.#options;
    const { deliverBy: until, worth = 0n } = deal;
    const signer = this.#signer.labelled(keyOf(deal), { until, margin: policy.margin, worth });
    const client = deals(signer);
    const name = { opener: deal.opener, id: deal.id, fromBlock: Math.max(deal.block - MOVED_BLOCKS, 0) };
    try {
      if (this.#signer.isPublic(`${DECLINE}${keyOf(deal)}`)) return;
      // what was found out once is not found out again
      if (deal.status === "refused" && isForGood(deal)) return await this.#decline(deal);
      if (this.#signer.isPublic(keyOf(deal))) {
        // `advance` sent it again; no margin counts any more, because everybody who reads the pool has the key
        const { blockNumber, hash } = await signer.mined(Math.min(transactions.patience, pollIntervalMs));
        return await this.#delivered(deal, blockNumber ?? this.#state.head.number, hash);
      }
      // what is not final yet is only asked whether its pad can be opened, and once
      if (deal.block > final && this.#judged.has(keyOf(deal))) return;
      this.#judged.add(keyOf(deal));
      const delivery = client.deliver(name, policy, signed);
      const receipt = await within(2 * transactions.patience, delivery, keyOf(deal));
      await this.#delivered(deal, receipt.blockNumber, receipt.hash);
    } catch (error) {
      await this.#refused(deal, decodeError(error), client, final);
    }
  }

  async #delivered(deal: TrackedDeal, block: number, hash?: string): Promise<void> {
    this.#change(deal, { status: "delivered", deliveredIn: block, reason: "" });
    this.#state.deliveredTotal++;
    this.#say("info", "delivered", `delivered the key of deal ${deal.id}`, { deal: deal.id, transaction: hash });
    await this.#save();
  }

  async #refused(deal: TrackedDeal, error: IsonomyError, client: DealClient, final: number): Promise<void> {
    const { code } = error;
    if (code === "DEAL_NOT_FINAL" || code === "DELIVERY_UNCONFIRMED") return;
    // a lagging node knows no offer and no request yet: a final refusal is checked again once the deal is final
    if (code === "DEAL_NOT_OURS" && deal.block > final) return;
    if (code === "DEAL_UNKNOWN" || code === "DEAL_NOT_OPEN" || code === "Escrow_WrongStatus") {
      // asked of a node that has the head: one that is behind knows of no deal
      const status = await this.#statusAt(client, deal, this.#state.head.number);
      if (status === "delivered") return this.#delivered(deal, this.#state.head.number);
      if (status === "none") return this.#drop(deal, `deal ${deal.id} is no longer on the chain`);
      if (status !== "open") return this.#drop(deal, `deal ${deal.id} is ${status}`);
      return;
    }
    if (LASTING.has(code) || PASSING.has(code) || NEEDS_SELLER.has(code) || isProtocolError(code, "Escrow")) {
      const rest = NEEDS_SELLER.has(code) ? this.#options.pollIntervalMs * 5 : REFUSED_REST_MS;
      this.#restUntil.set(keyOf(deal), Date.now() + rest);
      const lasting = WORTHLESS.has(code) || error.args.lasting === true;
      if (deal.reason !== code || (lasting && deal.lasting !== true)) {
        this.#change(deal, { status: LASTING.has(code) ? "refused" : deal.status, reason: code, lasting });
        this.#say("warning", "refused", `deal ${deal.id} is not delivered: ${error.message}`, { deal: deal.id, code });
      }
      if (NEEDS_SELLER.has(code)) await this.#alert(code, `${error.message} ${error.fix}`, { code });
      if (lasting) await this.#decline({ ...deal, reason: code });
      return;
    }
    throw error;
  }

  /**
   * Gives the money of a purchase back that will never be delivered: one whose pad nobody can open, or one that is refused
   * whatever offer is provided later. Until then it holds a part of the supply and of the bond, and its buyer waits for the
   * deadline. For what nothing is paid or bonded, nothing is sent: it refunds by itself, and is no window that was missed.
   */
  async #decline(deal: TrackedDeal): Promise<void> {
    const label = `${DECLINE}${keyOf(deal)}`;
    // what may be read already is delivered
    if (deal.paid !== true || this.#signer.isPublic(keyOf(deal))) return;
    if (!(await this.#mayDecline(deal))) return;
    const { deals, transactions } = this.#options;
    const signer = this.#signer.labelled(label, { until: deal.deliverBy });
    const client = deals(signer);
    try {
      const { deal: whole } = await client.deal(deal.opener, deal.id);
      const receipt = await within(2 * transactions.patience, client.decline(whole), keyOf(deal));
      await this.#declined(deal, receipt.hash);
    } catch (error) {
      const known = decodeError(error);
      if (concernsAll(known)) throw error;
      const { code, message, fix } = known;
      if (code === "DELIVERY_UNCONFIRMED") return;
      this.#restUntil.set(keyOf(deal), Date.now() + REFUSED_REST_MS);
      if (NEEDS_SELLER.has(code)) await this.#alert(code, `${message} ${fix}`, { code });
      this.#say("warning", "undeclined", `deal ${deal.id} could not be declined: ${message}`, { deal: deal.id, code });
    }
  }

  get #declinesPerDay(): number {
    return this.#options.declinesPerDay ?? DECLINES_PER_DAY;
  }

  /** Counts a decline, unless the day has had its number: what strangers buy must not decide what the seller pays for gas. */
  async #mayDecline(deal: TrackedDeal): Promise<boolean> {
    const most = this.#declinesPerDay;
    const recent = (this.#state.declines ?? []).filter(({ at }) => Date.now() - at < DAY_MS);
    // one that is tried again is the same
    if (recent.some((one) => one.deal === keyOf(deal))) return true;
    if (recent.length < most) {
      this.#state.declines = [...recent, { deal: keyOf(deal), at: Date.now() }];
      return true;
    }
    this.#restUntil.set(keyOf(deal), Date.now() + REFUSED_REST_MS);
    if (most > 0) {
      const text =
        `${most} sales were declined within a day, and deal ${deal.id} is left to its deadline until that is over: ` +
        "somebody may buy what must be refused on purpose. Raise --declines-per-day, or revoke the offer.";
      await this.#alert("declines", text, { deal: deal.id });
    }
    return false;
  }

  async #declined(deal: TrackedDeal, hash: string): Promise<void> {
    const why = WORTHLESS.has(deal.reason) ? "its pad cannot be opened" : "it is refused for good";
    const text = `declined deal ${deal.id}: ${why}, and its payer has the money back`;
    this.#say("info", "declined", text, { deal: deal.id, transaction: hash });
    await this.#forget(deal);
    await this.#save();
  }

  /** One deal failed in a way that says nothing about the others. */
  async #failed(deal: TrackedDeal, { code, message, fix }: IsonomyError): Promise<void> {
    this.#restUntil.set(keyOf(deal), Date.now() + REFUSED_REST_MS);
    if (deal.reason !== code) this.#change(deal, { reason: code });
    await this.#alert(`delivery-${keyOf(deal)}`, `deal ${deal.id} could not be delivered: ${message} ${fix}`, {
      deal: deal.id,
      code,
    });
  }

  async #drop(deal: TrackedDeal, text: string): Promise<void> {
    this.#say("info", "dropped", text, { deal: deal.id });
    await this.#forget(deal);
    await this.#save();
  }

  async #watchDeadlines(head: Block): Promise<void> {
    const { alertBefore } = this.#options;
    const now = BigInt(head.timestamp);
    const over = this.#state.deals.filter(({ status, deliverBy }) => status !== "delivered" && deliverBy < now);
    const reader = this.#options.deals(this.#signer);
    const owed = over.filter(({ reason }) => !NOT_OWED.has(reason));
    const statuses = await mapInBatches(owed, READS, (deal) => this.#statusAt(reader, deal, head.number));
    for (const [index, deal] of owed.entries()) {
      if (statuses[index] !== "open") continue;
      this.#state.missedTotal++;
      await this.#alert(
        `missed-${keyOf(deal)}`,
        `the window of deal ${deal.id} ended without a delivery: its buyer can take the price back and have the miss counted. The lines of this deal above say why it was not delivered`,
        {
          deal: deal.id,
        },
      );
    }
    for (const deal of over) await this.#forget(deal);
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
        status !== "delivered" && !NOT_OWED.has(reason) && deliverBy - now <= alertBefore,
    );
    this.#atRisk = near.length;
    for (const deal of near) {
      const left = deal.deliverBy - now;
      const why =
        deal.reason === "" ? "" : `: it was refused with ${deal.reason}, whose line in this log says what to do`;
      await this.#alert(`deadline-${keyOf(deal)}`, `deal ${deal.id} must be delivered within ${left} seconds${why}`, {
        deal: deal.id,
        deliverBy: deal.deliverBy,
      });
    }
  }

  /** A look could not be finished. */
  async #missed(error: IsonomyError): Promise<void> {
    this.metrics.add("rpc_errors_total");
    this.metrics.set("up", 0);
    if (!AWAY.has(error.code)) {
      await this.#alert(`look-${error.code}`, `${error.message} ${error.fix}`, { code: error.code });
    } else if (error.code !== this.#lastError) {
      this.#say("warning", "chain-lost", `${error.message} ${error.fix}`, { code: error.code });
    }
    this.#lastError = error.code;
    await this.#save().catch((cause: unknown) =>
      this.#say("alert", "state", `cannot keep the state: ${String(cause)}`),
    );
    const silent = Date.now() - this.#lastSuccess;
    if (silent > this.#options.silenceAlertMs) {
      const seconds = Math.round(silent / 1_000);
      await this.#alert("chain", `the chain was not read for ${seconds} seconds: ${error.message} ${error.fix}`, {
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
    // what is mined is done with; what is not gives its number back
    for (const label of [key, `${DECLINE}${key}`]) await this.#signer.abandon(label);
    this.#restUntil.delete(key);
    this.#judged.delete(key);
  }

  #journal() {
    const state = this.#state;
    const without = (label: string): JournalEntry[] => state.journal.filter((entry) => entry.label !== label);
    return {
      entries: () => state.journal,
      put: async (entry: JournalEntry) => {
        const before = state.journal.filter(({ label }) => label === entry.label);
        state.journal = [...without(entry.label), entry];
        try {
          await this.#save();
        } catch (error) {
          // what could not be kept did not happen: its caller does nothing with it
          state.journal = [...without(entry.label), ...before];
          throw error;
        }
      },
      forget: async (label: string) => {
        state.journal = without(label);
        await this.#save();
      },
    };
  }

  async #save(): Promise<void> {
    this.#measure();
    try {
      await this.#options.state.save(this.#state);
    } catch (error) {
      if (isIsonomyError(error)) throw error;
      const { path } = this.#options.state;
      throw sellerError("STATE_UNWRITABLE", { path, detail: (error as Error).message }, error);
    }
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
    const block = await decodingErrors(() => this.#options.provider.getBlock(which));
    if (block === null) throw chainError("TIMEOUT");
    return block;
  }
}
