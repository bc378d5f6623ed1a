import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { priceOf } from "../../market";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import { UINT32, shown, small } from "../values";
import { REASONS, subscriptionIn } from "./rights";

interface Options {
  readonly periods: string;
  readonly signed?: string;
  readonly yes?: boolean;
}

/** Renews a subscription under the offer that it was sold under. */
export async function run(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const quantity = BigInt(small(options.periods, "--periods", 1, UINT32));
  const { licenseId, offer, market, subscriptions } = await subscriptionIn(
    session,
    named!,
    options.signed,
    await session.signer(),
  );
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
