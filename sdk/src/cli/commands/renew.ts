import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { licenseIdParts, priceOf } from "../../market";
import { SubscriptionClient } from "../../rights";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown, small } from "../values";
import { offerOfLicence } from "./rights";
import { moduleAt } from "./rightsText";

interface Options {
  readonly periods: string;
  readonly signed?: string;
  readonly yes?: boolean;
}

/** Renews a subscription under the offer that it was sold under. */
export async function run(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const licenseId = licenceIn(named!, "<licence>");
  const quantity = BigInt(small(options.periods, "--periods", 1, 4_294_967_295));
  const market = await session.market();
  const module = await moduleAt(session, market, licenseIdParts(licenseId).rights);
  if (module !== "Subscriptions") throw cliError("NOT_A_SUBSCRIPTION", { licenseId });
  const offer = await offerOfLicence(session, market, licenseId, options.signed);
  const subscriptions = new SubscriptionClient(await session.deployment(), await session.signer(), session.waiting());
  const account = (await session.wallet()).address;
  const { possible, reason } = await subscriptions.isRenewable(offer, licenseId, account);
  if (!possible) throw cliError("NOT_RENEWABLE", { licenseId, reason: REASONS[reason] });
  const price = priceOf(offer, { quantity });
  const token = await session.tokenAt(offer.payToken);
  const [before, owner] = await Promise.all([
    subscriptions.subscription(licenseId),
    decodingErrors(() => market.licenses.ownerOf(licenseId)),
  ]);
  await consent(session, options.yes, {
    what: `Pay ${shown(price, token)} for ${quantity} more ${quantity === 1n ? "period" : "periods"} of licence ${licenseId}`,
    means: `It ${before.expiresAt < (await session.now()) ? "ended" : "ends"} at ${localTime(before.expiresAt)}.${sameAddress(owner, account) ? "" : ` It belongs to ${owner}, not to you.`}`,
  });
  const { receipt } = await session.output.step(
    isZeroAddress(offer.payToken) ? "Renew" : "Approve the price and renew",
    () => market.purchase(offer, { renews: licenseId, quantity, maxPrice: price, recipient: owner }),
  );
  const { expiresAt } = await subscriptions.subscription(licenseId);
  session.output.result([`Licence ${licenseId} runs until ${localTime(expiresAt)}.`], {
    ...{ licenseId, price, expiresAt },
    transaction: transaction(receipt),
  });
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
  feeAboveBound: "the protocol's fee is above what its seller accepts",
  tooFarAhead: "it is paid for as far ahead as can be",
} as const;
