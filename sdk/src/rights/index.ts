export { SeatClient, deviceUser, type SeatContract, type SeatCount, type SeatModule } from "./seats";
export { StandingOrderClient, type StandingOrder, type StandingOrderContract } from "./standingOrders";
export { RENEWAL, SubscriptionClient, type Renewal, type Subscription } from "./subscriptions";
export {
  FOR_EVER,
  packSeatTerms,
  packSubscriptionTerms,
  packUsageTerms,
  readSeatTerms,
  readSubscriptionTerms,
  readUsageTerms,
  type SeatTerms,
  type SubscriptionTerms,
  type UsageTerms,
} from "./terms";
export {
  REFUSALS,
  UsageClient,
  channelKey,
  type Channel,
  type ChannelKey,
  type ChannelPhase,
  type ChannelState,
  type Redemption,
  type Refusal,
  type UsageClaim,
} from "./usage";
export { VOUCHER_TYPES, signVoucher, usageDomain, voucherSigner, type Voucher, type VoucherTerms } from "./vouchers";
