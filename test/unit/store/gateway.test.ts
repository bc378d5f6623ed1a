import { expect } from "chai";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { CID } from "multiformats";

import {
  FallbackStore,
  GatewayStore,
  IpfsStore,
  MemoryBlocks,
  UnixFsStore,
  headersIn,
  readAll,
} from "../../../sdk/src";
import type { BlobStore } from "../../../sdk/src";
import { caught } from "../../support/caught";

const MIB = 1_048_576;
const SECRET = "a-token-that-nobody-may-see";

/** A trustless gateway: it answers with single blocks, and a test decides what else it does. */
class Gateway {
  readonly blocks = new MemoryBlocks();
  readonly requests: IncomingMessage[] = [];
  /** Answers a request instead of the gateway, and returns true when it did. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  url = "";
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    if (this.instead(request, response)) return;
    const url = new URL(request.url!, this.url);
    const [, cid] = /^\/ipfs\/([a-z2-7]+)$/.exec(url.pathname) ?? [];
    const raw = url.searchParams.get("format") === "raw" && request.headers.accept === "application/vnd.ipld.raw";
    const block = raw && cid !== undefined ? await this.blocks.get(CID.parse(cid)) : undefined;
    response.statusCode = block === undefined ? 404 : 200;
    response.end(block);
  }
}

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at ^ (at >> 8) ^ ((at >> 16) * 7)) & 0xff);

const refusing =
  (status: number) =>
  (_: IncomingMessage, response: ServerResponse): true => {
    response.statusCode = status;
    response.end("no");
    return true;
  };

describe("GatewayStore", function () {
  this.timeout(20_000);
  let [one, two] = [new Gateway(), new Gateway()];
  const data = bytesOf(3 * MIB + 5);
  let cid = "";
  const read = (store: BlobStore, limit = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> => readAll(store, cid, limit);

  beforeEach(async () => {
    [one, two] = [await new Gateway().start(), await new Gateway().start()];
    for (const { blocks } of [one, two]) cid = await new UnixFsStore(blocks).put(data);
  });
  afterEach(async () => {
    await Promise.all([one.stop(), two.stop()]);
  });

  for (const [what, url] of [
    ["its host", (base: string) => base],
    ["a slash behind it", (base: string) => `${base}/`],
    ["/ipfs behind it", (base: string) => `${base}/ipfs/`],
  ] as const) {
    it(`reads a file of several blocks from a gateway that is named by ${what}`, async () => {
      const store = new GatewayStore(url(one.url));
      expect(Buffer.compare(await read(store), data)).to.equal(0);
      expect(await store.has(cid)).to.equal(true);
    });
  }

  it("asks a nearer place first, and believes it no more than a gateway", async () => {
    const near = new MemoryBlocks();
    await new UnixFsStore(near).put(data);
    expect(Buffer.compare(await read(new GatewayStore(one.url, { near })), data)).to.equal(0);
    expect(one.requests).to.have.lengthOf(0);
    const wrong = { get: async () => bytesOf(9) };
    expect(Buffer.compare(await read(new GatewayStore(one.url, { near: wrong })), data)).to.equal(0);
    // the root and four blocks
    expect(one.requests).to.have.lengthOf(5);
  });

  it("takes along what a hosted gateway wants in its query, and a name and password as a header", async () => {
    await read(new GatewayStore(`${one.url.replace("://", "://me:pass word@")}/?token=abc`));
    const [{ url, headers }] = one.requests as [IncomingMessage];
    expect(url).to.match(/[?&]token=abc(&|$)/);
    expect(headers.authorization).to.equal(`Basic ${Buffer.from("me:pass word").toString("base64")}`);
  });

  it("says that nobody has it when every gateway says so, and has nothing then", async () => {
    const missing = await new UnixFsStore(new MemoryBlocks()).put(bytesOf(7));
    const store = new GatewayStore([one.url, two.url]);
    expect(await caught(() => readAll(store, missing, 100))).to.include({ code: "BLOB_MISSING" });
    expect(await store.has(missing)).to.equal(false);
    expect(one.requests.length + two.requests.length).to.equal(4);
  });

  // claim(attacks#proofs-of-the-fair-exchange): a gateway that returns other bytes, too many, none or none in time: each
  //   block is checked against its hash, bounded in size and time, and asked of the next gateway
  describe("goes on to the next gateway, and then stays with it, when one", () => {
    const spoiled: Record<string, Gateway["instead"]> = {
      "sends other bytes": (_, response) => Boolean(response.end("other bytes")),
      "sends more than a block may have": (_, response) => {
        const more = setInterval(() => response.write(Buffer.alloc(65_536)), 1);
        response.on("close", () => clearInterval(more));
        return true;
      },
      "does not answer": () => true,
      "sends byte by byte without an end": (_, response) => {
        const more = setInterval(() => response.write("x"), 50);
        response.on("close", () => clearInterval(more));
        return true;
      },
      "is gone in the middle": (_, response) => {
        response.write("some");
        setTimeout(() => response.destroy(), 20);
        return true;
      },
      refuses: refusing(403),
      fails: refusing(502),
      "is busy": refusing(429),
      "does not have it": refusing(404),
      "redirects in a circle": (request, response) => {
        response.writeHead(302, { location: request.url });
        return Boolean(response.end());
      },
      "redirects to a file": (_, response) => {
        response.writeHead(302, { location: "file:///etc/passwd" });
        return Boolean(response.end());
      },
    };
    for (const [what, instead] of Object.entries(spoiled)) {
      it(what, async () => {
        one.instead = instead;
        // a tenth of what a block may take
        const timeoutMs = what.includes("byte by byte") ? 300 : 1_500;
        const store = new GatewayStore([one.url, two.url], { timeoutMs });
        expect(Buffer.compare(await read(store), data)).to.equal(0);
        expect(two.requests.length).to.be.at.least(5);
        // asked once, or along its redirects; not again for each block
        expect(one.requests.length).to.be.within(1, 6);
      });
    }
  });

  it("names each gateway and what it did when none hands the block out, after a second try where one was busy", async () => {
    one.instead = refusing(403);
    two.instead = refusing(503);
    const error = await caught(() => read(new GatewayStore([one.url, two.url])));
    expect(error).to.include({ code: "GATEWAY_FAILED" });
    expect((error as Error).message).to.include(`${one.url}: status 403; ${two.url}: status 503.`);
    expect([one.requests.length, two.requests.length]).to.deep.equal([2, 2]);
  });

  it("reads the block in the second round from a gateway that was busy in the first", async () => {
    one.instead = (request, response) => one.requests.length === 1 && refusing(503)(request, response);
    expect(Buffer.compare(await read(new GatewayStore(one.url)), data)).to.equal(0);
  });

  it("follows a redirect, and takes no header to another server", async () => {
    one.instead = (request, response) => {
      response.writeHead(307, { location: `${two.url}${request.url}` });
      return Boolean(response.end());
    };
    const headers = { authorization: `Bearer ${SECRET}`, "x-api-key": SECRET };
    expect(Buffer.compare(await read(new GatewayStore({ url: one.url, headers })), data)).to.equal(0);
    expect(one.requests[0]!.headers).to.include(headers);
    expect(two.requests).to.have.length(5);
    for (const request of two.requests) expect(request.headers).to.not.have.any.keys("authorization", "x-api-key");
  });

  it("takes a header along within the server, and to no other gateway of the list", async () => {
    one.instead = (request, response) => {
      if (request.url!.startsWith("/moved")) return refusing(404)(request, response);
      response.writeHead(302, { location: `/moved${request.url}` });
      return Boolean(response.end());
    };
    await read(new GatewayStore([{ url: one.url, headers: { "x-api-key": SECRET } }, two.url]));
    expect(one.requests.map(({ headers }) => headers["x-api-key"])).to.deep.equal([SECRET, SECRET]);
    for (const request of two.requests) expect(request.headers).to.not.have.property("x-api-key");
  });

  it("refuses more than was asked for", async () => {
    expect(await caught(() => read(new GatewayStore(one.url), 1_000))).to.include({ code: "BLOB_TOO_LARGE" });
    expect(one.requests).to.have.length(1);
  });

  it("keeps nothing, and says where to", async () => {
    expect(await caught(() => new GatewayStore(one.url).put())).to.include({ code: "STORE_READ_ONLY" });
  });

  it("is made of at least one gateway, each at an address", () => {
    expect(() => new GatewayStore([])).to.throw("there is no gateway in the list");
    expect(() => new GatewayStore("nonsense"))
      .to.throw()
      .with.property("code", "ENDPOINT_INVALID");
  });
});

describe("Headers of a store", () => {
  const headers = { authorization: `Bearer ${SECRET}`, "x-api-key": `${SECRET}-as-it-is` };

  it("are read as they are written for curl", () => {
    expect(headersIn(`Authorization: Bearer abc:def\r\n\n X-Key :  1 \n`)).to.deep.equal({
      Authorization: "Bearer abc:def",
      "X-Key": "1",
    });
  });

  for (const [what, make] of Object.entries({
    "a line without a colon": () => headersIn(SECRET),
    "a value with a line break": () => new IpfsStore("http://127.0.0.1:1", { "x-key": `${SECRET}\nHost: other` }),
    "a value that is no text": () => new IpfsStore("http://127.0.0.1:1", { "x-key": 5 as never }),
    "a name that is the secret": () =>
      new GatewayStore({ url: "http://127.0.0.1:1", headers: { [`${SECRET} x`]: "" } }),
  })) {
    it(`are refused without being shown: ${what}`, async () => {
      const error = await caught(make);
      expect(error).to.include({ code: "STORE_HEADER_INVALID" });
      expect(inspect(error, { depth: 9 })).to.not.include(SECRET);
    });
  }

  it("are in no error that repeats them, and not in what a debugger prints of a store", async () => {
    const echo = await new Gateway().start();
    echo.instead = (request, response) => {
      response.statusCode = 403;
      return Boolean(response.end(`no: ${request.headers.authorization}, ${request.headers["x-api-key"]?.toString()}`));
    };
    const cid = await new UnixFsStore(new MemoryBlocks()).put(bytesOf(7));
    const stores = [new IpfsStore(echo.url, headers), new GatewayStore({ url: echo.url, headers })];
    for (const store of stores) {
      const error = await caught(() => readAll(store, cid, 100));
      expect(echo.requests.at(-1)!.headers).to.include(headers);
      expect(`${inspect(store, { depth: 9, showHidden: true })}${JSON.stringify(store)}`).to.not.include(SECRET);
      expect(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`).to.not.include(SECRET);
    }
    await echo.stop();
  });

  it("do not follow a redirect of a node", async () => {
    const [node, other] = [await new Gateway().start(), await new Gateway().start()];
    node.instead = (_, response) => {
      response.writeHead(307, { location: `${other.url}/api/v0/block/get` });
      return Boolean(response.end());
    };
    const cid = await new UnixFsStore(new MemoryBlocks()).put(bytesOf(7));
    const store = new IpfsStore(node.url, { "x-api-key": SECRET });
    expect(await caught(() => readAll(store, cid, 100))).to.include({ code: "IPFS_REFUSED" });
    expect(await caught(() => store.put(bytesOf(9)))).to.include({ code: "IPFS_REFUSED" });
    expect(other.requests).to.have.length(0);
    await Promise.all([node.stop(), other.stop()]);
  });
});

describe("FallbackStore", () => {
  const data = bytesOf(3 * MIB);
  const filled = async (): Promise<{ store: UnixFsStore; blocks: MemoryBlocks; cid: string }> => {
    const blocks = new MemoryBlocks();
    const store = new UnixFsStore(blocks);
    return { store, blocks, cid: await store.put(data) };
  };
  /** A store that fails after the first piece. */
  const broken = (inner: UnixFsStore, code: string): BlobStore => ({
    put: async () => expect.fail("nothing is put here"),
    has: async () => true,
    async *get(cid) {
      for await (const piece of inner.get(cid)) {
        yield piece.subarray(0, 1_000);
        throw Object.assign(new Error("broken"), { code, [Symbol.for("isonomy.error")]: true });
      }
    },
  });
  const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

