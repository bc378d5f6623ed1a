export type { ClientOptions } from "./chain";
export type { Expected } from "./deployed";
export { BoundedWallet, FEE_LIMITS, requireFees, type FeeBound, type FeeLimits } from "./fees";
export { LogPager, type LogSource } from "./logs";
export { PagedProvider } from "./pagedProvider";
export { READ_PATIENCE, patient, type ReadPatience } from "./patient";
export { READ_REFUSALS, readRefusalOf, type Phrase, type ReadRefusal } from "./refusals";
export { WAIT_PATIENCE, mined, type Sent, type WaitPatience, type Waiting } from "./wait";
