import { toBeHex } from "ethers";

import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import { mapInBatches } from "../base/batches";
import { argumentError } from "../base/checked";
import { decodingErrors } from "../errors/explain";
import { hashOffer, toOffer, type Offer, type OfferStruct } from "../market/offer";
import { inconsistent } from "../rpc/inconsistent";
import { newestBlock, pageOfLogs, parsedLog, placeOf, topicOf, type EventCursor } from "./logs";
import { WIDTH, pageOf, type BlockMark, type Page, type PageOptions } from "./page";
import type { Reader } from "./reader";

/**
 * Whether a licence can be bought under an offer now, and otherwise why not. `paused` is the whole market, for a week at most. `revoked`,
 * `defective` and `expired` are final; the others can change: a refund gives supply back, and a seller can post the bond.
 */
export const OFFER_STATUS = [
  "open",
  "paused",
  /** For another buyer, or for one buyer where none was named. */
  "reserved",
  /** The seller's free bond does not cover one more sale. */
  "bondMissing",
  "soldOut",
  "revoked",
  "expired",
  /** The creator no longer holds the title. */
  "titleMoved",
  /** The version was proven defective. */
  "defective",
  /** The protocol's fee is above what the creator accepts. */
  "feeAboveBound",
  /** The pay token was taken off the list. */
  "tokenNotAllowed",
  /** The rights module takes no new licences. */
  "rightsClosed",
  /** The issuer of its policy has not cleared the buyer, or none was named. */
  "notCleared",
  /** Signed for an epoch that is over; of listed offers it does not count. */
  "epochOver",
] as const;
/** Whether a licence can be bought under an offer, and otherwise why not. */
export type OfferStatus = (typeof OFFER_STATUS)[number];

/** An offer that was listed, as it stands. */
export interface OfferOnSale {
  readonly termsHash: string;
  readonly offer: Offer;
  /** How many are sold and not refunded. */
  readonly sold: bigint;
  readonly status: OfferStatus;
  /** Where it was listed. */
  readonly listedAt: EventCursor;
}

/** Which offers are wanted; what is left out may be anything. */
export interface OfferFilter {
  readonly modelId?: bigint | undefined;
  /** One version, or any of several. */
  readonly versionId?: bigint | readonly bigint[] | undefined;
  readonly creator?: string | undefined;
  /** The zero address is the native coin. */
  readonly payToken?: string | undefined;
  /** The most that one may cost, in the smallest unit of `payToken`, which has to be named with it. */
  readonly maxPrice?: bigint | undefined;
  /** Who wants to buy: offers for this account alone are listed too. Without it only those for anyone are. */
  readonly buyer?: string | undefined;
  /** Also offers that cannot be bought, each with its `status`. */
  readonly all?: boolean | undefined;
}

/** What stands in the way of every purchase in a block. */
interface MarketState {
  readonly block: BlockMark & { readonly timestamp: number };
  readonly protocolFeeBps: bigint;
  readonly pausedUntil: bigint;
  readonly sales: Map<bigint, Promise<readonly [holder: string, defectiveAt: bigint]>>;
  readonly tokens: Map<string, Promise<boolean>>;
  readonly rights: Map<bigint, Promise<boolean>>;
}

/** Offers in the order in which they were listed, from the market's events, with the state of each. */
export async function readOffers(
  reader: Reader,
  filter: OfferFilter,
  options: PageOptions<EventCursor>,
): Promise<Page<OfferOnSale, EventCursor>> {
  const { limit, newest } = pageOf(options);
  const wanted = checkedFilter(filter);
  await reader.chain.require();
  const state = await marketState(reader);
  const { interface: abi } = reader.market;
  // to a node an empty list of topics is any topic
  if (Array.isArray(wanted.versionId) && wanted.versionId.length === 0) {
    return { items: [], next: undefined, block: { number: state.block.number, hash: state.block.hash } };
  }
  const query = {
    address: reader.deployment.contracts.Market,
    topics: [
      abi.getEvent("OfferListed").topicHash,
      null,
      wanted.versionId === undefined ? null : [wanted.versionId].flat().map((id) => toBeHex(id as bigint, 32)),
      wanted.creator === undefined ? null : topicOf(wanted.creator),
    ],
  };
  const range = { first: reader.deployment.block ?? 0, last: state.block.number, after: options.after, newest };
  const { items, next } = await pageOfLogs(reader.chain, [query], range, limit, (logs) =>
    mapInBatches(logs, WIDTH, async (log): Promise<OfferOnSale | undefined> => {
      const { args } = parsedLog(log, abi);
      const offer = toOffer(args.offer as OfferStruct);
      const termsHash = hashOffer(offer);
      // the terms are hashed here: an event's word for what they are is not taken
      if (termsHash !== args.termsHash || offer.versionId !== args.versionId) {
        throw inconsistent(log, `names the offer ${args.termsHash}, and its terms have the hash ${termsHash}`);
      }
      if (!isWanted(offer, wanted)) return undefined;
      const { status, sold, listed } = await statusIn(reader, state, offer, termsHash, wanted.buyer);
      if (!listed) throw inconsistent(log, `lists the offer ${termsHash}, which the market does not know as listed`);
      if (wanted.all !== true && status !== "open" && status !== "paused") return undefined;
      return { termsHash, offer, sold, status, listedAt: placeOf(log) };
    }),
  );
  return { items, next, block: { number: state.block.number, hash: state.block.hash } };
}

