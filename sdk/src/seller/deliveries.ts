import type { Block } from "ethers";

import { isProtocolError } from "../base/codes";
import type { IsonomyError } from "../base/error";
import type { DealClient } from "../deals/client";
import { decodeError } from "../errors/decode";
import { hashOffer, type Offer } from "../market/offer";
import type { Announcer } from "./announcer";
import { DECLINE, type DealBook } from "./dealBook";
import type { Deadlines } from "./deadlines";
import type { SellerOptions } from "./options";
import { within } from "./pacing";
import { LASTING, NEEDS_SELLER, PASSING, WORTHLESS, concernsAll, isForGood } from "./refusals";
import type { Scanner } from "./scanner";
import type { TrackedDeal } from "./state";
import { isUpdate, keyOf } from "./tracked";

/** More worthless purchases than this in a day are an attack on the agent's gas. */
export const DECLINES_PER_DAY = 20;
const DAY_MS = 86_400_000;
/** How long a deal rests that could not be delivered for a reason that may pass. */
const REFUSED_REST_MS = 60_000;
/** A reorg may move a purchase to a block this much earlier. */
const MOVED_BLOCKS = 256;
/** Requests for updates that are judged for the first time in one look: they cost a stranger nothing, and the seller some reading. */
const UPDATES_PER_LOOK = 40;

/** Delivers each deal once, or gives its money back where it can never be delivered. */
export class Deliveries {
  readonly #options: SellerOptions;
  readonly #book: DealBook;
  readonly #scanner: Scanner;
  readonly #announcer: Announcer;

  constructor(options: SellerOptions, book: DealBook, scanner: Scanner, announcer: Announcer) {
    this.#options = options;
    this.#book = book;
    this.#scanner = scanner;
    this.#announcer = announcer;
  }

