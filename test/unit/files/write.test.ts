import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";

import { writeNew } from "../../../sdk/src/cli/files";
import { createFile, replaceFile } from "../../../sdk/src/files";

const SOURCES = join(__dirname, "../../../sdk/src");
/** Written in many pieces, so that somebody who looks meanwhile would see a part of it. */
const LENGTH = 24 * 1_024 * 1_024;

describe("Files that are written", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-write-"));
    path = join(folder, "file.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** The lengths that a file has while something is written. */
  async function lengthsWhile(write: Promise<unknown>): Promise<number[]> {
    let ended = false;
    const seen = new Set<number>();
    const done = write.finally(() => (ended = true));
    while (!ended) seen.add((await stat(path).catch(() => ({ size: -1 }))).size);
    await done;
    return [...seen].filter((length) => length >= 0 && length !== LENGTH);
  }

  const writers: [string, (text: string) => Promise<unknown>][] = [
    ["createFile", (text) => createFile(path, text)],
    ["replaceFile", (text) => replaceFile(path, text)],
    ["writeNew, which the commands write by,", (text) => writeNew(path, text)],
  ];
  for (const [name, write] of writers) {
    it(`${name} shows nobody a part of it`, async () => {
      expect(await lengthsWhile(write("x".repeat(LENGTH)))).to.deep.equal([]);
      expect((await stat(path)).size).to.equal(LENGTH);
      expect(await readdir(folder)).to.deep.equal(["file.json"]);
    });
  }

  it("replaceFile shows the old one until the new one is whole", async () => {
    await writeFile(path, "old");
    expect(await lengthsWhile(replaceFile(path, "x".repeat(LENGTH)))).to.deep.equal([3]);
  });

  it("createFile and writeNew never write over another, and leave nothing beside it", async () => {
    await writeFile(path, "mine");
    expect(await createFile(path, "other")).to.equal(false);
    const failure = await writeNew(path, "other").catch((error: unknown) => error);
    expect(failure).to.have.property("code", "FILE_EXISTS");
    expect(await readFile(path, "utf8")).to.equal("mine");
    expect(await readdir(folder)).to.deep.equal(["file.json"]);
  });

  it("leaves nothing beside a folder that has the name", async () => {
    await mkdir(path);
    const failure = await replaceFile(path, "text").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(await readdir(folder)).to.deep.equal(["file.json"]);
  });

  it("is written in one place; where it is not, the reason is here", () => {
    const reasons: Record<string, string> = {
      "cli/files.ts": "a probe of the place, which is removed again",
      "deals/fileKeyring.ts": "a probe of the keyring's place, which is removed again",
      "fairexchange/nodeFiles.ts": "a stream of any length, under a name that is changed once all of it is verified",
      "files/lock.ts": "a lock, which nobody reads half-written",
      "files/write.ts": "the place itself",
      "store/folder.ts": "a block, under a name of its own until it is whole",
    };
    const names = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const writing = /\b(writeFile(Sync)?|appendFile(Sync)?|createWriteStream|copyFile)\b|\bopen\([^)]*"(w|a)/;
    const found = names.filter((name) => writing.test(readFileSync(join(SOURCES, name), "utf8")));
    expect(found.map((name) => name.split(sep).join("/")).sort()).to.deep.equal(Object.keys(reasons));
  });
});
