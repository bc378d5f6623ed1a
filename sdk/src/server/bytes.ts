import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { argumentError } from "../base/checked";

/** Shorter secrets can be guessed. */
const MIN_SECRET_BYTES = 32;

/** A key for one purpose: what is sealed with it opens nothing else. */
export class Seal {
  readonly #key: Uint8Array;

  /** @param context What is sealed belongs to this alone: a server, a chain, a model. */
  constructor(secret: Uint8Array, purpose: string, context: readonly (string | bigint)[]) {
    this.#key = hmac(sha256, secret, utf8ToBytes(`${purpose} ${JSON.stringify(context.map(String))}`));
  }

  /** Half of the hash, in hexadecimal digits without a prefix: 128 bits. */
  of(...parts: readonly string[]): string {
    return bytesToHex(hmac(sha256, this.#key, utf8ToBytes(JSON.stringify(parts))).subarray(0, 16));
  }

  /** Whether a seal is that of the parts. It takes the same time for every wrong one. */
  fits(seal: string, ...parts: readonly string[]): boolean {
    const right = this.of(...parts);
    if (seal.length !== right.length) return false;
    let differs = 0;
    for (let at = 0; at < right.length; at++) differs |= right.charCodeAt(at) ^ seal.charCodeAt(at);
    return differs === 0;
  }
}

/** Random bytes in hexadecimal digits, without a prefix. */
export const randomHex = (length: number): string => bytesToHex(randomBytes(length));

export const randomSecret = (): Uint8Array => randomBytes(MIN_SECRET_BYTES);

/** The bytes of a secret from the settings of a server. */
export function secretBytes(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === "string" ? utf8ToBytes(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length < MIN_SECRET_BYTES) {
    throw argumentError("ARGUMENT_INVALID", {
      detail: `secret has to be ${MIN_SECRET_BYTES} bytes or more, such as the output of \`openssl rand -hex 32\`.`,
    });
  }
  // a copy: what the caller does with the array later changes nothing
  return bytes.slice();
}
