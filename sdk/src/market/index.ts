export {
  MarketClient,
  type ListedOffer,
  type MarketAddresses,
  type OfferStanding,
  type PublishedVersion,
  type Purchase,
  type PurchaseOptions,
} from "./client";
export {
  OFFER_TYPES,
  completeOffer,
  hashOffer,
  marketDomain,
  plainOffer,
  signOffer,
  type Offer,
  type OfferStruct,
  type OfferTerms,
} from "./offer";
export {
  PaymentClient,
  type CartLine,
  type PaymentAddresses,
  type SponsoredRequest,
  type SwapOptions,
  type SwappedPurchase,
} from "./ways";
