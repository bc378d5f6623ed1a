import type { BlockMark, EventCursor, Model, Offer, WatchCursor } from "isonomy/reading";

import { modelIdOf } from "../ids";

/** A model as it was in a block. */
export interface KeptModel {
  readonly model: Model;
  readonly block: BlockMark;
  /** Whether something happened to it since: it is read again. */
  readonly stale?: boolean | undefined;
}

/** A listed offer, as events tell of it. */
export interface KeptOffer {
  readonly termsHash: string;
  readonly offer: Offer;
  readonly listedAt: EventCursor;
  /** The hash of the block in which it was listed. */
  readonly blockHash: string;
  /** Licences that were sold under it, refunded ones too. */
  readonly sold: bigint;
  readonly revoked: boolean;
}

/** Sales of a version, under listed offers and signed ones. */
export interface Sales {
  readonly sold: bigint;
  readonly refunded: bigint;
}

/** What an event comes to. */
export type Told = { readonly block: number } & (
  | { readonly kind: "listed"; readonly offer: Omit<KeptOffer, "sold" | "revoked"> }
  | { readonly kind: "revoked"; readonly termsHash: string }
  | { readonly kind: "sold"; readonly termsHash: string; readonly versionId: bigint }
  | { readonly kind: "refunded"; readonly versionId: bigint }
  | { readonly kind: "touched"; readonly modelId: bigint }
);

/** How a record of events was before a block changed it; undefined where there was none. */
type Undo = { readonly block: number } & (
  | { readonly kind: "offer"; readonly key: string; readonly before: KeptOffer | undefined }
  | { readonly kind: "sales"; readonly key: bigint; readonly before: Sales | undefined }
);

/** All that is kept of a chain. */
export interface State {
  readonly cursor: WatchCursor | undefined;
  readonly count: bigint;
  readonly undo: readonly Undo[];
  /** The last block whose events cannot be taken back any more. */
  readonly settled: number;
  readonly models: readonly KeptModel[];
  readonly offers: readonly KeptOffer[];
  readonly sales: readonly (readonly [versionId: bigint, sales: Sales])[];
}

/** What changed since it was last written; undefined for a record that is gone. */
export interface Changes {
  readonly cursor: WatchCursor | undefined;
  readonly count: bigint;
  readonly undo: readonly Undo[];
  readonly settled: number;
  readonly models: ReadonlyMap<bigint, KeptModel | undefined>;
  readonly offers: ReadonlyMap<string, KeptOffer | undefined>;
  readonly sales: ReadonlyMap<bigint, Sales | undefined>;
}

/** Blocks that a reorg may take back without all events being read again. */
const DEPTH = 256;
const NO_SALES: Sales = { sold: 0n, refunded: 0n };

/** What is known of a chain: models as they were in some block, offers and sales by their events up to a cursor. */
export class Book {
  readonly models = new Map<bigint, KeptModel>();
  readonly offers = new Map<string, KeptOffer>();
  readonly sales = new Map<bigint, Sales>();
  /** How many models there are, as the registry said last. */
  count = 0n;
  cursor: WatchCursor | undefined;
  readonly #offersOf = new Map<bigint, Set<string>>();
  /** The last block in which something happened to a model: a record of an older block is stale. */
  readonly #touched = new Map<bigint, number>();
  #undo: Undo[] = [];
  #settled = -1;
  readonly #written = { models: new Set<bigint>(), offers: new Set<string>(), sales: new Set<bigint>() };
  readonly #onChange: (modelId: bigint) => void;

  /** @param onChange Told of each model whose row may look different. */
  constructor(onChange: (modelId: bigint) => void = () => undefined) {
    this.#onChange = onChange;
  }

  load({ cursor, count, undo, settled, models, offers, sales }: State): void {
    this.cursor = cursor;
    this.count = count;
    this.#undo = [...undo];
    this.#settled = settled;
    for (const [versionId, one] of sales) this.sales.set(versionId, one);
    for (const one of offers) this.#place(one.termsHash, one);
    for (const one of models) {
      this.models.set(one.model.modelId, one);
      this.#onChange(one.model.modelId);
    }
  }

