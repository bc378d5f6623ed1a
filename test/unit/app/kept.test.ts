import { loadFixture, mine, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { winkCard } from "../../../scripts/demo/card";
import { hashOffer, toOffer } from "../../../sdk/src/market";
import { CARD } from "../../helpers/fixture";
import type { Lies } from "../../support/lyingProvider";
import { LETTERS, all, hashesOf, ids, preparePage, settled, worldFixture } from "../../app/support/pageSource";

describe("What the page keeps of what it read", () => {
  preparePage();

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
