import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CID } from "multiformats";
import { base58btc } from "multiformats/bases/base58";

import { namedStore, folderStore, type FolderStore } from "../../../sdk/src/node";
import { FallbackStore, IpfsStore, readAll } from "../../../sdk/src/store";
import { caught } from "../../support/caught";

const MIB = 1_048_576;
const DAY_MS = 86_400_000;
const STRIP_TYPES = join(__dirname, "../../support/strip-types.cjs");
const PUTTER = join(__dirname, "../../support/storePutter.ts");

/** A file of chunks that are each of one byte's value: two files share a chunk of the same value. */
function fileOf(...chunks: readonly number[]): Uint8Array {
  return Buffer.concat(chunks.map((value) => new Uint8Array(MIB).fill(value)));
}

describe("A store in a folder", function () {
  this.timeout(60_000);
  let folder = "";
  let store: FolderStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-store-"));
    store = folderStore(folder);
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });

  /** Everything below the folder that is a file, without the folders of the blocks. */
  const filesIn = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();

  const age = async (ms: number, names?: readonly string[]): Promise<void> => {
    const then = new Date(Date.now() - ms);
    for (const { name, parentPath } of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (names === undefined || names.includes(name)) await utimes(join(parentPath, name), then, then);
    }
  };

  describe("after a put that did not end", () => {
    const start = (pieces: number, ...within: readonly string[]): ChildProcess => {
      const [program, ...parameters] = [...within, process.execPath, "-r", STRIP_TYPES, PUTTER];
      return spawn(program!, [...parameters, folder, `${pieces}`], { stdio: ["pipe", "pipe", "inherit"] });
    };
    const said = async (child: ChildProcess): Promise<string> => String((await once(child.stdout!, "data"))[0]).trim();

    for (const at of [0, 1, 2]) {
      it(`holds nothing of it once the next one begins, when its process was killed after ${at + 1} of 3 pieces`, async () => {
        const child = start(3);
        for (let piece = 0; piece <= at; piece++) {
          expect(await said(child)).to.equal(`${piece}`);
          if (piece < at) child.stdin!.write("\n");
        }
        child.kill("SIGKILL");
        await once(child, "exit");
        expect(await store.files()).to.deep.equal([]);

        const cid = await store.put(fileOf(9));
        expect(await filesIn()).to.deep.equal([cid]);
      });
    }

    it("leaves alone what a living process is putting, also while others put and clear", async () => {
      const child = start(2);
      expect(await said(child)).to.equal("0");
      await store.clearAbandoned();
      const own = await store.put(fileOf(9));
      child.stdin!.write("\n");
      expect(await said(child)).to.equal("1");
      child.stdin!.write("\n");
      const cid = await said(child);
      expect(Buffer.compare(await readAll(store, cid, 2 * MIB), fileOf(1, 2))).to.equal(0);
      expect((await store.files()).map((file) => file.cid)).to.have.members([cid, own]);
    });

    it("holds nothing of it when the disk refuses more, and says which store and why", async function () {
      if (process.platform === "win32") this.skip();
      // the system refuses a file beyond half a block, as a full disk does, without a signal
      const child = start(3, "sh", "-c", `trap "" XFSZ; ulimit -f 1024; exec "$0" "$@"`);
      child.stdout!.on("data", () => child.stdin!.write("\n"));
      let output = "";
      child.stdout!.on("data", (text) => (output += String(text)));
      const [status] = await once(child, "exit");
      expect([status, output.trim().split("\n").at(-1)]).to.deep.equal([1, "STORE_UNWRITABLE"]);
      expect(await filesIn()).to.deep.equal([]);
    });

    it("holds nothing of it when its source fails or is aborted", async () => {
      const abort = new AbortController();
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield fileOf(1);
        abort.abort(new Error("cancelled"));
        abort.signal.throwIfAborted();
      };
      let failure: unknown;
      await store.put(source()).catch((error: unknown) => (failure = error));
      expect(String(failure)).to.equal("Error: cancelled");
      expect(await filesIn()).to.deep.equal([]);
    });

    it("names a folder that is not to be written or is none", async function () {
      await writeFile(join(folder, "file"), "something");
      const error = await caught(() => folderStore(join(folder, "file")).put(fileOf(1)), "STORE_UNREADABLE");
      expect(error.message).to.include(join(folder, "file"));
      if (process.getuid?.() !== 0) {
        await chmod(folder, 0o500);
        expect(await caught(() => store.put(fileOf(1)))).to.include({ code: "STORE_UNWRITABLE" });
      }
    });
  });

  describe("removes what nobody needs", () => {
    it("and keeps what is needed, with each chunk that the two have in common", async () => {
      const needed = await store.put(fileOf(1, 2, 3));
      const other = await store.put(fileOf(3, 4, 5));
      const card = await store.put(Buffer.from("{}"));
      await age(2 * DAY_MS);

      const found = await store.unneeded([needed]);
      expect(found.files.map(({ cid }) => cid)).to.have.members([other, card]);
      // two chunks and the root above them are its own
      expect(found.files.find(({ cid }) => cid === other)!.bytes).to.be.within(2 * MIB, 2 * MIB + 1_000);
      expect(await store.has(other)).to.equal(true);

      expect(await store.remove(found)).to.equal(found.bytes);
      expect(Buffer.compare(await readAll(store, needed, 3 * MIB), fileOf(1, 2, 3))).to.equal(0);
      expect([await store.has(other), await store.has(card)]).to.deep.equal([false, false]);
      expect((await store.files()).map(({ cid }) => cid)).to.deep.equal([needed]);
      expect(await filesIn()).to.have.length(4);
    });

    it("and takes an identifier in another spelling for the same, and what is none for nothing", async () => {
      const needed = await store.put(fileOf(1, 2));
      await age(2 * DAY_MS);
      const spelled = CID.parse(needed).toString(base58btc);
      expect(spelled).to.not.equal(needed);
      expect((await store.unneeded(["nonsense", "", spelled])).files).to.deep.equal([]);
      expect((await store.unneeded(["nonsense"])).files).to.have.length(1);
    });

    it("but not what is younger than the limit, nor what a young file has in common with an old one", async () => {
      const old = await store.put(fileOf(1, 2));
      await age(DAY_MS + 60_000);
      const young = await store.put(fileOf(2, 3));
      const { files, bytes } = await store.unneeded([]);
      expect(files).to.deep.equal([]);
      expect(bytes).to.equal(0);
      // the chunk in common was written again and keeps the old file: it may be the one that is about to be published
      await age(
        DAY_MS + 60_000,
        (await filesIn()).filter((name) => name !== young),
      );
      const later = await store.unneeded([]);
      expect(later.files.map(({ cid }) => cid)).to.deep.equal([old]);
      await store.remove(later);
      expect(Buffer.compare(await readAll(store, young, 2 * MIB), fileOf(2, 3))).to.equal(0);
      expect((await store.unneeded([], { olderThanMs: -1 })).files.map(({ cid }) => cid)).to.deep.equal([young]);
    });

    it("but no block that was put again between the list and the removal", async () => {
      const old = await store.put(fileOf(1, 2));
      await age(2 * DAY_MS);
      const found = await store.unneeded([]);
      expect(found.files.map(({ cid }) => cid)).to.deep.equal([old]);
      const again = await store.put(fileOf(2, 3));
      await store.remove(found);
      expect(Buffer.compare(await readAll(store, again, 2 * MIB), fileOf(2, 3))).to.equal(0);
    });

    it("root first, so that a file whose removal was stopped is not there, and the rest goes the next time", async () => {
      const cid = await store.put(fileOf(1, 2, 3));
      await age(2 * DAY_MS);
      const stop = new AbortController();
      const onProgress = (done: number): void => (done === 2 ? stop.abort(new Error("stopped")) : undefined);
      let failure: unknown;
      await store
        .remove(await store.unneeded([]), { signal: stop.signal, onProgress })
        .catch((error: unknown) => (failure = error));
      expect(String(failure)).to.equal("Error: stopped");
      expect(await store.has(cid)).to.equal(false);
      expect(await filesIn()).to.have.length(2);
      await store.remove(await store.unneeded([]));
      expect(await filesIn()).to.deep.equal([]);
    });

    it("and what is said of a sealed file with it", async () => {
      const sealed = { name: "model 🧠.bin", root: `0x${"ab".repeat(32)}`, keyX: 2n ** 255n + 1n };
      const cid = await store.put(fileOf(1, 2));
      await store.noteSealed(cid, sealed);
      const [file] = await store.files();
      expect(file).to.deep.include({ cid, sealed });
      await age(2 * DAY_MS);
      await store.remove(await store.unneeded([]));
      expect(await filesIn()).to.deep.equal([]);
    });

    it("and nothing where there is no folder, or where other files lie beside the blocks", async () => {
      expect(await folderStore(join(folder, "none")).unneeded([])).to.deep.equal({ files: [], bytes: 0, blocks: [] });
      await mkdir(join(folder, "zz"));
      await writeFile(join(folder, "zz", "notes.txt"), "mine");
      await writeFile(join(folder, "readme"), "mine");
      await age(2 * DAY_MS);
      expect((await store.unneeded([])).files).to.deep.equal([]);
    });

    it("reading a damaged branch as one that needs nothing", async () => {
      const cid = await store.put(fileOf(1, 2));
      await writeFile(join(folder, cid.slice(-3, -1), cid), "damaged");
      await age(2 * DAY_MS);
      expect((await store.unneeded([cid])).files).to.have.length(2);
    });
  });

  describe("that a person named", () => {
    it("is a folder, a node, or the first of these with gateways behind it", () => {
      expect(namedStore(folder)).to.have.property("path", folder);
      for (const node of [
        "http://127.0.0.1:5001",
        "/ip4/127.0.0.1/tcp/5001",
        "localhost:5001",
        "https://user:pw@node.example/api/v0",
      ]) {
        expect(namedStore(node, { headers: { "x-key": "value" } })).to.be.instanceOf(IpfsStore);
      }
      expect(namedStore(folder, { gateways: ["https://gateway.example"] })).to.be.instanceOf(FallbackStore);
    });

    for (const where of ["ftp://somewhere", "somewhere:5001", "/p2p/QmNode", "http:/typo", "me:secret@host"]) {
      it(`is no folder of the name ${where}`, () => {
        expect(() => namedStore(where))
          .to.throw()
          .with.property("code", "STORE_UNREACHABLE");
      });
    }
  });
});
