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
export type { LicenseHeld } from "./licenses";
export type { EventCursor } from "./logs";
export type { Model, Version } from "./models";
export { OFFER_STATUS, type OfferFilter, type OfferOnSale, type OfferStatus } from "./offers";
export type { BlockMark, Page, PageOptions } from "./page";
export type { UndoneEvents, WatchCursor, WatchOptions, WatchedEvents } from "./watch";
