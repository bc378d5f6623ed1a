import { ZeroAddress, type Provider } from "ethers";
import { IDBFactory } from "fake-indexeddb";
import { ethers } from "hardhat";

import type { ModelFilter, ModelRow, ModelsFound, Source } from "../../../app/src/chain/source";
import { winkCard } from "../../../scripts/demo/card";
import { cardBytes, metadataHash, type ModelCard } from "../../../sdk/src/card";
import { hashOffer, toOffer } from "../../../sdk/src/market";
import { MemoryBlocks, UnixFsStore } from "../../../sdk/src/store";
import { CARD } from "../../helpers/fixture";
import { PRICE, marketFixture } from "../../helpers/market";
import { appModules } from "./appModules";
import { bookOf } from "../../support/bookOf";
import { lyingProvider, type Lies } from "../../support/lyingProvider";

export interface Means {
  readonly provider: Provider;
  readonly store?: unknown;
  readonly databases?: unknown;
  readonly everyMs?: number;
}
/** A source that reads the chain. */
export type Following = Source & { settled(): Promise<void>; snapshot(): Promise<string> };
interface Modules {
  LogSource: new (network: unknown, means: Means) => Following;
  SnapshotSource: new (network: unknown, text: string, means: Means) => Source;
}

export const PAGE = { offset: 0, limit: 100 };
export const ids = ({ rows }: Pick<ModelsFound, "rows">): bigint[] => rows.map(({ model }) => model.modelId);
export const hashesOf = ({ offers }: Pick<ModelRow, "offers">): string[] => offers.map(({ termsHash }) => termsHash);

export const RAIN: ModelCard = {
  ...winkCard,
  name: "Rain classifier",
  description: "Says from a picture of the sky whether it will rain.",
  authors: [{ name: "Ana Müller" }],
  tags: ["image-classification", "weather"],
  capabilities: ["Rain, drizzle and snow"],
  license: { spdx: "Apache-2.0" },
};
export const LETTERS: ModelCard = {
  ...winkCard,
  kind: "dataset",
  name: "Old letters",
  description: "Ten thousand letters of the nineteenth century.",
  authors: [{ name: "Bo Lind" }],
  tags: ["text", "weather"],
  license: { spdx: "CC-BY-4.0" },
};

let modules: Modules;
/** What the browser keeps. */
let databases: unknown;

/** For tests of what the page reads: its modules once, and a browser that keeps nothing yet for each test. */
export function preparePage(): void {
  before(async function () {
    this.timeout(240_000);
    modules ??= await appModules<Modules>("chain/logSource.ts", "chain/snapshotSource.ts");
  });
  beforeEach(() => {
    databases = new (IDBFactory as unknown as new () => unknown)();
  });
}

/**
 * Model 1, a service whose card no store has; 2, a file of the same creator; 3, a stranger's; 4 and 5 with cards. Of model 4 there are offers
 * that are open, revoked, sold out, and for one buyer.
 */
export async function worldFixture() {
  const protocol = await marketFixture();
  const { actors, actions, contracts } = protocol;
  const market = contracts.Market.connect(actors.buyer);
  const store = new UnixFsStore(new MemoryBlocks());
  const publish = async (card: ModelCard): Promise<bigint> => {
    const cid = await store.put(cardBytes(card));
    return actions.publish(actors.creator, { ...CARD, metadataHash: metadataHash(card), uri: `ipfs://${cid}` });
  };
  const rain = await publish(RAIN);
  await publish(LETTERS);
  const made = {
    dear: actions.terms({ versionId: rain, price: 2n * PRICE }),
    cheap: actions.terms({ versionId: rain }),
    native: actions.terms({ versionId: rain, payToken: ZeroAddress, price: 10n ** 18n }),
    revoked: actions.terms({ versionId: rain, price: 1n }),
    soldOut: actions.terms({ versionId: rain, price: 2n, supply: 1n }),
    reserved: actions.terms({ versionId: rain, price: 3n, buyer: actors.buyer.address }),
    file: actions.fileTerms(),
  };
  for (const offer of Object.values(made)) await actions.list(offer);
  await contracts.Market.connect(actors.creator).revokeOffer(made.revoked);
  const buy = async (offer: typeof made.cheap, order?: unknown): Promise<bigint> => {
    const bought = (order ?? (await actions.orderFor(offer))) as Awaited<ReturnType<typeof actions.orderFor>>;
    const licence = await market.purchase.staticCall(offer, bought);
    await market.purchase(offer, bought);
    return licence;
  };
  const licence = await buy(made.soldOut);
  const hashes = Object.fromEntries(
    Object.entries(made).map(([name, offer]) => [name, hashOffer(toOffer(offer))]),
  ) as Record<keyof typeof made, string>;
  const deployment = await bookOf(contracts);
  const network = { deployment, rpcUrls: [], stores: [] };
  const log = (lies: Lies = {}, other: Partial<Means> = {}): Following =>
    new modules.LogSource(network, {
      ...{ provider: lyingProvider(ethers.provider, lies), store, databases, everyMs: 0 },
      ...other,
    });
  return { ...protocol, network, store, made, hashes, licence, buy, publish, log };
}
export type World = Awaited<ReturnType<typeof worldFixture>>;

export const all = (source: Source, filter: ModelFilter = {}): Promise<ModelsFound> => source.models(filter, PAGE);
/** The answer when nothing more is to come. */
export async function settled(source: Following, filter: ModelFilter = {}): Promise<ModelsFound> {
  await source.settled();
  await all(source, filter);
  await source.settled();
  return all(source, filter);
}

/** A source that shows what somebody else read. */
export const fromSnapshot = (network: unknown, text: string, means: Partial<Means> = {}): Source =>
  new modules.SnapshotSource(network, text, { provider: ethers.provider, ...means });

/** The same list from a snapshot that was just written. */
export async function snapshotSource({ log, network, store }: World): Promise<Source> {
  const writer = log();
  await settled(writer);
  return fromSnapshot(network, await writer.snapshot(), { store });
}
