import { access } from "node:fs/promises";

import { fail } from "../errors/catalogue";
import { encryptKeys, type Platform, type StoredKey } from "../fairexchange";
import { readKeyFile } from "../fairexchange/node";
import { replaceFile, withLock } from "../files";
import type { Keyring } from "./keyring";

/**
 * A keyring in one encrypted file. Any number of programs may add to it at once: each reads, adds and writes under the
 * file's lock. The file is replaced as a whole, so that a crash leaves the old one or the new one.
 */
export class FileKeyring implements Keyring {
  readonly #path: string;
  readonly #password: string;
  readonly #platform: Platform;
  readonly #cost: number | undefined;

  /** @param cost scrypt's N, a power of two; the default takes about a second. */
  constructor(path: string, password: string, platform: Platform, cost?: number) {
    this.#path = path;
    this.#password = password;
    this.#platform = platform;
    this.#cost = cost;
  }

  /** Keeps a secret; returns once it was read back from the disk, so that it may be paid or published with. */
  async add(key: StoredKey): Promise<void> {
    await withLock(this.#path, async (lock) => {
      const keys = (await this.#exists()) ? await readKeyFile(this.#path, this.#password) : [];
      const text = await encryptKeys([...keys, key], this.#password, this.#platform, this.#cost);
      await lock.requireHeld();
      await replaceFile(this.#path, text);
      const kept = await readKeyFile(this.#path, this.#password);
      const isKept = ({ x, secret }: StoredKey) => kept.some((one) => one.x === x && one.secret === secret);
      if (![...keys, key].every(isKept)) throw fail("KEY_NOT_SAVED", { path: this.#path });
    });
  }

  async find(x: bigint): Promise<StoredKey> {
    const key = (await readKeyFile(this.#path, this.#password)).find((known) => known.x === x);
    if (key === undefined) throw fail("KEY_NOT_KEPT", { path: this.#path, x });
    return key;
  }

  async #exists(): Promise<boolean> {
    return access(this.#path).then(
      () => true,
      () => false,
    );
  }
}
