/** What is used of IndexedDB; a browser's own fits, and so does one of a test. */
export interface PageDatabases {
  open(name: string, version?: number): OpenRequest;
}

interface Request<T = unknown> {
  result: T;
  error: unknown;
  onsuccess: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
}

interface OpenRequest extends Request<Database> {
  onupgradeneeded: ((event: never) => unknown) | null;
  onblocked: ((event: never) => unknown) | null;
}

interface Database {
  readonly objectStoreNames: { contains(name: string): boolean };
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: "readonly" | "readwrite", options?: { durability: "strict" }): Transaction;
  close(): void;
  onversionchange: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
}

interface Transaction {
  readonly error: unknown;
  objectStore(name: string): Table;
  abort(): void;
  oncomplete: ((event: never) => unknown) | null;
  onabort: ((event: never) => unknown) | null;
}

/** Values by their keys, within one transaction. */
export interface Table {
  get(key: string): Request;
  getAllKeys(): Request<string[]>;
  put(value: unknown, key: string): Request;
  delete(key: string): Request;
}

const TABLE = "records";

/**
 * A table of one database of the page, which every tab of the same origin shares. A transaction of one tab is whole before that of
 * another begins, and what was written is on the disk when the promise of the transaction is fulfilled.
 */
export class PageDatabase {
  readonly #factory: PageDatabases;
  readonly #name: string;
  #opened: Promise<Database> | undefined;

  constructor(factory: PageDatabases, name: string) {
    this.#factory = factory;
    this.#name = name;
  }

  /** Runs one transaction; `work` may ask for more in the callbacks of its requests only. Returns what `done` was given. */
  async run<T>(mode: "readonly" | "readwrite", work: (table: Table, done: (result: T) => void) => void): Promise<T> {
    const database = await this.#database();
    return new Promise((resolve, reject) => {
      let result: { value: T } | undefined;
      const transaction = database.transaction(TABLE, mode, { durability: "strict" });
      // a quota that is used up is told when the transaction ends, not when it is asked to write
      transaction.onabort = () => reject(transaction.error ?? new Error("The browser ended the transaction."));
      transaction.oncomplete = () =>
        result === undefined ? reject(new Error("The browser gave no answer.")) : resolve(result.value);
      try {
        work(transaction.objectStore(TABLE), (value) => (result = { value }));
      } catch (error) {
        transaction.abort();
        reject(error);
      }
    });
  }

  #database(): Promise<Database> {
    // a failure is not kept, so that the page can try again
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  #open(): Promise<Database> {
    return new Promise((resolve, reject) => {
      const request = this.#factory.open(this.#name, 1);
      request.onupgradeneeded = () => {
        if (!request.result.objectStoreNames.contains(TABLE)) request.result.createObjectStore(TABLE);
      };
      request.onblocked = () => reject(new Error("Another tab keeps an older database open."));
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        const forget = (): void => {
          this.#opened = undefined;
        };
        // a person who clears the page's data must not be kept waiting by this tab
        database.onversionchange = () => {
          database.close();
          forget();
        };
        database.onclose = forget;
        resolve(database);
      };
    });
  }
}
