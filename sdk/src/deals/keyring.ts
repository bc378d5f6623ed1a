import type { StoredKey } from "../fairexchange";

/** Keeps the secrets of versions and purchases. A secret must be kept before the transaction that needs it is sent. */
export interface Keyring {
  /** Keeps a secret; returns when it is safe. */
  add(key: StoredKey): Promise<void>;
  /** The secret of the point with this x coordinate; throws when it is not here. */
  find(x: bigint): Promise<StoredKey>;
}
