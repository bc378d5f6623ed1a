import type { ModelCard } from "isonomy/card";

import type { Changes, KeptModel, KeptOffer, Sales, State } from "./thread/book";

/** What is kept, with the cards that were fetched. */
export interface Kept {
  readonly state: State | undefined;
  readonly cards: readonly (readonly [metadataHash: string, card: ModelCard])[];
}

const NOTHING: Kept = { state: undefined, cards: [] };

/** Raised when the records get another form: what was kept before is then read again. */
const FORM = 1;
const STORES = ["meta", "models", "offers", "sales", "cards"] as const;
const NAME = "isonomy.chain.";

type Meta = Pick<State, "cursor" | "count" | "undo" | "settled"> & { readonly writer: string };

/** The name of the place where what was read of a deployment is kept. */
export const keepName = (chainId: number, market: string, block: number): string =>
  `${NAME}${chainId}.${market.toLowerCase()}.${block}`;

/** The names of all such places in this browser. */
export async function keptNames(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<string[]> {
  const all = (await factory?.databases?.().catch(() => [])) ?? [];
  return all.flatMap(({ name }) => (name?.startsWith(NAME) ? [name] : []));
}

export async function eraseKept(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<void> {
  const names = await keptNames(factory);
  await Promise.all(names.map((name) => done(factory!.deleteDatabase(name)).catch(() => undefined)));
}

/**
 * Keeps what was read of a chain in the browser. A browser that keeps nothing, or no more, is no failure: then everything is read again
 * the next time. Of two tabs the one that writes first keeps, and the other stops: together they would count an event twice.
 */
export class Keep {
  readonly #database: Promise<IDBDatabase | undefined>;
  readonly #me = String(Math.random());
  /** Who wrote last, as far as is known here. */
  #writer: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(name: string, factory: IDBFactory | undefined = globalThis.indexedDB) {
    this.#database = open(name, factory).catch(() => undefined);
  }

  async load(): Promise<Kept> {
    const database = await this.#database;
    if (database === undefined) return NOTHING;
    try {
      const transaction = database.transaction(STORES, "readonly");
      const all = <Value>(name: string) => done<Value[]>(transaction.objectStore(name).getAll());
      const keys = <Key>(name: string) => done(transaction.objectStore(name).getAllKeys()) as Promise<Key[]>;
      const [meta, models, offers, sales, versions, cards, hashes] = await Promise.all([
        done<Meta | undefined>(transaction.objectStore("meta").get("meta")),
        ...[all<KeptModel>("models"), all<KeptOffer>("offers"), all<Sales>("sales"), keys<string>("sales")],
        ...[all<ModelCard>("cards"), keys<string>("cards")],
      ] as const);
      this.#writer = meta?.writer;
      return {
        state: meta && { ...meta, models, offers, sales: versions.map((id, at) => [BigInt(id), sales[at]!] as const) },
        cards: hashes.map((hash, at) => [hash, cards[at]!] as const),
      };
    } catch {
      this.#stopped = true;
      return NOTHING;
    }
  }

  /** Writes what changed in one go, after what was given before. */
  write({ models, offers, sales, ...meta }: Changes): Promise<void> {
    return this.#inTurn(["meta", "models", "offers", "sales"], async (transaction) => {
      const kept = transaction.objectStore("meta");
      const writer = (await done<Meta | undefined>(kept.get("meta")))?.writer;
      if (writer !== this.#writer) throw new Error("Another tab keeps what it reads.");
      kept.put({ ...meta, writer: this.#me } satisfies Meta, "meta");
      for (const [name, changes] of Object.entries({ models, offers, sales })) {
        const store = transaction.objectStore(name);
        for (const [key, value] of changes) {
          if (value === undefined) store.delete(String(key));
          else store.put(value, String(key));
        }
      }
      this.#writer = this.#me;
    });
  }

  writeCards(cards: readonly (readonly [metadataHash: string, card: ModelCard])[]): Promise<void> {
    return this.#inTurn(["cards"], async (transaction) => {
      for (const [hash, card] of cards) transaction.objectStore("cards").put(card, hash);
    });
  }

  #inTurn(names: string[], work: (transaction: IDBTransaction) => Promise<void>): Promise<void> {
    const next = this.#writing.then(async () => {
      const database = await this.#database;
      if (database === undefined || this.#stopped) return;
      const transaction = database.transaction(names, "readwrite");
      const ended = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error("The browser kept nothing."));
      });
      ended.catch(() => undefined);
      try {
        await work(transaction);
        await ended;
      } catch {
        // full, closed, or another tab's: from now on this tab only remembers
        this.#stopped = true;
        if (transaction.error === null) abort(transaction);
      }
    });
    this.#writing = next;
    return next;
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // it is over already
  }
}

function open(name: string, factory: IDBFactory | undefined): Promise<IDBDatabase | undefined> {
  if (factory === undefined) return Promise.resolve(undefined);
  const request = factory.open(name, FORM);
  request.onupgradeneeded = () => {
    const database = request.result;
    for (const old of [...database.objectStoreNames]) database.deleteObjectStore(old);
    for (const store of STORES) database.createObjectStore(store);
  };
  return done(request).then((database) => {
    // somebody erases it, or a newer page needs another form
    database.onversionchange = () => database.close();
    return database;
  });
}

function done<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's database failed."));
  });
}
