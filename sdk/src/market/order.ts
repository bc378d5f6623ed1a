import { canonicalAddress, sameAddress } from "../addresses/address";
import { argumentError, checked } from "../base/checked";
import { ZERO_ADDRESS, ZERO_HASH, hashOffer, type Offer } from "./offer";
import { hashText, type Hex } from "./typedData";

/** What a buyer may add to an offer's terms. */
export interface PurchaseOptions {
  /** The most to pay, in the token's smallest unit; the offer's own price, times the quantity, when left out. */
  readonly maxPrice?: bigint;
  /** Who receives the licence; the payer when left out. */
  readonly recipient?: string;
  readonly referrer?: string;
  /** With the escrow: the fresh key's x coordinate and the pad. */
  readonly key?: { readonly buyerKey: string; readonly pad: string };
  /** The creator's signature, for an offer that was never listed. */
  readonly signature?: string;
  /** The licence that is renewed, of an offer with rights; a new one when left out. */
  readonly renews?: bigint;
  /** How many times the offer is bought for the one licence, of an offer with rights; once when left out. */
  readonly quantity?: bigint;
}

/** What a payer agrees to by buying under some terms. */
export interface Order {
  readonly termsHash: Hex;
  readonly maxPrice: bigint;
  readonly recipient: Hex;
  readonly referrer: Hex;
  readonly buyerKey: Hex;
  readonly pad: Hex;
  /** 0 for a new licence. */
  readonly renews: bigint;
  readonly quantity: number;
}

/** The largest quantity that an order can hold. */
const MAX_QUANTITY = 2n ** 32n - 1n;

/**
 * The order for an offer: what a payer agrees to by buying under these terms.
 * @throws `ADDRESS_INVALID`, and `ARGUMENT_INVALID` for a quantity or a licence that there cannot be.
 * @example
 * ```ts
 * const order = orderFor(offer, account, { maxPrice: offer.price });
 * ```
 */
export const orderFor = /* @__PURE__ */ checked((offer: Offer, payer: string, options: PurchaseOptions = {}): Order => {
  const { renews = 0n } = options;
  if (renews < 0n || renews >> 256n !== 0n) {
    throw argumentError("ARGUMENT_INVALID", { detail: `renews is ${renews}, and not the id of a licence.` });
  }
  return {
    termsHash: hashOffer(offer),
    maxPrice: options.maxPrice ?? priceOf(offer, options),
    recipient: canonicalAddress(options.recipient ?? payer, "recipient") as Hex,
    referrer: canonicalAddress(options.referrer ?? ZERO_ADDRESS, "referrer") as Hex,
    buyerKey: (options.key?.buyerKey ?? ZERO_HASH) as Hex,
    pad: canonicalAddress(options.key?.pad ?? ZERO_ADDRESS, "pad") as Hex,
    renews,
    quantity: Number(quantityOf(options)),
  };
});

/**
 * What a purchase costs: the offer's price times the quantity, in the token's smallest unit.
 * @throws `ARGUMENT_INVALID` for a quantity that is not 1 to 2^32 - 1.
 * @example
 * ```ts
 * const total = priceOf(offer, { quantity: 12n });
 * ```
 */
export const priceOf = /* @__PURE__ */ checked(
  (offer: Pick<Offer, "price">, options: Pick<PurchaseOptions, "quantity"> = {}): bigint =>
    offer.price * quantityOf(options),
);

function quantityOf({ quantity = 1n }: Pick<PurchaseOptions, "quantity">): bigint {
  if (quantity >= 1n && quantity <= MAX_QUANTITY) return quantity;
  throw argumentError("ARGUMENT_INVALID", { detail: `quantity is ${quantity}, and it is 1 to ${MAX_QUANTITY}.` });
}

/** What tells an order from the others of a transaction. */
export type OrderMark = Pick<Order, "termsHash" | "recipient"> & Partial<Pick<Order, "renews">>;

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
 * and the token has to have issued it. A renewal has the id that the order names.
 */
export function licensesSold(
  { Market, LicenseToken }: { readonly Market: string; readonly LicenseToken: string },
  logs: readonly ReceiptLog[],
  payer: string,
  orders: readonly OrderMark[],
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
  for (const { termsHash, recipient, renews = 0n } of orders) {
    if (renews !== 0n) {
      const renewed = `0x${renews.toString(16).padStart(64, "0")}`;
      if (find(Market, LICENSE_SOLD, termsHash.toLowerCase(), renewed, topicOf(payer)).length === 0) return undefined;
      licenseIds.push(renews);
      continue;
    }
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
