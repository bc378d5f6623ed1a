import { loadFixture, mine, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, toBeHex, type Log } from "ethers";
import { ethers } from "hardhat";

import { commitmentOf } from "../../../sdk/src/deals";
import { hashOffer, toOffer } from "../../../sdk/src/market";
import {
  ReadClient,
  type EventCursor,
  type EventName,
  type MarketEvent,
  type OfferFilter,
  type Page,
  type PageOptions,
} from "../../../sdk/src/reading";
import { CARD } from "../../helpers/fixture";
import { padOf, sealFile, xOf } from "../../helpers/files";
import { DAY, PRICE, marketFixture } from "../../helpers/market";
import { openDeals } from "../../helpers/openDeals";
import { bookOf } from "../../support/bookOf";
import { caught } from "../../support/caught";
import { lyingProvider, type Lies } from "../../support/lyingProvider";

describe("A client that reads", () => {
  async function worldFixture() {
    const protocol = await marketFixture();
    const deals = await openDeals(protocol);
    const book = await bookOf(protocol.contracts);
    const reading = (lies: Lies = {}, other = {}) =>
      new ReadClient({ ...book, ...other }, lyingProvider(ethers.provider, lies));
    return { ...protocol, ...deals, book, reading, read: reading() };
  }

  /** Every item of a list, page by page. */
  async function all<Item, After>(
    list: (options: PageOptions<After>) => Promise<Page<Item, After>>,
    options: Pick<PageOptions<unknown>, "limit" | "order">,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let after: After | undefined;
    for (let pages = 0; pages === 0 || after !== undefined; pages++) {
      expect(pages, "pages").to.be.lessThan(100);
      const page: Page<Item, After> = await list({ ...options, after });
      expect(page.items.length).to.be.lessThanOrEqual(options.limit ?? 50);
      items.push(...page.items);
      after = page.next;
    }
    return items;
  }

  describe("lists models", () => {
    it("by their ids, each with its newest version, in pages of any size and in both orders", async () => {
      const { read, contracts, actors, ids } = await loadFixture(worldFixture);
      await contracts.ModelRegistry.connect(actors.creator).publishVersion(1n, { ...CARD, uri: "ipfs://second" });
      const { items, next, block } = await read.models();
      expect(next).to.equal(undefined);
      expect(block.number).to.equal(await time.latestBlock());
      expect(items.map((one) => [one.modelId, one.holder, one.versionCount])).to.deep.equal([
        [1n, actors.creator.address, 2n],
        [2n, actors.creator.address, 1n],
        [3n, actors.stranger.address, 1n],
      ]);
      const { newest, royaltyBps, creator } = items[0]!;
      expect([royaltyBps, creator]).to.deep.equal([700n, actors.creator.address]);
      expect(newest).to.include({ versionId: ids.versionId + 1n, number: 2n, uri: "ipfs://second", file: undefined });
      expect(items[1]!.newest.file!.size).to.be.greaterThan(0n);
      for (const limit of [1, 2, 3]) {
        expect(await all((page: PageOptions<bigint>) => read.models(page), { limit })).to.deep.equal(items);
        const newestFirst = await all((page: PageOptions<bigint>) => read.models(page), { limit, order: "newest" });
        expect(newestFirst).to.deep.equal([...items].reverse());
      }
      expect((await read.models({ after: 3n })).items).to.deep.equal([]);
      expect((await read.models({ after: 900n })).items).to.deep.equal([]);
      expect((await read.models({ after: 1n, order: "newest" })).items).to.deep.equal([]);
      expect(await read.model(2n)).to.deep.equal(items[1]);
      expect(await read.version(newest.versionId)).to.deep.equal(newest);
    });

    it("also where a creator's text is no text", async () => {
      const { read, contracts, actors } = await loadFixture(worldFixture);
      const data = contracts.ModelRegistry.interface.encodeFunctionData("createModel", [
        { ...CARD, uri: "ipfs://abcd" },
        0n,
      ]);
      const odd = data.replace(Buffer.from("ipfs://abcd").toString("hex"), "ff".repeat(11));
      expect(odd).to.not.equal(data);
      await actors.creator.sendTransaction({ to: contracts.ModelRegistry, data: odd });
      const { items } = await read.models();
      expect(items.at(-1)!.newest).to.include({ uri: "", metadataHash: CARD.metadataHash });
      expect((await told(read, "VersionPublished")).at(-1)!.args).to.include({ uri: "", modelId: 4n });
    });

    it("and refuses a limit, an order and a place that there cannot be", async () => {
      const { read, actors } = await loadFixture(worldFixture);
      const wrong: PageOptions<never>[] = [
        ...[{ limit: 0 }, { limit: 201 }, { limit: 1.5 }, { order: "best" as never }],
        ...[{ after: {} as never }, { after: -1 as never }, { after: { blockNumber: -1, index: 0 } as never }],
      ];
      for (const options of wrong) {
        await caught(() => read.models(options), "ARGUMENT_INVALID");
        await caught(() => read.offers({}, options), "ARGUMENT_INVALID");
        await caught(() => read.licensesOf(actors.buyer.address, options), "ARGUMENT_INVALID");
        await caught(() => read.dealsOf(actors.buyer.address, options), "ARGUMENT_INVALID");
      }
      await caught(() => read.model(9n), "ERC721NonexistentToken");
      await caught(() => read.version(9n << 16n), "ModelRegistry_UnknownVersion");
      await caught(() => read.licensesOf("somebody"), "ADDRESS_INVALID");
      await caught(() => read.offers({ maxPrice: 1n }), "ARGUMENT_INVALID");
    });
  });

  describe("lists offers", () => {
    const hashes = ({ items }: Page<{ termsHash: string }, EventCursor>): string[] => items.map((one) => one.termsHash);

    it("in the order in which they were listed, by version, model, creator, token and price", async () => {
      const { read, actions, actors, ids, service, weights } = await loadFixture(worldFixture);
      const native = actions.terms({ payToken: ZeroAddress, price: 5n });
      await actions.list(native);
      const [first, second, third] = [service, weights, native].map((one) => hashOffer(toOffer(one)));
      expect(hashes(await read.offers())).to.deep.equal([first, second, third]);
      expect(hashes(await read.offers({}, { order: "newest" }))).to.deep.equal([third, second, first]);
      for (const limit of [1, 2]) {
        for (const order of ["oldest", "newest"] as const) {
          const paged = await all((page: PageOptions<EventCursor>) => read.offers({}, page), { limit, order });
          expect(paged).to.deep.equal((await read.offers({}, { order })).items);
        }
      }
      const found = async (filter: OfferFilter) => hashes(await read.offers(filter));
      expect(await found({ versionId: ids.fileVersionId })).to.deep.equal([second]);
      expect(await found({ versionId: [ids.versionId, ids.fileVersionId] })).to.deep.equal([first, second, third]);
      expect(await found({ versionId: [] })).to.deep.equal([]);
      expect(await found({ modelId: 1n })).to.deep.equal([first, third]);
      expect(await found({ creator: actors.creator.address.toLowerCase() })).to.have.length(3);
      expect(await found({ creator: actors.buyer.address })).to.deep.equal([]);
      expect(await found({ payToken: ZeroAddress })).to.deep.equal([third]);
      expect(await found({ payToken: ids.payToken, maxPrice: PRICE - 1n })).to.deep.equal([]);
      expect(await found({ payToken: ids.payToken, maxPrice: PRICE })).to.deep.equal([first, second]);
      const [one] = (await read.offers({ versionId: ids.fileVersionId })).items;
      expect(one).to.deep.include({ offer: toOffer(weights), sold: 3n, status: "open" });
    });

    /** What ends an offer, and what its status is then. */
    type World = Awaited<ReturnType<typeof worldFixture>>;
    const ends: Record<
      string,
      [status: string, end: (world: World, listed: World["service"]) => Promise<unknown>, more?: object]
    > = {
      "it was revoked": [
        "revoked",
        ({ contracts, actors }, listed) => contracts.Market.connect(actors.creator).revokeOffer(listed),
      ],
      "all licences are sold": [
        "soldOut",
        async ({ contracts, actors, actions }, listed) =>
          contracts.Market.connect(actors.buyer).purchase(listed, await actions.orderFor(listed)),
        { supply: 1n },
      ],
      "its time is over": ["expired", async () => time.increase(DAY + 1n), { expiresAt: "soon" }],
      "the title is somebody else's": [
        "titleMoved",
        ({ contracts, actors }) =>
          contracts.ModelRegistry.connect(actors.creator).transferFrom(actors.creator, actors.other, 1n),
      ],
      "the protocol's fee is above its bound": [
        "feeAboveBound",
        async ({ contracts, actions }) => contracts.Market.connect(await actions.asAdmin()).setProtocolFee(400n),
        { maxProtocolFeeBps: 300n },
      ],
      "its token is not allowed any more": [
        "tokenNotAllowed",
        ({ actions, ids }) => actions.allow(ids.payToken, false),
      ],
    };
    for (const [reason, [status, end, more = {}]] of Object.entries(ends)) {
      it(`without one when ${reason}, unless all are asked for`, async () => {
        const world = await loadFixture(worldFixture);
        const { read, actions } = world;
        const soon = "expiresAt" in more ? { expiresAt: BigInt(await time.latest()) + DAY } : {};
        const listed = actions.terms({ salt: 7n, ...more, ...soon });
        const termsHash = await actions.list(listed);
        expect(hashes(await read.offers())).to.include(termsHash);
        await end(world, listed);
        expect(hashes(await read.offers())).to.not.include(termsHash);
        const every = await read.offers({ all: true });
        expect(every.items.find((one) => one.termsHash === termsHash)!.status).to.equal(status);
        expect((await read.offerStatus(toOffer(listed))).status).to.equal(status);
      });
    }

    it("in its last second, and not in the next", async () => {
      const { read, actions } = await loadFixture(worldFixture);
      const expiresAt = BigInt(await time.latest()) + DAY;
      const termsHash = await actions.list(actions.terms({ expiresAt }));
      await time.increaseTo(expiresAt);
      expect(hashes(await read.offers())).to.include(termsHash);
      await time.increaseTo(expiresAt + 1n);
      expect(hashes(await read.offers())).to.not.include(termsHash);
    });

    it("without one of a defective version", async () => {
      const { read, contracts, actors, actions, files } = await loadFixture(worldFixture);
      const versionId = await actions.publish(actors.creator, files.broken.data);
      const termsHash = await actions.list(actions.fileTerms({ versionId }));
      expect(hashes(await read.offers())).to.include(termsHash);
      await contracts.ModelRegistry.proveDefective(versionId, files.broken.evidence);
      expect(hashes(await read.offers())).to.not.include(termsHash);
      expect((await read.offers({ versionId, all: true })).items[0]!.status).to.equal("defective");
      expect((await read.version(versionId)).defectiveAt).to.be.greaterThan(0n);
    });

    it("for one buyer to that buyer alone", async () => {
      const { read, actions, actors } = await loadFixture(worldFixture);
      const termsHash = await actions.list(actions.terms({ buyer: actors.other.address }));
      expect(hashes(await read.offers())).to.not.include(termsHash);
      expect(hashes(await read.offers({ buyer: actors.buyer.address }))).to.not.include(termsHash);
      expect(hashes(await read.offers({ buyer: actors.other.address.toLowerCase() }))).to.include(termsHash);
    });

    it("once the bond covers a sale", async () => {
      const { read, actions, actors, contracts } = await loadFixture(worldFixture);
      const arbitrator = await contracts.Panel.getAddress();
      const termsHash = await actions.list(actions.fileTerms({ arbitrator, bond: 1_000n }));
      expect((await read.offers({ all: true })).items.at(-1)).to.include({ termsHash, status: "bondMissing" });
      expect(hashes(await read.offers())).to.not.include(termsHash);
      const { Escrow, Market } = contracts;
      await Escrow.postBond(Market, actors.creator, termsHash, { value: 999n });
      expect(hashes(await read.offers())).to.not.include(termsHash);
      await Escrow.postBond(Market, actors.creator, termsHash, { value: 1n });
      expect(hashes(await read.offers())).to.include(termsHash);
    });

    it("as paused while the market is", async () => {
      const { read, contracts, actors } = await loadFixture(worldFixture);
      await contracts.Market.connect(actors.guardian).pausePurchases(DAY);
      expect((await read.offers()).items.map(({ status }) => status)).to.deep.equal(["paused", "paused"]);
      await time.increase(DAY);
      expect((await read.offers()).items.map(({ status }) => status)).to.deep.equal(["open", "open"]);
    });

    it("and says of one that was signed whether its epoch is over", async () => {
      const { read, contracts, actors, actions } = await loadFixture(worldFixture);
      const signed = toOffer(actions.terms({ salt: 9n }));
      expect(await read.offerStatus(signed)).to.deep.equal({ status: "open", sold: 0n, listed: false });
      await contracts.Market.connect(actors.creator).revokeAllSigned();
      expect((await read.offerStatus(signed)).status).to.equal("epochOver");
      expect((await read.offers()).items.map(({ status }) => status)).to.deep.equal(["open", "open"]);
    });
  });

  describe("lists licences", () => {
    it("that an account holds, each once and with what it may do with it", async () => {
      const { read, actors, sold, licenses, contracts, ids } = await loadFixture(worldFixture);
      const list = (page: PageOptions<EventCursor> = {}) => read.licensesOf(actors.buyer.address.toLowerCase(), page);
      const { items, next } = await list();
      expect(next).to.equal(undefined);
      const shown = items.map((one) => [one.licenseId, one.versionId, one.usable, one.movable, one.escrowed]);
      expect(shown).to.deep.equal([
        [sold, ids.versionId, true, true, false],
        [licenses[0], ids.fileVersionId, true, false, true],
        [licenses[1], ids.fileVersionId, false, false, true],
        [licenses[2], ids.fileVersionId, false, false, true],
      ]);
      expect(items.every((one) => one.issuer === contracts.Market.target && one.transferable)).to.equal(true);
      for (const limit of [1, 3, 4]) {
        for (const order of ["oldest", "newest"] as const) {
          const paged = await all((page: PageOptions<EventCursor>) => list(page), { limit, order });
          expect(paged).to.deep.equal((await list({ order })).items);
        }
      }
      const { LicenseToken } = contracts;
      await LicenseToken.connect(actors.buyer).transferFrom(actors.buyer, actors.other, sold);
      expect((await list()).items.map((one) => one.licenseId)).to.deep.equal(licenses);
      expect((await read.licensesOf(actors.other.address)).items.map((one) => one.licenseId)).to.deep.equal([sold]);
      // and back
      await LicenseToken.connect(actors.other).transferFrom(actors.other, actors.buyer, sold);
      for (const limit of [1, 2, 50]) {
        const back = (await all((page: PageOptions<EventCursor>) => list(page), { limit })).map((one) => one.licenseId);
        expect(back).to.deep.equal([...licenses, sold]);
      }
    });

    it("without one that was refunded", async () => {
      const { read, actors, licenses, deals, contracts } = await loadFixture(worldFixture);
      await contracts.Escrow.connect(actors.creator).decline(deals[1]!);
      const { items } = await read.licensesOf(actors.buyer.address);
      expect(items.map((one) => one.licenseId)).to.not.include(licenses[1]);
      expect(items).to.have.length(3);
    });
  });

  describe("lists deals", () => {
    it("of the one who paid, the one who got the licence and the seller, each once and as it stands", async () => {
      const { read, actors, licenses, deals, contracts, actions, weights } = await loadFixture(worldFixture);
      const { order } = await actions.paddedOrder(weights, { recipient: actors.recipient.address });
      const gift = await actions.dealOf(await contracts.Market.connect(actors.buyer).purchase(weights, order));
      await contracts.Escrow.connect(actors.creator).decline(deals[1]!);
      const statuses = ["delivered", "refunded", "open", "open"];
      const ids = [...licenses, gift.id];
      for (const [account, roles, expected] of [
        [actors.buyer, ["buyer", "recipient"], [0, 1, 2, 3]],
        [actors.creator, ["seller"], [0, 1, 2, 3]],
        [actors.recipient, ["recipient"], [3]],
        [actors.stranger, [], []],
      ] as const) {
        const list = (page: PageOptions<EventCursor> = {}) => read.dealsOf(account.address, page);
        const { items } = await list();
        expect(items.map(({ deal }) => deal.id)).to.deep.equal(expected.map((at) => ids[at]));
        expect(items.map(({ status }) => status)).to.deep.equal(expected.map((at) => statuses[at]));
        expect(items.every(({ kind }) => kind === "sale")).to.equal(true);
        if (items.length > 0) expect(items[0]!.roles).to.deep.equal(roles);
        for (const limit of [1, 2, 3]) {
          for (const order of ["oldest", "newest"] as const) {
            expect(await all((page: PageOptions<EventCursor>) => list(page), { limit, order })).to.deep.equal(
              (await list({ order })).items,
            );
          }
        }
      }
      const { items } = await read.dealsOf(actors.buyer.address, { roles: ["recipient"] });
      expect(items.map(({ deal }) => deal.id)).to.deep.equal(licenses);
      expect((await read.dealsOf(actors.buyer.address, { roles: ["seller"] })).items).to.deep.equal([]);
      // the deal is the one that the escrow takes, also after the delivery
      const [delivered] = (await read.dealsOf(actors.creator.address)).items;
      expect(delivered!.deal.complainBy).to.equal(deals[0]!.complainBy);
      expect(commitmentOf(contracts.Escrow as never, delivered!.deal)).to.equal(
        await contracts.Escrow.commitmentOf(delivered!.deal.opener, delivered!.deal.id),
      );
    });

    it("of updates, once for who asked and once for the seller", async () => {
      const { read, actors, actions, contracts, ids } = await loadFixture(worldFixture);
      const offer = actions.terms({ includesUpdates: true });
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      const market = contracts.Market.connect(actors.other);
      const own = { ...order, recipient: actors.other.address };
      const licenseId = await market.purchase.staticCall(offer, own);
      await market.purchase(offer, own);
      const file = sealFile(0x5ec0n, Buffer.from("second version"));
      await contracts.ModelRegistry.connect(actors.creator).publishVersion(1n, file.data);
      const desk = contracts.UpdateDesk.connect(actors.other);
      await desk.requestUpdate(licenseId, ids.versionId + 1n, xOf(0xb0b0n), padOf(0x5ec2e7n));
      const { items } = await read.dealsOf(actors.other.address);
      expect(items.map(({ kind, status, roles }) => ({ kind, status, roles }))).to.deep.equal([
        { kind: "update", status: "open", roles: ["buyer", "recipient"] },
      ]);
      const ofSeller = (await read.dealsOf(actors.creator.address)).items.filter(({ kind }) => kind === "update");
      expect(ofSeller).to.deep.equal([{ ...items[0], roles: ["seller"] }]);
      expect((await read.dealsOf(actors.buyer.address)).items.some(({ kind }) => kind === "update")).to.equal(false);
    });

    it("without those that a stranger's contract opened in the seller's name", async () => {
      const { read, actors, contracts, deals } = await loadFixture(worldFixture);
      const opener = await ethers.deployContract("TestOpener");
      const forged = {
        ...deals[1]!,
        opener: opener.target as string,
        price: 0n,
        keyX: toBeHex(0, 32),
        referrer: ZeroAddress,
        referrerBps: 0n,
        complainBy: 0n,
      };
      await opener.execute(contracts.Escrow, contracts.Escrow.interface.encodeFunctionData("open", [forged]));
      const { items } = await read.dealsOf(actors.creator.address);
      expect(items).to.have.length(3);
      expect(items.some(({ deal }) => deal.opener === opener.target)).to.equal(false);
      expect(await told(read, "DealOpened")).to.have.length(3);
    });
  });

  describe("does not take a node's word", () => {
    /** Changes the logs that hold a topic. */
    const changing = (change: (log: Log) => Log | Log[]): Lies => ({
      getLogs: async (ask, ...given) => ((await ask(...given)) as Log[]).flatMap(change),
    });
    /** The same log with other fields; the class of a log has no setters. */
    const altered = (log: Log, fields: Partial<Record<keyof Log, unknown>>): Log =>
      Object.assign(Object.create(Object.getPrototypeOf(log)) as Log, { ...log }, fields);
    const raised = (data: string, word: number): string => {
      const at = 2 + 64 * word;
      const value = (BigInt(`0x${data.slice(at, at + 64)}`) - 1n).toString(16).padStart(64, "0");
      return data.slice(0, at) + value + data.slice(at + 64);
    };

    it("for the terms of an offer", async () => {
      const { reading } = await loadFixture(worldFixture);
      // the price is the fourth word
      const read = reading(changing((log) => altered(log, { data: raised(log.data, 3) })));
      const { message } = await caught(() => read.offers(), "NODE_INCONSISTENT");
      expect(message).to.match(/names the offer 0x\w+, and its terms have the hash 0x\w+\.$/);
    });

    it("for an offer that the market does not know", async () => {
      const { reading, contracts, service } = await loadFixture(worldFixture);
      const invented = { ...toOffer(service), price: 1n };
      const { interface: abi } = contracts.Market;
      const { topics, data } = abi.encodeEventLog("OfferListed", [
        hashOffer(invented),
        invented.versionId,
        invented.creator,
        invented,
      ]);
      const read = reading(changing((log) => altered(log, { topics, data })));
      const { message } = await caught(() => read.offers(), "NODE_INCONSISTENT");
      expect(message).to.contain("which the market does not know as listed");
    });

    for (const [what, change, said] of [
      ["of another contract", { address: ZeroAddress }, "is not what was asked for"],
      ["with other topics", { topics: [toBeHex(1, 32)] }, "is not what was asked for"],
      ["of another block", { blockNumber: 1_000_000 }, "is not in blocks"],
      ["that a reorg removed", { removed: true }, "was removed by a reorg"],
      ["cut short", { data: "0x00" }, "is none that this contract leaves"],
    ] as const) {
      it(`for an event ${what}`, async () => {
        const { reading, actors } = await loadFixture(worldFixture);
        const read = reading(changing((log) => altered(log, change)));
        const lists: (() => Promise<unknown>)[] = [() => read.offers(), () => read.dealsOf(actors.creator.address)];
        if (what !== "cut short") lists.push(() => read.licensesOf(actors.buyer.address));
        for (const list of lists) {
          expect((await caught(list, "NODE_INCONSISTENT")).message).to.contain(said);
        }
      });
    }

    it("for an event that is there twice", async () => {
      const { reading } = await loadFixture(worldFixture);
      const read = reading(changing((log) => [log, log]));
      expect((await caught(() => read.offers(), "NODE_INCONSISTENT")).message).to.contain("is there twice");
    });

    it("for a licence that it leaves out, or that an account does not hold", async () => {
      const { reading, actors, sold } = await loadFixture(worldFixture);
      const hides = reading(changing((log) => (BigInt(log.topics[3] ?? 0) === sold ? [] : log)));
      expect((await caught(() => hides.licensesOf(actors.buyer.address), "NODE_INCONSISTENT")).message).to.contain(
        "holds 4 licences, and its events show 3",
      );
      const adds = reading(
        changing((log) =>
          altered(log, { topics: [...log.topics.slice(0, 3), toBeHex(sold + 1n, 32)], index: log.index }),
        ),
      );
      expect((await caught(() => adds.licensesOf(actors.buyer.address), "NODE_INCONSISTENT")).message).to.contain(
        "which does not hold it",
      );
    });

    it("for the terms of a deal, and for a sale whose deal it leaves out", async () => {
      const { reading, actors, contracts } = await loadFixture(worldFixture);
      const opened = contracts.Escrow.interface.getEvent("DealOpened").topicHash;
      // the price of a deal is the twelfth word
      const lies = reading(
        changing((log) => (log.topics[0] === opened ? altered(log, { data: raised(log.data, 11) }) : log)),
      );
      for (const account of [actors.creator, actors.buyer]) {
        const { message } = await caught(() => lies.dealsOf(account.address), "NODE_INCONSISTENT");
        expect(message).to.contain("with terms that the escrow does not hold");
      }
      const hides = reading(changing((log) => (log.topics[0] === opened ? [] : log)));
      const { message } = await caught(() => hides.dealsOf(actors.buyer.address), "NODE_INCONSISTENT");
      expect(message).to.contain("there is no event of its opening");
    });

    it("and ends a page early where strangers left much that is of no interest, and goes on from there", async () => {
      const { reading } = await loadFixture(worldFixture);
      const read = reading({
        getLogs: async (ask, ...given) => {
          const [log] = (await ask(...given)) as Log[];
          const { fromBlock } = (given as unknown as [{ fromBlock: string }])[0];
          if (log === undefined || Number(fromBlock) > log.blockNumber) return [];
          return Array.from({ length: 2_600 }, (_, index) => altered(log, { index }));
        },
      });
      const filter = { payToken: ZeroAddress };
      const first = await read.offers(filter);
      expect(first.items).to.deep.equal([]);
      expect(first.next!.index).to.be.within(1_999, 2_100);
      const second = await read.offers(filter, { after: first.next });
      expect(second).to.deep.include({ items: [], next: undefined });
    });

    it("and asks for little where there is much: what strangers leave costs a page no more than its bound", async () => {
      const { reading } = await loadFixture(worldFixture);
      let asked = 0;
      const read = reading({
        getLogs: async (ask, ...given) => {
          asked++;
          return ask(...given);
        },
      });
      await mine(200_000);
      await read.offers();
      expect(asked).to.be.lessThan(8);
    });
  });

  /** All events of a name up to now. */
  async function told<N extends EventName>(read: ReadClient, name: N): Promise<MarketEvent<N>[]> {
    const events: MarketEvent<N>[] = [];
    for await (const page of read.watch({ events: [name], confirmations: 0, everyMs: 10 })) {
      if (page.kind === "events") events.push(...page.events);
      if (page.kind === "events" && page.upToDate) break;
    }
    return events;
  }
});
