export { ACCESS_TYPES, accessDigest, accessDomain, signInMessage, type Access, type SignIn } from "./access";
export type { AccountChallenge, Challenge, DeviceChallenge, NonceStore } from "./challenges";
export type { ChannelReader, ChannelView, KeyView } from "./channelReader";
export { AccessClient, type AccessOptions, type Licensee, type PayOptions } from "./client";
export { serverErrors, type ServerErrorCode } from "./errors";
export {
  expressAccess,
  expressGuard,
  visitOf,
  type Middleware,
  type ServedRequest,
  type ServedResponse,
} from "./express";
export { fetchGuard, type Serve } from "./fetch";
export type { GuardOptions } from "./guard";
export { LicenseGate, type GateOptions, type Reply } from "./gate";
export type { Session, Visit } from "./sessions";
export { usageReader } from "./usageReader";
export { VoucherBook, type BookOptions, type Charge, type VoucherClaim } from "./voucherBook";
export { MemoryVouchers, type LicenseRecord, type SlotRecord, type VoucherStore } from "./voucherStore";
