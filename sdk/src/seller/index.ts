export { SellerAgent } from "./agent";
export { sellerErrors, type SellerErrorCode } from "./errors";
export type { Journal, JournalSettings, Outcome, Purpose } from "./journal";
export { JournalSigner } from "./journalSigner";
export { Metrics, SellerMetrics } from "./metrics";
export type { LogLine, SellerOptions, SignedOffers } from "./options";
export { DEFAULT_CEILING } from "./resigner";
export { serveHealth, type Health, type HealthServer } from "./server";
export { StateFile, type BlockMark, type JournalEntry, type SellerState, type TrackedDeal } from "./state";