/** How an offer stands, listed or signed. Whether a signature is its creator's, the market says at the purchase. */
export async function readOfferStatus(
  reader: Reader,
  offer: Offer,
  buyer?: string,
): Promise<{ status: OfferStatus; sold: bigint; listed: boolean }> {
  await reader.chain.require();
  const account = buyer === undefined ? undefined : canonicalAddress(buyer, "buyer");
  return statusIn(reader, await marketState(reader), offer, hashOffer(offer), account);
}

async function marketState({ chain, market }: Reader): Promise<MarketState> {
  const block = await newestBlock(chain);
  const { protocolFeeBps, pausedUntil } = await decodingErrors(() => market.config({ blockTag: block.number }));
  return { block, protocolFeeBps, pausedUntil, sales: new Map(), tokens: new Map(), rights: new Map() };
}

/** The first reason against a purchase; what is final comes first. */
async function statusIn(
  reader: Reader,
  state: MarketState,
  offer: Offer,
  termsHash: string,
  buyer: string | undefined,
): Promise<{ status: OfferStatus; sold: bigint; listed: boolean }> {
  const { market, registry, licenses, escrow, policies, deployment } = reader;
  const { block, protocolFeeBps, pausedUntil } = state;
  const at = { blockTag: block.number };
  const sale = once(state.sales, offer.versionId, async () => {
    const [holder, defectiveAt] = await decodingErrors(() => registry.saleInfo(offer.versionId, at));
    return [holder, defectiveAt] as const;
  });
  const allowed = once(state.tokens, offer.payToken, async () => {
    return (await decodingErrors(() => market.payTokenRisks(offer.payToken, at))).allowed;
  });
  const rights = once(state.rights, offer.rights, async () => {
    return (await decodingErrors(() => licenses.rightsAt(offer.rights, at))).open;
  });
  const hasPolicy = BigInt(offer.policy) !== 0n;
  const [{ sold, listed, revoked }, [holder, defectiveAt], isAllowed, epoch, bond, isOpen, cleared] =
    await decodingErrors(() =>
      Promise.all([
        market.offerState(termsHash, at),
        sale,
        allowed,
        market.epochOf(offer.creator, at),
        offer.bond === 0n ? undefined : escrow.bondOf(deployment.contracts.Market, offer.creator, termsHash, at),
        offer.rights === 0n ? true : rights,
        !hasPolicy || buyer === undefined ? undefined : policies.clearanceOf(offer.policy, termsHash, buyer, at),
      ]),
    );
  const now = BigInt(block.timestamp);
  const reasons: readonly [OfferStatus, boolean][] = [
    ["revoked", revoked],
    ["defective", defectiveAt !== 0n],
    ["expired", offer.expiresAt !== 0n && offer.expiresAt < now],
    ["titleMoved", !sameAddress(holder, offer.creator)],
    ["epochOver", !listed && offer.epoch !== epoch],
    ["soldOut", sold >= offer.supply],
    ["tokenNotAllowed", !isAllowed],
    ["rightsClosed", !isOpen],
    ["feeAboveBound", protocolFeeBps > offer.maxProtocolFeeBps],
    ["bondMissing", bond !== undefined && bond.free < offer.bond],
    ["reserved", !isZeroAddress(offer.buyer) && (buyer === undefined || !sameAddress(offer.buyer, buyer))],
    ["notCleared", hasPolicy && (cleared === undefined || cleared.validUntil < now)],
    ["paused", now < pausedUntil],
  ];
  const [status] = reasons.find(([, holds]) => holds) ?? ["open" as const];
  return { status, sold, listed };
}

function once<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, read: () => Promise<Value>): Promise<Value> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = read();
  // another question of the same round may fail first, and then nobody looks at this one
  value.catch(() => undefined);
  known.set(key, value);
  return value;
}

function isWanted(offer: Offer, { modelId, payToken, maxPrice }: OfferFilter): boolean {
  if (modelId !== undefined && offer.versionId >> 16n !== modelId) return false;
  if (payToken !== undefined && !sameAddress(offer.payToken, payToken)) return false;
  return maxPrice === undefined || offer.price <= maxPrice;
}

function checkedFilter(filter: OfferFilter): OfferFilter {
  const { creator, payToken, buyer, maxPrice } = filter;
  if (maxPrice !== undefined && payToken === undefined) {
    throw argumentError("ARGUMENT_INVALID", { detail: "maxPrice says nothing without the payToken that it is in." });
  }
  return {
    ...filter,
    ...(creator === undefined ? {} : { creator: canonicalAddress(creator, "creator") }),
    ...(payToken === undefined ? {} : { payToken: canonicalAddress(payToken, "payToken") }),
    ...(buyer === undefined ? {} : { buyer: canonicalAddress(buyer, "buyer") }),
  };
}
