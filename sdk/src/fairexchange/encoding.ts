import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { fairExchangeError } from "./errors";

/** A number, or 20 or 32 bytes in hexadecimal, that fills one word of an encoding. */
export type Word = bigint | string;

export function word(value: Word): Uint8Array {
  const hex = typeof value === "bigint" ? value.toString(16) : value.replace(/^0x/i, "");
  return hexToBytes(hex.padStart(64, "0"));
}

/** `keccak256(abi.encode(tag, ...words))`, where the tag is a string of at most 32 bytes. */
export function taggedHash(tag: string, ...words: Word[]): Uint8Array {
  const text = utf8ToBytes(tag);
  const padded = new Uint8Array(32);
  padded.set(text);
  const offset = word(BigInt(32 * (words.length + 1)));
  return keccak_256(concatBytes(offset, ...words.map(word), word(BigInt(text.length)), padded));
}

/** `keccak256(abi.encode(...words))`. */
export function plainHash(...words: Word[]): Uint8Array {
  return keccak_256(concatBytes(...words.map(word)));
}

export function toHex(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`;
}

export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex.replace(/^0x/i, ""));
}

export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(toHex(bytes));
}

/** Sizes of files are numbers here and bigints on chain. */
export function safeSize(size: bigint | number): number {
  const value = Number(size);
  // reading up to what is no number would never end
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${size} is not a number of bytes.`);
  if (value > Number.MAX_SAFE_INTEGER - 2 ** 40) {
    throw fairExchangeError("FILE_TOO_LARGE", { limit: Number.MAX_SAFE_INTEGER - 2 ** 40 });
  }
  return value;
}
