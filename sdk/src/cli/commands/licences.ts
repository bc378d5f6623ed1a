import { sameAddress } from "../../addresses/address";
import { formatLicenseId, formatVersionId, licenseIdParts } from "../../market";
import type { LicenseHeld } from "../../reading";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { cardsOf, nameOf } from "./cards";
import { pageFlags, placeIn, placeText, type PageFlags } from "./pages";

export async function run(
  session: Session,
  _: readonly string[],
  options: PageFlags & { readonly account?: string },
): Promise<void> {
  const [after, page] = [placeIn(options.after), pageFlags(options)];
  const account = await session.account(options.account);
  if (account === undefined) throw cliError("KEYSTORE_MISSING");
  const provider = await session.provider();
  const [reading, market] = [await session.reading(), await session.market(provider)];
  const { items, next, block } = await reading.licensesOf(account, { ...page, after });
  const ids = [...new Set(items.map(({ versionId }) => versionId))];
  const versions = await Promise.all(ids.map((id) => reading.version(id)));
  const found = await cardsOf(session, market, versions);
  const [subscriptions, usage] = [await session.contract("Subscriptions"), await session.contract("UsageChannel")];
  const now = await session.now();
  const cards = new Map(ids.map((id, at) => [id, found[at]]));
  const rows = items.map((one) => [
    ...[
      shortLicence(one.licenseId),
      formatVersionId(one.versionId),
      nameOf(cards.get(one.versionId)),
      state(one, { subscriptions, usage }, now),
    ],
    one.includesUpdates ? "later versions included" : "this version",
  ]);
  const lines =
    rows.length === 0
      ? [`${account} holds no ${after === undefined ? "" : "more "}licences.`]
      : columns([["licence", "version", "name", "state", "covers"], ...rows]);
  if (next !== undefined) lines.push("", `More: isonomy licences --account ${account} --after ${placeText(next)}`);
  else if (rows.length > 0)
    lines.push("", "Next: isonomy status --deal <licence>, isonomy open <licence> --out <file>");
  session.output.result(lines, {
    account,
    licences: items.map((one) => ({
      ...one,
      short: shortLicence(one.licenseId),
      name: cards.get(one.versionId)?.name ?? null,
    })),
    ...(next === undefined ? {} : { next: placeText(next) }),
    block,
  });
}

function state(
  { usable, movable, transferable, rights }: LicenseHeld,
  modules: { readonly subscriptions: string; readonly usage: string },
  now: bigint,
): string {
  if (rights !== undefined && sameAddress(rights.module, modules.usage)) {
    return usable ? "usable, by the unit" : "used up or closed; see isonomy usage show <licence>";
  }
  if (rights !== undefined && sameAddress(rights.module, modules.subscriptions)) {
    const { left } = rights;
    if (left < now) return `ended at ${localTime(left)}; renew it: isonomy renew <licence>`;
    if (usable) return `runs until ${localTime(left)}${movable ? ", can be given away" : ""}`;
  }
  if (!usable) return "not usable yet: its key was not delivered, or is in dispute";
  if (movable) return "usable, can be given away";
  return transferable ? "usable, can be given away once its deal is over" : "usable, stays with its holder";
}

/** The short form of a licence's id; the number of one that a later module issued in another way. */
export function shortLicence(id: bigint): string {
  try {
    licenseIdParts(id);
    return formatLicenseId(id);
  } catch {
    return String(id);
  }
}
