import type { MarketClient } from "../../market";
import type { LicenseHeld } from "../../reading";
import { cliError } from "../errors";
import type { Session } from "../session";

/** The newest licence by which an account has a version already; undefined when it has none. */
async function heldLicence(
  session: Session,
  market: MarketClient,
  account: string,
  versionId: bigint,
): Promise<LicenseHeld | undefined> {
  const reading = await session.reading();
  type Options = Parameters<typeof reading.licensesOf>[1];
  let after: NonNullable<Options>["after"];
  do {
    const page = await reading.licensesOf(account, { order: "newest", ...(after === undefined ? {} : { after }) });
    for (const one of page.items) {
      // a licence says by its id which version it was sold for; of a later one its contract is asked
      if (one.versionId === versionId) return one;
      if (one.includesUpdates && (await market.covers(one.licenseId, versionId))) return one;
    }
    after = page.next;
  } while (after !== undefined);
  return undefined;
}

/** Asks before a version is paid for that the account has already; without a terminal `--again` has to say so. */
export async function agreeToAnother(
  session: Session,
  market: MarketClient,
  account: string,
  versionId: bigint,
): Promise<void> {
  const held = await heldLicence(session, market, account, versionId);
  if (held === undefined) return;
  const { licenseId, usable } = held;
  const use =
    held.versionId === versionId ? `isonomy status --deal ${licenseId}` : `isonomy update ${licenseId} ${versionId}`;
  const state = usable ? "" : held.rights === undefined ? ", whose deal is not finished" : ", which cannot be used now";
  const args = { account, licenseId, versionId, state, use, command: session.again("--again") };
  await session.output.agree(
    `${account} holds licence ${licenseId} of version ${versionId} already${state}. Buy another?`,
    {
      absent: cliError("LICENCE_HELD", args),
      refused: cliError("LICENCE_NOT_WANTED", args),
    },
  );
}
