import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { ModelFilter, Source } from "../../../app/src/chain/source";
import { hashOffer, toOffer } from "../../../sdk/src/market";
import {
  LETTERS,
  RAIN,
  all,
  fromSnapshot,
  hashesOf,
  ids,
  preparePage,
  settled,
  snapshotSource,
  worldFixture,
  type World,
} from "../../app/support/pageSource";
import { PRICE } from "../../helpers/market";

const KINDS: readonly (readonly [name: string, open: (world: World) => Promise<Source>])[] = [
  [
    "from the chain",
    async ({ log }) => {
      const source = log();
      await settled(source);
      return source;
    },
  ],
  ["from a snapshot", snapshotSource],
];

describe("What the page reads", () => {
  preparePage();

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

  describe("from a snapshot", () => {
    it("marks a row as not verified until its model is opened, and then shows what the chain says", async () => {
      const world = await loadFixture(worldFixture);
      const { contracts, actors, made, hashes } = world;
      const source = await snapshotSource(world);
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
      const open = (other: string, at: unknown = network) => fromSnapshot(at, other);
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
      const changed = fromSnapshot(network, text);
      expect((await all(changed)).rows.map(({ card }) => card?.name).slice(0, 2)).to.deep.equal([
        LETTERS.name,
        undefined,
      ]);
    });
  });
});
