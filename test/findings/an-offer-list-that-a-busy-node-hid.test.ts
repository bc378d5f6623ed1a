import { expect } from "chai";
import { JsonRpcProvider, Wallet, ZeroAddress } from "ethers";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { PagedProvider, patient } from "../../sdk/src/chain";
import { MarketClient, PaymentClient } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import { caught } from "../support/caught";
import { separateNode, type SeparateNode } from "../support/separate-node";

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What an endpoint does with a request before its node; undefined passes it on. */
type Manner = (calls: readonly Call[], batch: boolean) => { status?: number; body: unknown } | undefined;

const refused = (calls: readonly Call[], code: number, message: string) => ({
  body: calls.map(({ id }) => ({ jsonrpc: "2.0", id, error: { code, message } })),
});

/** Most blocks that the endpoint reads at a time. */
const WIDEST = 20;
const tooWide =
  (message: string, code: number, status?: number): Manner =>
  (calls) => {
    for (const { method, params } of calls) {
      if (method !== "eth_getLogs") continue;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      if (Number(toBlock) - Number(fromBlock) < WIDEST) continue;
      const { body } = refused(calls, code, message);
      return status === undefined ? { body } : { status, body: body[0] };
    }
    return undefined;
  };

/** For so long everything that reads events is refused. */
function forAWhile(milliseconds: number, code: number, message: string): Manner {
  let until = 0;
  return (calls) => {
    if (!calls.some(({ method }) => method === "eth_getLogs" || method === "eth_call")) return undefined;
    until ||= Date.now() + milliseconds;
    return Date.now() < until ? refused(calls, code, message) : undefined;
  };
}

/**
 * What was lost: the sight of an offer. A page that read with the client it was told to use got an error of the node, or
 * was told that there is no contract, because the node reads 20 blocks at a time, was busy for a second, was a block
 * behind, or takes no batches.
 */
