import { isZeroAddress } from "../../addresses/address";
import { policyParts, type Offer } from "../../market";
import { hashOffer } from "../../market/offer";
import type { OfferStatus } from "../../reading";
import { localTime } from "../../text/time";
import type { Session } from "../session";
import { NATIVE, percent, shown, span } from "../values";
import { bondOf, missingBond } from "./bond";
import { rightsText } from "./rightsText";

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
    ["expires", offer.expiresAt === 0n ? "never" : localTime(offer.expiresAt)],
    ["buyer", isZeroAddress(offer.buyer) ? "anyone" : `${offer.buyer} alone`],
    ["referrer", `${percent(offer.referrerBps)} of the price`],
    ["protocol fee", `at most ${percent(offer.maxProtocolFeeBps)} of the price`],
    ["epoch, salt", `${offer.epoch}, ${offer.salt}`],
    ["rights", await rightsText(session, offer)],
    ["policy", /^0x0+$/.test(offer.policy) ? "none: anyone may receive a licence" : policy(offer)],
  ];
}

/** The issuer and the number of a policy, as `OfferPolicies` reads it. */
function policy({ policy: word }: Offer): string {
  const { issuer, number } = policyParts(word);
  return `only to accounts that ${issuer} has cleared, by its policy ${number}`;
}

function delivery({ deliveryWindow }: Offer, size: bigint): string {
  const bytes = `${size.toLocaleString("en")} bytes`;
  if (deliveryWindow > 0n) return `${bytes}, whose key is owed within ${span(deliveryWindow)} of the purchase`;
  return size === 0n ? "none: a licence alone" : `NOT SOLD: the version has one of ${bytes}, and no key is ever owed`;
}

/** What stands in the way of a purchase, in words. */
export const OFFER_STATES: Readonly<Record<OfferStatus, string>> = {
  open: "open",
  paused: "the market is paused",
  reserved: "for somebody else",
  bondMissing: "needs bond before the next sale",
  soldOut: "sold out",
  revoked: "revoked",
  expired: "expired",
  titleMoved: "dead: the title is somebody else's now",
  defective: "dead: the version is proven defective",
  feeAboveBound: "dead: the protocol's fee is above its bound",
  tokenNotAllowed: "dead: its token is not allowed any more",
  rightsClosed: "its rights module takes no new licences",
  notCleared: "for accounts alone that the issuer of its policy has cleared",
  epochOver: "dead: its creator has revoked all signed offers",
};

/** Why nobody, or not this buyer, can buy under an offer now; "open" when nothing is in the way. */
export async function stateOf(session: Session, offer: Offer, buyer?: string): Promise<string> {
  const { status } = await (await session.reading()).offerStatus(offer, buyer ?? offer.buyer);
  const bond = status === "bondMissing" ? await bondOf(session, offer) : undefined;
  if (bond === undefined) return OFFER_STATES[status];
  return `needs bond: ${shown(missingBond(bond), await session.tokenAt(NATIVE))} before the next sale`;
}
