import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { CID, digest } from "multiformats";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { folderStore } from "../../sdk/src/node";
import { IpfsStore, MemoryBlocks, UnixFsStore, readAll, type BlobStore } from "../../sdk/src/store";
import { MAX_BLOCK_BYTES } from "../../sdk/src/store/intact";
import { agentFixture } from "../support/agentHere";
import { caught } from "../support/caught";

const RAW = 0x55;
const DAG_PB = 0x70;
const LINKS = 1_024;

function cidOf(codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, digest.create(0x12, createHash("sha256").update(bytes).digest()));
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const numberField = (field: number, value: number): number[] => [field * 8, ...varint(value)];
const bytesField = (field: number, bytes: ArrayLike<number>): number[] => [
  field * 8 + 2,
  ...varint(bytes.length),
  ...Array.from(bytes),
];

/** Blocks that count how often they are read. */
class CountedBlocks extends MemoryBlocks {
  reads = 0;

  override async get(cid: CID): Promise<Uint8Array | undefined> {
    this.reads++;
    return super.get(cid);
  }
}

/** A tree in which every branch names the same child 1,024 times; it says of itself that it is `says` bytes long. */
async function tree(
  blocks: CountedBlocks,
  leaf: Uint8Array,
  levels: number,
  says: number,
  links = LINKS,
): Promise<string> {
  let cid = cidOf(RAW, leaf);
  await blocks.put(cid, leaf);
  for (let level = 0; level < levels; level++) {
    const data = [...numberField(1, 2), ...numberField(3, says)];
    const child = bytesField(2, [...bytesField(1, cid.bytes), ...bytesField(2, []), ...numberField(3, 1)]);
    const parent = Uint8Array.from([...Array.from({ length: links }, () => child).flat(), ...bytesField(1, data)]);
    cid = cidOf(DAG_PB, parent);
    await blocks.put(cid, parent);
  }
  return cid.toString();
}

/**
 * What was lost: a buyer's disk, and time without end. A card named a tree of files of 1.2 megabytes whose branches name one
 * another over and over: `hold` wrote until the disk was full, and a tree over a leaf without a byte was read for ever. A
 * store that never answered kept a command for five minutes that had been told to wait two seconds.
 */
