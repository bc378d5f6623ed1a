import { canonicalAddress, sameAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { ZERO_ADDRESS, ZERO_HASH, hashOffer, type Offer } from "./offer";
import { hashText, type Hex } from "./typedData";

/** What a buyer may add to an offer's terms. */
export interface PurchaseOptions {
  /** The most to pay, in the token's smallest unit; the offer's own price when left out. */
  readonly maxPrice?: bigint;
  /** Who receives the licence; the payer when left out. */
  readonly recipient?: string;
  readonly referrer?: string;
  /** With the escrow: the fresh key's x coordinate and the pad. */
  readonly key?: { readonly buyerKey: string; readonly pad: string };
  /** The creator's signature, for an offer that was never listed. */
  readonly signature?: string;
}

/** What a payer agrees to by buying under some terms. */
export interface Order {
  readonly termsHash: Hex;
  readonly maxPrice: bigint;
  readonly recipient: Hex;
  readonly referrer: Hex;
  readonly buyerKey: Hex;
  readonly pad: Hex;
}

/**
 * The order for an offer: what a payer agrees to by buying under these terms.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const order = orderFor(offer, account, { maxPrice: offer.price });
 * ```
 */
export const orderFor = /* @__PURE__ */ checked((offer: Offer, payer: string, options: PurchaseOptions = {}): Order => {
  return {
    termsHash: hashOffer(offer),
    maxPrice: options.maxPrice ?? offer.price,
    recipient: canonicalAddress(options.recipient ?? payer, "recipient") as Hex,
    referrer: canonicalAddress(options.referrer ?? ZERO_ADDRESS, "referrer") as Hex,
    buyerKey: (options.key?.buyerKey ?? ZERO_HASH) as Hex,
    pad: canonicalAddress(options.key?.pad ?? ZERO_ADDRESS, "pad") as Hex,
  };
});

/** A log of a receipt, as every library has it. */
export interface ReceiptLog {
  readonly address: string;
  readonly topics: readonly string[];
}

const LICENSE_SOLD = hashText("LicenseSold(bytes32,uint256,address,uint256)");
const TRANSFER = hashText("Transfer(address,address,uint256)");

/**
 * The licences that the logs of a transaction show for these orders of one payer, in their order; undefined where one is not
 * there. A transaction may carry purchases of others: the terms, the payer and the recipient have to be those of the order,
 * and the token has to have issued it.
 */
export function licensesSold(
  { Market, LicenseToken }: { readonly Market: string; readonly LicenseToken: string },
  logs: readonly ReceiptLog[],
  payer: string,
  orders: readonly Pick<Order, "termsHash" | "recipient">[],
): bigint[] | undefined {
  // what is indexed stands in the topics, a word each
  const find = (from: string, ...expected: readonly (string | undefined)[]): ReceiptLog[] =>
    logs.filter(
      ({ address, topics }) =>
        sameAddress(address, from) &&
        topics.length === expected.length &&
        expected.every((topic, at) => topic === undefined || topic === topics[at]!.toLowerCase()),
    );
  const licenseIds: bigint[] = [];
  for (const { termsHash, recipient } of orders) {
    const sold = find(Market, LICENSE_SOLD, termsHash.toLowerCase(), undefined, topicOf(payer))
      .map(({ topics }) => topics[2]!.toLowerCase())
      .find(
        (id) =>
          !licenseIds.includes(BigInt(id)) &&
          find(LicenseToken, TRANSFER, topicOf(ZERO_ADDRESS), topicOf(recipient), id).length > 0,
      );
    if (sold === undefined) return undefined;
    licenseIds.push(BigInt(sold));
  }
  return licenseIds;
}

function topicOf(address: string): string {
  return `0x${canonicalAddress(address).slice(2).toLowerCase().padStart(64, "0")}`;
}
