export type { ClientOptions } from "../chain/chain";
export type { Expected } from "../chain/deployed";
export {
  MarketClient,
  orderFor,
  type ListedOffer,
  type MarketAddresses,
  type OfferStanding,
  type Order,
  type PublishedVersion,
  type Purchase,
  type PurchaseOptions,
  type SignedTerms,
} from "./client";
export { explainError } from "../errors/explain";
export { licenseId, licenseIdParts, versionId, versionIdParts, type LicenseIdParts, type VersionIdParts } from "./ids";
export {
  OFFER_TYPES,
  canonicalOffer,
  completeOffer,
  hashOffer,
  marketDomain,
  offerDigest,
  plainOffer,
  type DecidedTerms,
  type Hex,
  type Offer,
  type OfferStruct,
  type OfferTerms,
} from "./offer";
export { acceptsSignature, delegateOf, ecdsaSignature } from "./signature";
export { sharesOf, type Shares } from "./shares";
export {
  PaymentClient,
  type CartLine,
  type PaymentAddresses,
  type SponsoredRequest,
  type SwapOptions,
  type SwappedPurchase,
} from "./ways";
