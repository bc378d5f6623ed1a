import { ZeroAddress, ZeroHash } from "ethers";
import type { OfferStruct, OrderStruct } from "../../typechain-types/contracts/market/Market";

/** An offer settled at once, in which a test names only what matters to it. */
export function buildOffer(differs: Partial<OfferStruct> & Pick<OfferStruct, "versionId" | "creator">): OfferStruct {
  return {
    payToken: ZeroAddress,
    price: 1_000_000n,
    supply: 1_000n,
    expiresAt: 0n,
    buyer: ZeroAddress,
    referrerBps: 0n,
    maxProtocolFeeBps: 500n,
    transferable: true,
    includesUpdates: false,
    deliveryWindow: 0n,
    complaintWindow: 0n,
    arbitrator: ZeroAddress,
    bond: 0n,
    epoch: 0n,
    salt: 0n,
    rights: 0n,
    rightsTerms: ZeroHash,
    policy: ZeroHash,
    ...differs,
  };
}

/** What a buyer sends for an offer. */
export function buildOrder(
  termsHash: string,
  offer: OfferStruct,
  differs: Partial<OrderStruct> & Pick<OrderStruct, "recipient">,
): OrderStruct {
  return {
    termsHash,
    maxPrice: offer.price,
    referrer: ZeroAddress,
    buyerKey: ZeroHash,
    pad: ZeroAddress,
    renews: 0n,
    quantity: 0n,
    ...differs,
  };
}
