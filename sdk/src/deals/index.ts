export { DealClient, SAFE_DELIVERY, finalBlock, type DeliveryPolicy, type HeldBlob, type OpenedDeal } from "./client";
export { DEAL_STATUS, plainDeal, type Deal, type DealStatus } from "./deal";
export type { Keyring } from "./keyring";
export { RememberedKeys } from "./rememberedKeys";
