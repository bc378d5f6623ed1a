import { sameAddress } from "../../addresses/address";
import { chainError } from "../../errors/chainErrors";
import type { MarketClient, Offer } from "../../market";
import { hashOffer } from "../../market/offer";
import { cliError } from "../errors";
import type { Session } from "../session";
import { signedOfferIn } from "./signedOffer";
import { stateOf } from "./terms";

/** An offer, and its creator's signature where it was never listed. */
export interface ChosenOffer {
  readonly offer: Offer;
  readonly signature?: string;
}

type SignedFile = Awaited<ReturnType<typeof signedOfferIn>> & { readonly path: string };

/** Reads an offer that somebody signed into a file: it comes from somebody else, and the command line says which version is meant. */
export async function readSignedOffer(path: string, versionId: bigint): Promise<SignedFile> {
  const signed = await signedOfferIn(path, "--signed");
  if (signed.terms.versionId !== versionId) {
    throw cliError("OFFER_OF_ANOTHER", { path, actual: signed.terms.versionId, versionId });
  }
  return { ...signed, path };
}

/** The offer in that file, if it is for this market of this chain, and the one that was named. */
export async function signedOfferFor(
  session: Session,
  market: MarketClient,
  { path, ...signed }: SignedFile,
  wanted?: string,
): Promise<ChosenOffer> {
  const chainId = await session.chainId();
  if (BigInt(signed.chainId) !== chainId) {
    throw chainError("WRONG_NETWORK", { actual: chainId, expected: signed.chainId });
  }
  const { Market } = market.deployment.contracts;
  if (!sameAddress(signed.market, Market)) {
    throw cliError("OFFER_OF_ANOTHER_MARKET", { path, actual: signed.market, market: Market });
  }
  if (wanted !== undefined && signed.termsHash !== wanted) {
    throw cliError("NO_OFFER", { versionId: signed.terms.versionId, which: ` ${wanted} in ${path}` });
  }
  return { offer: signed.terms, signature: signed.signature };
}

/** The listed offer that was named, or the only one that can be bought. */
export async function listedOffer(
  session: Session,
  market: MarketClient,
  versionId: bigint,
  wanted: readonly string[],
): Promise<ChosenOffer> {
  const offers = await market.offersOf(versionId);
  if (wanted.length > 0) {
    const named = offers.find(({ termsHash }) => wanted.includes(termsHash));
    if (named === undefined) throw cliError("NO_OFFER", { versionId, which: ` ${wanted.join(" or ")}` });
    return named;
  }
  const last = offers.at(-1);
  if (last === undefined) throw cliError("NO_OFFER", { versionId, which: "" });
  const buyer = (await session.wallet()).address;
  const states = await Promise.all(offers.map(({ offer }) => stateOf(session, offer, buyer)));
  const open = offers.filter((_, index) => states[index] === "open");
  if (open.length > 1) {
    const choices = open.map(({ offer }) => hashOffer(offer)).join(", ");
    throw cliError("OFFER_AMBIGUOUS", { versionId, count: open.length, choices });
  }
  // of none that is open, the newest is tried: the market then says what is wrong with it
  return open[0] ?? last;
}