  it("puts into the first, and reads from the first that has it", async () => {
    const { store, cid } = await filled();
    const empty = new UnixFsStore(new MemoryBlocks());
    const both = new FallbackStore(empty, store);
    expect(hashOf(await readAll(both, cid, 4 * MIB))).to.equal(hashOf(data));
    expect([await both.has(cid), await empty.has(cid)]).to.deep.equal([true, false]);
    const other = await both.put(bytesOf(5));
    expect([await empty.has(other), await store.has(other)]).to.deep.equal([true, false]);
  });

  it("goes on in the middle where one breaks off, without a byte twice or missing", async () => {
    const { store, cid } = await filled();
    const both = new FallbackStore(broken(store, "GATEWAY_FAILED"), broken(store, "BLOB_CORRUPTED"), store);
    expect(hashOf(await readAll(both, cid, 4 * MIB))).to.equal(hashOf(data));
  });

  it("does not ask the next after a failure that is not the store's", async () => {
    const { store, cid } = await filled();
    const both = new FallbackStore(broken(store, "BLOB_NOT_A_FILE"), store);
    expect(await caught(() => readAll(both, cid, 4 * MIB))).to.include({ code: "BLOB_NOT_A_FILE" });
  });

  it("says what failed before it says that nobody has it, and asks to the end whether one has it", async () => {
    const missing = await new UnixFsStore(new MemoryBlocks()).put(bytesOf(5));
    const empty = new UnixFsStore(new MemoryBlocks());
    const away = new GatewayStore("http://127.0.0.1:1", { timeoutMs: 500 });
    expect(await caught(() => readAll(new FallbackStore(empty, empty), missing, 100))).to.include({
      code: "BLOB_MISSING",
    });
    const both = new FallbackStore(empty, away);
    expect(await caught(() => readAll(both, missing, 100))).to.include({ code: "GATEWAY_FAILED" });
    expect(await caught(() => both.has(missing))).to.include({ code: "GATEWAY_FAILED" });
    const { store, cid } = await filled();
    expect(await new FallbackStore(away, store).has(cid)).to.equal(true);
  });

  it("is made of stores", () => {
    for (const wrong of [[], [undefined], ["folder"]]) {
      expect(() => new FallbackStore(...(wrong as never[])))
        .to.throw()
        .with.property("code", "ARGUMENT_INVALID");
    }
  });
});
