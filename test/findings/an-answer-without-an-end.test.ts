import { expect } from "chai";
import { FetchRequest, JsonRpcProvider, type JsonRpcApiProviderOptions } from "ethers";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";

import { decodeError, isUndecided } from "../../sdk/src/errors";
import { MAX_ANSWER_BYTES, boundedGetUrl } from "../../sdk/src/rpc/answer";
import { LogPager } from "../../sdk/src/rpc/logs";
import { neverLeft } from "../../sdk/src/rpc/neverLeft";
import { rpcRequest } from "../../sdk/src/rpc/request";

/** What the hostile node stops at, so that a program that reads it all ends too. */
const NEARLY_ENDLESS = 4 * MAX_ANSWER_BYTES;
const PIECE = Buffer.alloc(2 ** 20, " ");
/** What is on its way when the reader hangs up. */
const IN_THE_PIPES = 32 * 2 ** 20;

type Asked = { id: number; method: string; params: { fromBlock?: string; toBlock?: string }[] };
type Answering = (request: IncomingMessage, response: ServerResponse, asked: Asked) => void | Promise<void>;

/** Until a stream may be written to, or its reader hung up. */
async function roomIn(stream: NodeJS.EventEmitter, response: ServerResponse): Promise<void> {
  const waited = new AbortController();
  const { signal } = waited;
  await Promise.race([once(stream, "drain", { signal }), once(response, "close", { signal })]).catch(() => undefined);
  waited.abort();
}

async function failureOf(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("The request was answered.");
}

/**
 * What was lost: the process. A node, or anyone on the way to it, could answer any ordinary request with bytes without an end,
 * and the clients, the command line and the seller's agent kept all of them.
 */