  /** All of it, such as for others to read. */
  get state(): State {
    return {
      ...{ cursor: this.cursor, count: this.count, undo: this.#undo, settled: this.#settled },
      models: [...this.models.values()],
      offers: [...this.offers.values()],
      sales: [...this.sales],
    };
  }

  offersOf(versionId: bigint): KeptOffer[] {
    return [...(this.#offersOf.get(versionId) ?? [])].map((hash) => this.offers.get(hash)!);
  }

  salesOf(versionId: bigint): Sales {
    return this.sales.get(versionId) ?? NO_SALES;
  }

  /** Takes in the events of some blocks, in their order. */
  apply(events: readonly Told[], cursor: WatchCursor): void {
    for (const event of events) this.#take(event);
    this.cursor = cursor;
    const last = cursor.number - DEPTH;
    if (this.#undo.some(({ block }) => block <= last)) {
      this.#undo = this.#undo.filter(({ block }) => block > last);
      this.#settled = last;
    }
  }

  /** Takes back what was told of blocks after one. False where that is too long ago: everything has to be read again. */
  undo(after: number, cursor: WatchCursor): boolean {
    if (after < this.#settled) return false;
    for (let last = this.#undo.at(-1); last !== undefined && last.block > after; last = this.#undo.at(-1)) {
      this.#undo.pop();
      if (last.kind === "offer") this.#setOffer(last.key, last.before);
      else this.#setSales(last.key, last.before);
    }
    this.cursor = cursor;
    this.forgetModels(({ block }) => block.number > after);
    for (const [modelId, block] of this.#touched) if (block > after) this.#touched.delete(modelId);
    return true;
  }

  /** Forgets everything of the chain. */
  reset(): void {
    for (const key of [...this.offers.keys()]) this.#setOffer(key, undefined);
    for (const key of [...this.sales.keys()]) this.#setSales(key, undefined);
    this.forgetModels(() => true);
    this.#touched.clear();
    this.#undo = [];
    this.#settled = -1;
    this.cursor = undefined;
    this.count = 0n;
  }

  putModels(models: readonly Model[], block: BlockMark): void {
    for (const model of models) {
      // two readings may overtake one another
      if ((this.models.get(model.modelId)?.block.number ?? -1) > block.number) continue;
      const stale = block.number < (this.#touched.get(model.modelId) ?? -1);
      this.#setModel(model.modelId, { model, block, ...(stale ? { stale } : {}) });
    }
  }

  forgetModels(which: (one: KeptModel) => boolean): void {
    for (const [modelId, one] of this.models) if (which(one)) this.#setModel(modelId, undefined);
  }

  /** The newest models that have to be read, at most `limit`, without a gap: from the first on down. */
  missing(limit: number): { readonly first: bigint; readonly length: number } | undefined {
    const isKnown = (id: bigint): boolean => this.models.get(id)?.stale === undefined && this.models.has(id);
    let first = this.count;
    while (first > 0n && isKnown(first)) first -= 1n;
    if (first === 0n) return undefined;
    let length = 1;
    while (length < limit && first - BigInt(length) > 0n && !isKnown(first - BigInt(length))) length += 1;
    return { first, length };
  }

  /** What has to be written down, once. */
  takeChanges(): Changes {
    const { models, offers, sales } = this.#written;
    const taken = <Key, Value>(keys: Set<Key>, now: ReadonlyMap<Key, Value>): Map<Key, Value | undefined> => {
      const found = new Map([...keys].map((key) => [key, now.get(key)]));
      keys.clear();
      return found;
    };
    return {
      ...{ cursor: this.cursor, count: this.count, undo: [...this.#undo], settled: this.#settled },
      models: taken(models, this.models),
      offers: taken(offers, this.offers),
      sales: taken(sales, this.sales),
    };
  }

  #take(event: Told): void {
    const { block } = event;
    if (event.kind === "touched") {
      this.#touch(event.modelId, block);
      return;
    }
    if (event.kind === "listed") {
      this.#change(block, event.offer.termsHash, { ...event.offer, sold: 0n, revoked: false });
      return;
    }
    // an offer that was signed, and never listed, is not known here
    const offer = "termsHash" in event ? this.offers.get(event.termsHash) : undefined;
    if (offer !== undefined) {
      const now = event.kind === "revoked" ? { ...offer, revoked: true } : { ...offer, sold: offer.sold + 1n };
      this.#change(block, offer.termsHash, now);
    }
    if (event.kind === "revoked") return;
    const before = this.sales.get(event.versionId);
    const { sold, refunded } = before ?? NO_SALES;
    this.#undo.push({ kind: "sales", block, key: event.versionId, before });
    const isSale = event.kind === "sold";
    this.#setSales(event.versionId, isSale ? { sold: sold + 1n, refunded } : { sold, refunded: refunded + 1n });
  }

  #touch(modelId: bigint, block: number): void {
    this.#touched.set(modelId, Math.max(block, this.#touched.get(modelId) ?? -1));
    const known = this.models.get(modelId);
    if (known !== undefined && known.block.number < block) this.#setModel(modelId, { ...known, stale: true });
  }

  #change(block: number, key: string, now: KeptOffer): void {
    this.#undo.push({ kind: "offer", block, key, before: this.offers.get(key) });
    this.#setOffer(key, now);
  }

  #setModel(modelId: bigint, now: KeptModel | undefined): void {
    if (now === undefined) this.models.delete(modelId);
    else this.models.set(modelId, now);
    this.#written.models.add(modelId);
    this.#onChange(modelId);
  }

  #setOffer(termsHash: string, now: KeptOffer | undefined): void {
    const { versionId } = (now ?? this.offers.get(termsHash)!).offer;
    this.#place(termsHash, now);
    this.#written.offers.add(termsHash);
    this.#onChange(modelIdOf(versionId));
  }

  #place(termsHash: string, now: KeptOffer | undefined): void {
    const { versionId } = (now ?? this.offers.get(termsHash)!).offer;
    const list = this.#offersOf.get(versionId) ?? new Set();
    this.#offersOf.set(versionId, list);
    if (now === undefined) {
      list.delete(termsHash);
      this.offers.delete(termsHash);
    } else {
      list.add(termsHash);
      this.offers.set(termsHash, now);
    }
  }

  #setSales(versionId: bigint, now: Sales | undefined): void {
    if (now === undefined) this.sales.delete(versionId);
    else this.sales.set(versionId, now);
    this.#written.sales.add(versionId);
    this.#onChange(modelIdOf(versionId));
  }
}
