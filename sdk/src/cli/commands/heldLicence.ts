import { sameAddress } from "../../addresses/address";
import { isIsonomyError } from "../../base/error";
import { decodingErrors } from "../../errors/explain";
import type { MarketClient } from "../../market";
import { readEvents } from "../../rpc/logs";
import { cliError } from "../errors";
import type { Session } from "../session";

/** A licence that an account holds for a version. */
export interface HeldLicence {
  readonly licenseId: bigint;
  /** The version that it was sold for: an earlier one, where it includes later versions. */
  readonly versionId: bigint;
  /** False while its key is owed, or its deal is in dispute. */
  readonly usable: boolean;
}

/** The newest licence by which an account has a version already; undefined when it has none. */
export async function heldLicence(
  session: Session,
  market: MarketClient,
  account: string,
  versionId: bigint,
): Promise<HeldLicence | undefined> {
  const { licenses } = market;
  const { block } = await session.deployment();
  const received = await decodingErrors(async () =>
    readEvents(licenses, await session.provider(), licenses.filters.Transfer(undefined, account), block),
  );
  const ids = new Set(received.map(({ args }) => args.tokenId).reverse());
  for (const licenseId of ids) {
    if (!(await market.covers(licenseId, versionId))) continue;
    if (!(await isHeldBy(market, licenseId, account))) continue;
    const sold = (await decodingErrors(() => licenses.licenseInfo(licenseId))).versionId;
    return { licenseId, versionId: sold, usable: await market.isAuthorized(licenseId, account) };
  }
  return undefined;
}

/** Whether it is still the account's: it may have been given away, or burned when its deal was refunded. */
async function isHeldBy({ licenses }: MarketClient, licenseId: bigint, account: string): Promise<boolean> {
  try {
    return sameAddress(await decodingErrors(() => licenses.ownerOf(licenseId)), account);
  } catch (error) {
    if (isIsonomyError(error, "ERC721NonexistentToken")) return false;
    throw error;
  }
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
  const state = usable ? "" : ", whose deal is not finished";
  const args = { account, licenseId, versionId, state, use, command: session.again("--again") };
  await session.output.agree(
    `${account} holds licence ${licenseId} of version ${versionId} already${state}. Buy another?`,
    {
      absent: cliError("LICENCE_HELD", args),
      refused: cliError("LICENCE_NOT_WANTED", args),
    },
  );
}
