import { expect } from "chai";
import { AbiCoder } from "ethers";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { PagedProvider } from "../../sdk/src/chain";
import { MarketClient, type Offer } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import { ReadClient, type WatchCursor } from "../../sdk/src/reading";
import { caught } from "../support/caught";
import { runHere } from "../support/cli";
import { nextCalls, startRpcProxy, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

/** A program that keeps what it was told of, as `watch` says that it has to be kept. */
class Records {
  cursor: WatchCursor | undefined;
  sold: { readonly block: number; readonly licenseId: bigint }[] = [];
  undone = 0;

  async follow(reading: ReadClient, confirmations = 0): Promise<void> {
    const watch = { after: this.cursor, confirmations, events: ["LicenseSold"], once: true, everyMs: 20 } as const;
    for await (const page of reading.watch(watch)) {
      if (page.kind === "undone") {
        this.undone++;
        this.sold = this.sold.filter(({ block }) => block <= page.after);
      } else {
        this.sold.push(
          ...page.events.map(({ args, blockNumber }) => ({ block: blockNumber, licenseId: args.licenseId })),
        );
      }
      this.cursor = JSON.parse(JSON.stringify(page.cursor)) as WatchCursor;
    }
  }
}

/**
 * What was lost: the truth about sales. A program that noted each sale when it saw its event went on serving a buyer whose
 * purchase a reorg had taken back, and one that began again at the newest block never heard of the sales between.
 */
describe("Finding: a sale that a reorg took back", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let proxy: RpcProxy;
  let provider: PagedProvider;
  let reading: ReadClient;
  let buyer: MarketClient;
  let offer: Offer;
  let snapshot: string;
  let folder: string;

  before(async () => {
    chain = await separateNode();
    proxy = await startRpcProxy(chain.node.url);
    folder = await mkdtemp(join(tmpdir(), "isonomy-reorg-"));
    provider = new PagedProvider(proxy.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
    reading = new ReadClient(chain.deployment, provider);
    const seller = new MarketClient(chain.deployment, await chain.provider.getSigner(7));
    const { versionId } = await seller.listModel(winkCard, folderStore(join(folder, "store")));
    ({ offer } = await seller.createOffer({ versionId, price: 5n, supply: 100n }));
    buyer = new MarketClient(chain.deployment, await chain.provider.getSigner(8));
  });
  after(async () => {
    provider.destroy();
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
    await chain.close();
  });
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const buy = async (): Promise<bigint> => (await buyer.purchase(offer)).licenseId;
  const mine = () => chain.provider.send("evm_mine", []);
  const licences = ({ sold }: Records): bigint[] => sold.map(({ licenseId }) => licenseId);

  // claim(attacks#command-line-package-and-sellers-agent): a reorganisation after an event was told, so that a program
  //   goes on serving a sale that never was
  it("is taken out of the records, and the sale that took its place is there, also after a restart", async () => {
    const records = new Records();
    const stands = await buy();
    await records.follow(reading);
    const fork = (await chain.provider.send("evm_snapshot", [])) as string;
    const gone = await buy();
    await mine();
    await records.follow(reading);
    expect(licences(records)).to.deep.equal([stands, gone]);
    await chain.provider.send("evm_revert", [fork]);
    await mine();
    const instead = await buy();
    await mine();
    await records.follow(reading);
    expect(records.undone).to.equal(1);
    expect(licences(records)).to.deep.equal([stands, instead]);
    // the licence of the sale that was taken back has the same number: the block says which of them it is
    expect(records.sold.at(-1)!.block).to.be.greaterThan(records.sold[0]!.block + 1);
    await records.follow(reading);
    expect(records.undone).to.equal(1);
  });

  it("is not told at all where the program waits for longer than the reorg is deep", async () => {
    const records = new Records();
    const fork = (await chain.provider.send("evm_snapshot", [])) as string;
    await buy();
    await mine();
    await records.follow(reading, 5);
    expect(licences(records)).to.deep.equal([]);
    await chain.provider.send("evm_revert", [fork]);
    const instead = await buy();
    for (let block = 0; block < 5; block++) await mine();
    await records.follow(reading, 5);
    expect([licences(records), records.undone]).to.deep.equal([[instead], 0]);
  });

  it("is told once, however often the connection breaks on the way", async () => {
    const records = new Records();
    const all: bigint[] = [];
    for (const method of ["eth_getLogs", "eth_getBlockByNumber", "eth_chainId"]) {
      all.push(await buy());
      const forget = proxy.rule(nextCalls(method, 3, { kind: "reset" }));
      await records.follow(reading);
      forget();
    }
    expect(licences(records)).to.deep.equal(all);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a node that forges the price of an offer, or leaves out a licence that
  //   somebody holds
  it("and what a node forges or leaves out is refused, in the command line too", async () => {
    const sold = await buy();
    const env = {
      ISONOMY_RPC_URL: proxy.url,
      ISONOMY_ADDRESSES: join(folder, "deployment.json"),
      ISONOMY_HOME: folder,
    };
    await writeFile(env.ISONOMY_ADDRESSES, JSON.stringify(chain.deployment));
    const [log] = (await chain.provider.send("eth_getLogs", [
      {
        address: chain.deployment.contracts.Market,
        fromBlock: "0x0",
        topics: [buyer.market.interface.getEvent("OfferListed").topicHash],
      },
    ])) as { data: string }[];
    const coder = AbiCoder.defaultAbiCoder();
    const words = log!.data.slice(2).match(/.{64}/g)!;
    words[3] = coder.encode(["uint256"], [1n]).slice(2);
    const forged = { ...log, data: `0x${words.join("")}` };
    let forget = proxy.rule(({ method }) =>
      method === "eth_getLogs" ? { kind: "answer", result: [forged] } : undefined,
    );
    await caught(() => reading.offers(), "NODE_INCONSISTENT");
    for (const command of [["models"], ["show", "1"], ["watch", "--from", "0", "--once"]]) {
      const { code, err } = await runHere(command, env);
      expect([code, /do not fit together/.test(err)], command.join(" ")).to.deep.equal([1, true]);
    }
    forget();
    forget = proxy.rule(({ method }) => (method === "eth_getLogs" ? { kind: "answer", result: [] } : undefined));
    const holder = await (await chain.provider.getSigner(8)).getAddress();
    const { code, err } = await runHere(["licences", "--account", holder], env);
    expect(code).to.equal(1);
    expect(err).to.contain("holds 1 licences, and its events show 0");
    forget();
    expect((await reading.licensesOf(holder)).items.map(({ licenseId }) => licenseId)).to.deep.equal([sold]);
  });
});