  /** Offers that the seller signed; a file that cannot be read is named, and the others count all the same. */
  async signedOffers(): Promise<readonly Offer[]> {
    const { offers, unreadable } = (await this.#options.signedOffers?.()) ?? { offers: [], unreadable: [] };
    for (const { path, error } of unreadable) {
      await this.#announcer.alert(`signed-${path}`, `${error.message} ${error.fix}`, { path, code: error.code });
    }
    return offers;
  }

  /** Moves every transaction on that is public and not mined, whatever deal it is for and however near its deadline is. */
  async advance(head: Block, deadlines: Deadlines): Promise<void> {
    const book = this.#book;
    for (const outcome of await book.signer.advance()) {
      const { label, state, receipt, error } = outcome;
      const deal = book.find(label.replace(DECLINE, ""));
      if (deal === undefined) {
        // of a deal that is followed no more
        if (state !== "waiting") await book.forgetTransaction(label);
      } else if (label.startsWith(DECLINE)) {
        if (state === "mined") await this.#declined(deal, receipt!.hash);
      } else if (state === "mined" && deal.status !== "delivered") {
        await this.#delivered(deal, receipt!.blockNumber, receipt!.hash);
      } else if (state === "failed") {
        this.#announcer.say("warning", "failed", `the delivery of deal ${deal.id} was mined and failed`, {
          deal: deal.id,
          transaction: receipt!.hash,
        });
      }
      if (error !== undefined) {
        await this.#announcer.alert(error.code, `${error.message} ${error.fix}`, { code: error.code });
      }
      if (outcome.capped === true && deal !== undefined) await deadlines.alertCapped(deal, head);
    }
  }

  /** Delivers what is due, a few at once. */
  async deliverAll(head: Block, final: number, signed: readonly Offer[]): Promise<void> {
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
    const due = this.#book.deals
      .filter(({ status, deliverBy }) => status !== "delivered" && deliverBy >= head.timestamp)
      .filter((deal) => this.#mayBeTaken(deal, signed))
      .filter((deal) => !this.#book.rests(deal, now))
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
    const { signer: all, judged, marks } = this.#book;
    const { deliverBy: until, worth = 0n } = deal;
    const signer = all.labelled(keyOf(deal), { until, margin: policy.margin, worth });
    const client = deals(signer);
    const name = { opener: deal.opener, id: deal.id, fromBlock: Math.max(deal.block - MOVED_BLOCKS, 0) };
    try {
      if (all.isPublic(`${DECLINE}${keyOf(deal)}`)) return;
      // what was found out once is not found out again
      if (deal.status === "refused" && isForGood(deal)) return await this.#decline(deal);
      if (all.isPublic(keyOf(deal))) {
        // `advance` sent it again; no margin counts any more, because everybody who reads the pool has the key
        const { blockNumber, hash } = await signer.mined(Math.min(transactions.patience, pollIntervalMs));
        return await this.#delivered(deal, blockNumber ?? marks.head.number, hash);
      }
      // what is not final yet is only asked whether its pad can be opened, and once
      if (deal.block > final && judged.has(keyOf(deal))) return;
      judged.add(keyOf(deal));
      const delivery = client.deliver(name, policy, signed);
      const receipt = await within(2 * transactions.patience, delivery, keyOf(deal));
      await this.#delivered(deal, receipt.blockNumber, receipt.hash);
    } catch (error) {
      await this.#refused(deal, decodeError(error), final);
    }
  }

  async #delivered(deal: TrackedDeal, block: number, hash?: string): Promise<void> {
    this.#book.change(deal, { status: "delivered", deliveredIn: block, reason: "" });
    this.#book.countDelivered(1);
    const text = `delivered the key of deal ${deal.id}`;
    this.#announcer.say("info", "delivered", text, { deal: deal.id, transaction: hash });
    await this.#book.save();
  }

  async #refused(deal: TrackedDeal, error: IsonomyError, final: number): Promise<void> {
    const { code } = error;
    if (code === "DEAL_NOT_FINAL" || code === "DELIVERY_UNCONFIRMED") return;
    // a lagging node knows no offer and no request yet: a final refusal is checked again once the deal is final
    if (code === "DEAL_NOT_OURS" && deal.block > final) return;
    if (code === "DEAL_UNKNOWN" || code === "DEAL_NOT_OPEN" || code === "Escrow_WrongStatus") {
      return this.#closedBy(deal);
    }
    if (LASTING.has(code) || PASSING.has(code) || NEEDS_SELLER.has(code) || isProtocolError(code, "Escrow")) {
      this.#book.rest(deal, NEEDS_SELLER.has(code) ? this.#options.pollIntervalMs * 5 : REFUSED_REST_MS);
      const lasting = WORTHLESS.has(code) || error.args.lasting === true;
      if (deal.reason !== code || (lasting && deal.lasting !== true)) {
        this.#book.change(deal, { status: LASTING.has(code) ? "refused" : deal.status, reason: code, lasting });
        const text = `deal ${deal.id} is not delivered: ${error.message}`;
        this.#announcer.say("warning", "refused", text, { deal: deal.id, code });
      }
      if (NEEDS_SELLER.has(code)) await this.#announcer.alert(code, `${error.message} ${error.fix}`, { code });
      if (lasting) await this.#decline({ ...deal, reason: code });
      return;
    }
    throw error;
  }

  /** A deal that the escrow does not hold as open, as a node says that may be behind: one that has the head is asked. */
  async #closedBy(deal: TrackedDeal): Promise<void> {
    const head = this.#book.marks.head.number;
    const [status] = await this.#scanner.statusesAt([deal], head);
    if (status === "delivered") return this.#delivered(deal, head);
    if (status === "none") return this.#drop(deal, `deal ${deal.id} is no longer on the chain`);
    if (status !== "open") return this.#drop(deal, `deal ${deal.id} is ${status}`);
  }

  /**
   * Gives the money of a purchase back that will never be delivered: one whose pad nobody can open, or one that is refused
   * whatever offer is provided later. Until then it holds a part of the supply and of the bond, and its buyer waits for the
   * deadline. For what nothing is paid or bonded, nothing is sent: it refunds by itself, and is no window that was missed.
   */
  async #decline(deal: TrackedDeal): Promise<void> {
    const label = `${DECLINE}${keyOf(deal)}`;
    // what may be read already is delivered
    if (deal.paid !== true || this.#book.signer.isPublic(keyOf(deal))) return;
    if (!(await this.#mayDecline(deal))) return;
    const { deals, transactions } = this.#options;
    const client: DealClient = deals(this.#book.signer.labelled(label, { until: deal.deliverBy }));
    try {
      const { deal: whole } = await client.deal(deal.opener, deal.id);
      const receipt = await within(2 * transactions.patience, client.decline(whole), keyOf(deal));
      await this.#declined(deal, receipt.hash);
    } catch (error) {
      const known = decodeError(error);
      if (concernsAll(known)) throw error;
      const { code, message, fix } = known;
      if (code === "DELIVERY_UNCONFIRMED") return;
      this.#book.rest(deal, REFUSED_REST_MS);
      if (NEEDS_SELLER.has(code)) await this.#announcer.alert(code, `${message} ${fix}`, { code });
      const text = `deal ${deal.id} could not be declined: ${message}`;
      this.#announcer.say("warning", "undeclined", text, { deal: deal.id, code });
    }
  }

  get #declinesPerDay(): number {
    return this.#options.declinesPerDay ?? DECLINES_PER_DAY;
  }

  /** Counts a decline, unless the day has had its number: what strangers buy must not decide what the seller pays for gas. */
  async #mayDecline(deal: TrackedDeal): Promise<boolean> {
    const most = this.#declinesPerDay;
    if (this.#book.countDecline(deal, most, Date.now() - DAY_MS)) return true;
    this.#book.rest(deal, REFUSED_REST_MS);
    if (most > 0) {
      const text =
        `${most} sales were declined within a day, and deal ${deal.id} is left to its deadline until that is over: ` +
        "somebody may buy what must be refused on purpose. Raise --declines-per-day, or revoke the offer.";
      await this.#announcer.alert("declines", text, { deal: deal.id });
    }
    return false;
  }

  async #declined(deal: TrackedDeal, hash: string): Promise<void> {
    const why = WORTHLESS.has(deal.reason) ? "its pad cannot be opened" : "it is refused for good";
    const text = `declined deal ${deal.id}: ${why}, and its payer has the money back`;
    this.#announcer.say("info", "declined", text, { deal: deal.id, transaction: hash });
    await this.#book.forget(deal);
    await this.#book.save();
  }

  /** One deal failed in a way that says nothing about the others. */
  async #failed(deal: TrackedDeal, { code, message, fix }: IsonomyError): Promise<void> {
    this.#book.rest(deal, REFUSED_REST_MS);
    if (deal.reason !== code) this.#book.change(deal, { reason: code });
    const text = `deal ${deal.id} could not be delivered: ${message} ${fix}`;
    await this.#announcer.alert(`delivery-${keyOf(deal)}`, text, { deal: deal.id, code });
  }

  async #drop(deal: TrackedDeal, text: string): Promise<void> {
    this.#announcer.say("info", "dropped", text, { deal: deal.id });
    await this.#book.forget(deal);
    await this.#book.save();
  }
}
