export { SellerAgent, type LogLine, type SellerOptions } from "./agent";
export { sellerErrors, type SellerErrorCode } from "./errors";
export { JournalSigner, type Journal, type JournalSettings } from "./journalSigner";
export { Metrics, SellerMetrics } from "./metrics";
export { serveHealth, type Health, type HealthServer } from "./server";
export { StateFile, type BlockMark, type JournalEntry, type SellerState, type TrackedDeal } from "./state";
