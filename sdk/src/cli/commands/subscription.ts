import type { Provider, Signer } from "ethers";

import { decodingErrors } from "../../errors/explain";
import { readSubscriptionTerms } from "../../rights";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import { percent, shown } from "../values";
import { REASONS, subscriptionIn } from "./rights";
import { rightsText } from "./rightsText";

interface Options {
  readonly signed?: string;
  readonly yes?: boolean;
}

async function parts(session: Session, named: string, { signed }: Options, runner: Signer | Provider) {
  const found = await subscriptionIn(session, named, signed, runner);
  return { ...found, token: await session.tokenAt(found.offer.payToken) };
}

/** How a subscription stands. */
async function showOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, market, offer, subscriptions, token } = await parts(
    session,
    named!,
    options,
    await session.provider(),
  );
  const account = (await session.account()) ?? (await decodingErrors(() => market.licenses.ownerOf(licenseId)));
  const [{ expiresAt, releasedTo, feeBps }, { possible, reason }] = await Promise.all([
    subscriptions.subscription(licenseId),
    subscriptions.isRenewable(offer, licenseId, account),
  ]);
  const runs = expiresAt >= (await session.now());
  const { cancellable } = readSubscriptionTerms(offer.rightsTerms);
  session.output.result(
    columns([
      ["licence", String(licenseId)],
      ["rights", await rightsText(session, offer)],
      [runs ? "runs until" : "ended", localTime(expiresAt)],
      ["price of a period", shown(offer.price, token)],
      ["renewable", possible ? "yes" : `no: ${REASONS[reason]}`],
      ...(cancellable
        ? [["paid out until", `${localTime(releasedTo)}, ${percent(feeBps)} of it to the protocol`]]
        : []),
    ]),
    { ...{ licenseId, expiresAt, runs, renewable: possible, reason, cancellable, releasedTo, feeBps } },
  );
}

/** Pays out what the time that has passed earned. */
async function releaseOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, offer, subscriptions, token } = await parts(session, named!, options, await session.signer());
  const { amount, receipt } = await session.output.step("Release", () => subscriptions.release(offer, licenseId));
  session.output.result([`${shown(amount, token)} of licence ${licenseId} went to its payee and the protocol.`], {
    ...{ licenseId, amount },
    transaction: transaction(receipt),
  });
}

/** Ends a subscription, and takes back what is left. */
async function cancelOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, offer, subscriptions, token } = await parts(session, named!, options, await session.signer());
  await consent(session, options.yes, {
    what: `End licence ${licenseId}`,
    means:
      "It cannot be used from now on, or once the first part of its period is over; what is left of its price is yours to withdraw.",
  });
  const { refund, receipt } = await session.output.step("Cancel", () => subscriptions.cancel(offer, licenseId));
  const { expiresAt } = await subscriptions.subscription(licenseId);
  const ended = expiresAt > (await session.now()) ? `ends ${localTime(expiresAt)}` : "has ended";
  session.output.result(
    [
      `Licence ${licenseId} ${ended}; ${shown(refund, token)} came back.`,
      `Next: isonomy withdraw --token ${token.label}`,
    ],
    { ...{ licenseId, refund, expiresAt }, transaction: transaction(receipt) },
  );
}

export const show = { run: showOne };
export const release = { run: releaseOne };
export const cancel = { run: cancelOne };
