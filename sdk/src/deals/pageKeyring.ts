import { scryptAsync } from "@noble/hashes/scrypt.js";
import type { webcrypto } from "node:crypto";

import { isIsonomyError } from "../base/error";
import { dealError } from "../domains/escrow/errors";
import { decryptKeys, encryptKeys, isSecretOf, portablePlatform, type StoredKey } from "../fairexchange";
import { fairExchangeError } from "../fairexchange/errors";
import type { Keyring } from "./keyring";
import { PageDatabase, type PageDatabases } from "./pageDatabase";

/** How a page keeps its keys. */
export interface PageKeyringOptions {
  /** A keyring of its own within the page; "isonomy-keyring" when left out. */
  readonly name?: string;
  /**
   * Keys are encrypted under this password, which is asked for each time the page is opened. Without one they are encrypted under a
   * key that the browser keeps and that no script can read out, but that every script of the page can use.
   */
  readonly password?: string;
  /** scrypt's N, a power of two; the default takes about a second. */
  readonly cost?: number;
  /** The browser's own when left out. */
  readonly indexedDB?: PageDatabases;
}

/** How the keys are encrypted, under the key "lock". */
type LockRecord = { readonly id: string } & (
  | { readonly kind: "device"; readonly key: webcrypto.CryptoKey }
  | { readonly kind: "password"; readonly salt: Uint8Array; readonly cost: number; readonly check: Sealed }
);

/** A lock with what it encrypts with. */
interface Unlocked {
  readonly lock: LockRecord;
  readonly key: webcrypto.CryptoKey;
}

/** Something encrypted with AES-GCM, with its fresh nonce. */
interface Sealed {
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const LOCK = "lock";
const KEY = "key ";
const PROBE = "probe ";
const COST = 2 ** 17;
/** More than a key takes. */
const PROBE_BYTES = 4_096;

/**
 * A keyring of a web page, in IndexedDB, with the same promise as the one in a file: a key that was added is on the disk, was read back
 * and can be paid or published with. Any number of tabs may add at once: each key is a record of its own.
 *
 * A browser may clear a page's data when it runs out of space, and a person may clear it; a private window forgets it. Ask
 * `persist()` once, and give people `exportKeys`: its file is a key file, which `isonomy` and `FileKeyring` read too.
 * @example
 * ```ts
 * const keyring = new PageKeyring({ password });
 * await keyring.requireWritable();
 * const deals = new DealClient(deployment, signer, { platform: portablePlatform, keyring });
 * ```
 */
export class PageKeyring implements Keyring {
  readonly #name: string;
  readonly #password: string | undefined;
  readonly #cost: number;
  readonly #database: PageDatabase | undefined;
  #unlocked: Promise<Unlocked> | undefined;

  constructor(options: PageKeyringOptions = {}) {
    const { name = "isonomy-keyring", password, cost = COST } = options ?? {};
    this.#name = name;
    this.#password = password;
    this.#cost = cost;
    const factory = options?.indexedDB ?? ownFactory();
    this.#database = factory === undefined ? undefined : new PageDatabase(factory, name);
  }

