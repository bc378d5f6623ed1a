import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { checked } from "../base/checked";
import { isIsonomyError, type IsonomyError } from "../base/error";
import { withoutMark } from "../text/decode";
import { isSecretOf, ORDER } from "./curve";
import { fairExchangeError } from "./errors";
import type { Platform } from "./platform";

const FORMAT = "isonomy.keyfile.v1";
/** About half a second and 128 MB of memory a guess on today's machines. */
const DEFAULT_COST = 2 ** 17;
/** A file that asks for more than 1 GB was not written here: it would stop the machine that reads it. */
const MAX_COST = 2 ** 20;
const MIN_COST = 2 ** 10;

/** One secret and what it is for. */
export interface StoredKey {
  /** A seller's key of a version, or a buyer's key of one purchase. */
  kind: "version" | "purchase";
  secret: bigint;
  /** x coordinate of the secret's point, by which it is found again. */
  x: bigint;
  /** What the owner wants to remember: an identifier, a name, the contract. */
  note: string;
}

interface Header {
  format: typeof FORMAT;
  kdf: { name: "scrypt"; N: number; r: number; p: number; salt: string };
  cipher: { name: "xchacha20-poly1305"; nonce: string };
}

async function cipherFor(header: Header, password: string) {
  const { N, r, p, salt } = header.kdf;
  const key = await scryptAsync(utf8ToBytes(password.normalize("NFKC")), hexToBytes(salt), {
    N,
    r,
    p,
    dkLen: 32,
    maxmem: 2 ** 31,
  });
  // the header is authenticated too, so that nobody can weaken it unseen
  return xchacha20poly1305(key, hexToBytes(header.cipher.nonce), utf8ToBytes(JSON.stringify(header)));
}

/**
 * The text of a key file: keys encrypted under a password. `cost` is scrypt's N, a power of two.
 * @throws `PASSWORD_EMPTY`.
 * @example
 * ```ts
 * const text = await encryptKeys([{ kind: "version", ...newKeyPair(platform), note: "my model" }], password, platform);
 * ```
 */
export const encryptKeys = /* @__PURE__ */ checked(
  async (
    keys: readonly StoredKey[],
    password: string,
    platform: Pick<Platform, "randomBytes">,
    cost = DEFAULT_COST,
  ): Promise<string> => {
    if (password.length === 0) throw fairExchangeError("PASSWORD_EMPTY");
    if (!(Number.isInteger(cost) && cost > 1 && (cost & (cost - 1)) === 0))
      throw new RangeError("the cost is not a power of two.");
    const header: Header = {
      format: FORMAT,
      kdf: { name: "scrypt", N: cost, r: 8, p: 1, salt: bytesToHex(platform.randomBytes(32)) },
      cipher: { name: "xchacha20-poly1305", nonce: bytesToHex(platform.randomBytes(24)) },
    };
    const plain = keys.map(({ kind, secret, x, note }) => ({ kind, secret: hex(secret), x: hex(x), note }));
    const sealed = (await cipherFor(header, password)).encrypt(utf8ToBytes(JSON.stringify(plain)));
    return `${JSON.stringify({ ...header, ciphertext: bytesToHex(sealed) }, null, 2)}\n`;
  },
);

/**
 * The keys in a key file.
 * @throws `KEY_FILE_PASSWORD` or `KEY_FILE_DAMAGED`.
 * @example
 * ```ts
 * const keys = await decryptKeys(await readFile("keys.json", "utf8"), password);
 * ```
 */
export const decryptKeys = /* @__PURE__ */ checked(async (text: string, password: string): Promise<StoredKey[]> => {
  const { header, ciphertext } = parse(text);
  const cipher = await cipherFor(header, password);
  let plain: Uint8Array;
  try {
    plain = cipher.decrypt(ciphertext);
  } catch (error) {
    throw fairExchangeError("KEY_FILE_PASSWORD", {}, error);
  }
  const keys = JSON.parse(new TextDecoder().decode(plain)) as {
    kind: "version";
    secret: string;
    x: string;
    note: string;
  }[];
  return keys.map(({ kind, secret, x, note }) => {
    const key: StoredKey = { kind, secret: BigInt(secret), x: BigInt(x), note };
    if (key.secret >= ORDER || !isSecretOf(key.secret, key.x)) throw damaged("a secret does not belong to its key.");
    return key;
  });
});

function parse(text: string): { header: Header; ciphertext: Uint8Array } {
  let file: Header & { ciphertext: string };
  try {
    file = JSON.parse(withoutMark(text)) as typeof file;
  } catch (error) {
    throw damaged("it is not JSON.", error);
  }
  try {
    const { format, kdf, cipher } = file;
    if (format !== FORMAT || kdf.name !== "scrypt" || cipher.name !== "xchacha20-poly1305") {
      throw damaged("its format is not known.");
    }
    const { N, r, p, salt } = kdf;
    const usual = Number.isInteger(N) && N >= MIN_COST && N <= MAX_COST && (N & (N - 1)) === 0 && r === 8 && p === 1;
    if (!usual || hexToBytes(salt).length !== 32 || hexToBytes(cipher.nonce).length !== 24) {
      throw damaged("its parameters are out of range.");
    }
    // rebuilt in the order in which it was written, because its text is authenticated
    const header: Header = {
      format,
      kdf: { name: kdf.name, N, r, p, salt },
      cipher: { name: cipher.name, nonce: cipher.nonce },
    };
    return { header, ciphertext: hexToBytes(file.ciphertext) };
  } catch (error) {
    throw isIsonomyError(error) ? error : damaged("a field is missing.", error);
  }
}

function damaged(detail: string, cause?: unknown): IsonomyError {
  return fairExchangeError("KEY_FILE_DAMAGED", { detail }, cause);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
