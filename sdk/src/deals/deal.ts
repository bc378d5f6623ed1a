import { dataSlice, keccak256 } from "ethers";

import type { IEscrow } from "../../../typechain-types";
import type { DealStruct } from "../../../typechain-types/contracts/escrow/Escrow";
import { canonicalFields } from "../addresses/address";
import { checked } from "../base/checked";

export type { DealStruct };

/** Everything a deal was opened with; every call to the escrow passes all of it. */
export interface Deal {
  readonly opener: string;
  /** Id with the opener: for a sale, the licence's id. */
  readonly id: bigint;
  readonly versionId: bigint;
  readonly keyX: string;
  readonly termsHash: string;
  /** Paid, and receives refunds. */
  readonly payer: string;
  /** Holds the licence: accepts, disputes, concedes. */
  readonly recipient: string;
  /** Held the title at the purchase: delivers, declines, concedes, and posts the bond. */
  readonly seller: string;
  /** Is paid when the deal settles; often the seller. */
  readonly payee: string;
  readonly referrer: string;
  readonly treasury: string;
  readonly payToken: string;
  /** In the smallest unit of the pay token. */
  readonly price: bigint;
  readonly protocolFeeBps: bigint;
  readonly referrerBps: bigint;
  /** Last second in which the key may be delivered. */
  readonly deliverBy: bigint;
  /** Seconds. */
  readonly complaintWindow: bigint;
  readonly arbitrator: string;
  /** In wei. */
  readonly bond: bigint;
  readonly buyerKey: string;
  readonly pad: string;
  /** Last second for a dispute; 0 until the key is delivered. */
  readonly complainBy: bigint;
}

const FIELDS: readonly (keyof Deal)[] = [
  "opener",
  "id",
  "versionId",
  "keyX",
  "termsHash",
  "payer",
  "recipient",
  "seller",
  "payee",
  "referrer",
  "treasury",
  "payToken",
  "price",
  "protocolFeeBps",
  "referrerBps",
  "deliverBy",
  "complaintWindow",
  "arbitrator",
  "bond",
  "buyerKey",
  "pad",
  "complainBy",
];

const ADDRESSES = [
  "opener",
  "payer",
  "recipient",
  "seller",
  "payee",
  "referrer",
  "treasury",
  "payToken",
  "arbitrator",
  "pad",
] as const;

/**
 * The same deal with every address in its checksummed spelling; the escrow keeps the same hash of it.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const hash = commitmentOf(deals.escrow, canonicalDeal(deal));
 * ```
 */
export const canonicalDeal = /* @__PURE__ */ checked((deal: Deal): Deal => {
  return canonicalFields(deal, ADDRESSES);
});

/**
 * A deal as plain values, out of what an event returned.
 * @example
 * ```ts
 * const [opened] = await deals.escrow.queryFilter(deals.escrow.filters.DealOpened(undefined, account));
 * if (opened) console.log(plainDeal(opened.args.deal).deliverBy);
 * ```
 */
export const plainDeal = /* @__PURE__ */ checked((struct: DealStruct): Deal => {
  return Object.fromEntries(FIELDS.map((name) => [name, struct[name]])) as unknown as Deal;
});

/**
 * What the escrow keeps of a deal: the first 31 bytes of its hash.
 * @returns The 31 bytes as hex.
 * @example
 * ```ts
 * const commitment = commitmentOf(deals.escrow, deal);
 * ```
 */
export const commitmentOf = /* @__PURE__ */ checked((escrow: IEscrow, deal: Deal): string => {
  // a function that takes nothing but the deal encodes it as the hash wants it, behind a selector
  return dataSlice(
    keccak256(dataSlice(escrow.interface.encodeFunctionData("decline", [canonicalDeal(deal)]), 4)),
    0,
    31,
  );
});

/** The status of a deal, by the escrow's numbers. */
export const DEAL_STATUS = ["none", "open", "delivered", "disputed", "settled", "split", "refunded"] as const;
/** Where a deal stands, by the escrow's own word. */
export type DealStatus = (typeof DEAL_STATUS)[number];

/** The dispute of a deal, as the escrow keeps it. */
export interface DealDispute {
  readonly disputeId: bigint;
  /** Last second for a ruling; 0 when there was no dispute. */
  readonly ruleBy: bigint;
  /** 1 is the recipient's offer, 2 the seller's, 0 no decision. */
  readonly ruling: bigint;
  readonly ruled: boolean;
  /**
   * Whether the deal was closed while the arbitrator kept its fee undecided: `DealClient.reclaimFee` fetches it once the
   * arbitrator's time is over, unless the arbiters decide meanwhile.
   */
  readonly feeHeld: boolean;
  /** The part of such a fee that goes to the seller's bond, in wei; the recipient gets the rest, first. */
  readonly feeOfSeller: bigint;
  /** The refund that the recipient would settle for. */
  readonly refundAsked: bigint;
  /** The refund that the seller would settle for. */
  readonly refundOffered: bigint;
  /** What the arbitrator was paid, in wei. */
  readonly cost: bigint;
  /** The part of both halves that came from the seller's bond, in wei. */
  readonly sellerHalf: bigint;
}
