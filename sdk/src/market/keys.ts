import type { Provider } from "ethers";

import type { IModelRegistry } from "../../../typechain-types";
import { addressKey, sameAddress } from "../addresses/address";
import type { Chain } from "../chain/chain";
import { marketError } from "../domains/market/errors";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";

/** Where an event is on the chain. */
export interface Place {
  readonly blockNumber: number;
  readonly index: number;
}

/** Whether one event came before another. */
export function isBefore(one: Place, other: Place): boolean {
  return one.blockNumber < other.blockNumber || (one.blockNumber === other.blockNumber && one.index < other.index);
}

/** A version and where it was published. */
interface Published extends Place {
  readonly versionId: bigint;
  readonly keyX: bigint;
}

/** What was read of a registry's old blocks. */
interface Read {
  /** A block of then, by its hash: on another chain, or after a deep reorg, nothing of this counts. */
  mark: { readonly number: number; readonly hash: string } | undefined;
  /** The newest block of which all versions are here. */
  upTo: number;
  readonly versions: Map<bigint, Published>;
  readonly publishers: Map<bigint, string>;
}

/** Blocks below the newest that a reorg may still replace, or a node that is behind leaves out: they are read each time. */
const UNSETTLED_BLOCKS = 128;

/** By provider: an agent asks before each delivery, and the whole history would be read each time. */
const kept = new WeakMap<Provider, Map<string, Read>>();

/** What was read before and still holds, and the newest block that is old enough to be kept now. */
async function readOf(
  { provider }: Chain,
  registry: IModelRegistry,
  from: number,
): Promise<{ read: Read; settled: number }> {
  const all = kept.get(provider) ?? new Map<string, Read>();
  kept.set(provider, all);
  const name = `${addressKey(await registry.getAddress())}:${from}`;
  const before = all.get(name);
  const settled = (await decodingErrors(() => provider.getBlockNumber())) - UNSETTLED_BLOCKS;
  const hashOf = async (number: number): Promise<string | undefined> =>
    (await decodingErrors(() => provider.getBlock(number)))?.hash ?? undefined;
  const holds = before?.mark === undefined || (await hashOf(before.mark.number)) === before.mark.hash;
  const read =
    before !== undefined && holds
      ? before
      : { mark: undefined, upTo: from - 1, versions: new Map<bigint, Published>(), publishers: new Map() };
  all.set(name, read);
  if (settled >= from && settled > (read.mark?.number ?? -1)) {
    const hash = await hashOf(settled);
    if (hash !== undefined) read.mark = { number: settled, hash };
  }
  // without a mark nothing may be kept
  return { read, settled: read.mark?.number ?? -1 };
}

/** All versions, those of old blocks from what was read before. */
async function allVersions(chain: Chain, registry: IModelRegistry, from: number): Promise<Published[]> {
  const { read, settled } = await readOf(chain, registry, from);
  const events = await chain.logs(registry, registry.filters.VersionPublished(), read.upTo + 1);
  const fresh = events.map(({ args, blockNumber, index }) => ({
    versionId: args.versionId,
    keyX: BigInt(args.data.keyX),
    blockNumber,
    index,
  }));
  for (const version of fresh) if (version.blockNumber <= settled) read.versions.set(version.versionId, version);
  read.upTo = Math.max(read.upTo, settled);
  const versions = new Map([...read.versions.values(), ...fresh].map((one) => [one.versionId, one]));
  return [...versions.values()];
}

/** Who published a version: only the holder of a title publishes, so its holder then is who did. */
export async function publisherOf(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  from: number,
): Promise<string> {
  const { read, settled } = await readOf(chain, registry, from);
  const { publishers } = read;
  const known = publishers.get(versionId);
  if (known !== undefined) return known;
  const { filters } = registry;
  const titleId = versionId >> 16n;
  const [[version], titles] = await Promise.all([
    chain.logs(registry, filters.VersionPublished(undefined, versionId), from),
    chain.logs(registry, filters.Transfer(undefined, undefined, titleId), from),
  ]);
  const publisher = version && titles.filter((one) => isBefore(one, version)).at(-1)?.args.to;
  // it is on sale, so it was published: a node that left its events out would make a stranger's version of the seller's own
  if (publisher === undefined) {
    throw chainError("NODE_BEHIND", { detail: `it shows no event of the publication of version ${versionId}.` });
  }
  if (version.blockNumber <= settled) publishers.set(versionId, publisher);
  return publisher;
}

/**
 * Another version that the key of this one opens, and that may be worth more to the seller; undefined when there is none.
 * Of a version that the seller published, that is another of the seller's own. Of one that came with its title, it is also
 * each that was there earlier, and each whose title is the seller's. A later copy by a stranger is none: anyone can publish
 * one, and it would keep an honest seller from selling. The chain has no index of keys, so all versions are read,
 * those of old blocks once.
 */
async function otherUnderKeyOf(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
  own: boolean,
): Promise<bigint | undefined> {
  const keyX = BigInt(await decodingErrors(() => registry.keyOf(versionId)));
  if (keyX === 0n) return undefined;
  const same = (await allVersions(chain, registry, from)).filter((one) => one.keyX === keyX);
  const version = same.find((one) => one.versionId === versionId);
  const others = same.filter((one) => one !== version);
  if (!own) {
    const earlier = others.find((one) => version === undefined || isBefore(one, version));
    if (earlier !== undefined) return earlier.versionId;
  }
  for (const other of others) {
    if (sameAddress(await publisherOf(chain, registry, other.versionId, from), seller)) return other.versionId;
    if (own) continue;
    const holder = await decodingErrors(() => registry.ownerOf(other.versionId >> 16n));
    if (sameAddress(holder, seller)) return other.versionId;
  }
  return undefined;
}

/**
 * Why a seller must not deliver the key of a version; undefined when nothing speaks against it. A title can be given away
 * with a version that copies the key of a more expensive one: a delivery for the cheap one opens both. Of a version that the
 * seller published it was the seller who chose the key.
 */
export async function keyLure(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
): Promise<string | undefined> {
  if (sameAddress(await publisherOf(chain, registry, versionId, from), seller)) return undefined;
  const other = await otherUnderKeyOf(chain, registry, versionId, seller, from, false);
  if (other === undefined) return undefined;
  return `${seller} did not publish version ${versionId}, and version ${other} has the same key.`;
}

/** Refuses to offer a version whose key opens something else that the seller may want more for. */
export async function requireOwnKey(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
): Promise<void> {
  const own = sameAddress(await publisherOf(chain, registry, versionId, from), seller);
  const other = await otherUnderKeyOf(chain, registry, versionId, seller, from, own);
  if (other !== undefined) throw marketError("KEY_SHARED", { versionId, other });
}
