import type { Block } from "ethers";

import type { Announcer } from "./announcer";
import type { DealBook } from "./dealBook";
import type { SellerOptions } from "./options";
import { NOT_OWED } from "./refusals";
import type { Scanner } from "./scanner";
import type { TrackedDeal } from "./state";
import { keyOf } from "./tracked";

/** Says in time which deals are in danger, and counts those whose window ended. */
export class Deadlines {
  /** Open deals that are near their deadline. */
  atRisk = 0;
  readonly #options: SellerOptions;
  readonly #book: DealBook;
  readonly #announcer: Announcer;
  #clock = { timestamp: 0n, readAt: Date.now() };

  constructor(options: SellerOptions, book: DealBook, announcer: Announcer) {
    this.#options = options;
    this.#book = book;
    this.#announcer = announcer;
  }

  /** Takes the chain's clock from its newest block. */
  setClock(head: Block): void {
    this.#clock = { timestamp: BigInt(head.timestamp), readAt: Date.now() };
  }

  /** Alerts for what was missed and what is near, and forgets what is over. */
  async watch(head: Block, scanner: Scanner): Promise<void> {
    const now = BigInt(head.timestamp);
    const over = this.#book.deals.filter(({ status, deliverBy }) => status !== "delivered" && deliverBy < now);
    const owed = over.filter(({ reason }) => !NOT_OWED.has(reason));
    const statuses = await scanner.statusesAt(owed, head.number);
    for (const [index, deal] of owed.entries()) {
      if (statuses[index] !== "open") continue;
      this.#book.countMissed();
      const text =
        `the window of deal ${deal.id} ended without a delivery: its buyer can take the price back and have the miss ` +
        "counted. The lines of this deal above say why it was not delivered";
      await this.#announcer.alert(`missed-${keyOf(deal)}`, text, { deal: deal.id });
    }
    for (const deal of over) await this.#book.forget(deal);
    await this.#alertNear(now);
  }

  /** The same by the chain's clock, carried on by ours while the chain is silent. */
  async watchInSilence(): Promise<void> {
    const { timestamp, readAt } = this.#clock;
    await this.#alertNear(timestamp + BigInt(Math.floor((Date.now() - readAt) / 1_000)));
  }

  /** The transaction of a deal waits at a fee that may not be raised. */
  async alertCapped(deal: TrackedDeal, head: Block): Promise<void> {
    const left = deal.deliverBy - BigInt(head.timestamp);
    const text =
      `the transaction of deal ${deal.id} waits at the highest fee that may be paid, ${left} seconds before its deadline: ` +
      "raise --max-gas-price or --max-fee, or send native coin to the account.";
    await this.#announcer.alert(`fee-${keyOf(deal)}`, text, { deal: deal.id, deliverBy: deal.deliverBy });
  }

  async #alertNear(now: bigint): Promise<void> {
    const { alertBefore } = this.#options;
    const near = this.#book.deals.filter(
      ({ status, reason, deliverBy }) =>
        status !== "delivered" && !NOT_OWED.has(reason) && deliverBy - now <= alertBefore,
    );
    this.atRisk = near.length;
    for (const deal of near) {
      const left = deal.deliverBy - now;
      const why =
        deal.reason === "" ? "" : `: it was refused with ${deal.reason}, whose line in this log says what to do`;
      const text = `deal ${deal.id} must be delivered within ${left} seconds${why}`;
      await this.#announcer.alert(`deadline-${keyOf(deal)}`, text, { deal: deal.id, deliverBy: deal.deliverBy });
    }
  }
}
