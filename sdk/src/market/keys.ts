import type { IModelRegistry } from "../../../typechain-types";
import { sameAddress } from "../addresses/address";
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
export async function publisherOf(registry: IModelRegistry, versionId: bigint, from: number): Promise<string> {
  const { filters } = registry;
  const [[version], titles] = await explained(() =>
    Promise.all([
      registry.queryFilter(filters.VersionPublished(undefined, versionId), from),
      registry.queryFilter(filters.Transfer(undefined, undefined, versionId >> 16n), from),
    ]),
  );
  if (version === undefined) return "nobody";
  return titles.filter((one) => isBefore(one, version)).at(-1)?.args.to ?? "nobody";
}

/** The other versions that name the key of this one; the chain has no index of keys, so all versions are read. */
export async function versionsUnderKeyOf(registry: IModelRegistry, versionId: bigint, from: number): Promise<bigint[]> {
  const keyX = BigInt(await explained(() => registry.keyOf(versionId)));
  if (keyX === 0n) return [];
  const published = await explained(() => registry.queryFilter(registry.filters.VersionPublished(), from));
  return published
    .filter(({ args }) => BigInt(args.data.keyX) === keyX && args.versionId !== versionId)
    .map(({ args }) => args.versionId);
}

/**
 * Why a seller must not deliver the key of a version; undefined when nothing speaks against it. A title can be given away
 * with a version that copies the key of a dearer one: what is delivered for the cheap one opens both. A key that no other
 * version names opens nothing else, and of a version that the seller published it was the seller who chose the key.
 */
export async function keyLure(
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
): Promise<string | undefined> {
  if (sameAddress(await publisherOf(registry, versionId, from), seller)) return undefined;
  const [other] = await versionsUnderKeyOf(registry, versionId, from);
  if (other === undefined) return undefined;
  return `${seller} did not publish version ${versionId}, and version ${other} has the same key.`;
}

/**
 * Refuses to offer a version whose key opens something else that the seller may want more for: another version of the
 * seller's own, or, where somebody else published it, any other. A copy that a stranger publishes of one's key is no
 * reason: it would keep an honest seller from selling.
 */
export async function requireOwnKey(
  registry: IModelRegistry,
  versionId: bigint,
  seller: string,
  from: number,
): Promise<void> {
  const others = await versionsUnderKeyOf(registry, versionId, from);
  if (others.length === 0) return;
  const own = sameAddress(await publisherOf(registry, versionId, from), seller);
  for (const other of others) {
    if (!own || sameAddress(await publisherOf(registry, other, from), seller)) {
      throw fail("KEY_SHARED", { versionId, other });
    }
  }
}
