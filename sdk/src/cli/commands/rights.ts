import { ZeroAddress, type Provider, type Signer } from "ethers";

import { decodingErrors } from "../../errors/explain";
import { licenseIdParts, type MarketClient, type Offer } from "../../market";
import { hashOffer } from "../../market/offer";
import {
  FOR_EVER,
  SeatClient,
  SubscriptionClient,
  UsageClient,
  packSeatTerms,
  packSubscriptionTerms,
  packUsageTerms,
} from "../../rights";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import type { Session } from "../session";
import { UINT32, address, basisPoints, duration, small } from "../values";
import { readSignedOffer, signedOfferFor } from "./chosenOffer";
import { moduleAt } from "./rightsText";

/** What a seller says of the rights of an offer. */
export interface RightsOptions {
  readonly subscription?: string;
  readonly renewable?: string;
  readonly cancellable?: boolean;
  readonly seats?: string;
  readonly minStay?: string;
  readonly updates?: boolean;
  readonly units?: string;
  readonly grace: string;
  readonly provider?: string;
  readonly providerShare: string;
}

const MAX_SEATS = 65_535;
const MAX_UNITS = UINT32;

/** The rights of an offer from what its seller said; nothing where nothing was. */
export async function rightsOf(
  session: Session,
  options: RightsOptions,
): Promise<Partial<Pick<Offer, "rights" | "rightsTerms">>> {
  const seats = options.seats === undefined ? 0n : BigInt(small(options.seats, "--seats", 1, MAX_SEATS));
  const minStay = options.minStay === undefined ? 0n : duration(options.minStay, "--min-stay");
  const usage = (detail: string) => cliError("USAGE", { detail, command: "offer " });
  if (options.minStay !== undefined && seats === 0n) throw usage("--min-stay is about --seats.");
  if (options.provider !== undefined && options.units === undefined) throw usage("--provider is about --units.");
  if (options.units !== undefined) return unitsOf(session, options, seats);
  if (options.subscription === undefined) {
    if (options.renewable !== undefined) throw usage("--renewable is about --subscription.");
    if (options.cancellable === true) throw usage("--cancellable is about --subscription.");
    if (seats === 0n) return {};
    const rights = await new SeatClient(await session.deployment(), await session.provider()).index();
    return { rights, rightsTerms: packSeatTerms({ seats, minStay }) };
  }
  if (options.cancellable === true && options.updates === true) {
    throw cliError("OPTION_CONFLICT", { first: "--cancellable", second: "--updates" });
  }
  const period = duration(options.subscription, "--subscription");
  const renewUntil =
    options.renewable === undefined || options.renewable === "forever"
      ? FOR_EVER
      : options.renewable === "never"
        ? 0n
        : (await session.now()) + duration(options.renewable, "--renewable");
  const rights = await new SubscriptionClient(await session.deployment(), await session.provider()).index();
  const cancellable = options.cancellable === true;
  return { rights, rightsTerms: packSubscriptionTerms({ period, renewUntil, cancellable, seats, minStay }) };
}

/** The rights of an offer by the unit. */
async function unitsOf(
  session: Session,
  options: RightsOptions,
  seats: bigint,
): Promise<Pick<Offer, "rights" | "rightsTerms">> {
  for (const first of ["subscription", "minStay"] as const) {
    const name = first === "minStay" ? "--min-stay" : `--${first}`;
    if (options[first] !== undefined) throw cliError("OPTION_CONFLICT", { first: name, second: "--units" });
  }
  const terms = {
    units: BigInt(small(options.units!, "--units", 1, MAX_UNITS)),
    grace: duration(options.grace, "--grace"),
    providerBps: basisPoints(options.providerShare, "--provider-share"),
    provider: options.provider === undefined ? ZeroAddress : address(options.provider, "--provider"),
    seats,
  };
  const rights = await new UsageClient(await session.deployment(), await session.provider()).index();
  return { rights, rightsTerms: packUsageTerms(terms) };
}

/** The offer that a licence was sold under: listed, or in the file that its seller gave away. */
export async function offerOfLicence(
  session: Session,
  market: MarketClient,
  licenseId: bigint,
  signed: string | undefined,
): Promise<Offer> {
  const { versionId } = licenseIdParts(licenseId);
  const soldUnder = (offer: Offer): Promise<boolean> =>
    decodingErrors(() => market.market.soldUnder(licenseId, hashOffer(offer)));
  if (signed !== undefined) {
    const { offer } = await signedOfferFor(session, market, await readSignedOffer(signed, versionId));
    if (!(await soldUnder(offer))) throw cliError("OFFER_NOT_OF_LICENCE", { licenseId, where: `in ${signed}` });
    return offer;
  }
  const listed = (await market.offersOf(versionId)).map(({ offer }) => offer);
  const answers = await Promise.all(listed.map(soldUnder));
  const found = listed.find((_, at) => answers[at]);
  if (found === undefined) throw cliError("OFFER_NOT_OF_LICENCE", { licenseId, where: "among those that were listed" });
  return found;
}

/** A subscription and the offer that it was sold under, with the clients that reach them. */
export async function subscriptionIn(
  session: Session,
  named: string,
  signed: string | undefined,
  runner: Signer | Provider,
): Promise<{ licenseId: bigint; market: MarketClient; offer: Offer; subscriptions: SubscriptionClient }> {
  const licenseId = licenceIn(named, "<licence>");
  const market = await session.market(runner);
  const module = await moduleAt(session, market, licenseIdParts(licenseId).rights);
  if (module !== "Subscriptions") throw cliError("NOT_A_SUBSCRIPTION", { licenseId });
  const offer = await offerOfLicence(session, market, licenseId, signed);
  const subscriptions = new SubscriptionClient(await session.deployment(), runner, session.waiting());
  return { licenseId, market, offer, subscriptions };
}

/** Why a subscription cannot be renewed, as the end of a sentence. */
export const REASONS = {
  possible: "nothing is in the way",
  notItsOffer: "it was not sold under this offer",
  unknown: "it was never sold, or its purchase was refunded",
  locked: "its deal is open until the file is delivered and accepted",
  promiseOver: "the seller promised renewals until a time that is past",
  holderOnly: "it can be cancelled, so only its holder renews it",
  releaseFirst: "it has lapsed, and `isonomy subscription release` has to pay out what it earned first",
  versionDefective: "its version is proven defective",
  tooFarAhead: "it is paid for as far ahead as can be",
} as const;
