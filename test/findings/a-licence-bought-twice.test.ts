import { expect } from "chai";
import {
  AbstractSigner,
  BrowserProvider,
  FallbackProvider,
  FetchRequest,
  JsonRpcProvider,
  NonceManager,
  Wallet,
  ZeroAddress,
  type Provider,
  type Signer,
  type TransactionRequest,
} from "ethers";
import { Agent } from "node:http";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { BoundedWallet, type WaitPatience, type Waiting } from "../../sdk/src/chain";
import { isIsonomyError } from "../../sdk/src/errors";
import { MarketClient, hashOffer, type Offer } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import { wasNeverSent } from "../../sdk/src/rpc/broadcast";
import { patient } from "../../sdk/src/rpc/patient";
import { TestToken__factory } from "../../typechain-types";
import { caught } from "../support/caught";
import { localWallet, person, runHere } from "../support/cli";
import { nextCalls, startRpcProxy, type Fault, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

const PRICE = 10n ** 18n;
/** As long as a person waits, in the tests' time. */
const PATIENCE: WaitPatience = { minedMs: 60_000, goneMs: 1_000, unseenMs: 4_000, silentMs: 20_000 };
/** The same for a node that is known to stay silent. */
const SILENT: WaitPatience = { ...PATIENCE, silentMs: 3_000 };
/** A provider repeats a busy node's reads for a minute: what ends long before did not wait for that. */
const FAR_LESS_MS = 30_000;
const SEND = "eth_sendRawTransaction";

/** A key that something else than ethers keeps, such as a module of hardware: it signs, and ethers sends. */
class KeyElsewhereInThisProcess extends AbstractSigner {
  constructor(
    readonly key: Wallet,
    provider: Provider | null,
  ) {
    super(provider);
  }
  override connect(provider: Provider | null): KeyElsewhereInThisProcess {
    return new KeyElsewhereInThisProcess(this.key, provider);
  }
  override async getAddress(): Promise<string> {
    return this.key.address;
  }
  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.key.signTransaction(transaction);
  }
  override signMessage(message: string): Promise<string> {
    return this.key.signMessage(message);
  }
  override signTypedData(...all: Parameters<Wallet["signTypedData"]>): Promise<string> {
    return this.key.signTypedData(...all);
  }
}

/** The keys that a program may have here, each with ethers' own way to send. */
const KEYS: readonly [string, (key: string, provider: Provider) => Signer][] = [
  ["a wallet", (key, provider) => new Wallet(key, provider)],
  ["a wallet with limits", (key, provider) => new BoundedWallet(key, undefined, provider)],
  ["a wallet that counts its numbers", (key, provider) => new NonceManager(new Wallet(key, provider))],
  ["a key that another module keeps", (key, provider) => new KeyElsewhereInThisProcess(new Wallet(key), provider)],
];

/** Answers to a transaction that the node took all the same. */
const TAKEN: readonly [string, Fault][] = [
  ["502 and a page", { kind: "otherAnswer", status: 502, body: "<html><h1>502 Bad Gateway</h1>cloudflare</html>" }],
  ["503", { kind: "otherAnswer", status: 503, body: "no server is available" }],
  ["504", { kind: "otherAnswer", status: 504, body: "upstream timed out" }],
  ["500 and an error", { kind: "otherAnswer", status: 500, body: { code: -32_603, message: "internal error" } }],
  ["429, after which the same is sent again", { kind: "otherAnswer", status: 429, body: "Too Many Requests" }],
  [
    "a rate limit in words",
    { kind: "otherAnswer", body: { code: -32_005, message: "project ID request rate exceeded" } },
  ],
  ["Alchemy's 429", { kind: "otherAnswer", body: { code: 429, message: "exceeded its compute units per second" } }],
  ["proxyd's rate limit", { kind: "otherAnswer", body: { code: -32_016, message: "over rate limit" } }],
  ["an internal error", { kind: "otherAnswer", body: { code: -32_603, message: "Internal error" } }],
  ["an error without words", { kind: "otherAnswer", body: { code: -32_000, message: "" } }],
  ["a full pool", { kind: "otherAnswer", body: { code: -32_000, message: "txpool is full" } }],
  ["a fee that is too low", { kind: "otherAnswer", body: { code: -32_000, message: "transaction underpriced" } }],
  ["too little coin", { kind: "otherAnswer", body: { code: -32_000, message: "insufficient funds for gas * price" } }],
  ["that it has it", { kind: "otherAnswer", body: { code: -32_000, message: "already known" } }],
  ["that its number is used", { kind: "otherAnswer", body: { code: -32_000, message: "nonce too low" } }],
  ["a page with status 200", { kind: "otherAnswer", body: "<html>Just a moment...</html>" }],
  ["another hash", { kind: "otherAnswer", body: { code: -32_000, message: "unexpected end of JSON input" } }],
  ["a broken connection", { kind: "lostAnswer" }],
  ["nothing at all", { kind: "otherAnswer" }],
];

