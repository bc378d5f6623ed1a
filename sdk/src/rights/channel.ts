import { AbiCoder, ZeroAddress, ZeroHash, keccak256 } from "ethers";

import type { ChannelStruct } from "../../../typechain-types/contracts/rights/IUsageChannel";
import { canonicalAddress } from "../addresses/address";
import { checked } from "../base/checked";

/** A channel as it was opened: what every call about it passes. Amounts are in the smallest unit of its token. */
export interface Channel {
  readonly licenseId: bigint;
  /** Token of the price; the zero address is the native coin. */
  readonly payToken: string;
  /** Price of a unit. */
  readonly unitPrice: bigint;
  /** Units that were bought at the opening. */
  readonly units: bigint;
  /** The provider's share of what the protocol and the referrer leave, in basis points. */
  readonly providerBps: bigint;
  /** The protocol's share, in basis points. */
  readonly feeBps: bigint;
  /** The referrer's share, in basis points. */
  readonly referrerBps: bigint;
  /** Seconds for which vouchers are redeemed after the channel is closed or their key is revoked. */
  readonly grace: bigint;
  /** Who paid, and gets back what is not used. */
  readonly payer: string;
  /** Who is paid for the units, also for those bought later. */
  readonly payee: string;
  /** The node that serves; the zero address when the payee does. */
  readonly provider: string;
  readonly treasury: string;
  /** The zero address when nobody sent the buyer. */
  readonly referrer: string;
  /** Key of slot 0. */
  readonly key: string;
}

/** Each rate from the lowest bit of their word: name and width. */
const RATES = [
  ["unitPrice", 128],
  ["units", 48],
  ["providerBps", 16],
  ["feeBps", 16],
  ["referrerBps", 16],
  ["grace", 32],
] as const;
const ACCOUNTS = ["payer", "payee", "provider", "treasury", "referrer", "key"] as const;
const WORDS = ["uint256", "address", "uint256", ...ACCOUNTS.map(() => "address")];

/**
 * The `key` of a purchase that opens a channel: the key of its slot 0, which signs vouchers for any number of units. Without one, it is
 * the recipient's own.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const { licenseId } = await market.purchase(offer, { key: channelKey(session.address), quantity: 10n });
 * const channel = await usage.channelOf(licenseId);
 * ```
 */
export const channelKey = /* @__PURE__ */ checked((key: string): { buyerKey: string; pad: string } => {
  return { buyerKey: ZeroHash, pad: canonicalAddress(key, "key") };
});

/** A channel as the contract takes it. */
export const channelStruct = /* @__PURE__ */ checked((channel: Channel): ChannelStruct => {
  let [rates, at] = [0n, 0n];
  for (const [name, bits] of RATES) {
    rates |= BigInt.asUintN(bits, channel[name]) << at;
    at += BigInt(bits);
  }
  const accounts = Object.fromEntries(ACCOUNTS.map((name) => [name, canonicalAddress(channel[name], name)]));
  const { licenseId, payToken } = channel;
  return { licenseId, payToken: canonicalAddress(payToken, "payToken"), rates, ...accounts } as ChannelStruct;
});

/** A channel as the event of its opening has it. */
export function channelFrom(struct: Record<(typeof ACCOUNTS)[number] | "payToken", string> & Figures): Channel {
  let left = struct.rates;
  const rates: Record<string, bigint> = {};
  for (const [name, bits] of RATES) {
    rates[name] = BigInt.asUintN(bits, left);
    left >>= BigInt(bits);
  }
  const accounts = Object.fromEntries(ACCOUNTS.map((name) => [name, canonicalAddress(struct[name], name)]));
  const payToken = canonicalAddress(struct.payToken, "payToken");
  return { licenseId: struct.licenseId, payToken, ...rates, ...accounts } as unknown as Channel;
}

/** What the contract stores of a channel. */
export function channelHash(channel: Channel): string {
  const { licenseId, payToken, rates, ...accounts } = channelStruct(channel);
  const words = [licenseId, payToken, rates, ...ACCOUNTS.map((name) => accounts[name] ?? ZeroAddress)];
  return keccak256(AbiCoder.defaultAbiCoder().encode(WORDS, words));
}

interface Figures {
  readonly licenseId: bigint;
  readonly rates: bigint;
}
