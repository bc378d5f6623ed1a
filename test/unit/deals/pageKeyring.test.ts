import { expect } from "chai";
import { IDBFactory } from "fake-indexeddb";
import type { webcrypto } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PageKeyring, keyPairOf, portablePlatform, type PageDatabases, type StoredKey } from "../../../sdk/src";
import { FileKeyring } from "../../../sdk/src/node";
import { caught } from "../../support/caught";

const COST = 2 ** 10;
const PASSWORD = "a long password";

const keyOf = (seed: bigint): StoredKey => ({ kind: "purchase", ...keyPairOf(seed), note: `licence ${seed} 🧾` });

/** What is used of the library, which is typed by the browser's own types. */
interface Request<T = unknown> {
  result: T;
  error: unknown;
  onsuccess: unknown;
  onerror: unknown;
}
interface Table {
  readonly transaction: { abort(): void };
  get(id: string): Request;
  put(value: unknown, id: string): Request;
  delete(id: string): Request;
  getAll(): Request<unknown[]>;
  getAllKeys(): Request<string[]>;
}
interface Transaction {
  objectStore: (name: string) => Table;
  oncomplete: unknown;
}
interface Database {
  transaction: (name: string, mode: string) => Transaction;
  close(): void;
}
interface OpenRequest extends Request<Database> {
  addEventListener(name: string, listen: () => void): void;
}
interface Factory {
  open(name: string, version?: number): OpenRequest;
  deleteDatabase(name: string): Request;
}
const newFactory = (): Factory => new (IDBFactory as unknown as new () => Factory)();

type Records = Map<string, unknown>;