describe("Finding: a disk is filled by a small tree", function () {
  this.timeout(240_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "isonomy-held-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function buyerFixture() {
    const fixture = await agentFixture();
    const { dealsOf, actors, buyersKeys, ids, files } = fixture;
    const client = dealsOf(actors.buyer, buyersKeys);
    const length = Number(files.file.data.size) + 32;
    const hold = (source: BlobStore, cid: string) =>
      client.hold(ids.fileVersionId, { store: source, cid }, folderStore(folder));
    return { hold, length };
  }

  const MIB = new Uint8Array(1_048_576).fill(7);
  const shapes: readonly [
    what: string,
    leaf: Uint8Array,
    levels: number,
    says: (length: number) => number,
    codes: string[],
  ][] = [
    ["says that it is a petabyte", MIB, 3, () => 2 ** 50, ["BLOB_TOO_LARGE"]],
    ["says that it is as long as the chain says", MIB, 3, (length) => length, ["BLOB_TOO_LARGE", "BLOB_TOO_LONG"]],
    ["is made of single bytes", Uint8Array.of(1), 4, (length) => length, ["BLOB_TOO_LARGE", "BLOB_TOO_LONG"]],
    ["has a leaf without a byte", new Uint8Array(), 4, () => 0, ["BLOB_NOT_A_FILE"]],
    ["is right in length and nothing else", new Uint8Array(1), 0, () => 0, ["BLOB_TRUNCATED", "BLOB_ROOT_MISMATCH"]],
  ];
  for (const [what, leaf, levels, says, codes] of shapes) {
    // claim(attacks#command-line-package-and-sellers-agent): a small tree of files that expands to a petabyte, or that
    //   has no byte at all
    it(`holds nothing of a tree that ${what}, and leaves nothing on the disk`, async () => {
      const { hold, length } = await loadFixture(buyerFixture);
      const blocks = new CountedBlocks();
      const whole = levels === 0 ? new Uint8Array(length) : leaf;
      const cid = await tree(blocks, whole, levels, says(length));
      const { code } = await caught(() => hold(new UnixFsStore(blocks), cid));
      expect(codes).to.include(code);
      expect(blocks.reads).to.be.at.most(length + 10);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  }

  // claim(attacks#command-line-package-and-sellers-agent): a small tree of files that expands to a petabyte, or that
  //   has no byte at all
  it("gives up a tree of many blocks and few bytes, and a tree of branches without a leaf", async () => {
    const blocks = new CountedBlocks();
    const bytes = await tree(blocks, Uint8Array.of(1), 4, 1);
    await caught(() => readAll(new UnixFsStore(blocks), bytes, 2 ** 40), "BLOB_NOT_A_FILE");
    expect(blocks.reads).to.be.lessThan(1_200);
    const branches = new CountedBlocks();
    const none = await tree(branches, new Uint8Array(), 1, 0, 0);
    // the whole of an empty file is that it has no byte
    expect(await readAll(new UnixFsStore(branches), none, 10)).to.have.length(0);
    await caught(async () => readAll(new UnixFsStore(branches), await above(branches, none), 10), "BLOB_NOT_A_FILE");
    expect(branches.reads).to.be.at.most(3);
  });

  it("refuses a tree by what it says of itself before a second block is read, and a block that is longer than blocks are", async () => {
    const blocks = new CountedBlocks();
    const leaf = cidOf(RAW, Uint8Array.of(1));
    await blocks.put(leaf, Uint8Array.of(1));
    // the sizes of its parts, which are what its own is reckoned from
    const says = [...numberField(1, 2), ...numberField(3, 2 ** 50), ...numberField(4, 2 ** 50)];
    const link = bytesField(2, [...bytesField(1, leaf.bytes), ...bytesField(2, []), ...numberField(3, 1)]);
    const root = Uint8Array.from([...link, ...bytesField(1, says)]);
    const petabyte = cidOf(DAG_PB, root);
    await blocks.put(petabyte, root);
    await caught(() => readAll(new UnixFsStore(blocks), petabyte.toString(), 10), "BLOB_TOO_LARGE");
    expect(blocks.reads).to.equal(1);
    const long = new Uint8Array(MAX_BLOCK_BYTES + 1);
    const cid = cidOf(RAW, long);
    await blocks.put(cid, long);
    await caught(() => readAll(new UnixFsStore(blocks), cid.toString(), 2 ** 40), "BLOB_CORRUPTED");
  });

  /** A branch with the same child a thousand times. */
  async function above(blocks: CountedBlocks, child: string): Promise<string> {
    const link = bytesField(2, [...bytesField(1, CID.parse(child).bytes), ...bytesField(2, []), ...numberField(3, 1)]);
    const data = [...numberField(1, 2), ...numberField(3, 0)];
    const parent = Uint8Array.from([...Array.from({ length: LINKS }, () => link).flat(), ...bytesField(1, data)]);
    const cid = cidOf(DAG_PB, parent);
    await blocks.put(cid, parent);
    return cid.toString();
  }

  describe("a store that answers without end, or never", () => {
    const cid = cidOf(RAW, Uint8Array.of(1)).toString();
    const TIMEOUT_MS = 150;
    let server: Server;
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });
    const serve = async (answer: RequestListener): Promise<IpfsStore> => {
      server = createServer(answer);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return new IpfsStore(`http://127.0.0.1:${port}`, {}, { timeoutMs: TIMEOUT_MS });
    };
    /** Writes until the other side has gone away. */
    const endless = (status: number, piece: Uint8Array, everyMs: number): RequestListener => {
      return (request, response) => {
        request.resume();
        response.writeHead(status);
        const write = (): void => {
          if (!response.destroyed) response.write(piece, () => setTimeout(write, everyMs));
        };
        write();
      };
    };
    const calls: Record<string, (store: IpfsStore) => Promise<unknown>> = {
      "reading a block": (store) => readAll(store, cid, 10),
      "asking for one": (store) => store.has(cid),
      "putting a file": (store) => store.put(Uint8Array.of(1)),
    };
    const silence: RequestListener = () => undefined;
    const faults: Record<string, readonly [answer: RequestListener, code: RegExp]> = {
      "never answers": [silence, /^IPFS_UNREACHABLE$/],
      "answers byte by byte": [endless(200, Uint8Array.of(1), 50), /^IPFS_UNREACHABLE$/],
      "sends more than a block": [endless(200, new Uint8Array(262_144), 0), /^(BLOB_CORRUPTED|IPFS_OTHER_CID)$/],
      "explains itself without end": [endless(500, new Uint8Array(262_144), 0), /^(IPFS_REFUSED)$/],
    };
    for (const [what, [answer, code]] of Object.entries(faults)) {
      for (const [doing, call] of Object.entries(calls)) {
        // whether a block is there is answered by the status alone, and a file may take as long as it moves
        if (what !== "never answers" && doing !== "reading a block" && what !== "explains itself without end") continue;
        // claim(attacks#command-line-package-and-sellers-agent): a store that never answers, answers byte by byte, or
        //   without end
        it(`is given up in time, ${doing}, when it ${what}`, async () => {
          const store = await serve(answer);
          const began = performance.now();
          expect((await caught(() => call(store))).code).to.match(code);
          expect(performance.now() - began).to.be.lessThan(30_000);
        });
      }
    }
  });
});
