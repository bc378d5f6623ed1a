import { getAddress } from "ethers";
import { addressError } from "./errors";

/**
 * An address in its one checksummed spelling. Takes every form that is in use: checksummed, in lower or upper case, with
 * `0X`, without a prefix, and as an ICAP code. Anything else is refused as `ADDRESS_INVALID`, a name of ENS too.
 */
export function canonicalAddress(address: string, name = "address"): string {
  try {
    const checksummed = getAddress(address.replace(/^0X/, "0x"));
    // an ICAP code has room for more than 20 bytes
    if (checksummed.length === 42) return checksummed;
  } catch (error) {
    throw addressError("ADDRESS_INVALID", { address: String(address), name }, error);
  }
  throw addressError("ADDRESS_INVALID", { address, name });
}

/** Whether two addresses are the same account, however each is spelled. Use it in place of `===`. */
export function sameAddress(a: string, b: string): boolean {
  return addressKey(a) === addressKey(b);
}

/** Whether an address is the zero address, which the protocol uses for the native coin and for "nobody". */
export function isZeroAddress(address: string): boolean {
  return BigInt(addressKey(address)) === 0n;
}

/** The key of an account in a map or a set: the same for every spelling. */
export function addressKey(address: string): string {
  // most addresses are written like this, and a checksum costs a hash
  return /^0x[0-9a-fA-F]{40}$/.test(address) ? address.toLowerCase() : canonicalAddress(address).toLowerCase();
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
