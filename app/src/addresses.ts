import { isAddressEqual, zeroAddress, type Address } from "viem";

/** Addresses have many spellings: they are compared by these. */
export const sameAddress = (a: string, b: string): boolean => isAddressEqual(a as Address, b as Address);
export const isZeroAddress = (one: string): boolean => sameAddress(one, zeroAddress);
