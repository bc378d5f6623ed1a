import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import type { Offer, OfferStanding, MarketClient } from "../../market";
import { hashOffer } from "../../market/offer";
import type { Session } from "../session";
import { NATIVE, percent, shown, span, time } from "../values";
import { bondOf, missingBond } from "./bond";

/** Every term of an offer, in words, a row for each: a person who agrees to them has read all that the hash says. */
export async function termsRows(session: Session, offer: Offer, fileSize: bigint): Promise<[string, string][]> {
  const coin = await session.tokenAt(NATIVE);
  return [
    ["terms", hashOffer(offer)],
    ["version", String(offer.versionId)],
    ["price", shown(offer.price, await session.tokenAt(offer.payToken))],
    ["sold by", offer.creator],
    ["file", delivery(offer, fileSize)],
    ["complaints", offer.deliveryWindow === 0n ? "none" : `for ${span(offer.complaintWindow)} after the delivery`],
    [
      "arbitrator",
      isZeroAddress(offer.arbitrator) ? "none" : `${offer.arbitrator}, with ${shown(offer.bond, coin)} of the seller's`,
    ],
    ["later versions", offer.includesUpdates ? "included" : "not included"],
    ["resale", offer.transferable ? "the licence may be given away" : "the licence stays with its holder"],
    ["supply", String(offer.supply)],
    ["expires", offer.expiresAt === 0n ? "never" : time(offer.expiresAt)],
    ["buyer", isZeroAddress(offer.buyer) ? "anyone" : `${offer.buyer} alone`],
    ["referrer", `${percent(offer.referrerBps)} of the price`],
    ["protocol fee", `at most ${percent(offer.maxProtocolFeeBps)} of the price`],
    ["epoch, salt", `${offer.epoch}, ${offer.salt}`],
    ["extension", /^0x0+$/.test(offer.extension) ? "none" : offer.extension],
  ];
}

function delivery({ deliveryWindow }: Offer, size: bigint): string {
  const bytes = `${size.toLocaleString("en")} bytes`;
  if (deliveryWindow > 0n) return `${bytes}, whose key is owed within ${span(deliveryWindow)} of the purchase`;
  return size === 0n ? "none: a licence alone" : `NOT SOLD: the version has one of ${bytes}, and no key is ever owed`;
}

/** Why nobody, or not this buyer, can buy under an offer now; "open" when nothing is in the way. */
export async function stateOf(
  session: Session,
  market: MarketClient,
  { offer, sold, revoked }: OfferStanding,
  buyer?: string,
): Promise<string> {
  if (revoked) return "revoked";
  if (sold >= offer.supply) return "sold out";
  const [[holder, defectiveAt], { protocolFeeBps }, { allowed }, block] = await decodingErrors(async () =>
    Promise.all([
      market.registry.saleInfo(offer.versionId),
      market.market.config(),
      market.market.payTokenRisks(offer.payToken),
      (await session.provider()).getBlock("latest"),
    ]),
  );
  if (!sameAddress(holder, offer.creator)) return "dead: the title is somebody else's now";
  if (defectiveAt > 0n) return "dead: the version is proven defective";
  if (offer.expiresAt !== 0n && offer.expiresAt < BigInt(block!.timestamp)) return "expired";
  if (protocolFeeBps > offer.maxProtocolFeeBps) return "dead: the protocol's fee is above its bound";
  if (!allowed) return "dead: its token is not allowed any more";
  const bond = await bondOf(session, offer);
  if (bond !== undefined && missingBond(bond) > 0n) {
    return `needs bond: ${shown(missingBond(bond), await session.tokenAt(NATIVE))} before the next sale`;
  }
  return isZeroAddress(offer.buyer) || buyer === undefined || sameAddress(offer.buyer, buyer)
    ? "open"
    : "for somebody else";
}