describe("Finding: an offer list that a busy node hid", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let server: Server;
  let url: string;
  let manner: Manner = () => undefined;
  let asked: string[] = [];
  let versionId: bigint;
  let deployment: SeparateNode["deployment"];
  const providers: JsonRpcProvider[] = [];

  before(async () => {
    chain = await separateNode();
    deployment = chain.deployment;
    const seller = new MarketClient(deployment, await chain.provider.getSigner(7));
    ({ versionId } = await seller.listModel(winkCard, folderStore(join(chain.folder, "store"))));
    await seller.createOffer({ versionId, price: 5n, supply: 10n });
    for (let block = 0; block < 3 * WIDEST; block++) await chain.provider.send("evm_mine", []);
    await seller.createOffer({ versionId, price: 6n, supply: 10n });

    server = createServer((request, response) => {
      void answer(request).then(({ status = 200, body }) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await chain.close();
  });
  beforeEach(() => {
    asked = [];
    manner = () => undefined;
  });
  afterEach(() => {
    for (const provider of providers.splice(0)) provider.destroy();
  });

  async function answer(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as Call | Call[];
    const calls = [body].flat();
    asked.push(...calls.map(({ method }) => method));
    const own = manner(calls, Array.isArray(body));
    if (own !== undefined) {
      const single = !Array.isArray(body) && Array.isArray(own.body) ? (own.body as unknown[])[0] : own.body;
      return { ...own, body: single };
    }
    const answers: unknown[] = [];
    for (const call of calls) {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(call) };
      answers.push(await (await fetch(chain.node.url, init)).json());
    }
    return { body: Array.isArray(body) ? answers : answers[0] };
  }

  /** A provider as a page makes it, with nothing of ours around it. */
  function plain(): JsonRpcProvider {
    const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1 });
    provider.pollingInterval = 50;
    providers.push(provider);
    return provider;
  }
  const prices = async (provider: JsonRpcProvider) =>
    (await new MarketClient(deployment, provider).offersOf(versionId)).map(({ offer }) => offer.price);

  const manners: readonly [string, () => Manner][] = [
    ["reads 20 blocks at a time", () => tooWide("exceed maximum block range: 20", -32_000)],
    ["says so with a status of HTTP", () => tooWide("eth_getLogs is limited to a 20 range", -32_614, 413)],
    ["says so with a status 400", () => tooWide("query exceeds max block range 20", -32_602, 400)],
    ["says only that a limit is exceeded", () => tooWide("limit exceeded", -32_005)],
    ["says only that a request is above a limit", () => tooWide("Request limit exceeded.", -32_005)],
    ["runs out of time over a wide range", () => tooWide("query timed out", -32_000)],
    ["says that the response would be too long", () => tooWide("Response size should not exceed 10485760", -32_000)],
    ["says so in words that nobody listed", () => tooWide("das ist zu viel", -32_000)],
    ["is busy for a second", () => forAWhile(1_000, -32_005, "project ID request rate exceeded")],
    ["is busy for a second in a code alone", () => forAWhile(1_000, 429, "sorry")],
    [
      "is a block behind for a second",
      () => forAWhile(1_000, -32_602, "block range extends beyond current head block"),
    ],
    ["refuses batches by a status", () => (_, batch) => (batch ? { status: 400, body: { error: "no" } } : undefined)],
    [
      "refuses batches by one error",
      () => (_, batch) =>
        batch
          ? { body: { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "Invalid Request" } } }
          : undefined,
    ],
    [
      "refuses batches by an error each",
      () => (calls, batch) => (batch ? refused(calls, -32_014, "too many RPC calls in batch request") : undefined),
    ],
    [
      "answers only the first of a batch",
      () => (_, batch) => (batch ? { body: [{ jsonrpc: "2.0", id: -1, result: "0x" }] } : undefined),
    ],
  ];

  for (const [what, make] of manners) {
    it(`reads every offer from a node that ${what}, with a plain provider`, async () => {
      manner = make();
      expect(await prices(plain())).to.deep.equal([5n, 6n]);
      expect(asked.filter((method) => method === "eth_getLogs").length).to.be.lessThan(80);
    });
  }

  it("looks for other versions under a key on a node that reads 20 blocks at a time", async () => {
    manner = tooWide("exceed maximum block range: 20", -32_000);
    await new MarketClient(deployment, plain()).requireOwnKey(
      versionId,
      await (await chain.provider.getSigner(7)).getAddress(),
    );
    expect(asked).to.include("eth_getLogs");
  });

  it("buys through a node that refuses batches", async () => {
    manner = (_, batch) => (batch ? { status: 400, body: { error: "no" } } : undefined);
    const buyer = new Wallet(Wallet.createRandom().privateKey, plain());
    await chain.provider.send("hardhat_setBalance", [buyer.address, "0xde0b6b3a7640000"]);
    const client = new PaymentClient(deployment, buyer);
    const { offer } = (await client.market.offersOf(versionId))[0]!;
    expect(offer.payToken).to.equal(ZeroAddress);
    const { licenseIds } = await client.purchaseCart([{ offer }, { offer }]);
    expect(licenseIds).to.have.length(2);
    for (const id of licenseIds) expect(await client.market.licenses.ownerOf(id)).to.equal(buyer.address);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a node that limits ranges, is busy, lags behind or accepts
  //   no batches
  it("tells a node that stays busy, behind or unwilling by a code of its own, within the time that it was given", async () => {
    const cases: readonly [string, Manner][] = [
      ["NODE_BUSY", (calls) => onLogs(calls, -32_005, "project ID request rate exceeded")],
      ["NODE_BEHIND", (calls) => onLogs(calls, -32_602, "block range extends beyond current head block")],
      ["RANGE_REFUSED", (calls) => onLogs(calls, -32_000, "query returned more than 0 results")],
    ];
    for (const [code, stays] of cases) {
      const provider = patient(plain(), { busyMs: 700, behindMs: 700 });
      manner = () => undefined;
      await prices(provider);
      manner = stays;
      const started = Date.now();
      asked = [];
      const paged = new PagedProvider(url, undefined, { staticNetwork: true });
      patient(paged, { busyMs: 700, behindMs: 700 });
      providers.push(paged);
      const read = () => paged.send("eth_getLogs", [{ fromBlock: "0x1", toBlock: "0x1" }]);
      if (code !== "RANGE_REFUSED") {
        const { decodeError } = await import("../../sdk/src/errors");
        await caught(() => read().catch((error: unknown) => Promise.reject(decodeError(error))), code);
        expect(Date.now() - started).to.be.within(600, 30_000);
      } else {
        await caught(() => prices(provider), code);
      }
      expect(asked.length).to.be.lessThan(80);
    }
  });

  function onLogs(calls: readonly Call[], code: number, message: string) {
    return calls.some(({ method }) => method === "eth_getLogs") ? refused(calls, code, message) : undefined;
  }
});
