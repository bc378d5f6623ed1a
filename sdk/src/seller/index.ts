export { SellerAgent, rest, type LogLine, type SellerOptions } from "./agent";
export { sellerErrors } from "./errors";
export { JournalSigner, type Journal, type JournalSettings } from "./journalSigner";
export { serveHealth, type Health, type HealthServer } from "./server";
export { StateFile, type JournalEntry, type SellerState, type TrackedDeal } from "./state";
