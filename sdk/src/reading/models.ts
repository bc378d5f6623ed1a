import { toBeHex } from "ethers";

import type { IModelRegistry } from "../../../typechain-types";
import { canonicalAddress } from "../addresses/address";
import { argumentError } from "../base/checked";
import { mapInBatches } from "../base/batches";
import type { Chain } from "../chain/chain";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import type { FileCommitment } from "../fairexchange";
import { versionId, versionIdParts } from "../market/ids";
import { inconsistent } from "../rpc/inconsistent";
import { logsBetween, newestBlock, parsedLog } from "./logs";
import { WIDTH, pageOf, type Page, type PageOptions } from "./page";
import type { Reader } from "./reader";

/** A model with its newest version. */
export interface Model {
  readonly modelId: bigint;
  readonly creator: string;
  /** Holds the title: publishes versions and makes offers. */
  readonly holder: string;
  /** Is paid for licences: the holder, unless the creator fixed another account in the first week. */
  readonly payee: string;
  /** Whether the payee stays the same under every holder of the title. */
  readonly payeeFixed: boolean;
  /** When the model was created, in Unix time. */
  readonly createdAt: bigint;
  /** Share of later sales of licences, in basis points. */
  readonly royaltyBps: bigint;
  readonly versionCount: bigint;
  readonly newest: Version;
}

/** A version, as it was published. */
export interface Version {
  readonly versionId: bigint;
  readonly modelId: bigint;
  /** Place in the model's sequence, from 1. */
  readonly number: bigint;
  /** When it was proven defective, in Unix time; 0 when it was not. */
  readonly defectiveAt: bigint;
  /** SHA-256 of the card: `MarketClient.card` checks what a store holds against it. */
  readonly metadataHash: string;
  /** Where the card is, such as `ipfs://…`; a creator's text, and empty where its bytes are no UTF-8. */
  readonly uri: string;
  /** What the version commits to about its file; undefined for one without a file. */
  readonly file: FileCommitment | undefined;
}

/** What it takes to read models. */
export interface ModelReader {
  readonly chain: Chain;
  readonly registry: IModelRegistry;
}

/** Models in the order of their ids, from the registry's own count. */
export async function readModels(
  { chain, registry }: ModelReader,
  options: PageOptions<bigint>,
): Promise<Page<Model, bigint>> {
  const { limit, newest } = pageOf(options);
  const { after } = options;
  if (after !== undefined && (typeof after !== "bigint" || after < 0n)) {
    throw argumentError("ARGUMENT_INVALID", { detail: `after is ${String(after)}, and not the id of a model.` });
  }
  await chain.require();
  const block = await newestBlock(chain);
  const count = await decodingErrors(() => registry.modelCount({ blockTag: block.number }));
  const first = newest ? (after === undefined || after > count ? count : after - 1n) : (after ?? 0n) + 1n;
  const left = newest ? first : count - first + 1n;
  const length = left < BigInt(limit) ? Math.max(Number(left), 0) : limit;
  const ids = Array.from({ length }, (_, at) => (newest ? first - BigInt(at) : first + BigInt(at)));
  const items = await mapInBatches(ids, WIDTH, (id) => modelAt({ chain, registry }, id, block.number));
  const more = left > BigInt(length);
  return { items, next: more ? ids.at(-1) : undefined, block: { number: block.number, hash: block.hash } };
}

/** A model in a block. */
export async function modelAt({ registry }: ModelReader, modelId: bigint, blockTag: number): Promise<Model> {
  const at = { blockTag };
  const [{ creator, royaltyBps, versionCount, createdAt, payeeFixed }, holder] = await decodingErrors(() =>
    Promise.all([registry.modelInfo(modelId, at), registry.ownerOf(modelId, at)]),
  );
  if (versionCount === 0n) {
    throw nodeError("NODE_INCONSISTENT", { detail: `model ${modelId} has a title and no version.` });
  }
  const [newest, payee] = await Promise.all([
    versionAt(registry, versionId({ modelId, number: versionCount }), blockTag),
    decodingErrors(() => registry.payeeOfModel(modelId, at)),
  ]);
  return {
    modelId,
    creator: canonicalAddress(creator, "creator"),
    holder: canonicalAddress(holder, "holder"),
    payee: canonicalAddress(payee, "payee"),
    payeeFixed,
    createdAt,
    royaltyBps,
    versionCount,
    newest,
  };
}

/** A version in a block. */
export async function versionAt(registry: IModelRegistry, id: bigint, blockTag: number): Promise<Version> {
  const { modelId, number } = versionIdParts(id);
  const [[data], defectiveAt] = await decodingErrors(() =>
    Promise.all([registry.versionData(id, { blockTag }), registry.defectiveAt(id, { blockTag })]),
  );
  const { metadataHash, root, contentRoot, keyX, size } = data;
  const file = size === 0n ? undefined : { root, contentRoot, keyX: BigInt(keyX), size };
  const uri = textOr(() => data.uri, "");
  return { versionId: id, modelId, number, defectiveAt, metadataHash, uri, file };
}

/** When a version was published. */
export interface Publication {
  readonly versionId: bigint;
  /** In Unix time. */
  readonly publishedAt: bigint;
  readonly blockNumber: number;
}

/** When the versions of a model were published, from the registry's events: the first comes first. */
export async function readPublications(reader: Reader, modelId: bigint): Promise<Publication[]> {
  const { chain, registry, deployment } = reader;
  if (typeof modelId !== "bigint" || modelId <= 0n || modelId >> 48n !== 0n) {
    throw argumentError("ARGUMENT_INVALID", { detail: `${String(modelId)} is not the id of a model.` });
  }
  await chain.require();
  const query = {
    address: deployment.contracts.ModelRegistry,
    topics: [registry.interface.getEvent("VersionPublished").topicHash, toBeHex(modelId, 32)],
  };
  const { number } = await newestBlock(chain);
  const logs = await logsBetween(chain, query, deployment.block ?? 0, number);
  const times = new Map<number, Promise<bigint>>();
  return mapInBatches([...logs.entries()], WIDTH, async ([at, log]): Promise<Publication> => {
    const { args } = parsedLog(log, registry.interface);
    const id = args.versionId as bigint;
    if (args.modelId !== modelId || id !== versionId({ modelId, number: BigInt(at + 1) })) {
      throw inconsistent(log, `publishes version ${id} in the place of number ${at + 1} of model ${modelId}`);
    }
    const { blockNumber } = log;
    const time = times.get(blockNumber) ?? timeOf(chain, blockNumber);
    times.set(blockNumber, time);
    return { versionId: id, publishedAt: await time, blockNumber };
  });
}

async function timeOf(chain: Chain, blockNumber: number): Promise<bigint> {
  const block = await decodingErrors(() => chain.provider.getBlock(blockNumber));
  if (block === null)
    throw nodeError("NODE_INCONSISTENT", { detail: `it has an event of block ${blockNumber}, and not the block.` });
  return BigInt(block.timestamp);
}

/** A text that a stranger wrote on chain; where its bytes are no text, a library throws when it is looked at. */
export function textOr(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
