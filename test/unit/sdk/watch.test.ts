import { loadFixture, mine, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, type Block, type Log } from "ethers";
import { ethers } from "hardhat";

import { hashOffer, toOffer } from "../../../sdk/src/market";
import {
  EVENT_NAMES,
  ReadClient,
  type EventArgs,
  type EventName,
  type MarketEvent,
  type UndoneEvents,
  type WatchCursor,
  type WatchOptions,
  type WatchedEvents,
} from "../../../sdk/src/reading";
import { marketFixture } from "../../helpers/market";
import { openDeals } from "../../helpers/openDeals";
import { bookOf } from "../../support/bookOf";
import { caught } from "../../support/caught";
import { lyingProvider, type Lies } from "../../support/lyingProvider";
import { unhandledWhile } from "../../support/unhandled";

type Told = WatchedEvents | UndoneEvents;

describe("Watching what happens", () => {
  async function worldFixture() {
    const protocol = await marketFixture();
    const deals = await openDeals(protocol);
    const book = await bookOf(protocol.contracts);
    const reading = (lies: Lies = {}) => new ReadClient(book, lyingProvider(ethers.provider, lies));
    let salt = 100n;
    /** Lists an offer, in a block of its own. */
    const list = () => protocol.actions.list(protocol.actions.terms({ salt: salt++ }));
    return { ...protocol, ...deals, book, reading, read: reading(), list };
  }

  /** What is told until nothing is new, or until something holds. */
  async function told(read: ReadClient, options: WatchOptions, until?: (one: Told) => boolean): Promise<Told[]> {
    const pages: Told[] = [];
    const signal = AbortSignal.timeout(10_000);
    for await (const page of read.watch({ confirmations: 0, everyMs: 5, signal, ...options })) {
      pages.push(page);
      if (until === undefined ? page.kind === "events" && page.upToDate : until(page)) return pages;
    }
    throw new Error(
      `It ended after ${JSON.stringify(pages, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
    );
  }

  const eventsOf = (pages: readonly Told[]): MarketEvent[] =>
    pages.flatMap((one) => (one.kind === "events" ? one.events : []));
  const listed = (pages: readonly Told[]): string[] =>
    eventsOf(pages).flatMap((event) => (event.name === "OfferListed" ? [event.args.termsHash] : []));
  const kept = (cursor: WatchCursor): WatchCursor => JSON.parse(JSON.stringify(cursor)) as WatchCursor;

  it("tells every event since the deployment, in their order and with what each says", async () => {
    const { read, service, weights, actors, sold, licenses, deals, contracts } = await loadFixture(worldFixture);
    await contracts.Escrow.connect(actors.creator).decline(deals[1]!);
    const events = eventsOf(await told(read, {}));
    const places = events.map(({ blockNumber, index }) => blockNumber * 1_000 + index);
    expect(places).to.deep.equal([...places].sort((a, b) => a - b));
    const named = <N extends EventName>(name: N) =>
      events.filter((one) => one.name === name).map((one) => one.args as EventArgs[N]);
    expect(named("ModelCreated").map((one) => [one.modelId, one.creator, one.royaltyBps])).to.deep.equal([
      [1n, actors.creator.address, 700n],
      [2n, actors.creator.address, 0n],
      [3n, actors.stranger.address, 0n],
    ]);
    expect(named("OfferListed").map((one) => one.offer)).to.deep.equal([toOffer(service), toOffer(weights)]);
    expect(named("LicenseSold").map((one) => one.licenseId)).to.deep.equal([sold, ...licenses]);
    expect(named("LicenseTransferred").map((one) => one.licenseId)).to.deep.equal([sold, ...licenses, licenses[1]]);
    expect(named("DealOpened").map((one) => one.deal.id)).to.deep.equal(licenses);
    expect(named("KeyDelivered").map((one) => [one.id, one.complainBy])).to.deep.equal([
      [licenses[0], deals[0]!.complainBy],
    ]);
    expect(named("DealRefunded")).to.deep.equal([
      { opener: contracts.Market.target, id: licenses[1], cause: "declined" },
    ]);
    expect(events.every((one) => EVENT_NAMES.includes(one.name))).to.equal(true);
  });

  it("goes on from a cursor that was kept as JSON: no event is left out and none comes twice", async () => {
    const { read, list } = await loadFixture(worldFixture);
    const every = { events: ["OfferListed"] as const };
    const first = await told(read, every);
    const hashes = [await list(), await list()];
    await mine(3);
    const rest = await told(read, { ...every, after: kept(first.at(-1)!.cursor) });
    expect(listed(rest)).to.deep.equal(hashes);
    const [again] = await told(read, { ...every, after: kept(first[0]!.cursor) }, () => true);
    expect(again!.cursor.number).to.be.greaterThan(first[0]!.cursor.number);
    const whole = await told(read, every);
    expect(listed(whole)).to.deep.equal([...listed(first), ...hashes]);
    // from each cursor on, the rest is told
    for (const [at, { cursor }] of whole.entries()) {
      if (at === whole.length - 1) continue;
      const after = await told(read, { ...every, after: kept(cursor) });
      expect([...listed(whole.slice(0, at + 1)), ...listed(after)]).to.deep.equal(listed(whole));
    }
  });

  it("tells an event when it has its confirmations, and not a block before", async () => {
    const { read, list } = await loadFixture(worldFixture);
    const hash = await list();
    for (const confirmations of [3, 40]) {
      const snapshot = await takeSnapshot();
      await mine(confirmations - 1);
      const before = await told(read, { confirmations });
      expect(listed(before)).to.not.include(hash);
      await mine(1);
      expect(listed(await told(read, { confirmations, after: before.at(-1)!.cursor }))).to.deep.equal([hash]);
      await snapshot.restore();
    }
  });

  it("ends once everything is told where that is asked for, also when nothing is new", async () => {
    const { read, list } = await loadFixture(worldFixture);
    const upToNow = async (after?: WatchCursor): Promise<Told[]> => {
      const pages: Told[] = [];
      for await (const page of read.watch({ confirmations: 0, once: true, everyMs: 60_000, after })) pages.push(page);
      return pages;
    };
    const first = await upToNow();
    expect(eventsOf(first)).to.deep.equal(eventsOf(await told(read, {})));
    const { cursor } = first.at(-1)!;
    expect(await upToNow(cursor)).to.deep.equal([]);
    const hash = await list();
    expect(listed(await upToNow(cursor))).to.deep.equal([hash]);
  });

  it("begins with the newest block where that is asked for", async () => {
    const { read, list } = await loadFixture(worldFixture);
    const watching = read.watch({ from: "latest", confirmations: 0, everyMs: 5, events: ["OfferListed"] });
    const next = watching.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const hash = await list();
    const { value } = await next;
    expect(listed([value!])).to.deep.equal([hash]);
    await watching.return();
  });

  describe("over a reorg", () => {
    for (const depth of [1, 3, 20, 60]) {
      it(`of ${depth} blocks says what was undone, and what happened instead`, async () => {
        const { read, list } = await loadFixture(worldFixture);
        const stands = await list();
        const fork = await ethers.provider.getBlockNumber();
        const snapshot = await takeSnapshot();
        const gone = await list();
        await mine(depth - 1);
        const first = await told(read, {});
        expect(listed(first)).to.include(gone);
        const { cursor } = first.at(-1)!;
        await snapshot.restore();
        await list();
        const instead = await list();
        await mine(depth);
        const [undone, ...rest] = await told(read, { after: kept(cursor) });
        expect(undone!.kind).to.equal("undone");
        const { after } = undone as UndoneEvents;
        expect(after).to.be.lessThanOrEqual(fork);
        // a program that forgets what came later has exactly what is on the chain now
        const left = eventsOf(first).filter((event) => event.blockNumber <= after);
        const now = [...left, ...eventsOf(rest)];
        expect(now).to.deep.equal(eventsOf(await told(read, {})));
        expect(listed([{ kind: "events", events: now } as never]))
          .to.include(stands)
          .and.include(instead);
        expect(now.map(({ blockHash }) => blockHash)).to.not.include(cursor.hash);
      });
    }

    it("at its very beginning goes on", async () => {
      const { read, list } = await loadFixture(worldFixture);
      const snapshot = await takeSnapshot();
      const from = (await ethers.provider.getBlockNumber()) + 1;
      await list();
      const { cursor } = (await told(read, { from })).at(-1)!;
      await snapshot.restore();
      const instead = [await list(), await list()];
      const pages = await told(read, { after: kept(cursor) });
      expect(pages[0]!.kind).to.equal("undone");
      expect(listed(pages).slice(-2)).to.deep.equal(instead);
    });

    it("says nothing while the node is behind, and tells the rest once it is there", async () => {
      const { read, reading, list } = await loadFixture(worldFixture);
      const first = await told(read, {});
      const { cursor } = first.at(-1)!;
      const hash = await list();
      let looks = 0;
      const behind = reading({
        // half of the time another node answers, which has not seen the last three blocks
        getBlock: async (ask, ...given) => {
          const [tag] = given as unknown as [string | number];
          const block = (await ask(...given)) as Block | null;
          if (looks++ > 12 || block === null) return block;
          const head = cursor.number - 2;
          if (tag === "latest") return ask(head as never);
          return block.number > head ? null : block;
        },
      });
      const pages = await told(behind, { after: kept(cursor) });
      expect(looks).to.be.greaterThan(12);
      expect(pages.map(({ kind }) => kind)).to.not.include("undone");
      expect(listed(pages)).to.deep.equal([hash]);
    });

    it("refuses a cursor of which no block is on the chain", async () => {
      const { read } = await loadFixture(worldFixture);
      const { cursor } = (await told(read, {})).at(-1)!;
      const foreign = { ...cursor, hash: id("a"), before: cursor.before.map((one) => ({ ...one, hash: id("b") })) };
      const { args } = await caught(() => told(read, { after: foreign }), "HISTORY_REPLACED");
      expect(args).to.include({ block: cursor.number, hash: id("a") });
    });
  });

  it("refuses what is no cursor, no event, no block and no time", async () => {
    const { read } = await loadFixture(worldFixture);
    const { cursor } = (await told(read, {})).at(-1)!;
    const wrong: object[] = [
      ...[{ after: {} }, { after: { ...cursor, hash: "0x" } }, { after: { ...cursor, before: [cursor] } }],
      ...[{ events: [] }, { events: ["Nothing"] }, { from: -1 }, { from: "soon" }, { everyMs: 0 }, { patienceMs: -1 }],
      { confirmations: "soon" },
      { after: { ...cursor, before: Array.from({ length: 100 }, (_, at) => ({ number: -at, hash: cursor.hash })) } },
    ];
    for (const options of wrong) await caught(() => told(read, options), "ARGUMENT_INVALID");
  });

  it("keeps no more of the past than it needs", async () => {
    const { read } = await loadFixture(worldFixture);
    await mine(400);
    let { cursor } = (await told(read, {})).at(-1)!;
    for (let round = 0; round < 60; round++) {
      await mine(1);
      ({ cursor } = (await told(read, { after: kept(cursor) })).at(-1)!);
    }
    expect(cursor.before.length).to.be.within(10, 40);
    const distances = [cursor, ...cursor.before].map(({ number }) => cursor.number - number);
    expect(distances).to.deep.equal([...distances].sort((a, b) => a - b));
    expect(distances.slice(0, 8)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
    // however deep a reorg is, not much more than that has to be read again
    for (let depth = 1; depth <= 60; depth++) {
      expect(distances.find((distance) => distance >= depth)! / depth, `depth ${depth}`).to.be.lessThan(4);
    }
  });

  describe("ends", () => {
    it("by its signal, at once, whether it waits for a block or for an answer, and nothing is thrown", async () => {
      const { read, reading } = await loadFixture(worldFixture);
      const { cursor } = (await told(read, {})).at(-1)!;
      const hangs = reading({ getLogs: () => new Promise(() => undefined) });
      const unhandled = await unhandledWhile(async () => {
        for (const [client, after] of [
          [read, cursor],
          [hangs, undefined],
        ] as const) {
          const controller = new AbortController();
          const started = Date.now();
          setTimeout(() => controller.abort(), 50);
          const pages: Told[] = [];
          const options = { confirmations: 0, everyMs: 60_000, signal: controller.signal, after };
          for await (const page of client.watch(options)) pages.push(page);
          expect(Date.now() - started).to.be.within(45, 2_000);
          expect(pages).to.deep.equal([]);
        }
        for await (const page of read.watch({ signal: AbortSignal.abort() })) throw new Error(page.kind);
      });
      expect(unhandled).to.deep.equal([]);
    });

    it("with the failure of a node that is away for longer than the patience, and not before", async () => {
      const { reading, list } = await loadFixture(worldFixture);
      const hash = await list();
      const away = (times: number): Lies => ({
        getBlock: async (ask, ...given) => {
          if (times-- > 0) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
          return ask(...given);
        },
      });
      expect(listed(await told(reading(away(3)), {}))).to.include(hash);
      await caught(() => told(reading(away(1_000)), { patienceMs: 60 }), "NETWORK_UNREACHABLE");
    });

    it("with the lie of a node that forges an offer", async () => {
      const { reading, service } = await loadFixture(worldFixture);
      const forged = reading({
        getLogs: async (ask, ...given) =>
          ((await ask(...given)) as Log[]).map((log) =>
            log.topics[1] === hashOffer(toOffer(service))
              ? Object.assign(Object.create(Object.getPrototypeOf(log)) as Log, log, {
                  topics: [log.topics[0], id("x"), ...log.topics.slice(2)],
                })
              : log,
          ),
      });
      const { message } = await caught(() => told(forged, { events: ["OfferListed"] }), "NODE_INCONSISTENT");
      expect(message).to.contain("names the offer");
    });

    it("with the lie of a node that gives the logs of another block", async () => {
      const { reading, list } = await loadFixture(worldFixture);
      await list();
      const forged = reading({
        getLogs: async (ask, ...given) =>
          ((await ask(...given)) as Log[]).map((log) =>
            Object.assign(Object.create(Object.getPrototypeOf(log)) as Log, log, { blockHash: id("another") }),
          ),
      });
      const { message } = await caught(() => told(forged, {}), "NODE_INCONSISTENT");
      expect(message).to.contain(`is of block ${id("another")}`);
    });
  });
});
