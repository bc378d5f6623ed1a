// What a page or server needs that only reads: it loads no client that sends.
export type { ContractName } from "../addresses/contracts";
export type { Deployment, PartialDeployment } from "../addresses/deployment";
export type { ClientOptions } from "../chain/chain";
export type { Runner } from "../chain/client";
export { tokenInfo, type TokenInfo } from "../chain/token";
export type { ReadContract } from "./reader";
export type { Deal, DealStatus } from "../deals/deal";
export { explainError } from "../errors/explain";
export { hashOffer, type Offer } from "../market/offer";
export {
  versionId,
  versionIdParts,
  licenseId,
  licenseIdParts,
  type LicenseIdParts,
  type VersionIdParts,
} from "../market/ids";
export { formatLicenseId, formatVersionId, parseLicenseId, parseVersionId } from "../market/shortIds";
export { rpcRequest } from "../rpc/request";
export { ReadClient } from "./client";
export { DEAL_ROLES, type DealOf, type DealRole } from "./deals";
export {
  EVENT_NAMES,
  REFUND_CAUSE,
  type EventArgs,
  type EventName,
  type MarketEvent,
  type RefundCause,
} from "./events";
export type { LicenseHeld, LicenseRights } from "./licenses";
export type { EventCursor } from "./logs";
export type { Model, Publication, Version } from "./models";
export { OFFER_STATUS, type OfferFilter, type OfferOnSale, type OfferStatus } from "./offers";
export type { BlockMark, Page, PageOptions } from "./page";
export type { UndoneEvents, WatchCursor, WatchOptions, WatchedEvents } from "./watch";
