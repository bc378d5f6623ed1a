import { ZeroAddress } from "ethers";

import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { IRights__factory } from "../../../typechain-types/factories/contracts/market/IRights__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import { mapInBatches } from "../base/batches";
import { isIsonomyError } from "../base/error";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { licenseIdParts } from "../market/ids";
import { logsBetween, newestBlock, pageOfLogs, parsedLog, placeOf, topicOf, type EventCursor } from "./logs";
import { WIDTH, pageOf, type Page, type PageOptions } from "./page";
import type { Reader } from "./reader";

/** A licence that an account holds, with what its id says. */
export interface LicenseHeld {
  readonly licenseId: bigint;
  readonly versionId: bigint;
  readonly transferable: boolean;
  readonly includesUpdates: boolean;
  /** Sold through the escrow, with the key of the version's file. */
  readonly escrowed: boolean;
  /** The market that sold it. */
  readonly issuer: string;
  /** Whether its holder may use it now: not before the key is delivered, nor in a dispute. */
  readonly usable: boolean;
  /** Whether its holder can give it away now: not while its deal is open. */
  readonly movable: boolean;
  /** What its rights module says of it; undefined for one without: its holder may use it for ever. */
  readonly rights: LicenseRights | undefined;
  /** Where the account got it. */
  readonly receivedAt: EventCursor;
}

/** The rights of a licence, as their module says. */
export interface LicenseRights {
  /** Index of the module. */
  readonly index: bigint;
  readonly module: string;
  /** What is left: of a subscription the last second in which it may be used (Unix time), of a licence by the unit 1 while it has any; 2^256 - 1 where nothing runs out. */
  readonly left: bigint;
}

/** The licences of an account in the order in which it got them, from the token's events, each confirmed by its contract. */
export async function readLicenses(
  reader: Reader,
  named: string,
  options: PageOptions<EventCursor>,
): Promise<Page<LicenseHeld, EventCursor>> {
  const account = canonicalAddress(named, "account");
  const { limit, newest } = pageOf(options);
  const { chain, licenses, deployment } = reader;
  await chain.require();
  const block = await newestBlock(chain);
  const { topicHash } = licenses.interface.getEvent("Transfer");
  const address = deployment.contracts.LicenseToken;
  const first = deployment.block ?? 0;
  const query = { address, topics: [topicHash, null, topicOf(account)] };
  const range = { first, last: block.number, after: options.after, newest };
  const { items, next } = await pageOfLogs(chain, [query], range, limit, async (logs) => {
    const seen = logs.map((log) => ({
      ...placeOf(log),
      licenseId: parsedLog(log, licenses.interface).args.tokenId as bigint,
    }));
    const oldest = seen.reduce((least, { blockNumber }) => Math.min(least, blockNumber), block.number);
    const gone = { address, topics: [topicHash, topicOf(account)] };
    // one that was given away and came back is there once, where it came back
    const left = (await logsBetween(chain, gone, oldest, block.number)).map((log) => ({
      ...placeOf(log),
      licenseId: parsedLog(log, licenses.interface).args.tokenId as bigint,
    }));
    return mapInBatches(seen, WIDTH, async ({ licenseId, ...place }) => {
      const isGone = left.some((one) => one.licenseId === licenseId && isAfter(one, place));
      const held = isGone ? undefined : await licenseAt(reader, licenseId, account, place, block.number);
      if (!isGone && held === undefined) {
        const detail = `it shows no event by which licence ${licenseId} left ${account}, which does not hold it.`;
        throw nodeError("NODE_INCONSISTENT", { detail });
      }
      return held;
    });
  });
  if (options.after === undefined && next === undefined) {
    const count = await decodingErrors(() => licenses.balanceOf(account, { blockTag: block.number }));
    if (count !== BigInt(items.length)) {
      const detail = `${account} holds ${count} licences, and its events show ${items.length}.`;
      throw nodeError("NODE_INCONSISTENT", { detail });
    }
  }
  return { items, next, block: { number: block.number, hash: block.hash } };
}

function isAfter(one: EventCursor, other: EventCursor): boolean {
  return one.blockNumber > other.blockNumber || (one.blockNumber === other.blockNumber && one.index > other.index);
}

/** A licence in a block; undefined where the account does not hold it. */
async function licenseAt(
  { licenses, runner }: Reader,
  licenseId: bigint,
  account: string,
  receivedAt: EventCursor,
  blockTag: number,
): Promise<LicenseHeld | undefined> {
  const at = { blockTag };
  const [holder, info, usable] = await decodingErrors(() =>
    Promise.all([
      ownerOrNobody(licenses.ownerOf(licenseId, at)),
      licenses.licenseInfo(licenseId, at),
      licenses.isAuthorized(licenseId, account, at),
    ]),
  );
  if (!sameAddress(holder, account)) return undefined;
  const { versionId, transferable, escrowed, updates: includesUpdates } = info;
  const issuer = canonicalAddress(info.module, "module");
  if (isZeroAddress(issuer)) {
    throw nodeError("NODE_INCONSISTENT", { detail: `licence ${licenseId} is held, and nobody issued it.` });
  }
  const locked = escrowed && (await isLocked(issuer));
  const rights = isZeroAddress(info.rights) ? undefined : await rightsAt(canonicalAddress(info.rights, "rights"));
  const can = { usable, movable: transferable && !locked };
  return { licenseId, versionId, transferable, includesUpdates, escrowed, issuer, ...can, rights, receivedAt };

  async function rightsAt(module: string): Promise<LicenseRights> {
    const left = await decodingErrors(() => IRights__factory.connect(module, runner).measure(licenseId, at));
    return { index: licenseIdParts(licenseId).rights, module, left };
  }

  async function isLocked(address: string): Promise<boolean> {
    const market = IMarket__factory.connect(address, runner);
    return (await decodingErrors(() => market.licenseState(licenseId, at))).locked;
  }
}

/** The holder that the token names; the zero address for a licence that was burned. */
async function ownerOrNobody(asked: Promise<string>): Promise<string> {
  try {
    return await decodingErrors(() => asked);
  } catch (error) {
    if (isIsonomyError(error, "ERC721NonexistentToken")) return ZeroAddress;
    throw error;
  }
}
