export type { DealContract, DealOptions } from "./acts";
export { DealClient, type ComplaintOutcome, type HeldBlob } from "./client";
export {
  DEAL_STATUS,
  canonicalDeal,
  commitmentOf,
  plainDeal,
  type Deal,
  type DealDispute,
  type DealStatus,
  type DealStruct,
} from "./deal";
export { SAFE_DELIVERY, finalBlock, type DeliveryPolicy } from "./finality";
export type { OpenedDeal } from "./history";
export type { Keyring } from "./keyring";
export type { PageDatabases } from "./pageDatabase";
export { PageKeyring, type PageKeyringOptions } from "./pageKeyring";
export { RememberedKeys } from "./rememberedKeys";
