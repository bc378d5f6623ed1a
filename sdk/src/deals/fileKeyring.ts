import { randomUUID } from "node:crypto";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { isIsonomyError } from "../base/error";
import { dealError } from "../domains/escrow/errors";
import { encryptKeys, type Platform, type StoredKey } from "../fairexchange";
import { readKeyFile } from "../fairexchange/node";
import { replaceFile, requireReplaceable, withLock, type FileAccess } from "../files";
import { whyOf } from "../files/why";
import type { Keyring } from "./keyring";

/** More than a key takes in the file, and than the file takes around its keys. */
const BYTES_PER_KEY = 256;
const ROOM_BYTES = 4_096;

/**
 * A keyring in one encrypted file. Any number of programs may add to it at once: each reads, adds and writes under the
 * file's lock. The file is replaced as a whole, so that a crash leaves the old one or the new one.
 * @example
 * ```ts
 * const keyring = new FileKeyring("keys.json", password, nodePlatform());
 * const deals = new DealClient(deployment, signer, { platform: nodePlatform(), keyring });
 * ```
 */
export class FileKeyring implements Keyring {
  readonly #path: string;
  readonly #password: string;
  readonly #platform: Platform;
  readonly #cost: number | undefined;
  readonly #access: FileAccess | undefined;

  /**
   * @param cost scrypt's N, a power of two; the default takes about a second.
   * @param access Why the file may be open to others than its owner; without it such a file is refused.
   */
  constructor(path: string, password: string, platform: Platform, cost?: number, access?: FileAccess) {
    this.#path = path;
    this.#password = password;
    this.#platform = platform;
    this.#cost = cost;
    this.#access = access;
  }

  /**
   * Throws unless a key can be kept: opens what is there with the password, takes the lock, and writes, flushes, renames and
   * reads back a file beside it that is as long as the keyring would be. For the moment before something is sealed,
   * published or paid.
   * @throws `KEYRING_UNWRITABLE`, `KEY_FILE_PASSWORD`, `FILE_EXPOSED` or `FILE_LOCKED`.
   * @example
   * ```ts
   * await new FileKeyring("keys.json", password, nodePlatform()).requireWritable();
   * ```
   */
  async requireWritable(): Promise<void> {
    const [probe, renamed] = [`${this.#path}.${randomUUID()}.probe`, `${this.#path}.${randomUUID()}.proof`];
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await withLock(this.#path, async () => {
        const exists = await this.#exists();
        const known = exists ? await this.#read() : [];
        if (exists) await requireReplaceable(this.#path);
        const text = " ".repeat(ROOM_BYTES + known.length * BYTES_PER_KEY);
        await writeFile(probe, text, { flag: "wx", mode: 0o600, flush: true });
        await rename(probe, renamed);
        if ((await readFile(renamed, "utf8")) !== text) throw new Error("what was written is read back differently.");
      });
    } catch (error) {
      throw isIsonomyError(error) ? error : this.#unwritable(error);
    } finally {
      await Promise.all([probe, renamed].map((path) => rm(path, { force: true }).catch(() => undefined)));
    }
  }

  /**
   * Throws unless the password opens the file, if there is one: for the moment before work begins that needs a key at its end.
   * @throws `KEY_FILE_PASSWORD` for a wrong password.
   * @example
   * ```ts
   * const keyring = new FileKeyring("keys.json", password, nodePlatform());
   * await keyring.requireOpen();
   * ```
   */
  async requireOpen(): Promise<void> {
    if (await this.#exists()) await this.#read();
  }

  /**
   * Keeps a secret; returns once it was read back from the disk, so that it may be paid or published with.
   * @throws `KEYRING_UNWRITABLE` or `KEY_NOT_SAVED` where it cannot be kept: publish and pay nothing then.
   * @example
   * ```ts
   * const { secret, x } = newKeyPair(platform);
   * await new FileKeyring("keys.json", password, nodePlatform()).add({ kind: "version", secret, x, note: "my model" });
   * ```
   */
  async add(key: StoredKey): Promise<void> {
    try {
      await this.#add(key);
    } catch (error) {
      throw isErrno(error) ? this.#unwritable(error) : error;
    }
  }

  /**
   * @throws `KEY_NOT_KEPT`, `KEY_FILE_PASSWORD` or `KEY_FILE_DAMAGED`.
   * @example
   * ```ts
   * const { secret } = await new FileKeyring("keys.json", password, nodePlatform()).find(version.keyX);
   * ```
   */
  async find(x: bigint): Promise<StoredKey> {
    const key = (await this.#read()).find((known) => known.x === x);
    if (key === undefined) throw dealError("KEY_NOT_KEPT", { path: this.#path, x });
    return key;
  }

  async #add(key: StoredKey): Promise<void> {
    await withLock(this.#path, async (lock) => {
      const keys = (await this.#exists()) ? await this.#read() : [];
      const text = await encryptKeys([...keys, key], this.#password, this.#platform, this.#cost);
      await lock.requireHeld();
      await replaceFile(this.#path, text);
      const kept = await this.#read();
      const isKept = ({ x, secret }: StoredKey) => kept.some((one) => one.x === x && one.secret === secret);
      if (![...keys, key].every(isKept)) throw dealError("KEY_NOT_SAVED", { path: this.#path });
    });
  }

  #read(): Promise<StoredKey[]> {
    return readKeyFile(this.#path, this.#password, this.#access);
  }

  #unwritable(error: unknown): Error {
    return dealError("KEYRING_UNWRITABLE", { path: this.#path, detail: whyOf(error) }, error);
  }

  async #exists(): Promise<boolean> {
    try {
      await access(this.#path);
      return true;
    } catch (error) {
      // one that cannot be looked at may be there all the same
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }
}

function isErrno(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === "string";
}
