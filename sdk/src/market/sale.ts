import { ZeroAddress, ZeroHash, type ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, IMarket } from "../../../typechain-types";
import { canonicalAddress } from "../addresses/address";
import { checked } from "../base/checked";
import type { Chain } from "../chain/chain";
import { eventsIn, missing } from "../chain/events";
import { hashOffer, offerDigest, type Hex, type Offer } from "./offer";
import { signatureFor } from "./signature";

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

/** The order for an offer: what a payer agrees to by buying under these terms. */
export const orderFor = /* @__PURE__ */ checked((offer: Offer, payer: string, options: PurchaseOptions = {}): Order => {
  return {
    termsHash: hashOffer(offer),
    maxPrice: options.maxPrice ?? offer.price,
    recipient: canonicalAddress(options.recipient ?? payer, "recipient") as Hex,
    referrer: canonicalAddress(options.referrer ?? ZeroAddress, "referrer") as Hex,
    buyerKey: (options.key?.buyerKey ?? ZeroHash) as Hex,
    pad: canonicalAddress(options.key?.pad ?? ZeroAddress, "pad") as Hex,
  };
});

/**
 * The licences that a receipt shows for these orders of one payer, in their order. A transaction may carry purchases
 * of others: the terms, the payer and the recipient have to be those of the order, and the token has to have issued it.
 */
export function licensesIn(
  market: IMarket,
  licenses: ILicenseToken,
  receipt: ContractTransactionReceipt,
  payer: string,
  orders: readonly Pick<Order, "termsHash" | "recipient">[],
): bigint[] {
  const taken = new Set<bigint>();
  return orders.map(({ termsHash, recipient }) => {
    const sold = eventsIn(market, receipt, "LicenseSold", { termsHash, payer }).find(({ args }) => {
      const issued = { from: ZeroAddress, to: recipient, tokenId: args.licenseId as bigint };
      return !taken.has(issued.tokenId) && eventsIn(licenses, receipt, "Transfer", issued).length > 0;
    });
    if (sold === undefined) throw missing(market, receipt, "LicenseSold");
    taken.add(sold.args.licenseId as bigint);
    return sold.args.licenseId as bigint;
  });
}

/** The creator's signature on an offer in the form that a market verifies; undefined where there is none. */
export async function signatureOn(
  chain: Chain,
  market: string,
  offer: Offer,
  signature: string | undefined,
): Promise<string | undefined> {
  if (signature === undefined || signature === "0x") return signature;
  return signatureFor(offer.creator, offerDigest(market, await chain.require(), offer), signature);
}
