export { SeatClient, deviceUser, type SeatContract, type SeatCount, type SeatModule } from "./seats";
export { StandingOrderClient, type StandingOrder, type StandingOrderContract } from "./standingOrders";
export { RENEWAL, SubscriptionClient, type Renewal, type Subscription } from "./subscriptions";
export {
  FOR_EVER,
  packSeatTerms,
  packSubscriptionTerms,
  readSeatTerms,
  readSubscriptionTerms,
  type SeatTerms,
  type SubscriptionTerms,
} from "./terms";
export { VOUCHER_TYPES, signVoucher, usageDomain, voucherSigner, type Voucher, type VoucherTerms } from "./vouchers";
