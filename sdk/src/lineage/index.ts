export { LineageClient, type LineageContract, type ModelLineage, type ParentShare } from "./client";
export { CONSENT_TYPES, consentDigest, type Consent, type SignedConsent } from "./consent";
