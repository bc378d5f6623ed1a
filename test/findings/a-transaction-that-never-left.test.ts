import { expect } from "chai";
import { FetchRequest, JsonRpcProvider, Transaction, Wallet, type JsonRpcPayload, type JsonRpcResult } from "ethers";

import { GuardedProvider } from "../../sdk/src/cli/guardedProvider";
import { Interruption } from "../../sdk/src/cli/interruption";
import { decodeError } from "../../sdk/src/errors";
import { JournalSigner, type Journal, type JournalEntry } from "../../sdk/src/seller";
import { startAnvil, type Anvil } from "../support/anvil";
import { caught } from "../support/caught";
import { localWallet } from "../support/cli";
import { startRpcProxy, type Fault, type RpcProxy } from "../support/rpcProxy";
import { freePort } from "../../scripts/lib/local-node";

const CHAIN_ID = 31_337;
const TO = "0x00000000000000000000000000000000000000aa";
const MARGIN = 600n;

/** A provider whose transactions go somewhere else: to a port where nobody listens, or to a host that has no address. */
class Astray extends JsonRpcProvider {
  readonly #there: JsonRpcProvider;
  astray = true;

  constructor(url: string, there: string) {
    super(url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
    this.#there = new JsonRpcProvider(there, CHAIN_ID, { staticNetwork: true });
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const sends = [payload].flat().some(({ method }) => method === "eth_sendRawTransaction");
    return sends && this.astray ? this.#there._send(payload) : super._send(payload);
  }
}

/**
 * What was lost: a key, for nothing, and gas. A delivery that could not even be sent (nobody listened, the process was told
 * to stop, the account was empty) counted as public. When the node was back, minutes before the deadline, it was sent in
 * spite of the margin; after the deadline its number was waited for. And the transactions that give a number back had the gas
 * of Ethereum's simplest transfer: a rollup that counts the data too, and an account that runs code, refused them for ever,
 * and with them everything behind.
 */
describe("Finding: a transaction that never left is waited for", function () {
  this.timeout(240_000);
  let anvil: Anvil;
  let proxy: RpcProxy;
  let provider: JsonRpcProvider;
  let wallet: Wallet;
  let kept: JournalEntry[];
  let atSend: unknown;

  const journal: Journal = {
    entries: () => kept,
    put: async (entry) => void (kept = [...kept.filter(({ label }) => label !== entry.label), entry]),
    forget: async (label) => void (kept = kept.filter((entry) => entry.label !== label)),
  };
  const settings = { patience: 200, pollIntervalMs: 20, raiseAfter: 60_000 };

  beforeEach(async () => {
    anvil = await startAnvil({ chainId: CHAIN_ID, hardfork: "prague" });
    proxy = await startRpcProxy(anvil.url);
    provider = new JsonRpcProvider(proxy.url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
    wallet = new Wallet(localWallet(0).privateKey);
    kept = [];
    atSend = undefined;
    proxy.onTransaction(() => void (atSend = kept.at(-1)?.sent));
    await anvil.send("evm_setAutomine", [false]);
  });
  afterEach(async () => {
    provider.destroy();
    await proxy.close();
    await anvil.stop();
  });

  const signerOf = (from: JsonRpcProvider) => new JournalSigner(wallet, from, journal, settings);
  const now = async (): Promise<bigint> => BigInt((await provider.getBlock("latest"))!.timestamp);
  const send = async (signer: JournalSigner, label: string, until?: bigint) =>
    caught(() =>
      signer
        .labelled(label, until === undefined ? {} : { until, margin: MARGIN })
        .sendTransaction({ to: TO, value: 1n })
        .catch((error: unknown) => {
          throw decodeError(error);
        }),
    );
  const clockAt = async (seconds: bigint): Promise<void> => {
    await anvil.send("evm_setNextBlockTimestamp", [Number(seconds)]);
    await anvil.send("evm_mine");
  };

  // claim(attacks#command-line-package-and-sellers-agent): a node that is unreachable at the first broadcast, so that a
  //   key that never left counts as public and is sent inside the margin
  describe("what is known of it is kept", () => {
    const closed = async (): Promise<Astray> => new Astray(proxy.url, `http://127.0.0.1:${await freePort()}`);
    const nowhere = async (): Promise<Astray> => new Astray(proxy.url, "http://nobody.invalid:8545");
    const stopped = async (): Promise<JsonRpcProvider> => {
      const stop = new AbortController();
      stop.abort();
      const options = { staticNetwork: true as const, cacheTimeout: -1 };
      return new GuardedProvider(new FetchRequest(proxy.url), CHAIN_ID, options, new Interruption(stop.signal));
    };
    const failing = (fault: Fault) => async (): Promise<JsonRpcProvider> => {
      proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? fault : undefined));
      const request = new FetchRequest(proxy.url);
      // as long as what is asked before takes on a busy machine, too
      if (fault.kind === "timeout") request.timeout = 2_000;
      request.setThrottleParams({ maxAttempts: 1 });
      return new JsonRpcProvider(request, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
    };
    const refusing = (message: string) => failing({ kind: "error", code: -32_000, message });
    const gateway = failing({
      kind: "error",
      code: -32_000,
      message: "connect ECONNREFUSED",
      data: { code: "ECONNREFUSED" },
    });

    for (const [title, make, expected] of [
      ["nobody listened", closed, false],
      ["its host has no address", nowhere, false],
      ["the process was told to stop", stopped, false],
      ["the account has too little", refusing("insufficient funds for gas * price + value"), false],
      ["its gas limit is too low", refusing("intrinsic gas too low"), false],
      ["the connection broke", failing({ kind: "reset" }), "maybe"],
      ["no answer came in time", failing({ kind: "timeout" }), "maybe"],
      ["a gateway had no node", failing({ kind: "status", status: 502 }), "maybe"],
      ["there were too many requests", failing({ kind: "status", status: 429 }), "maybe"],
      ["a gateway's node refused it the connection", gateway, "maybe"],
      ["the pool is full", refusing("txpool is full"), "maybe"],
      ["the answer was lost, and the node has it", failing({ kind: "lostAnswer" }), true],
      ["the node took it", async () => provider, true],
    ] as const) {
      it(`${String(expected)}: ${title}`, async () => {
        const from = await make();
        await send(signerOf(from), "a");
        expect(kept.map(({ sent }) => sent)).to.deep.equal([expected]);
        // whatever ends the process while the node is asked finds the doubt in the journal
        expect(atSend).to.be.oneOf(["maybe", undefined]);
        if (expected !== false) expect(atSend).to.equal("maybe");
        if (from !== provider) from.destroy();
      });
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a node that is unreachable at the first broadcast, so that a
  //   key that never left counts as public and is sent inside the margin
  it("is not sent inside its margin when it did not leave before", async () => {
    const astray = new Astray(proxy.url, `http://127.0.0.1:${await freePort()}`);
    try {
      const signer = signerOf(astray);
      const until = (await now()) + MARGIN + 100n;
      await send(signer, "a", until);
      expect(signer.isPublic("a")).to.equal(false);
      await clockAt(until - 60n);
      astray.astray = false;
      expect((await send(signer, "a", until)).code).to.equal("DEADLINE_TOO_CLOSE");
      expect(await signer.advance()).to.deep.equal([]);
      expect(proxy.sent).to.deep.equal([]);
      expect(kept).to.deep.equal([]);
    } finally {
      astray.destroy();
    }
  });

  it("costs nothing after its deadline when nobody has heard of it, whatever the journal fears", async () => {
    const reset = proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? { kind: "reset" } : undefined));
    const signer = signerOf(provider);
    const until = (await now()) + MARGIN + 100n;
    await send(signer, "a", until);
    reset();
    expect(signer.isPublic("a")).to.equal(true);
    await clockAt(until + 1n);
    expect(await signer.advance()).to.deep.equal([]);
    expect(kept).to.deep.equal([]);
    expect(proxy.sent).to.deep.equal([]);
    // and its number is the next one's
    await send(signer, "b");
    expect(kept.map(({ label, nonce }) => [label, nonce])).to.deep.equal([["b", 0]]);
  });

  it("is signed anew, with the gas and the fee of now, when nobody has heard of it", async () => {
    const low = proxy.rule(({ method }) =>
      method === "eth_sendRawTransaction"
        ? { kind: "error", code: -32_000, message: "intrinsic gas too low" }
        : undefined,
    );
    const signer = signerOf(provider);
    expect((await send(signer, "a")).code).to.equal("GAS_LIMIT_TOO_LOW");
    const [first] = kept;
    low();
    const more = proxy.rule(({ method }) =>
      method === "eth_estimateGas" ? { kind: "answer", result: "0x30d40" } : undefined,
    );
    await send(signer, "a");
    more();
    expect(kept).to.have.length(1);
    expect(kept[0]).to.include({ nonce: first!.nonce, sent: true });
    expect(Transaction.from(kept[0]!.raw).gasLimit).to.equal(200_000n);
    await anvil.send("evm_mine");
    expect(await provider.getBalance(TO)).to.equal(1n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a node that lags behind and shows neither the receipt nor
  //   the block of a delivery, so that a second one is signed
  it("is not taken for replaced while the node only lags", async () => {
    const signer = signerOf(provider);
    await send(signer, "a");
    await anvil.send("evm_mine");
    const blind = proxy.rule(({ method }) =>
      method === "eth_getTransactionReceipt" ? { kind: "answer", result: null } : undefined,
    );
    expect(await signer.advance()).to.deep.equal([{ label: "a", state: "waiting" }]);
    expect((await send(signer, "a")).code).to.equal("NODE_BEHIND");
    expect(kept).to.have.length(1);
    blind();
    const [outcome] = await signer.advance();
    expect(outcome).to.include({ label: "a", state: "mined" });
    expect(proxy.sent).to.have.length(1);
  });

  describe("a number that is given back is used up", () => {
    /** Reverts; and counts how often it is called. */
    const CODES = { "whose code reverts": "5f5ffd", "whose code acts": "5f546001015f5500" };

    /** Two of which the first is forgotten by all, the second is public: the first one's number has to be used up. */
    async function gap(signer: JournalSigner): Promise<void> {
      const forget = proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? { kind: "forget" } : undefined));
      await send(signer, "a");
      forget();
      await send(signer, "b");
      await journal.forget("a");
      await signer.advance();
      await signer.advance();
      await anvil.send("evm_mine");
    }

    async function expectFreed(): Promise<void> {
      expect(await provider.getTransactionCount(wallet.address)).to.equal(2);
      expect(await provider.getBalance(TO)).to.equal(1n);
    }

    // claim(attacks#command-line-package-and-sellers-agent): an account with code, or a rollup that charges for data,
    //   so that a nonce cannot be cancelled and all later ones wait
    it("on a rollup that counts the data below", async () => {
      // as Arbitrum does: what a transaction takes includes a part that its data costs
      const BELOW = 400_000n;
      proxy.rule(({ method, params }) => {
        if (method !== "eth_sendRawTransaction") return undefined;
        const { gasLimit } = Transaction.from(String(params[0]));
        const needed = 21_000n + BELOW;
        if (gasLimit >= needed) return undefined;
        return { kind: "error", code: -32_000, message: `intrinsic gas too low: have ${gasLimit}, want ${needed}` };
      });
      proxy.rule(({ method }) =>
        method === "eth_estimateGas" ? { kind: "answer", result: `0x${(21_000n + BELOW).toString(16)}` } : undefined,
      );
      await gap(signerOf(provider));
      await expectFreed();
    });

    for (const [title, code] of Object.entries(CODES)) {
      // claim(attacks#command-line-package-and-sellers-agent): an account with code, or a rollup that charges for data,
      //   so that a nonce cannot be cancelled and all later ones wait
      it(`by an account ${title} (EIP-7702)`, async () => {
        const contract = "0x00000000000000000000000000000000000000c0";
        await anvil.send("anvil_setCode", [contract, `0x${code}`]);
        await anvil.send("anvil_setCode", [wallet.address, `0xef0100${contract.slice(2)}`]);
        await gap(signerOf(provider));
        await expectFreed();
        const block = await provider.getBlock("latest", true);
        const empty = block!.prefetchedTransactions.find(({ nonce }) => nonce === 0)!;
        expect((await provider.getTransactionReceipt(empty.hash))!.status).to.equal(1);
        expect(await provider.getStorage(wallet.address, 0)).to.equal(`0x${"00".repeat(32)}`);
      });
    }

    // claim(attacks#command-line-package-and-sellers-agent): an account with code, or a rollup that charges for data,
    //   so that a nonce cannot be cancelled and all later ones wait
    it("also one that an earlier release signed for too little", async () => {
      const signer = signerOf(provider);
      const raw = await wallet.signTransaction({
        ...{ to: wallet.address, value: 0n, nonce: 0, gasLimit: 21_000n, chainId: CHAIN_ID, type: 2 },
        ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n },
      });
      await journal.put({
        ...{ label: "empty:0", nonce: 0, raw, hashes: [Transaction.from(raw).hash!], signedAt: Date.now() },
        ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n, sent: true },
      });
      proxy.rule(({ method, params }) => {
        if (method !== "eth_sendRawTransaction") return undefined;
        const { gasLimit } = Transaction.from(String(params[0]));
        return gasLimit < 300_000n ? { kind: "error", code: -32_000, message: "intrinsic gas too low" } : undefined;
      });
      proxy.rule(({ method }) => (method === "eth_estimateGas" ? { kind: "answer", result: "0x493e0" } : undefined));
      for (let look = 0; look < 3; look++) await signer.advance();
      await anvil.send("evm_mine");
      expect(await provider.getTransactionCount(wallet.address)).to.equal(1);
    });
  });
});
