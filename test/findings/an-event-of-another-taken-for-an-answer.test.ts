import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Log, type Filter, type FilterByBlockHash, type LogParams } from "ethers";
import { ethers } from "hardhat";

import { isIsonomyError } from "../../sdk/src/errors";
import { privilegedAbis, readPermissions } from "../../sdk/src/governance";
import { LogPager } from "../../sdk/src/rpc/logs";
import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";
import { clientsOf, methodsOf } from "../support/clients";
import { lyingProvider } from "../support/lyingProvider";

const STRANGER = "0x00000000000000000000000000000000000000aa";

/** What a node slips in beside the events that were asked for. */
const FORGED: Record<string, { readonly of: (filter: Filter) => Partial<LogParams>; readonly says: RegExp }> = {
  "an event of another contract": { of: () => ({ address: STRANGER }), says: /is not what was asked for/ },
  "an event of another kind": { of: () => ({ topics: [`0x${"77".repeat(32)}`] }), says: /is not what was asked for/ },
  "an event that a reorg removed": { of: () => ({ removed: true }), says: /was removed by a reorg/ },
  "an event of a later block": {
    of: ({ toBlock }) => ({ blockNumber: Number(toBlock) + 1 }),
    says: /is not in blocks/,
  },
  "an event without what it has to hold": { of: () => ({}), says: /is none that this contract leaves/ },
};

/** All that this event holds is in its topics, so a forged one lacks nothing. The deal itself is compared with the escrow's hash. */
const NOTHING_MORE = { title: "an event without what it has to hold", method: "ResaleClient.dealsOf" };

/**
 * What was lost: the truth about offers, deals, pools and powers. The clients took a node's word that the events it returned
 * were those they had asked for; only the lists of `ReadClient` looked. A node that mixes up filters, or lies, showed a
 * stranger's event as an offer of the market or as a key that was delivered.
 */
describe("Finding: an event of another was taken for an answer", function () {
  this.timeout(120_000);

  it("refuses no true answer, however the filter is written", async () => {
    const { contracts } = await loadFixture(marketFixture);
    const registry = contracts.ModelRegistry;
    const address = await registry.getAddress();
    const [topic] = (await registry.filters.VersionPublished().getTopicFilter()) as [string];
    const plain = { address, topics: [topic], fromBlock: 0, toBlock: "latest" };
    const expected = await ethers.provider.getLogs(plain);
    expect(expected.length).to.be.greaterThan(0);
    const pager = new LogPager(ethers.provider);
    const { blockNumber } = expected[0]!;
    const ways: Record<string, Filter | FilterByBlockHash> = {
      plain,
      "capital letters": {
        ...plain,
        address: address.toUpperCase().replace("0X", "0x"),
        topics: [topic.toUpperCase().replace("0X", "0x")],
      },
      "a contract": { ...plain, address: registry },
      "a list with a contract": { ...plain, address: [registry] },
      "a promise": { ...plain, address: Promise.resolve(address) },
      "a list of topics, and any second one": { ...plain, topics: [[topic, `0x${"55".repeat(32)}`], null] },
      "no second topic": { ...plain, topics: [topic, undefined as never] },
      "what is pending": { ...plain, toBlock: "pending" },
      "backwards from the newest block": { ...plain, fromBlock: -10_000 },
    };
    for (const [name, filter] of Object.entries(ways)) {
      expect(
        (await pager.getLogs(filter)).map(({ index, blockNumber: at }) => [at, index]),
        name,
      ).to.deep.equal(expected.map(({ index, blockNumber: at }) => [at, index]));
    }
    const { hash } = (await ethers.provider.getBlock(blockNumber))!;
    const capital = { address, topics: [topic], blockHash: hash!.toUpperCase().replace("0X", "0x") };
    expect(await pager.getLogs(capital)).to.have.length(
      expected.filter((one) => one.blockNumber === blockNumber).length,
    );
  });

  for (const [title, { of, says }] of Object.entries(FORGED)) {
    // claim(attacks#command-line-package-and-sellers-agent): a node that slips in events that nobody asked for
    it(`no client reads ${title}`, async () => {
      const { contracts, actors } = await loadFixture(marketFixture);
      const book = await bookOf(contracts);
      let asked = 0;
      const liar = lyingProvider(ethers.provider, {
        getLogs: async (ask: (filter: Filter) => Promise<Log[]>, filter: Filter) => {
          asked++;
          const latest = (await ethers.provider.getBlock("latest"))!;
          const genuine: LogParams = {
            ...{ address: [filter.address].flat()[0] as string, data: "0x", removed: false, index: 0 },
            ...{ blockHash: latest.hash!, blockNumber: latest.number },
            ...{ transactionHash: `0x${"11".repeat(32)}`, transactionIndex: 0 },
            topics: (filter.topics ?? []).map((topic) => [topic].flat()[0] ?? `0x${"00".repeat(32)}`),
          };
          const forged = new Log({ ...genuine, ...of(filter) }, ethers.provider);
          return [...(await ask(filter)), forged];
        },
      } as never);

      const believed: string[] = [];
      const read: string[] = [];
      const tried = async (name: string, call: () => unknown): Promise<void> => {
        asked = 0;
        const failure: unknown = await Promise.resolve()
          .then(call)
          .then(
            () => undefined,
            (error: unknown) => error,
          );
        if (asked === 0) return;
        if (title === NOTHING_MORE.title && name.startsWith(`${NOTHING_MORE.method}(`)) return;
        read.push(name);
        const refused = isIsonomyError(failure, "NODE_INCONSISTENT") && says.test(failure.message);
        if (!refused) believed.push(`${name}: ${String(failure)}`);
      };
      for (const [name, client] of Object.entries(clientsOf(book, liar))) {
        for (const method of methodsOf(client).filter((one) => one !== "watch")) {
          const call = (client as unknown as Record<string, (...all: unknown[]) => unknown>)[method]!.bind(client);
          for (const argument of [undefined, 1n, actors.other.address]) {
            await tried(`${name}.${method}(${argument})`, () => call(argument));
          }
        }
      }
      await tried("readPermissions", () => readPermissions({ provider: liar, abis: privilegedAbis, deployment: book }));
      expect(believed).to.deep.equal([]);
      expect(read).to.include.members([
        "MarketClient.offersOf(1)",
        "ExchangeClient.pools(undefined)",
        "readPermissions",
      ]);
      expect(read.length).to.be.at.least(6);
    });
  }
});
