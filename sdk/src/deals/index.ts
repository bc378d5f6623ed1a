export {
  DealClient,
  SAFE_DELIVERY,
  finalBlock,
  type ComplaintOutcome,
  type DeliveryPolicy,
  type HeldBlob,
  type OpenedDeal,
} from "./client";
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
export type { Keyring } from "./keyring";
export { RememberedKeys } from "./rememberedKeys";
