import { loadFixture, mine, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
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
import { appModules } from "../../support/appModules";
import { bookOf } from "../../support/bookOf";
import { lyingProvider, type Lies } from "../../support/lyingProvider";

interface Means {
  readonly provider: Provider;
  readonly store?: unknown;
  readonly databases?: unknown;
  readonly everyMs?: number;
}
type Following = Source & { settled(): Promise<void>; snapshot(): Promise<string> };
interface Modules {
  LogSource: new (network: unknown, means: Means) => Following;
  SnapshotSource: new (network: unknown, text: string, means: Means) => Source;
}

const PAGE = { offset: 0, limit: 100 };
const ids = ({ rows }: Pick<ModelsFound, "rows">): bigint[] => rows.map(({ model }) => model.modelId);
const hashesOf = ({ offers }: Pick<ModelRow, "offers">): string[] => offers.map(({ termsHash }) => termsHash);

const RAIN: ModelCard = {
  ...winkCard,
  name: "Rain classifier",
  description: "Says from a picture of the sky whether it will rain.",
  authors: [{ name: "Ana Müller" }],
  tags: ["image-classification", "weather"],
  capabilities: ["Rain, drizzle and snow"],
  license: { spdx: "Apache-2.0" },
};
const LETTERS: ModelCard = {
  ...winkCard,
  kind: "dataset",
  name: "Old letters",
  description: "Ten thousand letters of the nineteenth century.",
  authors: [{ name: "Bo Lind" }],
  tags: ["text", "weather"],
  license: { spdx: "CC-BY-4.0" },
};

describe("What the page reads", () => {
  let modules: Modules;
  /** What the browser keeps. */
  let databases: unknown;
  beforeEach(() => {
    databases = new (IDBFactory as unknown as new () => unknown)();
  });
  before(async function () {
    this.timeout(240_000);
    modules = await appModules<Modules>("chain/logSource.ts", "chain/snapshotSource.ts");
  });

  /**
   * Model 1, a service whose card no store has; 2, a file of the same creator; 3, a stranger's; 4 and 5 with cards. Of model 4 there are offers
   * that are open, revoked, sold out, and for one buyer.
   */
  async function worldFixture() {
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
  type World = Awaited<ReturnType<typeof worldFixture>>;

  const all = (source: Source, filter: ModelFilter = {}): Promise<ModelsFound> => source.models(filter, PAGE);
  /** The answer when nothing more is to come. */
  async function settled(source: Following, filter: ModelFilter = {}): Promise<ModelsFound> {
    await source.settled();
    await all(source, filter);
    await source.settled();
    return all(source, filter);
  }

  const KINDS: readonly (readonly [name: string, open: (world: World) => Promise<Source>])[] = [
    [
      "from the chain",
      async ({ log }) => {
        const source = log();
        await settled(source);
        return source;
      },
    ],
    [
      "from a snapshot",
      async ({ log, network, store }) => {
        const writer = log();
        await settled(writer);
        const text = await writer.snapshot();
        return new modules.SnapshotSource(network, text, { provider: ethers.provider, store });
      },
    ],
  ];

  for (const [name, open] of KINDS) {
    describe(name, () => {
      it("lists every model, the newest first, with its card where a store has it", async () => {
        const world = await loadFixture(worldFixture);
        const found = await all(await open(world));
        expect(ids(found)).to.deep.equal([5n, 4n, 3n, 2n, 1n]);
        expect(found.rows.map(({ card }) => card?.name)).to.deep.equal([
          ...[LETTERS.name, RAIN.name],
          ...[undefined, undefined, undefined],
        ]);
        expect([found.total, found.of, found.problem]).to.deep.equal([5, 5, undefined]);
        expect(found.rows[1]!.model).to.include({ holder: world.actors.creator.address, versionCount: 1n });
        expect(found.rows[3]!.model.newest.file!.size).to.be.greaterThan(0n);
        const page = await (await open(world)).models({}, { offset: 1, limit: 2 });
        expect([ids(page), page.total]).to.deep.equal([[4n, 3n], 5]);
      });

      it("shows of offers those that anybody can buy under, the cheapest of each token first", async () => {
        const world = await loadFixture(worldFixture);
        const { cheap, native, dear, file } = world.hashes;
        const { rows } = await all(await open(world));
        expect(hashesOf(rows[1]!)).to.deep.equal([cheap, native, dear]);
        expect(hashesOf(rows[3]!)).to.deep.equal([file]);
        expect(rows[1]!.offers[0]).to.deep.include({ offer: toOffer(world.made.cheap), sold: 0n, status: "open" });
        expect(rows[1]!.sold).to.equal(1n);
        expect(rows.filter(({ offers }) => offers.length > 0)).to.have.length(2);
      });

      it("opens a model with all its offers, each with its status for the buyer", async () => {
        const world = await loadFixture(worldFixture);
        const { actors, hashes } = world;
        const source = await open(world);
        const statuses = async (buyer?: string) => {
          const { offers } = await source.model(4n, buyer);
          return Object.fromEntries(offers.map((one) => [one.termsHash, one.status]));
        };
        const expected = {
          ...{ [hashes.dear]: "open", [hashes.cheap]: "open", [hashes.native]: "open" },
          ...{ [hashes.revoked]: "revoked", [hashes.soldOut]: "soldOut" },
        };
        expect(await statuses()).to.deep.equal({ ...expected, [hashes.reserved]: "reserved" });
        expect(await statuses(actors.buyer.address)).to.deep.equal({ ...expected, [hashes.reserved]: "open" });
        const { card, cardProblem, versions, publications } = await source.model(4n);
        expect([card?.name, cardProblem]).to.deep.equal([RAIN.name, undefined]);
        expect([versions.length, publications.length]).to.deep.equal([1, 1]);
        const offer = await source.offer(hashes.reserved, 4n, actors.buyer.address);
        expect(offer?.status).to.equal("open");
        expect(await source.offer(hashes.file, 4n)).to.equal(undefined);
      });

      it("opens a model whose card no store has, and says why there is none", async () => {
        const { card, cardProblem, model } = await (await open(await loadFixture(worldFixture))).model(1n);
        expect([card, model.modelId]).to.deep.equal([undefined, 1n]);
        expect(cardProblem).to.include({ code: "BLOB_MISSING" });
      });

      it("lists the licences of an account, with their cards", async () => {
        const world = await loadFixture(worldFixture);
        const source = await open(world);
        const [row, ...others] = await source.licences(world.actors.buyer.address);
        expect([row!.licence.licenseId, row!.card?.name, others]).to.deep.equal([world.licence, RAIN.name, []]);
        expect(await source.licences(world.actors.other.address)).to.deep.equal([]);
      });

      it("finds words by their beginnings, with a slip, in every language's letters, and ids and addresses as they are", async () => {
        const world = await loadFixture(worldFixture);
        const source = await open(world);
        const found = async (text: string): Promise<bigint[]> => ids(await all(source, { text }));
        expect(await found("rain")).to.deep.equal([4n]);
        expect(await found("classif")).to.deep.equal([4n]);
        expect(await found("clasifier")).to.deep.equal([4n]);
        expect(await found("muller ANA")).to.deep.equal([4n]);
        expect(await found("nineteenth letters")).to.deep.equal([5n]);
        expect(await found("drizzle")).to.deep.equal([4n]);
        expect((await found("weather")).sort()).to.deep.equal([4n, 5n]);
        expect(await found("rain letters")).to.deep.equal([]);
        expect(await found(world.actors.stranger.address)).to.deep.equal([3n]);
        expect(await found(world.actors.stranger.address.toLowerCase().slice(0, 12))).to.deep.equal([3n]);
        expect(await found("2")).to.deep.equal([2n]);
        expect(await found("  ")).to.have.length(5);
      });

      it("filters by every facet, and counts what each would find without itself", async () => {
        const world = await loadFixture(worldFixture);
        const source = await open(world);
        const found = async (filter: ModelFilter): Promise<bigint[]> => ids(await all(source, filter));
        expect(await found({ license: "Apache-2.0" })).to.deep.equal([4n]);
        expect(await found({ tag: "weather" })).to.deep.equal([5n, 4n]);
        expect(await found({ kind: "dataset" })).to.deep.equal([5n]);
        expect(await found({ payToken: ZeroAddress })).to.deep.equal([4n]);
        expect(await found({ payToken: world.ids.payToken.toLowerCase() })).to.deep.equal([4n, 2n]);
        expect(await found({ file: true })).to.deep.equal([2n]);
        expect(await found({ file: false, onSale: true })).to.deep.equal([4n]);
        expect(await found({ onSale: true })).to.deep.equal([4n, 2n]);
        expect(await found({ order: "sold" })).to.deep.equal([4n, 5n, 3n, 2n, 1n]);
        const { facets } = await all(source, { tag: "weather", kind: "dataset" });
        expect(facets.tag).to.deep.equal([
          { value: "text", count: 1 },
          { value: "weather", count: 1 },
        ]);
        expect(facets.kind).to.have.deep.members([
          { value: "model", count: 1 },
          { value: "dataset", count: 1 },
        ]);
        expect(facets.license).to.deep.equal([{ value: "CC-BY-4.0", count: 1 }]);
        const { token, onSale, file } = (await all(source)).facets;
        expect(token).to.deep.equal([
          { value: world.ids.payToken.toLowerCase(), count: 2 },
          { value: ZeroAddress, count: 1 },
        ]);
        expect(onSale).to.deep.equal([
          { value: "no", count: 3 },
          { value: "yes", count: 2 },
        ]);
        expect(file).to.deep.equal([
          { value: "no", count: 4 },
          { value: "yes", count: 1 },
        ]);
      });
    });
  }

  describe("and keeps", () => {
    it("is shown at once the next time, also while the node is away", async () => {
      const { log } = await loadFixture(worldFixture);
      const before = await settled(log());
      let asked = 0;
      const away = async () => {
        asked += 1;
        throw Object.assign(new Error("no node"), { code: "ECONNREFUSED" });
      };
      const later = log({ getBlock: away, call: away, getLogs: away });
      const found = await all(later);
      expect(ids(found)).to.deep.equal(ids(before));
      expect(found.rows.map(({ card }) => card?.name)).to.deep.equal(before.rows.map(({ card }) => card?.name));
      expect(found.rows.map(hashesOf)).to.deep.equal(before.rows.map(hashesOf));
      await later.settled();
      expect(asked).to.be.greaterThan(0);
      const { problem, rows } = await all(later);
      expect(problem?.code).to.be.a("string");
      expect(rows).to.have.length(5);
    });

    it("says why, where nothing is kept and the node is away, and reads when it is back", async () => {
      const { log } = await loadFixture(worldFixture);
      let isAway = true;
      const source = log(
        {
          getBlock: async (ask, ...given) => {
            if (isAway) throw Object.assign(new Error("no node"), { code: "ECONNREFUSED" });
            return ask(...given);
          },
        },
        { databases: undefined },
      );
      const problem = await all(source).then(
        () => undefined,
        (error: unknown) => error as { code: string },
      );
      expect(problem?.code).to.be.a("string");
      isAway = false;
      expect(ids(await settled(source))).to.have.length(5);
    });

    it("is not read again: only what is new, and what something happened to", async () => {
      const { log, publish, contracts, actors, made, hashes, buy } = await loadFixture(worldFixture);
      await settled(log());
      const { ModelRegistry, Market } = contracts;
      const registry = await ModelRegistry.getAddress();
      const read: bigint[] = [];
      const from: number[] = [];
      const counting: Lies = {
        call: async (ask, ...given) => {
          const [{ to, data }] = given as unknown as [{ to: string; data: string }];
          const called = to === registry ? ModelRegistry.interface.parseTransaction({ data }) : null;
          if (called?.name === "modelInfo") read.push(called.args[0] as bigint);
          return ask(...given);
        },
        getLogs: async (ask, ...given) => {
          const [{ fromBlock }] = given as unknown as [{ fromBlock?: number }];
          if (fromBlock !== undefined) from.push(Number(fromBlock));
          return ask(...given);
        },
      };
      const cursor = await ethers.provider.getBlockNumber();
      await publish({ ...winkCard, name: "The newest" });
      await ModelRegistry.connect(actors.stranger).transferFrom(actors.stranger, actors.other, 3n);
      await Market.connect(actors.creator).revokeOffer(made.native);
      await buy(made.cheap);
      const found = await settled(log(counting));
      expect(ids(found)).to.deep.equal([6n, 5n, 4n, 3n, 2n, 1n]);
      expect(found.rows[0]!.card?.name).to.equal("The newest");
      expect(found.rows[3]!.model.holder).to.equal(actors.other.address);
      expect(hashesOf(found.rows[2]!)).to.deep.equal([hashes.cheap, hashes.dear]);
      expect([found.rows[2]!.sold, found.rows[2]!.offers[0]!.sold]).to.deep.equal([2n, 1n]);
      // the newest is asked for at each look, because it says how many there are
      expect([...new Set(read)].sort()).to.deep.equal([3n, 6n]);
      expect(from.every((block) => block > cursor)).to.equal(true);
    });

    it("forgets what a reorg took away, and takes in what came instead", async () => {
      const world = await loadFixture(worldFixture);
      const { log, publish, contracts, actors, made, hashes, buy } = world;
      const source = log();
      const before = await settled(source);
      const fork = await takeSnapshot();
      await publish({ ...winkCard, name: "Of the other branch" });
      await contracts.ModelRegistry.connect(actors.stranger).transferFrom(actors.stranger, actors.other, 3n);
      await contracts.Market.connect(actors.creator).revokeOffer(made.cheap);
      await buy(made.dear);
      await world.actions.list(world.actions.terms({ versionId: world.ids.versionId }));
      const meanwhile = await settled(source);
      expect(ids(meanwhile)).to.deep.equal([6n, ...ids(before)]);
      expect(hashesOf(meanwhile.rows[2]!)).to.deep.equal([hashes.dear, hashes.native]);
      expect(meanwhile.rows[2]!.sold).to.equal(2n);
      expect(meanwhile.rows.at(-1)!.offers).to.have.length(1);

      await fork.restore();
      await mine(2);
      await contracts.Market.connect(actors.creator).revokeOffer(made.dear);
      await mine(6);
      for (const after of [await settled(source), await settled(log())]) {
        expect(ids(after)).to.deep.equal(ids(before));
        expect(after.rows[2]!.model.holder).to.equal(actors.stranger.address);
        expect(hashesOf(after.rows[1]!)).to.deep.equal([hashes.cheap, hashes.native]);
        expect(after.rows[1]!.sold).to.equal(1n);
        expect(after.rows.at(-1)!.offers).to.deep.equal([]);
        expect([after.read, after.of, after.problem]).to.deep.equal([5, 5, undefined]);
      }
    });

    it("is forgotten where the chain is another one, with the same id and addresses", async () => {
      const { log, contracts, actors } = await loadFixture(worldFixture);
      const source = log();
      await settled(source);
      const fork = await takeSnapshot();
      await mine(300);
      await contracts.ModelRegistry.connect(actors.creator).createModel(CARD, 0n);
      expect(ids(await settled(source))).to.have.length(6);
      await fork.restore();
      await mine(400, { interval: 7 });
      await contracts.ModelRegistry.connect(actors.stranger).createModel(CARD, 0n);
      const { rows, read, of } = await settled(log());
      expect([rows.length, read, of, rows[0]!.model.creator]).to.deep.equal([6, 6, 6, actors.stranger.address]);
    });

    it("counts a refund: the licence is not sold, and its place is free again", async () => {
      const { log, made, actions, contracts, actors } = await loadFixture(worldFixture);
      const single = { ...made.file, salt: 9n, supply: 1n };
      await actions.list(single);
      const { order } = await actions.paddedOrder(single);
      const market = contracts.Market.connect(actors.buyer);
      const deal = await actions.dealOf(await market.purchase(single, order));
      const source = log();
      const hash = hashOffer(toOffer(single));
      const sold = (await settled(source)).rows[3]!;
      expect([sold.sold, hashesOf(sold).includes(hash)]).to.deep.equal([1n, false]);
      await contracts.Escrow.connect(actors.creator).decline(deal);
      const refunded = (await settled(source)).rows[3]!;
      expect([refunded.sold, hashesOf(refunded).includes(hash)]).to.deep.equal([0n, true]);
    });

    it("asks the market about the offers that are shown, and about no others", async () => {
      const { log, contracts, actions, made, ids: known } = await loadFixture(worldFixture);
      // the seller promises a bond, and posts none: no event says that it is missing
      const arbitrator = await contracts.Panel.getAddress();
      const bonded = { ...made.file, salt: 10n, bond: 10n ** 18n, arbitrator };
      await actions.list(bonded);
      await actions.list(actions.terms({ versionId: known.versionId }));
      const source = log();
      await source.settled();
      const before = (await source.models({}, { offset: 4, limit: 1 })).rows[0]!;
      await source.settled();
      expect(before.model.modelId).to.equal(1n);
      const row = (await source.models({}, { offset: 3, limit: 1 })).rows[0]!;
      expect(hashesOf(row)).to.include(hashOffer(toOffer(bonded)));
      await source.settled();
      const asked = (await source.models({}, { offset: 3, limit: 1 })).rows[0]!;
      expect(hashesOf(asked)).to.deep.equal([hashOffer(toOffer(made.file))]);
    });

    it("is kept by one tab: another that knows less writes nothing over it, and goes on by itself", async () => {
      const { log, buy, made } = await loadFixture(worldFixture);
      await settled(log());
      let isAway = false;
      const behind = log({
        getBlock: async (ask, ...given) => {
          if (isAway) throw Object.assign(new Error("no node"), { code: "ECONNREFUSED" });
          return ask(...given);
        },
      });
      await settled(behind);
      isAway = true;
      await buy(made.cheap);
      expect((await settled(log())).rows[1]!.sold).to.equal(2n);
      await behind.settled();
      // what was written over would be counted again from there on
      expect((await settled(log())).rows[1]!.sold).to.equal(2n);
      isAway = false;
      expect((await settled(behind)).rows[1]!.sold).to.equal(2n);
    });

    it("does not wait for a card that is slow", async () => {
      const { log, store } = await loadFixture(worldFixture);
      let free = (): void => undefined;
      const held = new Promise<void>((resolve) => (free = resolve));
      const slow = {
        async *get(cid: string, options?: { limit?: number }) {
          await held;
          yield* store.get(cid, options);
        },
      };
      const source = log({}, { store: slow });
      await all(source);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const found = await all(source);
      expect([ids(found).length, found.read, found.of, found.reading]).to.deep.equal([5, 0, 5, true]);
      free();
      const after = await settled(source);
      expect([after.read, after.of, after.rows[0]!.card?.name]).to.deep.equal([5, 5, LETTERS.name]);
      expect(after.revision).to.be.greaterThan(found.revision);
    });
  });

  describe("from a snapshot", () => {
    it("marks a row as not verified until its model is opened, and then shows what the chain says", async () => {
      const world = await loadFixture(worldFixture);
      const { contracts, actors, made, hashes } = world;
      const source = await KINDS[1]![1](world);
      expect((await all(source)).rows.map(({ verified }) => verified)).to.deep.equal(Array(5).fill(false));
      await contracts.Market.connect(actors.creator).revokeOffer(made.cheap);
      await contracts.ModelRegistry.connect(actors.stranger).transferFrom(actors.stranger, actors.other, 3n);
      const added = { ...made.cheap, salt: 77n, price: 5n };
      await world.actions.list(added);
      await source.model(4n);
      await source.model(3n);
      const { rows } = await all(source);
      expect(rows.map(({ verified }) => verified)).to.deep.equal([false, true, true, false, false]);
      expect(hashesOf(rows[1]!)).to.deep.equal([hashOffer(toOffer(added)), hashes.native, hashes.dear]);
      expect(rows[2]!.model.holder).to.equal(actors.other.address);
    });

    it("refuses one of another deployment, of another format, and terms that are not what they are called", async () => {
      const { log, network } = await loadFixture(worldFixture);
      const text = await log().snapshot();
      const open = (other: string, at: unknown = network) =>
        new modules.SnapshotSource(at, other, { provider: ethers.provider });
      const elsewhere = { ...network, deployment: { ...network.deployment, chainId: 1 } };
      expect(() => open(text, elsewhere)).to.throw("another deployment");
      expect(() => open(text.replace("isonomy/snapshot/1", "isonomy/snapshot/9"))).to.throw("format");
      expect(() => open("no JSON")).to.throw(SyntaxError);
      const file = JSON.parse(text) as { facts: string };
      const cheaper = { ...file, facts: file.facts.replaceAll(`"${PRICE}"`, '"1"') };
      expect(cheaper.facts).to.not.equal(file.facts);
      expect(() => open(JSON.stringify(cheaper))).to.throw("have another hash");
    });

    it("leaves out a card that is not what its hash says", async () => {
      const { log, network } = await loadFixture(worldFixture);
      const source = log();
      await settled(source);
      const text = (await source.snapshot()).replaceAll("Rain classifier", "Gold for nothing");
      const changed = new modules.SnapshotSource(network, text, { provider: ethers.provider });
      expect((await all(changed)).rows.map(({ card }) => card?.name).slice(0, 2)).to.deep.equal([
        LETTERS.name,
        undefined,
      ]);
    });
  });
});
