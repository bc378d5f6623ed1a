export { DealClient, SAFE_DELIVERY, type DeliveryPolicy, type HeldBlob } from "./client";
export { DEAL_STATUS, commitmentOf, plainDeal, type Deal, type DealStatus, type DealStruct } from "./deal";
export type { Keyring } from "./keyring";
