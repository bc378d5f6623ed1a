import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { feesNow } from "../../deploy/engine/fees";
import { findByNonce, NonceTaken, Outbox } from "../../deploy/engine/outbox";
import { holdingsOf, readPowers } from "../../deploy/engine/powers";
import { Rpc, RpcError, RpcUnreachable } from "../../deploy/engine/rpc";
import { READ_REFUSALS } from "../../sdk/src/errors/refusals";
import { isIsonomyError } from "../../sdk/src/errors";
import { TRANSACTION_PHRASES } from "../../sdk/src/errors/nodePhrases";

const WALLET = new Wallet(`0x${"11".repeat(32)}`);
const PEER = "0x2000000000000000000000000000000000000002";
const SEND = { method: "eth_sendTransaction", params: [{ to: PEER, nonce: "0x0", gas: "0x5208", gasPrice: "0x64" }] };

interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What an endpoint answers to one call: a result, a refusal, or bytes as they are. */
type Answer = { readonly result: unknown } | { readonly error: Refusal } | { readonly status: number; body: string };

describe("A deployment that a node's words stopped", function () {
  this.timeout(120_000);
  let server: Server;
  let url: string;
  let folder: string;
  let answer: (method: string, params: readonly unknown[]) => Answer;

  before(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (piece) => (text += String(piece)));
      request.on("end", () => {
        const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: unknown[] };
        const said = answer(method, params);
        response.statusCode = "status" in said ? said.status : 200;
        response.end("body" in said ? said.body : JSON.stringify({ jsonrpc: "2.0", id, ...said }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isonomy-words-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const rpc = (attempts = 2) => new Rpc(url, { attempts, firstWaitMs: 5 });
  const outbox = () => new Outbox(rpc(), WALLET, 1, join(folder, `${Math.random()}.jsonl`), () => undefined, 60_000);
  const thrownBy = (action: Promise<unknown>): Promise<unknown> =>
    action.then(
      (value) => expect.fail(`nothing was thrown: ${String(value)}`),
      (error: unknown) => error,
    );

  describe("about a transaction", () => {
    /** An endpoint that refuses every transaction in some words, and knows those before it by their hash or not. */
    function refusing(message: string, code: number, has: boolean): string[] {
      const sent: string[] = [];
      answer = (method, params) => {
        if (method === "eth_sendRawTransaction") {
          sent.push(String(params[0]));
          return { error: { code, message } };
        }
        if (method === "eth_getTransactionByHash") {
          return { result: has ? { hash: params[0], blockNumber: "0x1" } : null };
        }
        return { result: "0x0" };
      };
      return sent;
    }

    for (const { clients, phrase, refusal } of TRANSACTION_PHRASES) {
      it(`"${phrase}" of ${clients} means ${refusal}, and nothing when the network has it`, async () => {
        for (const code of [-32_000, -32_005, -32_010]) {
          refusing(phrase, code, true);
          expect(await outbox().request(SEND)).to.match(/^0x[0-9a-f]{64}$/);

          const sent = refusing(phrase, code, false);
          const own = outbox();
          if (refusal === "known") {
            expect(await own.request(SEND)).to.equal(Transaction.from(sent[0]!).hash);
            continue;
          }
          const error = (await thrownBy(own.request(SEND))) as Error;
          if (refusal === "nonceUsed") {
            expect(error).to.be.instanceOf(NonceTaken);
            expect(error.message).to.include("took nonce 0: it was sent from elsewhere with the same key.");
          } else if (refusal === "replacement") {
            expect(error).to.be.instanceOf(NonceTaken);
            expect(error.message).to.include("with nonce 0 is waiting and pays more");
          } else if (refusal === "insufficientFunds") {
            expect(error.message).to.include(`${WALLET.address} has too little to pay for the next transaction.`);
          } else {
            expect(error).to.be.instanceOf(RpcError);
            expect(error.message).to.equal(phrase);
          }
          // a pool's refusal is no answer of a busy endpoint: the same bytes are not pressed on it
          expect(sent).to.have.length(1);
        }
      });
    }

    /** A transaction of ours at 100 wei, on a chain that asks for more than may be paid: 0.0000021 coins for it. */
    async function capped(shows: () => boolean) {
      const sent: string[] = [];
      const said: string[] = [];
      answer = (method, params) => {
        if (method === "eth_sendRawTransaction") {
          sent.push(String(params[0]));
          return { result: "0x" };
        }
        if (method === "eth_getTransactionByHash") {
          return { result: shows() ? { hash: params[0], blockNumber: null } : null };
        }
        if (method === "eth_getBlockByNumber") return { result: {} };
        return { result: method === "eth_gasPrice" ? "0x3b9aca00" : "0x0" };
      };
      const limits = { maxFee: 21_000n * 1_000n, maxTip: 10n ** 11n };
      const file = join(folder, `${Math.random()}.jsonl`);
      const own = new Outbox(rpc(), WALLET, 1, file, (sentence) => said.push(sentence), 0, limits);
      const hash = String(await own.request(SEND));
      const find = () => own.request({ method: "eth_getTransactionByHash", params: [hash] });
      return { sent, said, hash, find };
    }

    // claim(attacks#command-line-package-and-sellers-agent): fees that rise above the limits while a transaction of a
    //   deployment waits: it waits for them to fall, and nothing ends
    it("waits for fees to fall when a transaction that was forgotten may not offer more", async () => {
      const { sent, said, hash, find } = await capped(() => false);
      for (let i = 0; i < 2; i++) expect(await find()).to.equal(null);
      for (let i = 0; i < 3; i++) {
        expect(await find()).to.deep.include({ hash, blockNumber: null, gasPrice: "0x64", nonce: "0x0" });
      }
      // the very same one each time, and said once
      expect(new Set(sent).size).to.equal(1);
      expect(sent).to.have.length(6);
      const waits = said.filter((sentence) => sentence.includes("waits for fees to fall"));
      expect(waits).to.have.length(1);
      expect(waits[0]).to.include("DEPLOY_MAX_FEE");
      expect(said.join()).to.not.include("is offered again with a higher fee");
    });

    // claim(attacks#command-line-package-and-sellers-agent): fees that rise above the limits while a transaction of a
    //   deployment waits: it waits for them to fall, and nothing ends
    it("waits for fees to fall when a transaction that waits may not offer more", async () => {
      const { sent, said, find } = await capped(() => true);
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(await find()).to.include({ blockNumber: null });
      }
      expect(sent).to.have.length(1);
      expect(said.filter((sentence) => sentence.includes("waits for fees to fall"))).to.have.length(1);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a chain without a base fee, on which a deployment takes
    //   gas for free
    it("asks what gas costs on a chain of either kind, and the whole price where no base fee is named", async () => {
      for (const [base, tip, price, expected] of [
        [undefined, "0x1", "0x64", { price: 100n, tip: 100n, hasBaseFee: false }],
        [null, undefined, "0x64", { price: 100n, tip: 100n, hasBaseFee: false }],
        ["0xa", "0x5", "0x64", { price: 15n, tip: 5n, hasBaseFee: true }],
        ["0xa", undefined, "0xc", { price: 12n, tip: 2n, hasBaseFee: true }],
        ["0xa", undefined, "0x5", { price: 10n, tip: 0n, hasBaseFee: true }],
      ] as const) {
        answer = (method) => {
          if (method === "eth_getBlockByNumber") return { result: base === undefined ? {} : { baseFeePerGas: base } };
          if (method === "eth_gasPrice") return { result: price };
          if (tip !== undefined) return { result: tip };
          return { error: { code: -32_601, message: "the method eth_maxPriorityFeePerGas does not exist" } };
        };
        expect(await feesNow(rpc())).to.deep.equal(expected);
      }
    });

    // claim(attacks#command-line-package-and-sellers-agent): an endpoint that gives the same answer for every nonce, so
    //   that the search for its transaction never ends
    it("looks for the transaction that took a nonce in bounded steps, whatever the endpoint answers", async () => {
      for (const [usedFrom, block] of [
        [0, null],
        [19_999_000, null],
        [19_999_000, { transactions: [] }],
        [Infinity, { transactions: [] }],
      ] as const) {
        let asked = 0;
        answer = (method, params) => {
          asked++;
          if (method === "eth_blockNumber") return { result: "0x1312d00" };
          if (method === "eth_getBlockByNumber") return { result: block };
          return { result: Number(params[1]) >= usedFrom ? "0x1" : "0x0" };
        };
        expect(await findByNonce(rpc(), WALLET.address, 0)).to.equal(undefined);
        expect(asked).to.be.at.most(40);
      }
      const ours = { hash: "0xab", from: WALLET.address.toLowerCase(), nonce: "0x0" };
      answer = (method, params) => {
        if (method === "eth_blockNumber") return { result: "0x1312d00" };
        if (method === "eth_getBlockByNumber")
          return { result: { transactions: params[0] === "0x12f4060" ? [ours] : [] } };
        return { result: Number(params[1]) >= 0x12f4060 ? "0x1" : "0x0" };
      };
      expect(await findByNonce(rpc(), WALLET.address, 0)).to.equal("0xab");
    });

    for (const { clients, phrase } of TRANSACTION_PHRASES.filter(({ refusal }) => refusal === "feeTooLow")) {
      it(`"${phrase}" of ${clients} is met with a higher fee`, async () => {
        const sent: string[] = [];
        answer = (method, params) => {
          if (method === "eth_sendRawTransaction") {
            sent.push(String(params[0]));
            return sent.length < 3 ? { error: { code: -32_000, message: phrase } } : { result: "0x" };
          }
          if (method === "eth_getTransactionByHash") return { result: null };
          if (method === "eth_getBlockByNumber") return { result: {} };
          return { result: method === "eth_gasPrice" ? "0x96" : "0x0" };
        };
        const own = outbox();
        await thrownBy(own.request(SEND));
        const { hash } = own.signedWith(0)!;
        await own.request({ method: "eth_getTransactionByHash", params: [hash] });
        expect(sent.map((raw) => Transaction.from(raw).gasPrice)).to.deep.equal([100n, 100n, 150n]);
      });
    }
  });

  describe("about events", () => {
    const LAST = 5_000;
    const asked: [number, number][] = [];
    const contracts = { Market: { address: PEER } };
    /** An endpoint that reads events in some manner. */
    function reading(manner: (from: number, to: number) => Answer | undefined): void {
      asked.length = 0;
      answer = (method, params) => {
        if (method === "eth_blockNumber") return { result: `0x${LAST.toString(16)}` };
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        asked.push([Number(fromBlock), Number(toBlock)]);
        return manner(Number(fromBlock), Number(toBlock)) ?? { result: [] };
      };
    }
    const read = (attempts?: number, longest = 1_500) =>
      readPowers(rpc(attempts), { contracts, fromBlock: 0, events: [] }, { busyMs: longest, behindMs: longest });
    const ranges = () => [...new Set(asked.map(([from, to]) => `${from} ${to}`))];

    const TOO_WIDE: readonly Refusal[] = [
      { code: -32_005, message: "query returned more than 10000 results" },
      { code: -32_602, message: "eth_getLogs block range is too large" },
      { code: -32_600, message: "exceeds max block range 1000" },
      { code: -32_000, message: "query timeout exceeded" },
    ];
    for (const error of TOO_WIDE) {
      it(`"${error.message}" (${error.code}) leads to smaller ranges, at once`, async () => {
        expect(
          READ_REFUSALS.some(({ pattern, means }) => means === "too-much" && pattern.test(error.message)),
        ).to.equal(true);
        reading((from, to) => (to - from >= 1_000 ? { error } : undefined));
        await read(8);
        expect(ranges(), "none is asked for twice").to.have.length(asked.length);
        expect(asked.at(-1)![1]).to.equal(LAST);
      });
    }

    // claim(attacks#deployment): an answer of the endpoint without an end
    it("an answer of status 413, and one longer than any that is needed, lead to smaller ranges", async () => {
      const long = JSON.stringify({ jsonrpc: "2.0", id: 1, result: "0".repeat(33_554_432) });
      for (const tooLong of [
        { status: 413, body: "" },
        { status: 200, body: long },
      ]) {
        reading((from, to) => (to - from >= 4_000 ? tooLong : undefined));
        await read(8);
        expect(asked.length).to.be.within(3, 4);
        expect(asked.at(-1)![1]).to.equal(LAST);
      }
    });

    const NOT_NOW: readonly Refusal[] = [
      { code: -32_005, message: "rate limit exceeded" },
      { code: -32_000, message: "One of the blocks specified in filter (fromBlock, toBlock) cannot be found." },
      { code: -32_000, message: "header not found" },
    ];
    // claim(attacks#deployment): a rate limit, or a lagging node, taken for too wide a range of events
    it("a rate limit, or a node that is behind, leads to the same range a little later", async () => {
      for (const error of NOT_NOW) {
        reading(() => (asked.length < 3 ? { error } : undefined));
        await read(undefined, 30_000);
        expect(ranges(), error.message).to.deep.equal([`0 ${LAST}`]);
        expect(asked.length, error.message).to.equal(3);
      }
    });

    // claim(attacks#deployment): a rate limit, or a lagging node, taken for too wide a range of events
    it("a rate limit, or a node that is behind, ends in a code of its own when it stays", async () => {
      for (const error of NOT_NOW) {
        reading(() => ({ error }));
        const thrown = await thrownBy(read());
        expect(isIsonomyError(thrown) && thrown.code, error.message).to.be.oneOf(["NODE_BUSY", "NODE_BEHIND"]);
        expect(ranges(), error.message).to.deep.equal([`0 ${LAST}`]);
        expect(asked.length, error.message).to.be.lessThan(20);
      }
    });

    it("a range of one block that is refused ends in a code of its own", async () => {
      reading(() => ({ error: { code: -32_602, message: "block range is too large" } }));
      const thrown = await thrownBy(read());
      expect(isIsonomyError(thrown, "RANGE_REFUSED")).to.equal(true);
      expect(asked.length).to.be.lessThan(20);
    });

    it("so few blocks at a time that it would not end is said", async () => {
      reading((from, to) =>
        to > from + 1 ? { error: { code: -32_602, message: "block range is too large" } } : undefined,
      );
      expect(((await thrownBy(read())) as Error).message).to.match(
        /^The endpoint answers events only for \d blocks at a time, and the deployment is 5000 blocks old\. Name an endpoint/,
      );
    });
  });

  describe("about a contract", () => {
    const contracts = { Market: { address: PEER } };

    it("that refuses a call means that it has no such function", async () => {
      for (const error of [
        { code: 3, message: "execution reverted", data: "0x" },
        { code: -32_015, message: "VM execution error." },
        { code: -32_000, message: "execution reverted" },
        { code: -32_000, message: "invalid opcode: INVALID" },
      ]) {
        answer = () => ({ error });
        expect(await holdingsOf(rpc(), PEER, contracts, [])).to.deep.equal({ found: [], asked: 0 });
      }
    });

    // claim(attacks#deployment): a node that cannot look, taken for a contract in which the deployer holds nothing
    it("are not its own when the node could not look: nothing is held to be empty by that", async () => {
      for (const [error, name] of [
        [{ code: -32_000, message: "missing trie node 12ab (path 03)" }, RpcError],
        [{ code: -32_601, message: "the method eth_call does not exist" }, RpcError],
        [{ code: -32_005, message: "rate limit exceeded" }, RpcUnreachable],
      ] as const) {
        answer = () => ({ error });
        expect(await thrownBy(holdingsOf(rpc(), PEER, contracts, []))).to.be.instanceOf(name);
      }
    });
  });
});
