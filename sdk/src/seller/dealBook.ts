import { isIsonomyError } from "../base/error";
import type { Deal } from "../deals/deal";
import { sellerError } from "./errors";
import type { Journal } from "./journal";
import { JournalSigner } from "./journalSigner";
import type { SellerMetrics } from "./metrics";
import type { SellerOptions } from "./options";
import type { BlockMark, JournalEntry, SellerState, TrackedDeal } from "./state";
import { keyOf } from "./tracked";

/** A transaction of a deal that gives its money back instead of delivering. */
export const DECLINE = "decline:";

/**
 * The deals that an agent follows and the transactions that it signed for them. Whatever changes is in the state file before
 * the agent acts on it.
 */
export class DealBook {
  readonly signer: JournalSigner;
  /** Deals whose pads were looked at before they were final. */
  readonly judged = new Set<string>();
  readonly #options: SellerOptions;
  readonly #metrics: SellerMetrics;
  readonly #state: SellerState;
  readonly #restUntil = new Map<string, number>();

  private constructor(options: SellerOptions, metrics: SellerMetrics, state: SellerState, signal?: AbortSignal) {
    this.#options = options;
    this.#metrics = metrics;
    this.#state = state;
    const { wallet, provider, transactions } = options;
    this.signer = new JournalSigner(wallet, provider, this.#journal(), { ...transactions, signal });
    this.#measure();
  }

  /** Reads the state, or begins one; refuses that of another seller, escrow or chain. */
  static async open(options: SellerOptions, metrics: SellerMetrics, signal?: AbortSignal): Promise<DealBook> {
    const { state: file, chainId, escrow, wallet, fromBlock } = options;
    const begin = { number: fromBlock - 1, hash: "" };
    const fresh: SellerState = {
      ...{ chainId, escrow, seller: wallet.address, scanned: begin, head: begin },
      ...{ deals: [], journal: [], deliveredTotal: 0, missedTotal: 0 },
    };
    const saved = await file.load();
    const name = (one: SellerState): string => `${one.seller} at ${one.escrow} on chain ${one.chainId}`;
    if (saved !== undefined && name(saved) !== name(fresh)) {
      throw sellerError("STATE_OF_ANOTHER", { path: file.path, actual: name(saved), expected: name(fresh) });
    }
    return new DealBook(options, metrics, saved ?? fresh, signal);
  }

  get deals(): readonly TrackedDeal[] {
    return this.#state.deals;
  }

  /** The newest final block that was read, and the newest that was seen. */
  get marks(): { readonly scanned: BlockMark; readonly head: BlockMark } {
    return this.#state;
  }

  get totals(): { readonly deliveredTotal: number; readonly missedTotal: number } {
    return this.#state;
  }

  find(key: string): TrackedDeal | undefined {
    return this.deals.find((one) => keyOf(one) === key);
  }

  /** Follows these deals from now on, and no others. */
  follow(deals: readonly TrackedDeal[]): void {
    this.#state.deals = [...deals];
  }

  change(deal: TrackedDeal, changes: Partial<TrackedDeal>): void {
    const key = keyOf(deal);
    this.#state.deals = this.deals.map((one) => (keyOf(one) === key ? { ...one, ...changes } : one));
  }

  /** Follows a deal no more. What is mined for it is done with; what is not gives its number back. */
  async forget(deal: TrackedDeal): Promise<void> {
    const key = keyOf(deal);
    this.#state.deals = this.deals.filter((one) => keyOf(one) !== key);
    for (const label of [key, `${DECLINE}${key}`]) await this.signer.abandon(label);
    this.#restUntil.delete(key);
    this.judged.delete(key);
  }

  /** Forgets the transaction of a deal that is followed no more. */
  forgetTransaction(label: string): Promise<void> {
    return this.#journal().forget(label);
  }

  /** Leaves a deal alone for so long. */
  rest(deal: TrackedDeal, milliseconds: number): void {
    this.#restUntil.set(keyOf(deal), Date.now() + milliseconds);
  }

  rests(deal: TrackedDeal, now: number): boolean {
    return (this.#restUntil.get(keyOf(deal)) ?? 0) > now;
  }

  scannedTo(mark: BlockMark): void {
    this.#state.scanned = mark;
  }

  sawHead(mark: BlockMark): void {
    this.#state.head = mark;
  }

  /** Counts deliveries; one that a reorganisation took back is counted off. */
  countDelivered(count: 1 | -1): void {
    this.#state.deliveredTotal += count;
  }

  countMissed(): void {
    this.#state.missedTotal++;
  }

  /** Counts a decline unless `most` others were made since. A deal that is declined again is the same. */
  countDecline(deal: Pick<Deal, "opener" | "id">, most: number, since: number): boolean {
    const recent = (this.#state.declines ?? []).filter(({ at }) => at > since);
    if (recent.some((one) => one.deal === keyOf(deal))) return true;
    if (recent.length >= most) return false;
    this.#state.declines = [...recent, { deal: keyOf(deal), at: Date.now() }];
    return true;
  }

  async save(): Promise<void> {
    this.#measure();
    const { state: file } = this.#options;
    try {
      await file.save(this.#state);
    } catch (error) {
      if (isIsonomyError(error)) throw error;
      throw sellerError("STATE_UNWRITABLE", { path: file.path, detail: (error as Error).message }, error);
    }
  }

  #journal(): Journal {
    const state = this.#state;
    const without = (label: string): JournalEntry[] => state.journal.filter((entry) => entry.label !== label);
    return {
      entries: () => state.journal,
      put: async (entry: JournalEntry) => {
        const before = state.journal.filter(({ label }) => label === entry.label);
        state.journal = [...without(entry.label), entry];
        try {
          await this.save();
        } catch (error) {
          // what could not be kept did not happen: its caller does nothing with it
          state.journal = [...without(entry.label), ...before];
          throw error;
        }
      },
      forget: async (label: string) => {
        state.journal = without(label);
        await this.save();
      },
    };
  }

  #measure(): void {
    const { deals, deliveredTotal, missedTotal } = this.#state;
    const waiting = deals.filter(({ status }) => status === "waiting");
    const nearest = waiting.map(({ deliverBy }) => Number(deliverBy));
    for (const state of ["waiting", "refused", "delivered"] as const) {
      this.#metrics.deals(state, deals.filter(({ status }) => status === state).length);
    }
    this.#metrics.set("delivered_total", deliveredTotal);
    this.#metrics.set("windows_missed_total", missedTotal);
    this.#metrics.set("next_deadline_timestamp_seconds", nearest.length === 0 ? 0 : Math.min(...nearest));
  }
}