/**
 * What was lost: the price of a licence. The node took the purchase and something in front of it answered 502; the client
 * said "try again", and the buyer did.
 */
describe("Finding: a licence is bought twice because the first answer was lost", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let proxy: RpcProxy;
  let provider: JsonRpcProvider;
  let deployment: SeparateNode["deployment"];
  let offer: Offer;
  let dear: Offer;
  let token: string;

  before(async () => {
    chain = await separateNode();
    deployment = chain.deployment;
    const seller = new MarketClient(deployment, await chain.provider.getSigner(7));
    const { versionId } = await seller.listModel(winkCard, folderStore(join(chain.folder, "store")));
    ({ offer } = await seller.createOffer({ versionId, price: PRICE, supply: 1_000n }));
    token = chain.addresses.TestToken!;
    ({ offer: dear } = await seller.createOffer({ versionId, price: 3n, supply: 1_000n, payToken: token, salt: 1n }));
  });
  after(() => chain.close());
  beforeEach(async () => {
    proxy = await startRpcProxy(chain.node.url);
    provider = new JsonRpcProvider(proxy.url, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
    provider.pollingInterval = 50;
  });
  afterEach(async () => {
    provider.destroy();
    await proxy.close();
  });

  const key = localWallet(3);
  const sold = async (): Promise<number> => {
    const market = new MarketClient(deployment, chain.provider).market;
    return (await market.queryFilter(market.filters.LicenseSold(), chain.fromBlock)).length;
  };
  const spentBy = async (account: string, before: bigint): Promise<bigint> =>
    (before - (await chain.provider.getBalance(account))) / PRICE;

  for (const [who, signerOf] of KEYS) {
    context(`with ${who}`, () => {
      // each sends in its own way and is answered in the same: the whole table for one of them
      for (const [what, fault] of who === "a wallet" ? TAKEN : TAKEN.slice(0, 2)) {
        // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or
        //   wrong, after which a second one would buy twice
        it(`reports the one licence when the node answers with ${what}`, async () => {
          const before = [await sold(), await chain.provider.getBalance(key.address)] as const;
          proxy.rule(nextCalls(SEND, 1, fault));
          const silent = fault.kind === "otherAnswer" && fault.body === undefined;
          const patience = silent ? SILENT : PATIENCE;
          const client = new MarketClient(deployment, signerOf(key.privateKey, provider), { patience });
          const { licenseId, receipt } = await client.purchase(offer);
          expect(proxy.met, "the fault was met").to.have.length(1);
          expect(receipt.hash).to.equal(proxy.sent[0]);
          expect(new Set(proxy.sent).size, "transactions that were signed").to.equal(1);
          expect(await client.licenses.ownerOf(licenseId)).to.equal(key.address);
          expect(await sold()).to.equal(before[0] + 1);
          expect(await spentBy(key.address, before[1])).to.equal(1n);
        });
      }
    });
  }

  it("leaves no clock running once it is bought, which would keep the buyer's program alive", async () => {
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    const running = new Map<unknown, number>();
    globalThis.setTimeout = ((act: (...all: unknown[]) => void, ms = 0, ...all: unknown[]) => {
      const timer = set(() => (running.delete(timer), act(...all)), ms);
      running.set(timer, ms);
      return timer;
    }) as typeof set;
    globalThis.clearTimeout = (timer) => (running.delete(timer), clear(timer));
    try {
      const client = new MarketClient(deployment, new Wallet(key.privateKey, provider));
      await client.purchase(offer);
      // connections that are kept open have short ones
      expect([...running.values()].filter((ms) => ms >= 10_000)).to.deep.equal([]);
    } finally {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    }
  });

  it("goes on from an approval whose answer was lost to the purchase, and does both once", async () => {
    const buyer = new Wallet(localWallet(4).privateKey, provider);
    const erc20 = TestToken__factory.connect(token, await chain.provider.getSigner(7));
    await (await erc20.mint(buyer.address, 10n)).wait();
    const count = await chain.provider.getTransactionCount(buyer.address);
    proxy.rule(nextCalls(SEND, 2, { kind: "otherAnswer", status: 502, body: "bad gateway" }));
    const { approval, licenseId } = await new MarketClient(deployment, buyer, { patience: PATIENCE }).purchase(dear);
    expect(proxy.sent).to.have.length(2);
    expect(approval?.hash).to.equal(proxy.sent[0]);
    expect(licenseId).to.be.greaterThan(0n);
    expect(await chain.provider.getTransactionCount(buyer.address)).to.equal(count + 2);
    expect(await erc20.balanceOf(buyer.address)).to.equal(7n);
  });

  it("sends the very same transaction again when the node did not take it the first time", async () => {
    const before = await sold();
    const seen: string[] = [];
    proxy.onTransaction((hash) => void seen.push(hash));
    proxy.rule(nextCalls(SEND, 2, { kind: "status", status: 502 }));
    await new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: PATIENCE }).purchase(offer);
    expect(seen.length).to.be.greaterThan(2);
    expect(new Set(seen).size).to.equal(1);
    expect(await sold()).to.equal(before + 1);
  });

  // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
  //   after which a second one would buy twice
  it("names the hash, the account and the number when the node is gone after it took the transaction", async () => {
    const before = await sold();
    const nonce = await chain.provider.getTransactionCount(key.address);
    proxy.rule(nextCalls(SEND, 1, { kind: "lostAnswer" }));
    proxy.rule((call) => (proxy.sent.length > 0 && call.method !== SEND ? { kind: "status", status: 502 } : undefined));
    const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: SILENT });
    const started = Date.now();
    const error = await caught(() => client.purchase(offer), "TRANSACTION_UNCONFIRMED");
    // also where the provider repeats a busy node's reads for a minute
    expect(Date.now() - started).to.be.lessThan(FAR_LESS_MS);
    expect(error.args).to.include({ hash: proxy.sent[0], account: key.address, nonce });
    expect(error.fix).to.include(proxy.sent[0]).and.include(`${nonce}`);
    expect(error.fix).to.not.match(/^try again/i);
    expect(await sold()).to.equal(before + 1);
  });

  it("says that the number is still free when no node ever took it", async () => {
    const before = await sold();
    const seen: string[] = [];
    proxy.onTransaction((hash) => void seen.push(hash));
    proxy.rule(nextCalls(SEND, Infinity, { kind: "status", status: 502 }));
    const waits: Waiting[] = [];
    const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), {
      patience: PATIENCE,
      onWait: (waiting) => waits.push(waiting),
    });
    const error = await caught(() => client.purchase(offer), "TRANSACTION_DROPPED");
    expect(error.args.hash).to.equal(seen[0]);
    expect(await sold()).to.equal(before);
    // the one that waits is told for what, and how much longer
    expect(waits[0]).to.include({ hash: seen[0], shown: false });
    const left = waits.map(({ leftMs }) => leftMs);
    expect(left).to.deep.equal([...left].sort((a, b) => b - a));
    expect(left[0]).to.be.within(1, PATIENCE.unseenMs);
  });

  it("says at once that a node takes no transactions, and says it of none that it has", async () => {
    const missing = { code: -32_601, message: "the method eth_sendRawTransaction does not exist/is not available" };
    const before = await sold();
    const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: PATIENCE });
    const forget = proxy.rule(nextCalls(SEND, 1, { kind: "error", ...missing }));
    await caught(() => client.purchase(offer), "NODE_FAILED");
    expect(proxy.calls.eth_getTransactionReceipt, "nothing is waited for").to.equal(undefined);
    expect(await sold()).to.equal(before);
    forget();
    proxy.rule(nextCalls(SEND, 1, { kind: "otherAnswer", body: missing }));
    await client.purchase(offer);
    expect(await sold()).to.equal(before + 1);
  });

  for (const more of [[], ["--json"]]) {
    it(`looks for it as long as the command is told to${more.length > 0 ? ", and says no progress in JSON" : ", and says so"}`, async () => {
      const at = { rpc: proxy.url, addresses: join(chain.folder, "deployment.json") };
      const { env } = await person(chain.folder, `buyer-${more.length}`, at, localWallet(9));
      proxy.rule(nextCalls(SEND, Infinity, { kind: "status", status: 502 }));
      const before = await sold();
      const started = Date.now();
      const buy = ["buy", String(offer.versionId), "--terms", hashOffer(offer), "--again", "--wait", "4", ...more];
      const { code, out, err } = await runHere(buy, env);
      expect(Date.now() - started).to.be.within(4_000, FAR_LESS_MS);
      expect(code).to.equal(1);
      expect(out + err).to.contain("its nonce is still free");
      const told = err.split("\n").filter((line) => /^- the node does not show 0x[0-9a-f]{64} yet/.test(line));
      expect(told).to.have.length(more.length > 0 ? 0 : 1);
      expect(await sold()).to.equal(before);
    });
  }

  for (const [message, code] of [
    ["insufficient funds for gas * price + value", "INSUFFICIENT_FUNDS"],
    ["intrinsic gas too low", "GAS_LIMIT_TOO_LOW"],
    ["transaction underpriced", "FEE_TOO_LOW"],
    ["replacement transaction underpriced", "REPLACEMENT_UNDERPRICED"],
  ] as const) {
    it(`tells a node's plain refusal at once: "${message}"`, async () => {
      proxy.rule(nextCalls(SEND, 1, { kind: "error", code: -32_000, message }));
      const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: PATIENCE });
      await caught(() => client.purchase(offer), code);
      expect(proxy.calls.eth_getTransactionReceipt, "nothing is waited for").to.equal(undefined);
    });
  }

  // claim(attacks#command-line-package-and-sellers-agent): another program's transaction with the same nonce and the
  //   same contents, taken for its own
  it("does not take another program's purchase with the same number for its own", async () => {
    const before = await sold();
    const wallet = new Wallet(key.privateKey, provider);
    const other = new MarketClient(deployment, new Wallet(key.privateKey, chain.provider));
    let done = false;
    proxy.onTransaction(async () => {
      if (done) return;
      done = true;
      // the same key and the same number, a moment earlier
      await other.purchase(offer);
    });
    const client = new MarketClient(deployment, wallet, { patience: PATIENCE, fees: { maxTip: 10n ** 12n } });
    const error = await caught(async () => {
      // another fee, so that the two are two transactions
      const fees = await provider.getFeeData();
      wallet.populateTransaction = async (request) => ({
        ...(await Wallet.prototype.populateTransaction.call(wallet, request)),
        maxFeePerGas: fees.maxFeePerGas! + 1n,
      });
      return client.purchase(offer);
    });
    expect(error.code).to.be.oneOf(["NONCE_EXPIRED"]);
    expect(await sold()).to.equal(before + 1);
  });

  context("when the key is not here", () => {
    const AMBIGUOUS: readonly [string, { code: number; message: string }][] = [
      ["an internal error", { code: -32_603, message: "Internal JSON-RPC error." }],
      ["a rate limit", { code: -32_005, message: "Request limit exceeded." }],
      ["a time-out", { code: -32_000, message: "request timed out" }],
      ["words that nobody listed", { code: -32_000, message: "nicht möglich" }],
    ];
    for (const [what, failure] of AMBIGUOUS) {
      for (const [taken, happened] of [
        [true, "took"],
        [false, "did not take"],
      ] as const) {
        // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or
        //   wrong, after which a second one would buy twice
        it(`says that it may have been sent, and how to look, after ${what} of a wallet that ${happened} it`, async () => {
          const account = localWallet(5).address;
          const nonce = await chain.provider.getTransactionCount(account);
          const wallet = {
            request: async ({ method, params }: { method: string; params?: unknown[] }) => {
              if (method === "eth_accounts") return [account];
              if (method !== "eth_sendTransaction") return chain.provider.send(method, params ?? []);
              if (taken) await chain.provider.send(method, params ?? []);
              throw Object.assign(new Error(failure.message), { code: failure.code });
            },
          };
          const browser = new BrowserProvider(wallet, undefined, { cacheTimeout: -1 });
          const client = new MarketClient(deployment, await browser.getSigner(), { patience: PATIENCE });
          const error = await caught(() => client.purchase(offer), "TRANSACTION_MAYBE_SENT");
          expect(error.args).to.include({ account, nonce });
          expect(error.fix)
            .to.match(/activity/)
            .and.include(String(nonce));
          expect(error.message + error.fix).to.not.match(/try again/i);
          expect(await chain.provider.getTransactionCount(account)).to.equal(taken ? nonce + 1 : nonce);
          browser.destroy();
        });
      }
    }

    it("tells what a wallet surely did not send as before", async () => {
      const account = localWallet(5).address;
      for (const [code, message, expected] of [
        [4001, "User rejected the request.", "USER_REJECTED"],
        [-32_000, "insufficient funds for gas * price + value", "INSUFFICIENT_FUNDS"],
        [-32_000, "nonce too low", "NONCE_EXPIRED"],
      ] as const) {
        const wallet = {
          request: async ({ method, params }: { method: string; params?: unknown[] }) => {
            if (method === "eth_accounts") return [account];
            if (method !== "eth_sendTransaction") return chain.provider.send(method, params ?? []);
            throw Object.assign(new Error(message), { code });
          },
        };
        const browser = new BrowserProvider(wallet, undefined, { cacheTimeout: -1 });
        const client = new MarketClient(deployment, await browser.getSigner(), { patience: PATIENCE });
        await caught(() => client.purchase(offer), expected);
        browser.destroy();
      }
    });

    for (const [what, fault] of [
      ["a page in place of the batch's answer", { kind: "otherAnswer", status: 500, body: "oops" }],
      ["an answer that is no JSON", { kind: "otherAnswer", body: "<html></html>" }],
    ] as const) {
      it(`asks a node that keeps the key once, after ${what}`, async () => {
        const batching = new JsonRpcProvider(proxy.url, undefined, {
          ...{ staticNetwork: true, cacheTimeout: -1, batchMaxCount: 10, batchStallTime: 50 },
        });
        const account = localWallet(6).address;
        const nonce = await chain.provider.getTransactionCount(account);
        const client = new MarketClient(deployment, await batching.getSigner(account), { patience: PATIENCE });
        await client.isAuthorized(1n, account);
        proxy.rule(nextCalls("eth_sendTransaction", 1, fault));
        // what a page reads while it buys goes out in the same batch
        const reading = setInterval(() => void batching.getBlock("latest").catch(() => undefined), 5);
        await caught(() => client.purchase(offer), "TRANSACTION_MAYBE_SENT").finally(() => clearInterval(reading));
        expect(proxy.calls.eth_sendTransaction).to.equal(1);
        expect(await chain.provider.getTransactionCount(account)).to.equal(nonce + 1);
        batching.destroy();
      });
    }

    it("says it for a signer that sends in a way of its own", async () => {
      const signer = new Wallet(key.privateKey, provider);
      signer.sendTransaction = async () => {
        throw new Error("the bundler is busy");
      };
      const client = new MarketClient(deployment, signer, { patience: PATIENCE });
      const error = await caught(() => client.purchase(offer), "TRANSACTION_MAYBE_SENT");
      expect(error.args.account).to.equal(key.address);
    });
  });

  describe("when the node goes away while the transaction is signed", () => {
    const agent = new Agent({ keepAlive: false });
    /** A provider with a connection of its own for each request; `on` is asked before each of them. */
    const connecting = (on: (body: string) => void = () => undefined): JsonRpcProvider => {
      const request = new FetchRequest(proxy.url);
      const ask = FetchRequest.createGetUrlFunc({ agent });
      request.getUrlFunc = async (asked, signal) => {
        on(Buffer.from(asked.body ?? []).toString());
        return ask(asked, signal);
      };
      const own = new JsonRpcProvider(request, undefined, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
      own.pollingInterval = 50;
      return own;
    };
    const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    /** A wallet that does something between its signature and the moment at which it is sent. */
    const signing = (from: Provider, then: () => unknown): Wallet => {
      const wallet = new Wallet(key.privateKey, from);
      const sign = wallet.signTransaction.bind(wallet);
      wallet.signTransaction = async (transaction) => {
        const raw = await sign(transaction);
        await then();
        return raw;
      };
      return wallet;
    };

    it("says at once that nothing left when there is no connection at all", async () => {
      const own = connecting();
      const waits: unknown[] = [];
      const client = new MarketClient(
        deployment,
        signing(own, () => proxy.close()),
        { patience: PATIENCE, onWait: (waiting) => waits.push(waiting) },
      );
      const nonce = await chain.provider.getTransactionCount(key.address);
      await caught(() => client.purchase(offer), "NETWORK_UNREACHABLE");
      expect(waits, "nothing was waited for").to.deep.equal([]);
      expect(await chain.provider.getTransactionCount(key.address)).to.equal(nonce);
      own.destroy();
    });

    // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
    //   after which a second one would buy twice
    it("does not say so of a connection that was open, on which the transaction may have gone", async () => {
      const before = await sold();
      const seen: string[] = [];
      proxy.onTransaction((hash) => {
        seen.push(hash);
        // the connection breaks, and no new one is taken
        void proxy.close();
      });
      proxy.rule(nextCalls(SEND, 1, { kind: "reset" }));
      const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: SILENT });
      const error = await caught(() => client.purchase(offer), "TRANSACTION_UNCONFIRMED");
      expect(error.args.hash).to.equal(seen[0]);
      expect(await sold()).to.equal(before);
    });

    // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
    //   after which a second one would buy twice
    it("does not say so because a question beside the transaction found no connection", async () => {
      const before = await sold();
      let signed = false;
      const own = connecting((body) => {
        if (signed && body.includes("eth_blockNumber")) throw refused();
      });
      const client = new MarketClient(
        deployment,
        signing(own, () => (signed = true)),
        { patience: PATIENCE },
      );
      const { receipt } = await client.purchase(offer);
      expect(receipt.hash).to.equal(proxy.sent[0]);
      expect(await sold()).to.equal(before + 1);
      own.destroy();
    });

    // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
    //   after which a second one would buy twice
    it("does not say so because one of several nodes found no connection", async () => {
      const before = await sold();
      const own = connecting();
      const other = connecting((body) => {
        if (body.includes(SEND)) throw refused();
      });
      proxy.rule(nextCalls(SEND, 1, { kind: "lostAnswer" }));
      const several = new FallbackProvider([other, own], undefined, {
        quorum: 1,
        cacheTimeout: -1,
        pollingInterval: 50,
      });
      const wallet = new Wallet(key.privateKey, several);
      const { receipt } = await new MarketClient(deployment, wallet, { patience: PATIENCE }).purchase(offer);
      expect(receipt.hash).to.equal(proxy.sent[0]);
      expect(await sold()).to.equal(before + 1);
      await several.destroy();
    });
  });

  describe("when the transaction is one of several questions that go out together", () => {
    const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const page = () => Object.assign(new Error("server response 400"), { code: "SERVER_ERROR" });
    const asked = [
      { id: 1, method: SEND },
      { id: 2, method: "eth_blockNumber" },
    ];
    const taken = { id: 1, result: "0x01" };
    /** A provider whose node answers each of its requests in turn, or lets it fail. */
    const answering = (...turns: (readonly object[] | Error)[]) => {
      const wire = {
        _getOption: () => undefined,
        send: () => undefined,
        async _send(_payload: unknown): Promise<unknown> {
          const turn = turns.shift()!;
          if (turn instanceof Error) throw turn;
          return turn;
        },
      };
      return patient(wire);
    };

    for (const [what, turns] of [
      ["the next was asked one by one", [page(), [taken], refused()]],
      ["an answer was missing", [[taken], refused()]],
    ] as const) {
      // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
      //   after which a second one would buy twice
      it(`keeps its answer when ${what} and found no connection`, async () => {
        expect(await answering(...turns)._send(asked)).to.deep.equal([taken]);
      });
    }

    // claim(attacks#command-line-package-and-sellers-agent): an answer to a transaction that is lost, late or wrong,
    //   after which a second one would buy twice
    it("does not say that it never left when it was sent again, alone, and found no connection", async () => {
      const provider = answering(page(), refused());
      const error: unknown = await provider._send(asked).catch((thrown: unknown) => thrown);
      expect(wasNeverSent(provider as unknown as Provider, error)).to.equal(false);
    });

    it("says that it never left when nothing did", async () => {
      const provider = answering(refused());
      const error: unknown = await provider._send(asked).catch((thrown: unknown) => thrown);
      expect(wasNeverSent(provider as unknown as Provider, error)).to.equal(true);
    });
  });

  it("tells the failure of a read before anything is sent as that", async () => {
    proxy.rule(nextCalls("eth_estimateGas", Infinity, { kind: "error", code: -32_603, message: "internal error" }));
    const client = new MarketClient(deployment, new Wallet(key.privateKey, provider), { patience: PATIENCE });
    const error = await client.purchase(offer).catch((thrown: unknown) => thrown);
    expect(isIsonomyError(error) && error.code).to.equal("NODE_FAILED");
    expect(proxy.sent).to.deep.equal([]);
    expect(ZeroAddress).to.equal(offer.payToken);
  });
});
