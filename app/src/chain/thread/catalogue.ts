import type { BlobStore } from "isonomy/store";

import { Book } from "./book";
import { Cards } from "./cards";
import { Rows } from "./rows";
import { ModelIndex, search } from "./search";
import type { ModelFilter, ModelRow, ModelsFound } from "../source";

/** Models that the index takes in at a time, so that a question in between is answered. */
const CHUNK = 100;

/** What is known of all models, and how it is found. */
export class Catalogue {
  readonly book: Book;
  readonly cards: Cards;
  readonly rows: Rows;
  /** Changes with everything that a list can show. */
  revision = 0;
  readonly #index = new ModelIndex();
  readonly #withCard = new Map<string, Set<bigint>>();
  #indexing: ReturnType<typeof setTimeout> | undefined;

  /** @param onCard Told of the hash of each card that came. */
  constructor(
    store: BlobStore | undefined,
    isVerified: (modelId: bigint) => boolean,
    onCard: (metadataHash: string) => void = () => undefined,
  ) {
    this.book = new Book((modelId) => this.changed(modelId));
    this.cards = new Cards(store, (metadataHash, card) => {
      for (const modelId of this.#withCard.get(metadataHash) ?? []) this.changed(modelId);
      if (card !== undefined) onCard(metadataHash);
    });
    this.rows = new Rows(this.book, this.cards, isVerified);
  }

  /** The row of a model may look different now. */
  changed(modelId: bigint): void {
    this.revision += 1;
    this.rows.drop(modelId);
    const hash = this.book.models.get(modelId)?.model.newest.metadataHash;
    if (hash !== undefined) this.#withCard.set(hash, (this.#withCard.get(hash) ?? new Set()).add(modelId));
    this.#index.put(modelId);
    this.#indexing ??= setTimeout(() => this.#indexSome(), 0);
  }

  /** The rows that a filter finds, and how many models are known with their cards. */
  find(filter: ModelFilter, { offset, limit }: { offset: number; limit: number }): FoundHere {
    const all: ModelRow[] = [];
    let read = 0;
    for (const modelId of this.book.models.keys()) {
      const row = this.rows.of(modelId)!;
      all.push(row);
      if (row.card !== undefined || this.cards.isSettled(row.model.newest.metadataHash)) read += 1;
    }
    const { rows, facets } = search(
      all,
      filter,
      this.#index.scores(filter.text, (id) => this.rows.of(id)),
    );
    return {
      ...{ rows: rows.slice(offset, offset + limit), total: rows.length, facets },
      ...{ read, of: Math.max(Number(this.book.count), all.length), revision: this.revision },
    };
  }

  #indexSome(): void {
    this.#indexing = undefined;
    this.#index.work((id) => this.rows.of(id), CHUNK);
    if (this.#index.waiting > 0) this.#indexing = setTimeout(() => this.#indexSome(), 0);
  }
}

type FoundHere = Pick<ModelsFound, "rows" | "total" | "facets" | "read" | "of" | "revision">;
