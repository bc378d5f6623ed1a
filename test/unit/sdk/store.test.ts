import { expect } from "chai";
import { CID, digest } from "multiformats";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FolderBlocks } from "../../../sdk/src/node";
import { MemoryBlocks, UnixFsStore, readAll, type BlobStore, type Blocks } from "../../../sdk/src/store";
import { caught } from "../../support/caught";

const MIB = 1_048_576;
const SHA2_256 = 0x12;
const RAW = 0x55;
const DAG_PB = 0x70;

const UNIXFS_DIRECTORY = 1;
const UNIXFS_FILE = 2;

/** Bytes that repeat at no multiple of a chunk, so that swapped chunks are noticed. */
function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index ^ (index >> 8) ^ ((index >> 16) * 7)) & 0xff);
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function cidOf(codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, digest.create(SHA2_256, hashOf(bytes)));
}

async function read(store: BlobStore, cid: string): Promise<Uint8Array> {
  return readAll(store, cid, Number.MAX_SAFE_INTEGER);
}

// The two encodings are written out here, apart from the libraries under test.

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const numberField = (field: number, value: number): number[] => [field * 8, ...varint(value)];
const bytesField = (field: number, bytes: Iterable<number>): number[] => {
  const list = [...bytes];
  return [field * 8 + 2, ...varint(list.length), ...list];
};

function unixFs(type: number, sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return [...numberField(1, type), ...numberField(3, total), ...sizes.flatMap((size) => numberField(4, size))];
}

function node(data: readonly number[], links: readonly { cid: CID; size: number }[]): Uint8Array {
  const encoded = links.flatMap(({ cid, size }) =>
    bytesField(2, [...bytesField(1, cid.bytes), ...bytesField(2, []), ...numberField(3, size)]),
  );
  return Uint8Array.from([...encoded, ...bytesField(1, data)]);
}

/** The identifier that the profile prescribes for a file of one level. */
function expectedCid(data: Uint8Array): string {
  const leaves: Uint8Array[] = [];
  for (let offset = 0; offset < data.length; offset += MIB) leaves.push(data.subarray(offset, offset + MIB));
  const links = leaves.map((leaf) => ({ cid: cidOf(RAW, leaf), size: leaf.length }));
  return cidOf(
    DAG_PB,
    node(
      unixFs(
        UNIXFS_FILE,
        leaves.map((leaf) => leaf.length),
      ),
      links,
    ),
  ).toString();
}

