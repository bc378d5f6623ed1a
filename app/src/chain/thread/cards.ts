import { MAX_CARD_BYTES, verifiedCard, type ModelCard } from "isonomy/card";
import type { Version } from "isonomy/reading";
import { readAll, type BlobStore } from "isonomy/store";

/** What it takes to fetch a card. */
export type Where = Pick<Version, "uri" | "metadataHash">;

/** Cards that are fetched at a time. */
const WIDTH = 8;
/** A card that no store had is asked for again after this long. */
const RETRY_MS = 300_000;

/** The cards of versions: those that are known, and those that are fetched in the background, what is shown first. */
export class Cards {
  readonly #store: BlobStore | undefined;
  readonly #known = new Map<string, ModelCard>();
  readonly #failed = new Map<string, number>();
  readonly #fetching = new Map<string, Promise<ModelCard>>();
  readonly #waiting = new Map<string, Where>();
  #urgent: Where[] = [];
  #busy = 0;
  readonly #onCard: (metadataHash: string, card: ModelCard | undefined) => void;

  /** @param onCard Told of each card that came; undefined for one that could not be fetched. */
  constructor(
    store: BlobStore | undefined,
    onCard: (metadataHash: string, card: ModelCard | undefined) => void = () => undefined,
  ) {
    this.#store = store;
    this.#onCard = onCard;
  }

  load(cards: Iterable<readonly [string, ModelCard]>): void {
    for (const [hash, card] of cards) this.#known.set(hash, card);
  }

  get(metadataHash: string): ModelCard | undefined {
    return this.#known.get(metadataHash);
  }

  get all(): ReadonlyMap<string, ModelCard> {
    return this.#known;
  }

  /** Whether nothing more of it is to be expected soon. */
  isSettled(metadataHash: string): boolean {
    return this.#known.has(metadataHash) || this.#hasFailed(metadataHash) || this.#store === undefined;
  }

  /** Whether some are still fetched. */
  get isBusy(): boolean {
    return this.#busy > 0 || this.#waiting.size > 0;
  }

  /** Has a card fetched when its turn comes; one that is shown comes before all others. */
  want(where: Where, shown = false): void {
    if (this.isSettled(where.metadataHash) || this.#fetching.has(where.metadataHash)) return;
    this.#waiting.set(where.metadataHash, where);
    if (shown) this.#urgent.push(where);
    this.#next();
  }

  /** The card, checked against its hash; one that could not be fetched is asked for again. */
  async fetch(where: Where): Promise<ModelCard> {
    const { metadataHash } = where;
    const known = this.#known.get(metadataHash);
    if (known !== undefined) return known;
    let fetching = this.#fetching.get(metadataHash);
    if (fetching === undefined) {
      fetching = this.#read(where).finally(() => this.#fetching.delete(metadataHash));
      this.#fetching.set(metadataHash, fetching);
    }
    return fetching;
  }

  async #read({ uri, metadataHash }: Where): Promise<ModelCard> {
    this.#waiting.delete(metadataHash);
    try {
      if (this.#store === undefined) throw new Error("No store of files is set.");
      const bytes = await readAll(this.#store, uri.replace(/^ipfs:\/\//i, ""), MAX_CARD_BYTES);
      const card = verifiedCard(bytes, metadataHash);
      this.#known.set(metadataHash, card);
      this.#failed.delete(metadataHash);
      this.#onCard(metadataHash, card);
      return card;
    } catch (error) {
      this.#failed.set(metadataHash, Date.now());
      this.#onCard(metadataHash, undefined);
      throw error;
    }
  }

  #hasFailed(metadataHash: string): boolean {
    const at = this.#failed.get(metadataHash);
    return at !== undefined && Date.now() - at < RETRY_MS;
  }

  #next(): void {
    while (this.#busy < WIDTH) {
      const where = this.#urgent.pop() ?? this.#waiting.values().next().value;
      if (where === undefined) return;
      if (!this.#waiting.delete(where.metadataHash)) continue;
      this.#busy += 1;
      void this.fetch(where)
        .catch(() => undefined)
        .then(() => {
          this.#busy -= 1;
          this.#next();
        });
    }
  }
}
