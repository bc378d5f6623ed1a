import type { Provider, Signer } from "ethers";

import { sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { StandingOrderClient, readSubscriptionTerms } from "../../rights";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import { address, amount, duration, shown, small, span } from "../values";
import { subscriptionIn } from "./rights";

interface Options {
  readonly signed?: string;
  readonly payer?: string;
  readonly holder?: string;
  readonly periods?: string;
  readonly ahead?: string;
  readonly tip?: string;
  readonly yes?: boolean;
}

async function parts(session: Session, named: string, { signed }: Options, runner: Signer | Provider) {
  const found = await subscriptionIn(session, named, signed, runner);
  const standing = new StandingOrderClient(await session.deployment(), runner, session.waiting());
  return { ...found, standing, token: await session.tokenAt(found.offer.payToken) };
}

/** What a payer has allowed, and when it is due. */
async function showOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, standing, subscriptions, token } = await parts(session, named!, options, await session.provider());
  const payer = options.payer === undefined ? (await session.wallet()).address : address(options.payer, "--payer");
  const [order, { expiresAt }] = await Promise.all([
    standing.order(licenseId, payer),
    subscriptions.subscription(licenseId),
  ]);
  if (order.until === 0n) {
    return session.output.result([`${payer} has no standing order for licence ${licenseId}.`], {
      licenseId,
      payer,
      order: null,
    });
  }
  const due = expiresAt - order.ahead;
  session.output.result(
    columns([
      ["licence", String(licenseId)],
      ["payer", payer],
      ["at most", `${shown(order.maxPrice, token)} for a period, and ${shown(order.tip, token)} to the sender`],
      ["due", `${localTime(due)}, ${span(order.ahead)} before the end of the term`],
      ["until", localTime(order.until)],
    ]),
    { ...{ licenseId, payer, order, due } },
  );
}

/** Allows renewals. */
async function setOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, market, offer, standing, subscriptions, token } = await parts(
    session,
    named!,
    options,
    await session.signer(),
  );
  const periods = BigInt(small(options.periods!, "--periods", 1, 1_200));
  const ahead = duration(options.ahead!, "--ahead");
  const tip = options.tip === undefined ? 0n : amount(options.tip, token.decimals, "--tip");
  const { period } = readSubscriptionTerms(offer.rightsTerms);
  const holder = await decodingErrors(() => market.licenses.ownerOf(licenseId));
  const { expiresAt } = await subscriptions.subscription(licenseId);
  const until = expiresAt + (periods - 1n) * period;
  await consent(session, options.yes, {
    what: `Allow ${periods} ${periods === 1n ? "renewal" : "renewals"} of licence ${licenseId}, for ${shown(offer.price + tip, token)} each`,
    means: `Until ${localTime(until)}, while ${holder} has it. ${shown((offer.price + tip) * periods, token)} is approved.`,
  });
  const order = { maxPrice: offer.price, until, ahead, tip };
  const receipt = await session.output.step("Approve and set", () =>
    standing.set(offer, licenseId, order, { periods, holder }),
  );
  session.output.result([`Anyone can renew licence ${licenseId} for you, from ${localTime(expiresAt - ahead)} on.`], {
    ...{ licenseId, order },
    transaction: transaction(receipt),
  });
}

/** Sends a renewal that is due. */
async function runOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, offer, standing, subscriptions, token } = await parts(
    session,
    named!,
    options,
    await session.signer(),
  );
  const account = (await session.wallet()).address;
  const payer = options.payer === undefined ? account : address(options.payer, "--payer");
  // somebody else has agreed to it with the order; what your own wallet pays is not on the command line
  if (sameAddress(payer, account)) {
    const before = await subscriptions.subscription(licenseId);
    await consent(session, options.yes, {
      what: `Pay ${shown(offer.price, token)} of your own for one more period of licence ${licenseId}`,
      means: `It ${before.expiresAt < (await session.now()) ? "ended" : "ends"} at ${localTime(before.expiresAt)}. The tip of your order comes back to you.`,
    });
  }
  const { price, tip, receipt } = await session.output.step("Renew", () => standing.run(offer, licenseId, payer));
  const { expiresAt } = await subscriptions.subscription(licenseId);
  session.output.result(
    [
      `Licence ${licenseId} runs until ${localTime(expiresAt)}; ${payer} paid ${shown(price, token)}.`,
      ...(tip === 0n ? [] : [`${shown(tip, token)} came to you.`]),
    ],
    { ...{ licenseId, payer, price, tip, expiresAt }, transaction: transaction(receipt) },
  );
}

/** Takes an order back. */
async function cancelOne(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const { licenseId, standing } = await parts(session, named!, options, await session.signer());
  const holder = options.holder === undefined ? undefined : address(options.holder, "--holder");
  const receipt = await session.output.step("Cancel", () => standing.cancel(licenseId, holder));
  session.output.result([`Licence ${licenseId} is not renewed for you any more.`], {
    licenseId,
    transaction: transaction(receipt),
  });
}

export const show = { run: showOne };
export const set = { run: setOne };
export const run = { run: runOne };
export const cancel = { run: cancelOne };