describe("A keyring of a page", () => {
  let factory: Factory;
  const tab = (password?: string): PageKeyring =>
    new PageKeyring({ password, cost: COST, indexedDB: factory as unknown as PageDatabases });

  beforeEach(() => {
    factory = newFactory();
  });

  /** Works on the records as another script of the page can. */
  const raw = <T>(mode: "readonly" | "readwrite", work: (table: Table) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const request = factory.open("isonomy-keyring", 1);
      request.onerror = () => reject(request.error as Error);
      request.onsuccess = () => {
        const transaction = request.result.transaction("records", mode);
        const result = work(transaction.objectStore("records"));
        transaction.oncomplete = () => {
          request.result.close();
          resolve(result);
        };
      };
    });
  const cleared = (): Promise<void> =>
    new Promise((resolve) => (factory.deleteDatabase("isonomy-keyring").onsuccess = () => resolve()));
  const records = async (): Promise<Records> => {
    const found: Records = new Map();
    await raw("readonly", (table) => {
      const [keys, values] = [table.getAllKeys(), table.getAll()];
      values.onsuccess = () => keys.result.forEach((key, at) => found.set(String(key), values.result[at]));
    });
    return found;
  };

  for (const [what, password] of [
    ["under a key of the browser", undefined],
    ["under a password", PASSWORD],
  ] as const) {
    describe(what, () => {
      it("keeps keys of a purchase and of a version, for every tab and after the page was closed", async () => {
        await tab(password).requireWritable();
        const [one, two] = [keyOf(11n), { ...keyOf(12n), kind: "version" } as const];
        await tab(password).add(one);
        await tab(password).add(two);
        expect(await tab(password).find(one.x)).to.deep.equal(one);
        expect(await tab(password).find(two.x)).to.deep.equal(two);
        await caught(() => tab(password).find(keyOf(13n).x), "KEY_NOT_KEPT");
      });

      it("keeps each of fifty keys that several tabs add at once to a keyring that is not there yet", async () => {
        const tabs = [tab(password), tab(password), tab(password)];
        const keys = Array.from({ length: 50 }, (_, at) => keyOf(100n + BigInt(at)));
        await Promise.all(keys.map((key, at) => tabs[at % tabs.length]!.add(key)));
        for (const key of keys) expect(await tab(password).find(key.x)).to.deep.equal(key);
      }).timeout(30_000);

      it("holds no secret and no note in the clear, and no key that can be read out", async () => {
        await tab(password).add(keyOf(0x1234567890abcdef1234567890abcdefn));
        const all = await records();
        expect(all.size).to.equal(2);
        const text = JSON.stringify([...all.values()], (_, value: unknown) =>
          ArrayBuffer.isView(value) ? Buffer.from(value.buffer as ArrayBuffer).toString("latin1") : value,
        );
        expect(text).to.not.include("licence").and.not.include(String(0x1234567890abcdef1234567890abcdefn));
        const lock = all.get("lock") as { key?: webcrypto.CryptoKey };
        if (password === undefined) expect(lock.key!.extractable).to.equal(false);
        else expect(lock.key).to.equal(undefined);
      });

      it("refuses a record that was changed, or put in the place of another", async () => {
        const [one, two] = [keyOf(11n), keyOf(12n)];
        for (const key of [one, two]) await tab(password).add(key);
        const all = await records();
        const [first, second] = [...all.keys()].filter((id) => id.startsWith("key "));
        await raw("readwrite", (table) => table.put(all.get(second!), first!));
        await caught(() => tab(password).find(one.x), "KEY_FILE_DAMAGED");
        const record = structuredClone(all.get(second!)) as { bytes: Uint8Array };
        record.bytes[0]! ^= 1;
        await raw("readwrite", (table) => table.put(record, second!));
        await caught(() => tab(password).find(two.x), "KEY_FILE_DAMAGED");
      });

      it("exports a key file that the command line's keyring opens, and takes it back", async () => {
        const keys = [keyOf(11n), keyOf(12n)];
        for (const key of keys) await tab(password).add(key);
        const text = await tab(password).exportKeys("another password");
        const folder = await mkdtemp(join(tmpdir(), "isonomy-page-"));
        await writeFile(join(folder, "keys.json"), text, { mode: 0o600 });
        const file = new FileKeyring(join(folder, "keys.json"), "another password", portablePlatform, COST);
        for (const key of keys) expect(await file.find(key.x)).to.deep.equal(key);
        await rm(folder, { recursive: true });

        factory = newFactory();
        expect(await tab(password).importKeys(text, "another password")).to.equal(2);
        for (const key of keys) expect(await tab(password).find(key.x)).to.deep.equal(key);
      });
    });
  }

  it("refuses another password, none, an empty one, and one where there was none", async () => {
    await tab(PASSWORD).add(keyOf(11n));
    await caught(() => tab("wrong").find(keyOf(11n).x), "KEY_FILE_PASSWORD");
    await caught(() => tab("wrong").requireWritable(), "KEY_FILE_PASSWORD");
    await caught(() => tab().add(keyOf(12n)), "KEYRING_UNAVAILABLE");
    factory = newFactory();
    await caught(() => tab("").requireWritable(), "PASSWORD_EMPTY");
    await tab().requireWritable();
    await caught(() => tab(PASSWORD).requireWritable(), "KEYRING_UNAVAILABLE");
  });

  it("lets the password of one of two tabs count that choose different ones at once", async () => {
    const [one, two] = [tab("one password"), tab("two passwords")];
    const outcomes = await Promise.allSettled([one.add(keyOf(11n)), two.add(keyOf(12n))]);
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
    const { reason } = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(reason).to.have.property("code", "KEY_FILE_PASSWORD");
  });

  it("tries again after a failure", async () => {
    const keyring = tab("wrong");
    await tab(PASSWORD).requireWritable();
    await caught(() => keyring.requireWritable(), "KEY_FILE_PASSWORD");
    await cleared();
    await keyring.requireWritable();
  });

  for (const password of [undefined, PASSWORD]) {
    it(`keeps a key with what opens it after the page's data was cleared under an open tab, ${password ? "with" : "without"} a password`, async () => {
      const [open, other] = [tab(password), tab(password)];
      await open.add(keyOf(11n));
      await other.requireWritable();
      await cleared();
      await open.add(keyOf(12n));
      expect(await tab(password).find(keyOf(12n).x)).to.deep.equal(keyOf(12n));
      await caught(() => tab(password).find(keyOf(11n).x), "KEY_NOT_KEPT");

      // another tab began anew meanwhile, under a lock of its own
      await cleared();
      await tab(password).add(keyOf(13n));
      await other.add(keyOf(14n));
      for (const seed of [13n, 14n]) expect(await tab(password).find(keyOf(seed).x)).to.deep.equal(keyOf(seed));
    });
  }

  it("leaves nothing of the test whether it can be written", async () => {
    await tab().requireWritable();
    expect([...(await records()).keys()]).to.deep.equal(["lock"]);
  });

  describe("says what is wrong where", () => {
    /** The factory with one method of its tables replaced. */
    const spoiled = (method: "put" | "get", instead: (table: Table, original: () => Request) => Request) =>
      ({
        open: (name: string, version: number) => {
          const request = factory.open(name, version);
          const transaction = (database: Database) => database.transaction.bind(database);
          const opened = (): void => {
            const begin = transaction(request.result as never);
            (request.result as { transaction: unknown }).transaction = (...given: Parameters<typeof begin>) => {
              const made = begin(...given);
              const table = made.objectStore("records");
              const original = table[method].bind(table) as (...args: unknown[]) => Request;
              const changed = Object.assign(Object.create(table) as Table, {
                get: table.get.bind(table),
                put: table.put.bind(table),
                delete: table.delete.bind(table),
                [method]: (...args: unknown[]) => instead(table, () => original(...args)),
              });
              made.objectStore = () => changed;
              return made;
            };
          };
          request.addEventListener("success", opened);
          return request;
        },
      }) as unknown as PageDatabases;
    const keyringIn = (indexedDB: PageDatabases): PageKeyring => new PageKeyring({ cost: COST, indexedDB });

    it("the space of the page is used up", async () => {
      await tab().requireWritable();
      const full = spoiled("put", (table, original) => {
        const request = original();
        const error = new DOMException("", "QuotaExceededError");
        Object.defineProperty(table.transaction, "error", { value: error });
        table.transaction.abort();
        return request;
      });
      for (const work of [() => keyringIn(full).requireWritable(), () => keyringIn(full).add(keyOf(11n))]) {
        const error = await caught(work, "KEYRING_UNWRITABLE");
        expect(error.message).to.include("the space of the page is used up");
      }
      await caught(() => tab().find(keyOf(11n).x), "KEY_NOT_KEPT");
    });

    it("the space is used up only when the transaction ends", async () => {
      await tab().requireWritable();
      const full = spoiled("put", (table, original) => {
        const request = original();
        queueMicrotask(() => table.transaction.abort());
        return request;
      });
      await caught(() => keyringIn(full).add(keyOf(11n)), "KEYRING_UNWRITABLE");
      await caught(() => tab().find(keyOf(11n).x), "KEY_NOT_KEPT");
    });

    it("what is read back is something else", async () => {
      await tab().requireWritable();
      let puts = 0;
      const forgetful = spoiled("put", (table, original) => (puts++ === 0 ? original() : table.get("nothing")));
      await keyringIn(forgetful).add(keyOf(11n));
      await caught(() => keyringIn(spoiled("put", (table) => table.get("nothing"))).add(keyOf(12n)), "KEY_NOT_SAVED");
      await caught(() => keyringIn(spoiled("put", (table) => table.get("nothing"))).requireWritable(), "KEY_NOT_SAVED");
    });

    it("there is no IndexedDB, it may not be used, or the page came without https", async () => {
      await caught(() => new PageKeyring().requireWritable(), "KEYRING_UNAVAILABLE");
      const closed = {
        open: () => {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      } as unknown as PageDatabases;
      await caught(() => keyringIn(closed).requireWritable(), "KEYRING_UNAVAILABLE");

      const whole = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
      Object.defineProperty(globalThis, "crypto", { value: { getRandomValues: () => undefined }, configurable: true });
      try {
        await caught(() => tab().requireWritable(), "KEYRING_UNAVAILABLE");
      } finally {
        Object.defineProperty(globalThis, "crypto", whole);
      }
    });

    it("and asks the browser to keep the data, where it can be asked", async () => {
      expect(await tab().persist()).to.equal(false);
      const whole = Object.getOwnPropertyDescriptor(globalThis, "navigator");
      for (const [answer, expected] of [
        [async () => true, true],
        [async () => Promise.reject(new Error("no")), false],
      ] as const) {
        Object.defineProperty(globalThis, "navigator", { value: { storage: { persist: answer } }, configurable: true });
        expect(await tab().persist()).to.equal(expected);
      }
      if (whole === undefined) delete (globalThis as { navigator?: unknown }).navigator;
      else Object.defineProperty(globalThis, "navigator", whole);
    });
  });
});
