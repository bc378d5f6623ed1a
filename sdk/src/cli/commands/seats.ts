import type { Provider, Signer } from "ethers";

import { licenseIdParts } from "../../market";
import { SeatClient } from "../../rights";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { address, span } from "../values";
import { offerOfLicence } from "./rights";
import { moduleAt } from "./rightsText";

interface Options {
  readonly signed?: string;
}

async function parts(session: Session, named: string, options: Options, runner: Signer | Provider) {
  const licenseId = licenceIn(named, "<licence>");
  const market = await session.market(runner);
  const module = await moduleAt(session, market, licenseIdParts(licenseId).rights);
  if (module === undefined) throw cliError("NO_SEATS", { licenseId });
  const offer = await offerOfLicence(session, market, licenseId, options.signed);
  const seats = new SeatClient(await session.deployment(), runner, session.waiting(), module);
  return { licenseId, offer, seats, market };
}

/** How many seats there are, and whether a user has one. */
async function showAll(session: Session, [named, user]: readonly string[], options: Options): Promise<void> {
  const { licenseId, offer, seats, market } = await parts(session, named!, options, await session.provider());
  const { seats: all, used, minStay } = await seats.seatsOf(offer, licenseId);
  const stay = minStay === 0n ? "" : `; each is kept for at least ${span(minStay)}`;
  const lines = [`${used} of ${all} seats of licence ${licenseId} are given, besides its holder${stay}.`];
  if (user === undefined) return session.output.result(lines, { licenseId, seats: all, used, minStay });
  const account = address(user, "<user>");
  const authorized = await market.isAuthorized(licenseId, account);
  lines.push(`${account} ${authorized ? "may use it now" : "may not use it now"}.`);
  session.output.result(lines, { ...{ licenseId, seats: all, used, minStay, user: account, authorized } });
}

async function giveOne(session: Session, [named, user]: readonly string[], options: Options): Promise<void> {
  const account = address(user!, "<user>");
  const { licenseId, offer, seats } = await parts(session, named!, options, await session.signer());
  const receipt = await session.output.step("Give the seat", () => seats.giveSeat(offer, licenseId, account));
  session.output.result([`${account} may use licence ${licenseId}.`], {
    ...{ licenseId, user: account, seated: true },
    transaction: transaction(receipt),
  });
}

async function takeOne(session: Session, [named, user]: readonly string[], options: Options): Promise<void> {
  const account = address(user!, "<user>");
  const { licenseId, offer, seats } = await parts(session, named!, options, await session.signer());
  const receipt = await session.output.step("Take the seat", () => seats.takeSeat(offer, licenseId, account));
  session.output.result([`${account} may not use licence ${licenseId} any more.`], {
    ...{ licenseId, user: account, seated: false },
    transaction: transaction(receipt),
  });
}

export const show = { run: showAll };
export const give = { run: giveOne };
export const take = { run: takeOne };
