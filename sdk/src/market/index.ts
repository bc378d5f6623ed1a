export type { ContractName } from "../addresses/contracts";
export type { Deployment, PartialDeployment } from "../addresses/deployment";
export type { ClientOptions, SentTransaction } from "../chain/chain";
export { Sent } from "../chain/sent";
export type { Expected } from "../chain/deployed";
export {
  MarketClient,
  type ListedOffer,
  type OfferStanding,
  type PublishedVersion,
  type Purchase,
  type SignedTerms,
} from "./client";
export type { MarketContract } from "./links";
export { explainError } from "../errors/explain";
export { licenseId, licenseIdParts, versionId, versionIdParts, type LicenseIdParts, type VersionIdParts } from "./ids";
export { formatLicenseId, formatVersionId, parseLicenseId, parseVersionId } from "./shortIds";
export {
  OFFER_TYPES,
  canonicalOffer,
  completeOffer,
  hashOffer,
  marketDomain,
  offerDigest,
  toOffer,
  type DecidedTerms,
  type Hex,
  type Offer,
  type OfferStruct,
  type OfferTerms,
} from "./offer";
export { ecdsaSignature } from "./ecdsa";
export { acceptsSignature, delegateOf } from "./signature";
export {
  CLEARANCE_TYPES,
  clearanceDigest,
  policyId,
  policyParts,
  type Clearance,
  type PolicyParts,
  type SignedClearance,
} from "./clearance";
export { PolicyClient, type ClearanceTerms, type PolicyContract } from "./policies";
export { orderFor, priceOf, type Order, type OrderMark, type PurchaseOptions } from "./order";
export { sharesOf, type Shares } from "./shares";
export {
  PaymentClient,
  type CartLine,
  type PaymentContract,
  type SponsoredRequest,
  type SwapOptions,
  type SwappedPurchase,
} from "./payments";
