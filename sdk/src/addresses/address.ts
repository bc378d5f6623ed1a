import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

import { checked } from "../base/checked";
import { addressError } from "./errors";

/** Twenty bytes, with or without what says that they are hexadecimal. */
const HEX = /^(?:0[xX])?([0-9a-fA-F]{40})$/;

/**
 * An address in its one checksummed spelling. Takes every form that is in use: checksummed, in lower or upper case, with
 * `0X`, without a prefix, and as an ICAP code. Anything else is refused as `ADDRESS_INVALID`, a name of ENS too.
 * @param name What the address is called in the sentence of the error.
 * @throws `ADDRESS_INVALID` for anything that is no address.
 * @example
 * ```ts
 * const checksummed = canonicalAddress("0xdac17f958d2ee523a2206206994597c13d831ec7"); // "0xdAC17F958D2ee523a2206206994597C13D831ec7"
 * ```
 */
export function canonicalAddress(address: string, name = "address"): string {
  const text: unknown = address;
  if (typeof text === "string") {
    const [, digits] = HEX.exec(text) ?? [];
    const lower = digits?.toLowerCase() ?? icapDigits(text);
    if (lower !== undefined) {
      const checksummed = checksummedDigits(lower);
      const mixed = digits !== undefined && digits !== lower && digits !== digits.toUpperCase();
      if (!mixed || digits === checksummed) return `0x${checksummed}`;
    }
  }
  throw addressError("ADDRESS_INVALID", { address: String(address), name });
}

/** The digits with the letters in upper case whose place in the hash says so (ERC-55). */
function checksummedDigits(lower: string): string {
  const hash = bytesToHex(keccak_256(utf8ToBytes(lower)));
  return [...lower].map((digit, at) => (parseInt(hash[at]!, 16) > 7 ? digit.toUpperCase() : digit)).join("");
}

/** The digits of an ICAP code, which is an IBAN of the country XE; undefined where it is none, or its check digits are wrong. */
function icapDigits(text: string): string | undefined {
  if (!/^XE[0-9]{2}[0-9A-Za-z]{30,31}$/.test(text)) return undefined;
  const code = text.toUpperCase();
  const rotated = `${code.slice(4)}XE00`;
  const rest = BigInt([...rotated].map((character) => parseInt(character, 36)).join("")) % 97n;
  if (BigInt(code.slice(2, 4)) !== 98n - rest) return undefined;
  const value = [...code.slice(4)].reduce((sum, character) => sum * 36n + BigInt(parseInt(character, 36)), 0n);
  const hex = value.toString(16).padStart(40, "0");
  // 31 digits have room for more than 20 bytes
  return hex.length === 40 ? hex : undefined;
}

/**
 * Whether two addresses are the same account, however each is spelled. Use it in place of `===`.
 * @throws `ADDRESS_INVALID` where one of them is no address.
 * @example
 * ```ts
 * if (sameAddress(offer.creator, account)) console.log("This offer is yours.");
 * ```
 */
export const sameAddress = /* @__PURE__ */ checked((a: string, b: string): boolean => {
  return addressKey(a) === addressKey(b);
});

/** Whether an address is the zero address, which the protocol uses for the native coin and for "nobody". */
export function isZeroAddress(address: string): boolean {
  return BigInt(addressKey(address)) === 0n;
}

/** The key of an account in a map or a set: the same for every spelling. */
export function addressKey(address: string): string {
  // most addresses are written like this, and a checksum costs a hash
  return typeof address === "string" && /^0x[0-9a-fA-F]{40}$/.test(address)
    ? address.toLowerCase()
    : canonicalAddress(address).toLowerCase();
}

/** The same record with the addresses of these fields in their checksummed spelling; a field that is absent stays so. */
export function canonicalFields<T extends object>(record: T, fields: readonly (keyof T & string)[]): T {
  const changed: Partial<T> = {};
  for (const field of fields) {
    const value = record[field] as unknown;
    if (value === undefined) continue;
    changed[field] = (
      Array.isArray(value)
        ? value.map((one) => canonicalAddress(one as string, field))
        : canonicalAddress(value as string, field)
    ) as T[typeof field];
  }
  return { ...record, ...changed };
}
