export { SellerAgent } from "./agent";
export { sellerErrors, type SellerErrorCode } from "./errors";
export {
  DEFAULT_CEILING,
  JournalSigner,
  type Journal,
  type JournalSettings,
  type Outcome,
  type Purpose,
} from "./journalSigner";
export { Metrics, SellerMetrics } from "./metrics";
export type { LogLine, SellerOptions, SignedOffers } from "./options";
export { serveHealth, type Health, type HealthServer } from "./server";
export { StateFile, type BlockMark, type JournalEntry, type SellerState, type TrackedDeal } from "./state";
