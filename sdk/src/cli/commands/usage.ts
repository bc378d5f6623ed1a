import type { Provider, Signer } from "ethers";

import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { licenseIdParts, priceOf, type MarketClient } from "../../market";
import { UsageClient, type Channel, type ChannelPhase } from "../../rights";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import { UINT32, address, percent, shown, small, span, whole } from "../values";
import { offerOfLicence } from "./rights";
import { moduleAt } from "./rightsText";

const MAX_SLOT = 65_535;
const MAX_TIMES = UINT32;

const PHASES: Record<ChannelPhase, string> = {
  open: "open",
  closing: "closing",
  closed: "closed: it can be finished",
  finished: "finished",
};

/** The channel of a licence by the unit, and the clients that reach it. */
export async function channelIn(
  session: Session,
  named: string,
  runner: Signer | Provider,
): Promise<{ licenseId: bigint; market: MarketClient; usage: UsageClient; channel: Channel }> {
  const licenseId = licenceIn(named, "<licence>");
  const market = await session.market(runner);
  const module = await moduleAt(session, market, licenseIdParts(licenseId).rights);
  if (module !== "UsageChannel") throw cliError("NOT_BY_THE_UNIT", { licenseId });
  const usage = new UsageClient(await session.deployment(), runner, session.waiting());
  return { licenseId, market, usage, channel: await usage.channelOf(licenseId) };
}

/** How a channel stands, and its keys. */
async function showOne(session: Session, [named]: readonly string[]): Promise<void> {
  const { licenseId, usage, channel } = await channelIn(session, named!, await session.provider());
  const [state, keys, token] = await Promise.all([
    usage.state(channel),
    usage.keys(channel),
    session.tokenAt(channel.payToken),
  ]);
  const { bought, redeemed, left, closesAt, phase } = state;
  const { unitPrice, provider, providerBps, payee, payer, grace } = channel;
  session.output.result(
    [
      ...columns([
        ["licence", String(licenseId)],
        [
          "channel",
          phase === "closing" ? `closing: vouchers are redeemed until ${localTime(closesAt)}` : PHASES[phase],
        ],
        ["units", `${left} left of ${bought}; ${redeemed} redeemed`],
        ["price of a unit", shown(unitPrice, token)],
        ["grace", span(grace)],
        ["paid to", payee],
        ...(isZeroAddress(provider) ? [] : [["served by", `${provider}, for ${percent(providerBps)} of it`]]),
        ["what is left goes to", payer],
      ]),
      "",
      ...columns([
        ["slot", "key", "redeemed", "cap", "revoked"],
        ...keys.map((key) => [
          ...[String(key.slot), key.signer, String(key.redeemed)],
          key.slot === 0 ? "" : String(key.cap),
          key.until === 0n ? "" : `from ${localTime(key.until)}`,
        ]),
      ]),
    ],
    { licenseId, ...state, channel, keys },
  );
}

/** Buys more units for a channel, under the offer that it was opened with. */
async function addUnits(
  session: Session,
  [named]: readonly string[],
  options: { readonly times: string; readonly signed?: string; readonly yes?: boolean },
): Promise<void> {
  const quantity = BigInt(small(options.times, "--times", 1, MAX_TIMES));
  const { licenseId, market, usage, channel } = await channelIn(session, named!, await session.signer());
  const offer = await offerOfLicence(session, market, licenseId, options.signed);
  const [price, token] = [priceOf(offer, { quantity }), await session.tokenAt(offer.payToken)];
  const owner = await decodingErrors(() => market.licenses.ownerOf(licenseId));
  const units = price === 0n ? undefined : price / channel.unitPrice;
  const account = (await session.wallet()).address;
  await consent(session, options.yes, {
    what: `Pay ${shown(price, token)} for ${units === undefined ? "more" : units} units of licence ${licenseId}`,
    means: `What is not used goes back to ${sameAddress(channel.payer, account) ? "you" : channel.payer} when the channel is finished.`,
  });
  const { receipt } = await session.output.step(
    isZeroAddress(offer.payToken) ? "Buy the units" : "Approve the price and buy the units",
    () => market.purchase(offer, { renews: licenseId, quantity, maxPrice: price, recipient: owner }),
  );
  const { left } = await usage.state(channel);
  session.output.result([`Licence ${licenseId} has ${left} units left.`], {
    ...{ licenseId, price, left },
    transaction: transaction(receipt),
  });
}