describe("Blob store", () => {
  let folder: string;
  let blocks: FolderBlocks;
  let store: UnixFsStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-store-"));
    blocks = new FolderBlocks(folder);
    store = new UnixFsStore(blocks);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  describe("put", () => {
    const known: [string, Uint8Array, string][] = [
      ["nothing", new Uint8Array(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
      ["hello world", Buffer.from("hello world"), "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"],
    ];
    for (const [what, data, cid] of known) {
      it(`gives ${what} the identifier that every UnixFS tool gives it`, async () => {
        expect(await store.put(data)).to.equal(cid);
      });
    }

    it("keeps what fits one chunk as a raw leaf", async () => {
      const cid = CID.parse(await store.put(sample(MIB)));
      expect(cid.code).to.equal(RAW);
      expect(cid.multihash.digest).to.deep.equal(new Uint8Array(hashOf(sample(MIB))));
    });

    it("gives a longer file the identifier that the profile prescribes", async () => {
      const data = sample(3 * MIB + 17);
      expect(await store.put(data)).to.equal(expectedCid(data));
    });

    it("does not depend on how the data is cut into pieces", async () => {
      const data = sample(2 * MIB + 5);
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let offset = 0; offset < data.length; offset += 77_777) yield data.subarray(offset, offset + 77_777);
      }
      expect(await store.put(pieces())).to.equal(await new UnixFsStore(new MemoryBlocks()).put(data));
    });

    it("leaves no unfinished file behind, also when equal chunks are written at once", async () => {
      const cid = await store.put(new Uint8Array(8 * MIB));
      expect(await read(store, cid)).to.deep.equal(new Uint8Array(8 * MIB));
      const files = await readdir(folder, { recursive: true });
      expect(files.filter((file) => file.endsWith(".part"))).to.deep.equal([]);
    });

    it("passes on the failure of a source, and has no file then", async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield sample(2 * MIB);
        throw new Error("the disk was pulled out");
      }
      let message = "";
      await store.put(broken()).catch((error: Error) => (message = error.message));
      expect(message).to.equal("the disk was pulled out");
    });

    it("takes no more of the source than it can write", async () => {
      let taken = 0;
      let written = 0;
      let ahead = 0;
      const slow: Blocks = {
        put: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          written += 1;
        },
        get: async () => undefined,
        has: async () => false,
      };
      async function* source(): AsyncGenerator<Uint8Array> {
        for (; taken < 40; taken += 1) {
          ahead = Math.max(ahead, taken - written);
          yield new Uint8Array(MIB).fill(taken);
        }
      }
      await new UnixFsStore(slow).put(source());
      expect(written).to.equal(41);
      expect(ahead).to.be.lessThan(10);
    });
  });

  describe("get", () => {
    for (const length of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 500]) {
      it(`returns ${length} bytes as they were put`, async () => {
        const cid = await store.put(sample(length));
        expect(Buffer.compare(await read(store, cid), sample(length))).to.equal(0);
      });
    }

    it("reads a file of several levels in order", async () => {
      const memory = new MemoryBlocks();
      const put = async (codec: number, bytes: Uint8Array, size: number) => {
        const cid = cidOf(codec, bytes);
        await memory.put(cid, bytes);
        return { cid, size };
      };
      const leaf = (byte: number) => put(RAW, Uint8Array.of(byte), 1);
      const left = await put(DAG_PB, node(unixFs(UNIXFS_FILE, [1, 1]), [await leaf(1), await leaf(2)]), 2);
      const root = await put(DAG_PB, node(unixFs(UNIXFS_FILE, [2, 1]), [left, await leaf(3)]), 3);
      expect(await read(new UnixFsStore(memory), root.cid.toString())).to.deep.equal(Uint8Array.of(1, 2, 3));
    });

    it("reads only as far ahead as the reader has come", async () => {
      const memory = new MemoryBlocks();
      let reads = 0;
      const counting: Blocks = {
        put: (cid, bytes) => memory.put(cid, bytes),
        has: (cid) => memory.has(cid),
        get: async (cid) => {
          reads += 1;
          return memory.get(cid);
        },
      };
      const counted = new UnixFsStore(counting);
      const cid = await counted.put(sample(12 * MIB));
      let taken = 0;
      for await (const piece of counted.get(cid)) {
        taken += piece.length / MIB;
        await new Promise((resolve) => setTimeout(resolve, 2));
        expect(reads).to.equal(taken + 1);
      }
      expect(taken).to.equal(12);
    });

    context("when the stored bytes are wrong", () => {
      it("names the damaged leaf, before handing out a byte of it", async () => {
        const data = sample(2 * MIB);
        const cid = await store.put(data);
        const leaf = cidOf(RAW, data.subarray(MIB));
        const damaged = await readFile(blocks.fileOf(leaf));
        damaged[5]! ^= 1;
        await writeFile(blocks.fileOf(leaf), damaged);

        let received = 0;
        const error = await caught(async () => {
          for await (const piece of store.get(cid)) received += piece.length;
        }, "BLOB_CORRUPTED");
        expect(received).to.equal(MIB);
        expect(error.args).to.deep.equal({ cid, block: leaf.toString() });
      });

      it("names a leaf that was cut short", async () => {
        const cid = await store.put(sample(100));
        await truncate(blocks.fileOf(CID.parse(cid)), 99);
        await caught(() => read(store, cid), "BLOB_CORRUPTED");
      });

      it("names a damaged root", async () => {
        const cid = await store.put(sample(2 * MIB));
        await writeFile(blocks.fileOf(CID.parse(cid)), "not a node");
        await caught(() => read(store, cid), "BLOB_CORRUPTED");
      });

      it("names a missing block", async () => {
        const data = sample(2 * MIB);
        const cid = await store.put(data);
        const leaf = cidOf(RAW, data.subarray(0, MIB));
        await rm(blocks.fileOf(leaf));
        const error = await caught(() => read(store, cid), "BLOB_MISSING");
        expect(error.args).to.deep.equal({ cid, block: leaf.toString() });
      });

      it("is whole again once the content is put again", async () => {
        const cid = await store.put(sample(2 * MIB));
        await writeFile(blocks.fileOf(CID.parse(cid)), "");
        await store.put(sample(2 * MIB));
        expect(Buffer.compare(await read(store, cid), sample(2 * MIB))).to.equal(0);
      });
    });

    context("when the identifier is not of a file of this kind", () => {
      const sha512 = CID.createV1(RAW, digest.create(0x13, createHash("sha512").digest())).toString();
      const cases: [string, string][] = [
        ["no identifier", "hello"],
        ["an empty text", ""],
        ["a CIDv0", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"],
        ["another hash function", sha512],
        ["another codec", cidOf(0x71, Uint8Array.of(0xa0)).toString()],
      ];
      for (const [what, cid] of cases) {
        it(`refuses ${what}`, async () => {
          const error = await caught(() => read(store, cid), "BLOB_CID_INVALID");
          expect(error.args.cid).to.equal(cid);
        });
      }

      const nodes: [string, Uint8Array][] = [
        ["a directory", node(unixFs(UNIXFS_DIRECTORY, []), [])],
        ["a node that is not UnixFS", node([0xff, 0xff], [])],
        ["bytes that are no node", Uint8Array.of(0xff, 0xff)],
      ];
      for (const [what, bytes] of nodes) {
        it(`refuses ${what}`, async () => {
          const cid = cidOf(DAG_PB, bytes);
          await blocks.put(cid, bytes);
          await caught(() => read(store, cid.toString()), "BLOB_NOT_A_FILE");
        });
      }

      it("refuses a tree that is deeper than any real file", async () => {
        let cid = cidOf(RAW, Uint8Array.of(1));
        await blocks.put(cid, Uint8Array.of(1));
        for (let level = 0; level < 9; level += 1) {
          const parent = node(unixFs(UNIXFS_FILE, [1]), [{ cid, size: 1 }]);
          cid = cidOf(DAG_PB, parent);
          await blocks.put(cid, parent);
        }
        await caught(() => read(store, cid.toString()), "BLOB_NOT_A_FILE");
      });
    });
  });

  describe("has", () => {
    it("tells what was put from what was not", async () => {
      const cid = await store.put(sample(10));
      expect(await store.has(cid)).to.equal(true);
      expect(await store.has(cidOf(RAW, sample(11)).toString())).to.equal(false);
    });

    it("does not count a file whose source broke off", async () => {
      const whole = sample(2 * MIB);
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield whole.subarray(0, MIB + 5);
        throw new Error("broken off");
      }
      await store.put(broken()).catch(() => undefined);
      expect(await store.has(expectedCid(whole))).to.equal(false);
    });
  });

  describe("readAll", () => {
    it("refuses more than was asked for", async () => {
      const cid = await store.put(sample(101));
      const error = await caught(() => readAll(store, cid, 100), "BLOB_TOO_LARGE");
      expect(error.args).to.deep.equal({ cid, limit: 100 });
    });
  });
});
