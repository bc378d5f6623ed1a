import { access, rename, rm } from "node:fs/promises";

import { fail } from "../errors/catalogue";
import { readKeyFile, writeKeyFile } from "../fairexchange/node";
import type { Platform, StoredKey } from "../fairexchange";
import type { Keyring } from "./keyring";

/** A keyring in one encrypted file. The file is replaced as a whole, so that a crash leaves the old one or the new one. */
export class FileKeyring implements Keyring {
  readonly #path: string;
  readonly #password: string;
  readonly #platform: Platform;
  readonly #cost: number | undefined;
  #pending: Promise<unknown> = Promise.resolve();

  /** @param cost scrypt's N, a power of two; the default takes about a second. */
  constructor(path: string, password: string, platform: Platform, cost?: number) {
    this.#path = path;
    this.#password = password;
    this.#platform = platform;
    this.#cost = cost;
  }

  async add(key: StoredKey): Promise<void> {
    // one writer at a time, or two purchases side by side would lose a key
    const done = this.#pending.then(async () => {
      const keys = (await this.#exists()) ? await readKeyFile(this.#path, this.#password) : [];
      const fresh = `${this.#path}.new`;
      await rm(fresh, { force: true });
      await writeKeyFile(fresh, [...keys, key], this.#password, this.#platform, this.#cost);
      await rename(fresh, this.#path);
    });
    this.#pending = done.catch(() => undefined);
    await done;
  }

  async find(x: bigint): Promise<StoredKey> {
    await this.#pending;
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