/** Sets the key of a slot, or revokes it. */
async function setKey(
  session: Session,
  [named, slotText, keyText]: readonly string[],
  options: { readonly cap?: string; readonly revoke?: boolean; readonly yes?: boolean },
): Promise<void> {
  const slot = small(slotText!, "<slot>", 1, MAX_SLOT);
  const usageError = (detail: string) => cliError("USAGE", { detail, command: "usage key " });
  if ((options.revoke === true) === (keyText !== undefined)) {
    throw usageError("A slot is given a key, or its key is revoked with --revoke.");
  }
  if ((options.cap === undefined) !== (keyText === undefined)) throw usageError("A key has a --cap.");
  if (keyText === undefined) {
    const { licenseId, usage, channel } = await channelIn(session, named!, await session.signer());
    const { until, receipt } = await session.output.step("Revoke the key", () => usage.revokeKey(channel, slot));
    return session.output.result(
      [`Vouchers of slot ${slot} of licence ${licenseId} are redeemed until ${localTime(until)}.`],
      {
        ...{ licenseId, slot, until },
        transaction: transaction(receipt),
      },
    );
  }
  const [signer, cap] = [address(keyText, "<key>"), whole(options.cap!, "--cap")];
  const { licenseId, usage, channel } = await channelIn(session, named!, await session.signer());
  const worth = shown(cap * channel.unitPrice, await session.tokenAt(channel.payToken));
  await consent(session, options.yes, {
    what: `Let ${signer} sign for ${cap} units of licence ${licenseId}, as slot ${slot}, for up to ${worth}`,
    means: `What it signs for is paid out of the channel. The cap is never changed; after a revocation its vouchers are redeemed for ${span(channel.grace)}.`,
  });
  const receipt = await session.output.step("Set the key", () => usage.setKey(licenseId, { slot, signer, cap }));
  session.output.result([`${signer} may sign for ${cap} units of licence ${licenseId}, as slot ${slot}.`], {
    ...{ licenseId, slot, signer, cap },
    transaction: transaction(receipt),
  });
}

/** Closes a channel: its use ends now. */
async function closeOne(
  session: Session,
  [named]: readonly string[],
  options: { readonly yes?: boolean },
): Promise<void> {
  const { licenseId, usage, channel } = await channelIn(session, named!, await session.signer());
  await consent(session, options.yes, {
    what: `Close the channel of licence ${licenseId}`,
    means: `It cannot be used from now on. What was used is paid for ${span(channel.grace)} longer; the rest then goes to ${channel.payer}.`,
  });
  const { closesAt, receipt } = await session.output.step("Close the channel", () => usage.closeChannel(channel));
  session.output.result(
    [
      `Vouchers of licence ${licenseId} are redeemed until ${localTime(closesAt)}.`,
      `Next, after that: isonomy usage finish ${licenseId}`,
    ],
    { licenseId, closesAt, transaction: transaction(receipt) },
  );
}

/** Finishes a closed channel, and gives back what is left. */
async function finishOne(session: Session, [named]: readonly string[]): Promise<void> {
  const { licenseId, usage, channel } = await channelIn(session, named!, await session.signer());
  const { returned, receipt } = await session.output.step("Finish the channel", () => usage.finishChannel(channel));
  const token = await session.tokenAt(channel.payToken);
  session.output.result(
    [
      `The channel of licence ${licenseId} is finished; ${shown(returned, token)} went to ${channel.payer}.`,
      `Next, for that account: isonomy withdraw --token ${token.label}`,
    ],
    { licenseId, returned, payer: channel.payer, transaction: transaction(receipt) },
  );
}

export const show = { run: showOne };
export const add = { run: addUnits };
export const key = { run: setKey };
export const close = { run: closeOne };
export const finish = { run: finishOne };
