export { ACCESS_TYPES, accessDigest, accessDomain, signInMessage, type Access, type SignIn } from "./access";
export type { AccountChallenge, Challenge, DeviceChallenge, NonceStore } from "./challenges";
export { AccessClient, type AccessOptions, type Licensee } from "./client";
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
export { LicenseGate, type GateOptions, type Reply } from "./gate";
export type { Session, Visit } from "./sessions";