describe("Finding: an answer without an end", function () {
  this.timeout(120_000);
  let server: Server;
  let url: string;
  let answering: Answering;
  let sent = 0;
  let asked: IncomingMessage[] = [];
  const providers: JsonRpcProvider[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      asked.push(request);
      let text = "";
      for await (const piece of request) text += String(piece);
      await answering(request, response, (text === "" ? {} : JSON.parse(text)) as Asked);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    sent = 0;
    asked = [];
  });
  afterEach(() => providers.splice(0).forEach((provider) => provider.destroy()));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  function providerOf(request: FetchRequest = rpcRequest(url), options: JsonRpcApiProviderOptions = {}) {
    const provider = new JsonRpcProvider(request, 31_337, { staticNetwork: true, batchMaxCount: 1, ...options });
    providers.push(provider);
    return provider;
  }

  /** Sends spaces, which JSON may begin with, until the reader hangs up. */
  async function endless(_: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    while (!response.destroyed && sent < NEARLY_ENDLESS) {
      sent += PIECE.length;
      if (!response.write(PIECE)) {
        await roomIn(response, response);
      }
    }
    response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
  }

  const result = (response: ServerResponse, { id }: Asked, value: unknown): void =>
    void response.end(JSON.stringify({ jsonrpc: "2.0", id, result: value }));

  it("is hung up on after 64 MiB, and named", async () => {
    answering = endless;
    const error = decodeError(await failureOf(() => providerOf().getBlockNumber()));
    expect(error.code).to.equal("ANSWER_TOO_LARGE");
    expect(error.message).to.contain("127.0.0.1").and.contain("64 MiB");
    expect(sent).to.be.lessThan(MAX_ANSWER_BYTES + IN_THE_PIPES);
  });

  it("is counted as it is unpacked, however small it is on its way", async () => {
    answering = async (_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.on("error", () => undefined);
      const packing = createGzip();
      packing.pipe(response);
      while (!response.destroyed && sent < NEARLY_ENDLESS) {
        sent += PIECE.length;
        if (!packing.write(PIECE)) {
          await roomIn(packing, response);
        }
      }
      packing.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
    };
    expect(decodeError(await failureOf(() => providerOf().getBlockNumber())).code).to.equal("ANSWER_TOO_LARGE");
  });

  it("says nothing about a transaction that was on its way", () => {
    expect(isUndecided("ANSWER_TOO_LARGE")).to.equal(true);
  });

  it("to a request for events makes the range smaller", async () => {
    const small = rpcRequest(url);
    small.getUrlFunc = boundedGetUrl(4_000);
    answering = (_, response, question) => {
      const [{ fromBlock, toBlock }] = question.params as [{ fromBlock: string; toBlock: string }];
      const blocks = Number(toBlock) - Number(fromBlock) + 1;
      if (blocks > 4) response.end(" ".repeat(100_000));
      else result(response, question, []);
    };
    expect(await new LogPager(providerOf(small)).getLogs({ fromBlock: 1, toBlock: 16 })).to.deep.equal([]);
    expect(asked.length).to.be.within(4, 10);
  });

  it("is told from a large answer, which is read", async () => {
    const data = `0x${"ab".repeat(4 * 2 ** 20)}`;
    answering = (_, response, question) => result(response, question, data);
    expect((await providerOf().send("eth_call", [])) === data).to.equal(true);
  });

  describe("All else about a request is as before:", () => {
    it("a packed answer is unpacked", async () => {
      answering = (request, response, { id }) => {
        response.setHeader("content-encoding", "gzip");
        const packing = createGzip();
        packing.pipe(response);
        packing.end(JSON.stringify({ jsonrpc: "2.0", id, result: request.headers["content-type"] }));
      };
      expect(await providerOf().send("eth_any", [])).to.equal("application/json");
    });

    it("a name and a password become a header", async () => {
      answering = (request, response, question) => result(response, question, request.headers.authorization);
      const named = rpcRequest(url.replace("//", "//seller:a-long-password@"));
      expect(await providerOf(named).send("eth_any", [])).to.equal(`Basic ${btoa("seller:a-long-password")}`);
    });

    it("they go to no other host, whatever the first one says", async () => {
      answering = (request, response, question) => {
        if (request.headers.host?.startsWith("localhost") === true) result(response, question, "0x1");
        else response.writeHead(307, { location: `${url.replace("127.0.0.1", "localhost")}/elsewhere` }).end();
      };
      const named = rpcRequest(url.replace("//", "//seller:a-long-password@"));
      const error = decodeError(await failureOf(() => providerOf(named).send("eth_any", [])));
      expect(error.code).to.equal("NETWORK_UNREACHABLE");
      expect(asked.map((one) => one.url)).to.deep.equal(["/"]);
    });

    it("a server that moved on the same host is followed", async () => {
      answering = (request, response, question) => {
        if (request.url === "/v2") result(response, question, question.method);
        else response.writeHead(301, { location: request.url === "/" ? "/v1" : `${url}/v2` }).end();
      };
      expect(await providerOf().send("eth_any", [])).to.equal("eth_any");
      expect(asked.map((one) => one.url)).to.deep.equal(["/", "/v1", "/v2"]);
    });

    it("a server that asks to wait is asked again", async () => {
      answering = (_, response, question) => {
        if (asked.length < 3) response.writeHead(429).end();
        else result(response, question, "0x2a");
      };
      const patientRequest = rpcRequest(url);
      patientRequest.setThrottleParams({ slotInterval: 1 });
      expect(await providerOf(patientRequest).getBlockNumber()).to.equal(42);
      expect(asked.length).to.equal(3);
    });

    it("an error of HTTP keeps its words", async () => {
      answering = (_, response) => void response.writeHead(503).end("service unavailable");
      expect(decodeError(await failureOf(() => providerOf().getBlockNumber())).code).to.equal("NODE_BUSY");
    });

    it("no answer at all is a timeout", async () => {
      answering = () => undefined;
      const error = await failureOf(() => providerOf(rpcRequest(url, 200)).getBlockNumber());
      expect(decodeError(error).code).to.equal("TIMEOUT");
      expect(neverLeft(error)).to.equal(false);
    });

    it("an answer that stops in the middle is a timeout", async () => {
      answering = (_, response) => void response.write('{"jsonrpc":');
      expect(decodeError(await failureOf(() => providerOf(rpcRequest(url, 200)).getBlockNumber())).code).to.equal(
        "TIMEOUT",
      );
    });

    it("a connection that is cut is the network's", async () => {
      answering = (request) => void request.socket.destroy();
      const error = await failureOf(() => providerOf().getBlockNumber());
      expect(decodeError(error).code).to.equal("NETWORK_UNREACHABLE");
      expect(neverLeft(error)).to.equal(false);
    });

    it("of a connection that was refused it is known that nothing left", async () => {
      const free = createServer().listen(0, "127.0.0.1");
      const { port } = await new Promise<AddressInfo>((resolve) =>
        free.once("listening", () => resolve(free.address() as AddressInfo)),
      );
      await new Promise((resolve) => free.close(resolve));
      for (const closed of [port, 9]) {
        const error = await failureOf(() => providerOf(rpcRequest(`http://127.0.0.1:${closed}`)).getBlockNumber());
        expect(decodeError(error).code, String(closed)).to.equal("NETWORK_UNREACHABLE");
        expect(neverLeft(error), String(closed)).to.equal(true);
      }
    });

    it("a request can be cancelled", async () => {
      answering = () => undefined;
      const request = rpcRequest(url);
      const answer = failureOf(() => request.send());
      await new Promise((resolve) => setTimeout(resolve, 50));
      request.cancel();
      expect((await answer).message).to.contain("cancelled");
    });
  });
});
