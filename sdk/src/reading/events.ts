import type { Interface, Log, LogDescription } from "ethers";

import { sameAddress } from "../addresses/address";
import { argumentError } from "../base/checked";
import { canonicalDeal, plainDeal, type Deal, type DealStruct } from "../deals/deal";
import { hashOffer, toOffer, type Offer, type OfferStruct } from "../market/offer";
import { inconsistent } from "../rpc/inconsistent";
import { parsedLog, type LogQuery } from "./logs";
import { textOr } from "./models";
import { dealKind, type Reader } from "./reader";

/** Why a deal was refunded, by the escrow's numbers. */
export const REFUND_CAUSE = ["declined", "notDelivered", "bySeller", "defective", "ruled"] as const;
/** Why a deal was refunded. */
export type RefundCause = (typeof REFUND_CAUSE)[number];

interface OfDeal {
  readonly opener: string;
  readonly id: bigint;
}

/** What each event says; amounts in the smallest unit of their token, times in Unix time. */
export interface EventArgs {
  ModelCreated: { readonly modelId: bigint; readonly creator: string; readonly royaltyBps: bigint };
  /** `uri` is a creator's text, and empty where its bytes are no UTF-8. */
  VersionPublished: {
    readonly modelId: bigint;
    readonly versionId: bigint;
    readonly metadataHash: string;
    readonly uri: string;
    readonly size: bigint;
  };
  /** The key of the version is public by this. */
  VersionDefective: {
    readonly versionId: bigint;
    readonly prover: string;
    readonly key: bigint;
    readonly chunkIndex: bigint;
  };
  /** Final: from now on `payee` is paid for licences of all versions, under every holder of the title. */
  PayeeFixed: { readonly modelId: bigint; readonly payee: string };
  /** From the zero address when the model was created. */
  TitleTransferred: { readonly modelId: bigint; readonly from: string; readonly to: string };
  OfferListed: { readonly termsHash: string; readonly offer: Offer };
  OfferRevoked: { readonly termsHash: string; readonly creator: string };
  EpochStarted: { readonly creator: string; readonly epoch: bigint };
  LicenseSold: {
    readonly termsHash: string;
    readonly licenseId: bigint;
    readonly payer: string;
    readonly price: bigint;
  };
  /** From the zero address when it was issued, to it when it was burned. */
  LicenseTransferred: { readonly licenseId: bigint; readonly from: string; readonly to: string };
  /** New licences may name the rights module, or no longer. */
  RightsSet: { readonly module: string; readonly index: bigint; readonly open: boolean; readonly guarded: boolean };
  /** An account may receive licences of an offer with a policy, until `validUntil`. */
  Cleared: {
    readonly policy: string;
    readonly termsHash: string;
    readonly recipient: string;
    readonly validUntil: bigint;
  };
  /** Clearances up to a nonce are void. */
  ClearanceRevoked: {
    readonly policy: string;
    readonly termsHash: string;
    readonly recipient: string;
    readonly nonce: bigint;
  };
  ProtocolFeeSet: { readonly feeBps: bigint };
  PayTokenSet: { readonly token: string; readonly allowed: boolean; readonly risks: bigint };
  PurchasesPaused: { readonly until: bigint };
  PurchasesResumed: Readonly<Record<never, never>>;
  DealOpened: { readonly deal: Deal };
  KeyDelivered: OfDeal & { readonly c: bigint; readonly complainBy: bigint };
  DealSettled: OfDeal;
  /** `refund` is the part that went back to the payer. */
  DealSplit: OfDeal & { readonly refund: bigint };
  DealRefunded: OfDeal & { readonly cause: RefundCause };
  DealDisputed: OfDeal & { readonly arbitrator: string; readonly disputeId: bigint; readonly ruleBy: bigint };
  OfferConceded: OfDeal & { readonly party: string; readonly refund: bigint };
  DisputeFeeReturned: OfDeal & { readonly toRecipient: bigint; readonly toSeller: bigint };
  DeliveryMissed: OfDeal & { readonly seller: string; readonly count: bigint };
  /** A seller's bond for one offer, in wei. */
  BondChanged: {
    readonly opener: string;
    readonly seller: string;
    readonly termsHash: string;
    readonly free: bigint;
    readonly reserved: bigint;
  };
  UpdateRequested: { readonly licenseId: bigint; readonly versionId: bigint; readonly dealId: bigint };
}

/** What `watch` tells of. */
export type EventName = keyof EventArgs;

/** What happened, and where. */
export type MarketEvent<N extends EventName = EventName> = {
  readonly [Name in N]: {
    readonly name: Name;
    readonly args: EventArgs[Name];
    readonly blockNumber: number;
    readonly blockHash: string;
    readonly transactionHash: string;
    /** Its place among the logs of the block. */
    readonly index: number;
  };
}[N];

type Source = "ModelRegistry" | "LicenseToken" | "Market" | "OfferPolicies" | "Escrow" | "UpdateDesk";

