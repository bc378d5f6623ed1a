import { canonicalAddress } from "../addresses/address";
import { argumentError, checked } from "../base/checked";
import type { Hex } from "../market/typedData";

/** The terms of a licence for a number of users. */
export interface SeatTerms {
  /** Users besides the holder, 1 to 65,535. */
  readonly seats: bigint;
  /** Seconds for which a seat that was given is kept, at most 30 days. */
  readonly minStay: bigint;
}

/** The terms of a subscription. */
export interface SubscriptionTerms {
  /** Seconds that one purchase adds: one hour to 3,650 days. */
  readonly period: bigint;
  /** Last second in which it can be renewed, in Unix time; 0 is never, and `FOR_EVER` for as long as the chain stands. */
  readonly renewUntil: bigint;
  /** Whether the holder can cancel it, and gets back what is left; then it is soulbound, and not of a file. */
  readonly cancellable: boolean;
  /** Users besides the holder, 0 to 65,535. */
  readonly seats: bigint;
  /** Seconds for which a seat that was given is kept, at most 30 days. */
  readonly minStay: bigint;
}

/** The terms of a licence by the unit. */
export interface UsageTerms {
  /** Units of one purchase, 1 to 2^32 - 1; the price of the offer is a multiple of it. */
  readonly units: bigint;
  /** Seconds for which vouchers are redeemed after a channel is closed or a key is revoked: one hour to 30 days. */
  readonly grace: bigint;
  /** The node's share of what the protocol and the referrer leave, in basis points, at most 10,000. */
  readonly providerBps: bigint;
  /** The node that serves; the zero address where it has no share. */
  readonly provider: string;
  /** Users besides the holder, 0 to 65,535. */
  readonly seats: bigint;
}

/** The end of a promise that has none, in Unix time. */
export const FOR_EVER = 2n ** 40n - 1n;

/** Each part of the word from its lowest bit: name and width. */
type Layout = readonly (readonly [name: string, bits: number])[];
const SEATS: Layout = [
  ["seats", 16],
  ["minStay", 32],
];
const SUBSCRIPTION: Layout = [
  ["period", 32],
  ["renewUntil", 40],
  ["cancellable", 8],
  ["seats", 16],
  ["minStay", 32],
];
const USAGE: Layout = [
  ["units", 32],
  ["grace", 32],
  ["providerBps", 16],
  ["provider", 160],
  ["seats", 16],
];

/**
 * The `rightsTerms` of an offer of licences for a number of users.
 * @throws `ARGUMENT_INVALID` for a part that does not fit its bits.
 * @example
 * ```ts
 * const terms = { ...seats, rightsTerms: packSeatTerms({ seats: 5n, minStay: 86_400n }) };
 * ```
 */
export const packSeatTerms = /* @__PURE__ */ checked((terms: SeatTerms): Hex => {
  return pack(SEATS, { ...terms });
});

/**
 * What the `rightsTerms` of such an offer say.
 * @throws `ARGUMENT_INVALID` for what no such terms can be.
 * @example
 * ```ts
 * const { seats } = readSeatTerms(offer.rightsTerms);
 * ```
 */
export const readSeatTerms = /* @__PURE__ */ checked((word: string): SeatTerms => {
  const { seats, minStay } = read(SEATS, word);
  return { seats: seats!, minStay: minStay! };
});

/**
 * The `rightsTerms` of an offer of subscriptions.
 * @throws `ARGUMENT_INVALID` for a part that does not fit its bits.
 * @example
 * ```ts
 * const month = { period: 30n * 86_400n, renewUntil: FOR_EVER, cancellable: false, seats: 0n, minStay: 0n };
 * const rightsTerms = packSubscriptionTerms(month);
 * ```
 */
export const packSubscriptionTerms = /* @__PURE__ */ checked((terms: SubscriptionTerms): Hex => {
  return pack(SUBSCRIPTION, { ...terms, cancellable: terms.cancellable ? 1n : 0n });
});

/**
 * What the `rightsTerms` of an offer of subscriptions say.
 * @throws `ARGUMENT_INVALID` for what no such terms can be.
 * @example
 * ```ts
 * const { period, renewUntil } = readSubscriptionTerms(offer.rightsTerms);
 * ```
 */
export const readSubscriptionTerms = /* @__PURE__ */ checked((word: string): SubscriptionTerms => {
  const { period, renewUntil, cancellable, seats, minStay } = read(SUBSCRIPTION, word);
  return {
    ...{ period: period!, renewUntil: renewUntil!, cancellable: cancellable !== 0n },
    ...{ seats: seats!, minStay: minStay! },
  };
});

/**
 * The `rightsTerms` of an offer of licences by the unit. Such an offer is of no file and not transferable, and its price is a multiple of
 * its units.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a part that does not fit its bits.
 * @example
 * ```ts
 * const rights = await usage.index();
 * const tokens = { units: 1_000n, grace: 86_400n, providerBps: 7_000n, provider: company, seats: 0n };
 * const offer = { ...terms, price: 5_000_000n, transferable: false, rights, rightsTerms: packUsageTerms(tokens) };
 * ```
 */
export const packUsageTerms = /* @__PURE__ */ checked((terms: UsageTerms): Hex => {
  return pack(USAGE, { ...terms, provider: BigInt(canonicalAddress(terms.provider, "provider")) });
});

/**
 * What the `rightsTerms` of an offer of licences by the unit say.
 * @throws `ARGUMENT_INVALID` for what is no 32 bytes in hexadecimal.
 * @example
 * ```ts
 * const { units, grace } = readUsageTerms(offer.rightsTerms);
 * ```
 */
export const readUsageTerms = /* @__PURE__ */ checked((word: string): UsageTerms => {
  const { units, grace, providerBps, provider, seats } = read(USAGE, word);
  const address = canonicalAddress(`0x${provider!.toString(16).padStart(40, "0")}`, "provider");
  return { units: units!, grace: grace!, providerBps: providerBps!, provider: address, seats: seats! };
});

function pack(layout: Layout, values: Readonly<Record<string, bigint>>): Hex {
  let [word, at] = [0n, 0n];
  for (const [name, bits] of layout) {
    const value = values[name]!;
    if (value < 0n || value >> BigInt(bits) !== 0n) {
      throw argumentError("ARGUMENT_INVALID", { detail: `${name} is ${value}, and it has ${bits} bits.` });
    }
    word |= value << at;
    at += BigInt(bits);
  }
  return `0x${word.toString(16).padStart(64, "0")}`;
}

function read(layout: Layout, word: string): Record<string, bigint> {
  if (!/^0x[0-9a-fA-F]{64}$/.test(word)) {
    throw argumentError("ARGUMENT_INVALID", { detail: `"${word}" is no terms: 32 bytes in hexadecimal.` });
  }
  let left = BigInt(word);
  const values: Record<string, bigint> = {};
  for (const [name, bits] of layout) {
    values[name] = BigInt.asUintN(bits, left);
    left >>= BigInt(bits);
  }
  if (left === 0n) return values;
  throw argumentError("ARGUMENT_INVALID", { detail: `"${word}" has bits that such terms do not have.` });
}
