import type { StoredKey } from "../fairexchange";
import type { Keyring } from "./keyring";

/**
 * A keyring that keeps in memory what it found once: opening an encrypted file is made slow on purpose, and a seller
 * who delivers all day would spend the day on it.
 * @example
 * ```ts
 * const keyring = new RememberedKeys(new FileKeyring("keys.json", password, nodePlatform()));
 * const deals = new DealClient(deployment, signer, { platform: nodePlatform(), keyring });
 * ```
 */
export class RememberedKeys implements Keyring {
  readonly #keyring: Keyring;
  readonly #found = new Map<bigint, StoredKey>();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /**
   * Keeps a secret; returns when it is safe.
   * @throws What the keyring below fails with.
   * @example
   * ```ts
   * const { secret, x } = newKeyPair(platform);
   * await new RememberedKeys(keyring).add({ kind: "version", secret, x, note: "my model" });
   * ```
   */
  add(key: StoredKey): Promise<void> {
    return this.#keyring.add(key);
  }

  /**
   * The secret of the point with this x coordinate, out of memory where it was found before.
   * @throws `KEY_NOT_KEPT` where it is not here, and what the keyring below fails with.
   * @example
   * ```ts
   * const { secret } = await new RememberedKeys(keyring).find(version.keyX);
   * ```
   */
  async find(x: bigint): Promise<StoredKey> {
    const known = this.#found.get(x) ?? (await this.#keyring.find(x));
    this.#found.set(x, known);
    return known;
  }
}
