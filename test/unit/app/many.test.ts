import { expect } from "chai";
import { ZeroAddress, ZeroHash, id, toBeHex, zeroPadValue, type Provider } from "ethers";
import { IDBFactory } from "fake-indexeddb";

import type { ModelFilter, ModelsFound, Source } from "../../../app/src/chain/source";
import { winkCard } from "../../../scripts/demo/card";
import type { ModelCard } from "../../../sdk/src/card";
import { appModules } from "../../app/support/appModules";
import { imaginaryBook } from "../../support/bookOf";

interface Kept {
  write(changes: unknown): Promise<void>;
  writeCards(cards: readonly (readonly [string, ModelCard])[]): Promise<void>;
  load(): Promise<{ state?: { models: unknown[] } }>;
}
interface Modules {
  LogSource: new (network: unknown, means: object) => Source;
  Keep: new (name: string, databases: unknown) => Kept;
  keepName: (chainId: number, market: string, block: number) => string;
}

const COUNT = 10_000;
/** What the page's people feel as at once. */
const AT_ONCE_MS = 300;
const DEPLOYMENT = imaginaryBook(31_337);
const SELLER = zeroPadValue("0x5e11", 20);
const BLOCK = { number: 1_000, hash: id("block") };

const numbers = Array.from({ length: COUNT }, (_, at) => BigInt(at + 1));
const ANIMALS = ["otter", "heron", "badger", "falcon", "salmon", "beetle", "lynx", "raven"];
const TASKS = ["translation", "summarization", "classification", "segmentation", "speech"];
const cardOf = (number: bigint): ModelCard => ({
  ...winkCard,
  name: `${ANIMALS[Number(number % 8n)]} ${number}`,
  description: `${TASKS[Number(number % 5n)]} for ${ANIMALS[Number((number * 7n) % 8n)]}s, number ${number}. ${"It reads, and says what it reads. ".repeat(10)}`,
  tags: [TASKS[Number(number % 5n)]!],
});

const modelOf = (modelId: bigint) => ({
  ...{ modelId, creator: SELLER, holder: SELLER, payee: SELLER, payeeFixed: false, createdAt: 1n, royaltyBps: 0n },
  versionCount: 1n,
  newest: {
    ...{ versionId: (modelId << 16n) | 1n, modelId, number: 1n, defectiveAt: 0n, uri: "ipfs://none" },
    ...{ metadataHash: toBeHex(modelId, 32), file: undefined },
  },
});

const offerOf = (modelId: bigint) => ({
  ...{ termsHash: id(`offer ${modelId}`), listedAt: { blockNumber: 9, index: 0 }, blockHash: BLOCK.hash },
  ...{ sold: modelId % 10n, revoked: modelId % 4n === 0n },
  offer: {
    ...{ versionId: (modelId << 16n) | 1n, creator: SELLER, payToken: ZeroAddress, price: modelId, supply: 1_000n },
    ...{ expiresAt: 0n, buyer: ZeroAddress, referrerBps: 0n, maxProtocolFeeBps: 500n, transferable: true },
    ...{ includesUpdates: false, deliveryWindow: 0n, complaintWindow: 0n, arbitrator: ZeroAddress, bond: 0n },
    ...{ epoch: 0n, salt: 0n, rights: 0n, rightsTerms: ZeroHash, policy: ZeroHash },
  },
});

describe("Ten thousand models that were kept", function () {
  this.timeout(240_000);
  let source: Source;
  let opened: number;

  before(async () => {
    const { LogSource, Keep, keepName } = await appModules<Modules>("chain/logSource.ts", "chain/keep.ts");
    const databases: unknown = new (IDBFactory as unknown as new () => unknown)();
    const keep = new Keep(keepName(31_337, DEPLOYMENT.contracts.Market, DEPLOYMENT.block), databases);
    await keep.load();
    await keep.write({
      ...{ cursor: { ...BLOCK, before: [] }, count: BigInt(COUNT), undo: [], settled: 0 },
      models: new Map(numbers.map((one) => [one, { model: modelOf(one), block: BLOCK }])),
      offers: new Map(numbers.map((one) => [offerOf(one).termsHash, offerOf(one)])),
      sales: new Map(numbers.map((one) => [(one << 16n) | 1n, { sold: one % 10n, refunded: 0n }])),
    });
    await keep.writeCards(numbers.map((one) => [toBeHex(one, 32), cardOf(one)]));
    // a node that never answers: nothing may wait for it
    const silent = new Proxy({} as Provider, {
      get: (_target, name) =>
        name === "provider" ? silent : name === "then" ? undefined : () => new Promise(() => {}),
    });
    const began = performance.now();
    source = new LogSource({ deployment: DEPLOYMENT, rpcUrls: [], stores: [] }, { provider: silent, databases });
    expect((await source.models({}, { offset: 0, limit: 24 })).rows).to.have.length(24);
    opened = performance.now() - began;
  });

  /** The answer, and the shortest time of three that it took: other programs share the machine. */
  async function timed(filter: ModelFilter, offset = 0): Promise<{ found: ModelsFound; ms: number }> {
    const times = [];
    let found: ModelsFound | undefined;
    for (let at = 0; at < 3; at++) {
      const began = performance.now();
      found = await source.models(filter, { offset, limit: 24 });
      times.push(performance.now() - began);
    }
    return { found: found!, ms: Math.min(...times) };
  }

  it("are shown at once, a page anywhere in the list, while no node answers", async () => {
    const first = await timed({});
    expect(first.found.rows.map(({ model }) => model.modelId)).to.deep.equal(
      Array.from({ length: 24 }, (_, at) => BigInt(COUNT - at)),
    );
    expect([first.found.total, first.found.read, first.found.of]).to.deep.equal([COUNT, COUNT, COUNT]);
    expect([first.found.block, first.found.reading]).to.deep.equal([1_000, true]);
    expect(first.ms).to.be.lessThan(AT_ONCE_MS);
    const last = await timed({ order: "sold" }, COUNT - 24);
    expect(last.found.rows.at(-1)!.sold).to.equal(0n);
    expect(last.ms).to.be.lessThan(AT_ONCE_MS);
    // a browser's own database is faster than the one of this test
    expect(opened).to.be.lessThan(20_000);
  });

  it("are filtered and counted at once", async () => {
    const { found, ms } = await timed({ tag: "translation", onSale: true });
    expect(found.total).to.equal(1_500);
    expect(found.facets.tag.map(({ count }) => count)).to.deep.equal([1_500, 1_500, 1_500, 1_500, 1_500]);
    expect(found.facets.onSale).to.deep.equal([
      { value: "yes", count: 1_500 },
      { value: "no", count: 500 },
    ]);
    expect(ms).to.be.lessThan(AT_ONCE_MS);
  });

  it("are found by words at once, with a slip too", async () => {
    for (const text of ["otter 4096", "oter 4096", "ott 4096"]) {
      const { found, ms } = await timed({ text });
      expect(found.rows[0]!.card?.name, text).to.equal("otter 4096");
      expect(ms, text).to.be.lessThan(AT_ONCE_MS);
    }
    const { found, ms } = await timed({ text: "segmentation badger" });
    expect(found.total).to.be.greaterThan(100);
    expect(ms).to.be.lessThan(AT_ONCE_MS);
  });
});