  /**
   * Throws unless a key can be kept: opens the keyring with its password, writes more than a key takes, and reads it back. For the
   * moment before something is sealed, published or paid.
   * @throws `KEYRING_UNAVAILABLE` where the page has no IndexedDB or no WebCrypto, `KEYRING_UNWRITABLE` where nothing can be written,
   * `KEY_FILE_PASSWORD` for a wrong password.
   * @example
   * ```ts
   * await keyring.requireWritable();
   * ```
   */
  async requireWritable(): Promise<void> {
    // first, because it looks for the browser's WebCrypto
    await this.#opened();
    const id = `${PROBE}${crypto.randomUUID()}`;
    const written = new Uint8Array(PROBE_BYTES).fill(7);
    await this.#write(id, async () => written);
    const found = await this.#read(id);
    await this.#run("readwrite", (table, done: (result: true) => void) => {
      table.delete(id).onsuccess = () => done(true);
    });
    if (!(found instanceof Uint8Array) || found.length !== written.length) throw this.#unsaved();
  }

  /**
   * Keeps a secret; returns once it was read back and decrypted, so that it may be paid or published with.
   * @throws What `requireWritable` throws, and `KEY_NOT_SAVED` where what was read back is something else.
   * @example
   * ```ts
   * const { secret, x } = newKeyPair(portablePlatform);
   * await keyring.add({ kind: "version", secret, x, note: "my model" });
   * ```
   */
  async add(stored: StoredKey): Promise<void> {
    const { kind, secret, x, note } = stored;
    const id = idOf(x);
    const plain = JSON.stringify({ kind, secret: secret.toString(), note });
    await this.#write(id, (key) => seal(key, id, plain));
    const kept = await this.#open(id).catch(() => undefined);
    if (kept?.x !== x || kept.secret !== secret) throw this.#unsaved();
  }

  /**
   * The secret of the point with this x coordinate.
   * @throws `KEY_NOT_KEPT` where it is not here, `KEY_FILE_DAMAGED` where its record was changed.
   * @example
   * ```ts
   * const { secret } = await keyring.find(version.keyX);
   * ```
   */
  async find(x: bigint): Promise<StoredKey> {
    const key = await this.#open(idOf(x));
    if (key === undefined) throw dealError("KEY_NOT_KEPT", { path: this.#shown(), x });
    return key;
  }

  /**
   * All keys as the text of a key file, encrypted under a password: a backup, which `FileKeyring` and the command line open too.
   * @example
   * ```ts
   * const text = await keyring.exportKeys(password);
   * show(URL.createObjectURL(new Blob([text], { type: "application/json" })));
   * ```
   */
  async exportKeys(password: string): Promise<string> {
    await this.#key();
    const ids = await this.#run("readonly", (table, done: (ids: string[]) => void) => {
      const request = table.getAllKeys();
      request.onsuccess = () => done(request.result.filter((id) => id.startsWith(KEY)));
    });
    const keys = await Promise.all(ids.map((id) => this.#open(id)));
    return encryptKeys(keys as StoredKey[], password, portablePlatform, this.#cost);
  }

  /**
   * Adds the keys of a key file; those that are here already stay as they are.
   * @returns How many keys the file holds.
   * @example
   * ```ts
   * const count = await keyring.importKeys(text, password);
   * ```
   */
  async importKeys(text: string, password: string): Promise<number> {
    const keys = await decryptKeys(text, password);
    for (const key of keys) await this.add(key);
    return keys.length;
  }

  /**
   * Asks the browser to keep the page's data also when it runs out of space.
   * @returns Whether it does; false in a private window, and where it was refused.
   * @example
   * ```ts
   * if (!(await keyring.persist())) show("Export your keys: this browser may clear them.");
   * ```
   */
  async persist(): Promise<boolean> {
    const { storage } =
      (globalThis as { navigator?: { storage?: { persist?: () => Promise<boolean> } } }).navigator ?? {};
    return (await storage?.persist?.().catch(() => false)) ?? false;
  }

  async #open(id: string): Promise<StoredKey | undefined> {
    const key = await this.#key();
    const record = (await this.#read(id)) as Sealed | undefined;
    if (record === undefined) return undefined;
    try {
      const { kind, secret, note } = JSON.parse(await unseal(key, id, record)) as Record<string, string>;
      const stored = { kind, secret: BigInt(secret!), x: BigInt(id.slice(KEY.length)), note } as StoredKey;
      if (!isSecretOf(stored.secret, stored.x)) throw new Error("A secret does not belong to its key.");
      return stored;
    } catch (error) {
      throw fairExchangeError("KEY_FILE_DAMAGED", { detail: "a record of the page was changed." }, error);
    }
  }

  async #key(): Promise<webcrypto.CryptoKey> {
    return (await this.#opened()).key;
  }

  #opened(): Promise<Unlocked> {
    this.#unlocked ??= this.#unlock().catch((error: unknown) => {
      this.#unlocked = undefined;
      throw error;
    });
    return this.#unlocked;
  }

  async #unlock(): Promise<Unlocked> {
    // browsers hide it from pages that came over a line that anybody may have changed
    if (crypto.subtle === undefined) throw this.#unavailable("the page is not served over https.");
    const found = (await this.#read(LOCK)) as LockRecord | undefined;
    const lock = found ?? (await this.#firstLock());
    if (lock.kind === "device") {
      if (this.#password !== undefined) throw this.#unavailable("it was made without a password; leave it out.");
      return { lock, key: lock.key };
    }
    if (this.#password === undefined) throw this.#unavailable("it was made with a password; give it.");
    const key = await passwordKey(this.#password, lock.salt, lock.cost);
    try {
      await unseal(key, LOCK, lock.check);
      return { lock, key };
    } catch (error) {
      throw fairExchangeError("KEY_FILE_PASSWORD", {}, error);
    }
  }

  /** Makes the lock of a new keyring. Of two tabs that do so at once the first one's stays, and the other goes on with it. */
  async #firstLock(): Promise<LockRecord> {
    const made = await this.#newLock();
    return this.#run("readwrite", (table, done: (lock: LockRecord) => void) => {
      const request = table.get(LOCK);
      request.onsuccess = () => {
        if (request.result !== undefined) return done(request.result as LockRecord);
        table.put(made, LOCK).onsuccess = () => done(made);
      };
    });
  }

  async #newLock(): Promise<LockRecord> {
    const id = crypto.randomUUID();
    if (this.#password === undefined) {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      return { id, kind: "device", key };
    }
    if (this.#password === "") throw fairExchangeError("PASSWORD_EMPTY");
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const key = await passwordKey(this.#password, salt, this.#cost);
    return { id, kind: "password", salt, cost: this.#cost, check: await seal(key, LOCK, "isonomy") };
  }

  /** Writes a record together with the lock that opens it: the page's data may have been cleared since this tab was opened. */
  async #write(id: string, make: (key: webcrypto.CryptoKey) => Promise<unknown>): Promise<void> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { lock, key } = await this.#opened();
      const value = await make(key);
      const written = await this.#run("readwrite", (table, done: (written: boolean) => void) => {
        const request = table.get(LOCK);
        request.onsuccess = () => {
          const present = request.result as LockRecord | undefined;
          if (present !== undefined && present.id !== lock.id) return done(false);
          if (present === undefined) table.put(lock, LOCK);
          table.put(value, id).onsuccess = () => done(true);
        };
      });
      if (written) return;
      // cleared, and begun anew by another tab
      this.#unlocked = undefined;
    }
    throw this.#unsaved();
  }

  #read(id: string): Promise<unknown> {
    return this.#run("readonly", (table, done) => {
      const request = table.get(id);
      request.onsuccess = () => done(request.result);
    });
  }

  async #run<T>(...given: Parameters<typeof PageDatabase.prototype.run<T>>): Promise<T> {
    if (this.#database === undefined) throw this.#unavailable("the browser gives it no IndexedDB.");
    try {
      return await this.#database.run(...given);
    } catch (error) {
      if (isIsonomyError(error)) throw error;
      const { name, message } = error as Error;
      // what private windows and blocked cookies are called
      if (/^(Security|InvalidState|Unknown|NotAllowed)Error$/.test(name))
        throw this.#unavailable(`${message || name}.`, error);
      const detail = name === "QuotaExceededError" ? "the space of the page is used up." : `${message || name}.`;
      throw dealError("KEYRING_UNWRITABLE", { path: this.#shown(), detail: detail.replace(/\.\.$/, ".") }, error);
    }
  }

  #shown(): string {
    return `${this.#name} of this page`;
  }

  #unsaved(): Error {
    return dealError("KEY_NOT_SAVED", { path: this.#shown() });
  }

  #unavailable(detail: string, cause?: unknown): Error {
    return dealError("KEYRING_UNAVAILABLE", { name: this.#name, detail: detail.replace(/\.\.$/, ".") }, cause);
  }
}

function ownFactory(): PageDatabases | undefined {
  try {
    return (globalThis as { indexedDB?: PageDatabases }).indexedDB;
  } catch {
    // a frame without an origin of its own may not even look
    return undefined;
  }
}

function idOf(x: bigint): string {
  return `${KEY}0x${x.toString(16).padStart(64, "0")}`;
}

async function passwordKey(password: string, salt: Uint8Array, cost: number): Promise<webcrypto.CryptoKey> {
  const bytes = await scryptAsync(new TextEncoder().encode(password.normalize("NFKC")), salt, {
    ...{ N: cost, r: 8, p: 1, dkLen: 32 },
    maxmem: 2 ** 31,
  });
  const key = await crypto.subtle.importKey("raw", bytes as Uint8Array<ArrayBuffer>, "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  bytes.fill(0);
  return key;
}

/** Encrypts a text for one record: under the id of another it does not open. */
async function seal(key: webcrypto.CryptoKey, id: string, text: string): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(id);
  const bytes = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData },
    key,
    new TextEncoder().encode(text),
  );
  return { nonce, bytes: new Uint8Array(bytes) };
}

async function unseal(key: webcrypto.CryptoKey, id: string, { nonce, bytes }: Sealed): Promise<string> {
  const additionalData = new TextEncoder().encode(id);
  return new TextDecoder().decode(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce, additionalData }, key, bytes),
  );
}
