export { ResaleClient, type AskTerms, type ResaleContract, type ResaleOptions, type Resold } from "./client";
export { ASK_BITS, ASK_TYPES, askDigest, hashAsk, nextBit, type Ask, type SignedAsk } from "./ask";
