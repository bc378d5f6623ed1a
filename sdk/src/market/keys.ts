import type { IModelRegistry } from "../../../typechain-types";
import { sameAddress } from "../addresses/address";
import type { Chain } from "../chain/chain";
import { fail } from "../errors/catalogue";
import { explained } from "../errors/decode";

/** Where an event is on the chain. */
export interface Place {
  readonly blockNumber: number;
  readonly index: number;
}

/** Whether one event came before another. */
export function isBefore(one: Place, other: Place): boolean {
  return one.blockNumber < other.blockNumber || (one.blockNumber === other.blockNumber && one.index < other.index);
}

/** Who published a version: only the holder of a title publishes, so its holder then is who did. */
export async function publisherOf(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  from: number,
): Promise<string> {
  const { filters } = registry;
  const [[version], titles] = await Promise.all([
    chain.logs(registry, filters.VersionPublished(undefined, versionId), from),
    chain.logs(registry, filters.Transfer(undefined, undefined, versionId >> 16n), from),
  ]);
  if (version === undefined) return "nobody";
  return titles.filter((one) => isBefore(one, version)).at(-1)?.args.to ?? "nobody";
}

/**
 * Another version that the key of this one opens, and that may be worth more to the seller; undefined when there is none.
 * Of a version that the seller published, that is another of the seller's own. Of one that came with its title, it is also
 * each that was there earlier, and each whose title is the seller's. A later copy by a stranger is none: anyone can publish
 * one, and it would keep an honest seller from selling. The chain has no index of keys, so all versions are read.
 */
async function otherUnderKeyOf(
  chain: Chain,
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
  own: boolean,
): Promise<bigint | undefined> {
  const keyX = BigInt(await explained(() => registry.keyOf(versionId)));
  if (keyX === 0n) return undefined;
  const published = await chain.logs(registry, registry.filters.VersionPublished(), from);
  const same = published.filter(({ args }) => BigInt(args.data.keyX) === keyX);
  const version = same.find(({ args }) => args.versionId === versionId);
  const others = same.filter((one) => one !== version);
  if (!own) {
    const earlier = others.find((one) => version === undefined || isBefore(one, version));
    if (earlier !== undefined) return earlier.args.versionId;
  }
  for (const { args } of others) {
    if (sameAddress(await publisherOf(chain, registry, args.versionId, from), seller)) return args.versionId;
    if (own) continue;
    const holder = await explained(() => registry.ownerOf(args.versionId >> 16n));
    if (sameAddress(holder, seller)) return args.versionId;
  }
  return undefined;
}

/**
 * Why a seller must not deliver the key of a version; undefined when nothing speaks against it. A title can be given away
 * with a version that copies the key of a dearer one: what is delivered for the cheap one opens both. Of a version that the
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
  if (other !== undefined) throw fail("KEY_SHARED", { versionId, other });
}