/** Which contract leaves each event, and under which name where that is another. */
const SOURCES: Readonly<Record<EventName, readonly [Source, string?]>> = {
  ModelCreated: ["ModelRegistry"],
  VersionPublished: ["ModelRegistry"],
  VersionDefective: ["ModelRegistry"],
  PayeeFixed: ["ModelRegistry"],
  TitleTransferred: ["ModelRegistry", "Transfer"],
  OfferListed: ["Market"],
  OfferRevoked: ["Market"],
  EpochStarted: ["Market"],
  LicenseSold: ["Market"],
  LicenseTransferred: ["LicenseToken", "Transfer"],
  RightsSet: ["LicenseToken"],
  Cleared: ["OfferPolicies"],
  ClearanceRevoked: ["OfferPolicies"],
  ProtocolFeeSet: ["Market"],
  PayTokenSet: ["Market"],
  PurchasesPaused: ["Market"],
  PurchasesResumed: ["Market"],
  DealOpened: ["Escrow"],
  KeyDelivered: ["Escrow"],
  DealSettled: ["Escrow"],
  DealSplit: ["Escrow"],
  DealRefunded: ["Escrow"],
  DealDisputed: ["Escrow"],
  OfferConceded: ["Escrow"],
  DisputeFeeReturned: ["Escrow"],
  DeliveryMissed: ["Escrow"],
  BondChanged: ["Escrow"],
  UpdateRequested: ["UpdateDesk"],
};

/** The names of all events that can be watched. */
export const EVENT_NAMES = Object.keys(SOURCES) as readonly EventName[];

/** What is asked for to get some events, and what turns their logs into them. */
export interface EventReader {
  readonly query: LogQuery;
  /** The event; undefined for one of a deal that a stranger's contract opened. */
  decode(log: Log): MarketEvent | undefined;
}

/** For the events of these names. */
export function eventReader(reader: Reader, names: readonly EventName[]): EventReader {
  const abis: Readonly<Record<Source, Interface>> = {
    ModelRegistry: reader.registry.interface,
    LicenseToken: reader.licenses.interface,
    Market: reader.market.interface,
    OfferPolicies: reader.policies.interface,
    Escrow: reader.escrow.interface,
    UpdateDesk: reader.desk.interface,
  };
  const { contracts } = reader.deployment;
  const wanted = names.map((name) => {
    if (!Object.hasOwn(SOURCES, name)) {
      throw argumentError("ARGUMENT_INVALID", { detail: `${String(name)} is none of the events that can be watched.` });
    }
    const [source, original = name] = SOURCES[name];
    return { name, source, abi: abis[source], topic: abis[source].getEvent(original)!.topicHash };
  });
  if (wanted.length === 0) throw argumentError("ARGUMENT_INVALID", { detail: "no event is named." });
  const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
  const query = {
    address: unique(wanted.map(({ source }) => contracts[source])),
    topics: [unique(wanted.map(({ topic }) => topic))],
  };
  return {
    query,
    decode: (log) => {
      const found = wanted.find(
        ({ source, topic }) => sameAddress(contracts[source], log.address) && topic === log.topics[0]?.toLowerCase(),
      );
      // an address and a topic that were both asked for, and not with one another
      if (found === undefined) return undefined;
      const args = argsOf(found.name, parsedLog(log, found.abi), log);
      const { opener } = (args as Partial<EventArgs["DealOpened"]>).deal ?? (args as Partial<OfDeal>);
      if (found.source === "Escrow" && (opener === undefined || dealKind(reader, opener) === undefined))
        return undefined;
      const { blockNumber, blockHash, transactionHash, index } = log;
      return { name: found.name, args, blockNumber, blockHash, transactionHash, index } as MarketEvent;
    },
  };
}

/** What an event says, as plain values; what can be computed from the rest of it is. */
function argsOf(name: EventName, { args, fragment }: LogDescription, log: Log): EventArgs[EventName] {
  switch (name) {
    case "OfferListed": {
      const offer = toOffer(args.offer as OfferStruct);
      const termsHash = hashOffer(offer);
      if (termsHash !== args.termsHash) {
        throw inconsistent(log, `names the offer ${args.termsHash}, and its terms have the hash ${termsHash}`);
      }
      return { termsHash, offer };
    }
    case "DealOpened": {
      const deal = canonicalDeal(plainDeal(args.deal as DealStruct));
      if (deal.id !== args.id || !sameAddress(deal.seller, args.seller as string)) {
        throw inconsistent(log, `names deal ${args.id}, and holds another`);
      }
      return { deal };
    }
    case "VersionPublished": {
      const { modelId, versionId, data } = args as unknown as EventArgs["VersionPublished"] & {
        data: { metadataHash: string; uri: string; size: bigint };
      };
      if (versionId >> 16n !== modelId)
        throw inconsistent(log, `is of version ${versionId}, not one of model ${modelId}`);
      return { modelId, versionId, metadataHash: data.metadataHash, uri: textOr(() => data.uri, ""), size: data.size };
    }
    case "DealRefunded": {
      const cause = REFUND_CAUSE[Number(args.cause)];
      if (cause === undefined) throw inconsistent(log, `has no cause that there is: ${args.cause}`);
      return { opener: args.opener as string, id: args.id as bigint, cause };
    }
    case "TitleTransferred":
      return { modelId: args.tokenId as bigint, from: args.from as string, to: args.to as string };
    case "LicenseTransferred":
      return { licenseId: args.tokenId as bigint, from: args.from as string, to: args.to as string };
    default:
      return Object.fromEntries(fragment.inputs.map((input) => [input.name, args[input.name] as unknown])) as never;
  }
}
