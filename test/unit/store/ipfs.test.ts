import { expect } from "chai";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CID } from "multiformats";
import { createHash } from "node:crypto";

import { IpfsStore, MemoryBlocks, UnixFsStore } from "../../../sdk/src";

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The bytes of the one file in a form. */
function fileIn(form: Buffer, contentType: string): Buffer {
  const boundary = /boundary=(.+)$/.exec(contentType)![1];
  const start = form.indexOf("\r\n\r\n") + 4;
  return form.subarray(start, form.lastIndexOf(`\r\n--${boundary}--`));
}

/** A node that answers the calls of Kubo's API that the store makes. */
class Node {
  readonly blocks = new MemoryBlocks();
  readonly requests: string[] = [];
  /** Changes what it is asked for into what it stores. */
  spoil = (bytes: Uint8Array): Uint8Array => bytes;
  refuse: string | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(
        ([status, body]) => {
          response.statusCode = status;
          response.end(body);
        },
        () => {
          response.statusCode = 500;
          response.end('{"Message":"broken"}');
        },
      );
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage): Promise<[number, string | Uint8Array]> {
    const url = new URL(request.url!, "http://node");
    this.requests.push(`${request.method} ${url.pathname}`);
    const body = await bodyOf(request);
    if (this.refuse !== undefined) return [403, this.refuse];
    if (request.method !== "POST") return [405, ""];
    const missing: [number, string] = [
      500,
      '{"Message":"block was not found locally (offline): ipld: could not find x"}',
    ];
    const arg = url.searchParams.get("arg");

    if (url.pathname === "/api/v0/add") {
      if (url.searchParams.get("chunker") !== "size-1048576") return [400, "another profile"];
      const file = this.spoil(fileIn(body, request.headers["content-type"]!));
      const cid = await new UnixFsStore(this.blocks).put(file);
      return [200, `${JSON.stringify({ Name: "blob", Hash: cid, Size: String(file.length) })}\n`];
    }
    const block = await this.blocks.get(CID.parse(arg!));
    if (block === undefined) return missing;
    if (url.pathname === "/api/v0/block/stat") return [200, JSON.stringify({ Key: arg, Size: block.length })];
    if (url.pathname === "/api/v0/block/get") return [200, this.spoil(block)];
    return [404, "no such call"];
  }
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; fix: string }> {
  return work.then(
    () => expect.fail("it succeeded"),
    (error: { code: string; fix: string }) => error,
  );
}

function bytes(length: number): Buffer {
  const seed = createHash("sha256").update(String(length)).digest();
  return Buffer.alloc(length, seed);
}

describe("IpfsStore", function () {
  let node: Node;
  let store: IpfsStore;

  beforeEach(async function () {
    node = new Node();
    store = new IpfsStore(await node.start());
  });

  afterEach(async function () {
    await node.stop();
  });

  for (const size of [0, 1, 1_048_576, 1_048_577, 3_500_000]) {
    it(`keeps ${size} bytes under the identifier that the folder store gives them`, async function () {
      const data = bytes(size);
      const pieces = (async function* () {
        for (let at = 0; at < size; at += 100_000) yield data.subarray(at, at + 100_000);
      })();
      const cid = await store.put(pieces);
      expect(cid).to.equal(await new UnixFsStore(new MemoryBlocks()).put(data));
      expect(await store.has(cid)).to.equal(true);
      expect((await read(store.get(cid))).equals(data)).to.equal(true);
    });
  }

  it("says when the node does not hold the content", async function () {
    const cid = await new UnixFsStore(new MemoryBlocks()).put(bytes(10));
    expect(await store.has(cid)).to.equal(false);
    expect(await failureOf(read(store.get(cid)))).to.have.property("code", "BLOB_MISSING");
  });

  // claim(attacks#proofs-of-the-fair-exchange): an IPFS node that stores or returns other bytes: identifiers are
  //   computed locally, and blocks are checked
  it("hands out no byte of a block that does not match its hash", async function () {
    const cid = await store.put(bytes(2_000_000));
    node.spoil = (block) => Buffer.concat([block.subarray(0, -1), Buffer.of(0xee)]);
    expect(await failureOf(read(store.get(cid)))).to.have.property("code", "BLOB_CORRUPTED");
  });

  // claim(attacks#proofs-of-the-fair-exchange): an IPFS node that stores or returns other bytes: identifiers are
  //   computed locally, and blocks are checked
  it("refuses a node that stored something else than it was given", async function () {
    node.spoil = (file) => Buffer.concat([file, Buffer.of(0)]);
    expect(await failureOf(store.put(bytes(100)))).to.have.property("code", "IPFS_OTHER_CID");
  });

  it("passes on what the source threw", async function () {
    const broken = (async function* () {
      yield bytes(10);
      throw new Error("unplugged");
    })();
    expect(await failureOf(store.put(broken))).to.have.property("message", "unplugged");
  });

  it("says what to do when the node refuses or does not answer", async function () {
    node.refuse = "forbidden";
    const refused = await failureOf(store.put(bytes(5)));
    expect(refused).to.have.property("code", "IPFS_REFUSED");
    await node.stop();
    const gone = await failureOf(store.put(bytes(5)));
    expect(gone).to.have.property("code", "IPFS_UNREACHABLE");
    expect(gone.fix).to.include("node");
  });
});
