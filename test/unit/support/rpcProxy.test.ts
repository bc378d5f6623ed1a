import { expect } from "chai";
import { Transaction, Wallet } from "ethers";

import { startAnvil, type Anvil } from "../../support/anvil";
import { nextCalls, nthCall, random, randomly, startRpcProxy, type RpcProxy } from "../../support/rpcProxy";

const CHAIN_ID = 84_532;
// the first account of every development node
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

describe("RPC proxy", () => {
  let node: Anvil;
  let proxy: RpcProxy;
  before(async () => {
    node = await startAnvil({ chainId: CHAIN_ID });
  });
  after(() => node.stop());
  beforeEach(async () => {
    proxy = await startRpcProxy(node.url);
  });
  afterEach(() => proxy.close());

  function post(body: unknown, patience = 20_000): Promise<Response> {
    return fetch(proxy.url, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  }
  async function ask(method: string, params: unknown[] = []): Promise<unknown> {
    return (await post({ jsonrpc: "2.0", id: 7, method, params })).json();
  }
  async function failure(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => "no failure",
      (error: Error) => error.name,
    );
  }
  async function transaction(): Promise<Transaction> {
    const wallet = new Wallet(KEY);
    const nonce = Number(await node.send<string>("eth_getTransactionCount", [wallet.address, "latest"]));
    return Transaction.from(
      await wallet.signTransaction({
        to: wallet.address,
        nonce,
        chainId: CHAIN_ID,
        gasLimit: 21_000,
        maxFeePerGas: 10_000_000_000n,
        maxPriorityFeePerGas: 0n,
        type: 2,
      }),
    );
  }

  it("passes calls on, one by one and in batches, and counts them", async () => {
    expect(await ask("eth_chainId")).to.deep.equal({ jsonrpc: "2.0", id: 7, result: "0x14a34" });
    const batch = [1, 2].map((id) => ({ jsonrpc: "2.0", id, method: "eth_chainId" }));
    expect(await (await post(batch)).json()).to.deep.equal([
      { jsonrpc: "2.0", id: 1, result: "0x14a34" },
      { jsonrpc: "2.0", id: 2, result: "0x14a34" },
    ]);
    expect(proxy.calls).to.deep.equal({ eth_chainId: 3 });
    expect(proxy.met).to.deep.equal([]);
  });

  it("answers 429 with the time to wait, as often as it is told, without asking the node", async () => {
    proxy.rule(nextCalls(/^eth_/, 2, { kind: "status", status: 429, retryAfter: 3 }));
    for (let i = 0; i < 2; i++) {
      const response = await post({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber" });
      expect([response.status, response.headers.get("retry-after")]).to.deep.equal([429, "3"]);
    }
    expect(await ask("eth_chainId")).to.have.property("result", "0x14a34");
  });

  it("lets one call time out, breaks another, delays a third, answers a fourth with an error", async () => {
    proxy.rule(nthCall("eth_chainId", 1, { kind: "timeout" }));
    proxy.rule(nthCall("eth_chainId", 2, { kind: "reset" }));
    proxy.rule(nthCall("eth_chainId", 3, { kind: "delay", ms: 150 }));
    proxy.rule(nthCall("eth_chainId", 4, { kind: "error", code: -32_005, message: "limit exceeded" }));
    const call = { jsonrpc: "2.0", id: 1, method: "eth_chainId" };
    expect(await failure(post(call, 200))).to.equal("TimeoutError");
    expect(await failure(post(call))).to.equal("TypeError");
    const from = Date.now();
    expect(await ask("eth_chainId")).to.have.property("result", "0x14a34");
    expect(Date.now() - from).to.be.at.least(145);
    expect(await ask("eth_chainId")).to.deep.equal({
      jsonrpc: "2.0",
      id: 7,
      error: { code: -32_005, message: "limit exceeded" },
    });
    expect(proxy.met.map(({ fault }) => fault)).to.deep.equal(["timeout", "reset", "delay", "error"]);
  });

  it("forgets a transaction: its hash is answered and the node never hears of it", async () => {
    const { serialized, hash } = await transaction();
    const seen: (string | number)[] = [];
    proxy.onTransaction((which, nth) => void seen.push(which, nth));
    proxy.rule(nthCall("eth_sendRawTransaction", 1, { kind: "forget" }));
    expect(await ask("eth_sendRawTransaction", [serialized])).to.have.property("result", hash);
    expect(await node.send("eth_getTransactionByHash", [hash])).to.equal(null);
    expect(proxy.sent).to.deep.equal([]);
    expect(await ask("eth_sendRawTransaction", [serialized])).to.have.property("result", hash);
    expect(await node.send("eth_getTransactionByHash", [hash])).to.have.property("hash", hash);
    expect(proxy.sent).to.deep.equal([hash]);
    expect(seen).to.deep.equal([hash, 1, hash, 2]);
  });

  it("loses the answer to a transaction that the node has taken", async () => {
    const { serialized, hash } = await transaction();
    proxy.rule(nthCall("eth_sendRawTransaction", 1, { kind: "lostAnswer" }));
    expect(await failure(ask("eth_sendRawTransaction", [serialized]))).to.equal("TypeError");
    expect(await node.send("eth_getTransactionByHash", [hash])).to.have.property("hash", hash);
    expect(proxy.sent).to.deep.equal([hash]);
  });

  it("is cut and mended, the calls on their way included", async () => {
    proxy.rule(nthCall("eth_chainId", 1, { kind: "delay", ms: 100 }));
    const underway = failure(ask("eth_chainId"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const over = proxy.cutFor(200);
    expect(await underway).to.equal("TypeError");
    expect(await failure(ask("eth_chainId"))).to.equal("TypeError");
    await over;
    expect(await ask("eth_chainId")).to.have.property("result", "0x14a34");
  });

  it("draws the same faults for the same seed", () => {
    const draws = (seed: number) => {
      const rule = randomly(seed, 0.5, [{ kind: "reset" }, { kind: "status", status: 503 }]);
      return Array.from(
        { length: 40 },
        (_, nth) => rule({ id: 1, method: "eth_call", params: [], nth })?.kind ?? "none",
      );
    };
    expect(draws(5)).to.deep.equal(draws(5));
    expect(draws(5)).to.not.deep.equal(draws(6));
    expect(new Set(draws(5))).to.deep.equal(new Set(["none", "reset", "status"]));
    const draw = random(1);
    for (let i = 0; i < 1_000; i++) expect(draw()).to.be.within(0, 0.999_999_999_9);
  });
});
