import type { StoredKey } from "../fairexchange";
import type { Keyring } from "./keyring";

/**
 * A keyring that keeps in memory what it found once: opening an encrypted file is made slow on purpose, and a seller
 * who delivers all day would spend the day on it.
 */
export class RememberedKeys implements Keyring {
  readonly #keyring: Keyring;
  readonly #found = new Map<bigint, StoredKey>();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  add(key: StoredKey): Promise<void> {
    return this.#keyring.add(key);
  }

  async find(x: bigint): Promise<StoredKey> {
    const known = this.#found.get(x) ?? (await this.#keyring.find(x));
    this.#found.set(x, known);
    return known;
  }
}
