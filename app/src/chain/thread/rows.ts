import type { Model, OfferOnSale, OfferStatus } from "isonomy/reading";

import { isZeroAddress, sameAddress } from "../../addresses";
import type { Book, KeptOffer } from "./book";
import type { Cards } from "./cards";
import type { ModelRow } from "../source";

/** How an offer stood when the market was asked. */
export interface Asked {
  readonly status: OfferStatus;
  readonly sold: bigint;
  /** When it was asked, in milliseconds. */
  readonly at: number;
}

/** An answer of the market is believed for so long, where no event says otherwise. */
const BELIEVED_MS = 300_000;

/**
 * The rows of lists, made of what events told. That an offer can be bought is the market's to say: it is asked about the rows that are
 * shown, and until then an offer counts as open unless an event, its terms or the clock speak against it.
 */
export class Rows {
  readonly asked = new Map<string, Asked>();
  /** The time of the newest block, as far as this page knows it, in Unix time. */
  now: () => number = () => Date.now() / 1_000;
  readonly #book: Book;
  readonly #cards: Pick<Cards, "get">;
  readonly #isVerified: (modelId: bigint) => boolean;
  readonly #rows = new Map<bigint, { readonly row: ModelRow; readonly until: number }>();

  /** @param isVerified Whether this page read a model from the chain. */
  constructor(book: Book, cards: Pick<Cards, "get">, isVerified: (modelId: bigint) => boolean) {
    this.#book = book;
    this.#cards = cards;
    this.#isVerified = isVerified;
  }

  /** Something about a model changed. */
  drop(modelId: bigint): void {
    this.#rows.delete(modelId);
  }

  of(modelId: bigint): ModelRow | undefined {
    const known = this.#rows.get(modelId);
    if (known !== undefined && this.now() <= known.until) return known.row;
    const model = this.#book.models.get(modelId)?.model;
    if (model === undefined) return undefined;
    const { versionId, metadataHash } = model.newest;
    const sales = this.#book.salesOf(versionId);
    const open = this.possible(model);
    const offers = open.map((one) => this.#onSale(one)).filter(({ status }) => isOpen(status));
    const row = {
      ...{ model, card: this.#cards.get(metadataHash), offers: cheapestFirst(offers) },
      sold: sales.sold > sales.refunded ? sales.sold - sales.refunded : 0n,
      verified: this.#isVerified(modelId),
    };
    const ends = open.map(({ offer }) => Number(offer.expiresAt)).filter((end) => end > 0);
    // one that could not be bought may be bought again, and no event says so
    if (offers.length < open.length) ends.push(this.now() + BELIEVED_MS / 1_000);
    this.#rows.set(modelId, { row, until: Math.min(...ends, Number.MAX_SAFE_INTEGER) });
    return row;
  }

  /** Offers of the newest version which nothing that is known rules out for good, or for everybody. */
  possible({ holder, newest }: Model): KeptOffer[] {
    if (newest.defectiveAt !== 0n) return [];
    const { refunded } = this.#book.salesOf(newest.versionId);
    const now = BigInt(Math.floor(this.now()));
    return this.#book.offersOf(newest.versionId).filter(({ offer, sold, revoked }) => {
      if (revoked || (offer.expiresAt !== 0n && offer.expiresAt < now)) return false;
      if (!sameAddress(holder, offer.creator) || !isZeroAddress(offer.buyer)) return false;
      // a buyer has to be cleared by name, and a list has no name
      if (BigInt(offer.policy) !== 0n) return false;
      // which of its offers a refund was under, its event does not say
      return sold - refunded < offer.supply;
    });
  }

  /** Whether the market has to be asked about an offer, for a row that is shown. */
  isDue({ termsHash }: KeptOffer, everyMs: number): boolean {
    const asked = this.asked.get(termsHash);
    return asked === undefined || Date.now() - asked.at >= everyMs;
  }

  #onSale({ termsHash, offer, sold, listedAt }: KeptOffer): OfferOnSale {
    const asked = this.asked.get(termsHash);
    if (asked !== undefined && Date.now() - asked.at < BELIEVED_MS) {
      return { termsHash, offer, sold: asked.sold, status: asked.status, listedAt };
    }
    return { termsHash, offer, sold, status: "open", listedAt };
  }
}

const isOpen = (status: OfferStatus): boolean => status === "open" || status === "paused";

/** The cheapest of each token, then the others: amounts of two tokens say nothing about one another. */
function cheapestFirst(offers: readonly OfferOnSale[]): OfferOnSale[] {
  const byPrice = [...offers].sort((a, b) => (a.offer.price < b.offer.price ? -1 : 1));
  const tokens = new Set<string>();
  const first = byPrice.filter(({ offer }) => !tokens.has(offer.payToken) && tokens.add(offer.payToken));
  return [...first, ...byPrice.filter((one) => !first.includes(one))];
}
