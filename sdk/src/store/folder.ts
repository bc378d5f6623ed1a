import { randomUUID } from "node:crypto";
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { checked } from "../base/checked";
import type { BlockId, Blocks, StagedBlocks } from "./blocks";
import { MAX_BLOCK_BYTES, UnixFsStore } from "./store";

const STAGING = ".staging-";
/** What a program that was killed left behind is removed after a day: none takes so long for one file. */
const ABANDONED_MS = 86_400_000;

/** Blocks as files of a folder, one file each, spread over subfolders by the end of their name. */
export class FolderBlocks implements Blocks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file that holds a block, whether or not it exists. */
  fileOf(cid: BlockId): string {
    const name = cid.toString();
    return join(this.#folder, name.slice(-3, -1), name);
  }

  async put(cid: BlockId, bytes: Uint8Array): Promise<void> {
    const file = this.fileOf(cid);
    // A block appears under its name only when it is whole, so an interrupted run leaves none half written. A block
    // that is already here is written again: the one on the disk may be damaged.
    const unfinished = `${file}.${randomUUID()}.part`;
    await mkdir(dirname(file), { recursive: true });
    try {
      await writeFile(unfinished, bytes);
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async get(cid: BlockId): Promise<Uint8Array | undefined> {
    const path = this.fileOf(cid);
    try {
      // a pipe or a device would be read for ever
      if (!(await stat(path)).isFile()) return undefined;
      const file = await open(path, "r");
      try {
        // one byte more than a block may have is enough to refuse it
        const bytes = Buffer.alloc(Math.min((await file.stat()).size, MAX_BLOCK_BYTES + 1));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
        return new Uint8Array(bytes.subarray(0, bytesRead));
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async stage(): Promise<StagedBlocks> {
    await this.#removeAbandoned();
    const folder = join(this.#folder, `${STAGING}${randomUUID()}`);
    const staged = new FolderBlocks(folder);
    const cids = new Map<string, BlockId>();
    return {
      put: async (cid, bytes) => {
        await staged.put(cid, bytes);
        cids.set(cid.toString(), cid);
      },
      commit: async () => {
        // the root came last and is moved last: while it is missing, so is the file
        for (const cid of cids.values()) {
          const file = this.fileOf(cid);
          await mkdir(dirname(file), { recursive: true });
          await rename(staged.fileOf(cid), file);
        }
        await rm(folder, { recursive: true, force: true });
      },
      discard: () => rm(folder, { recursive: true, force: true }),
    };
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!name.startsWith(STAGING)) continue;
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
    }
  }

  async has(cid: BlockId): Promise<boolean> {
    return access(this.fileOf(cid)).then(
      () => true,
      () => false,
    );
  }
}

/** A store that keeps its content in a folder, which is made when something is first put into it. */
export const folderStore = /* @__PURE__ */ checked((folder: string): UnixFsStore => {
  if (typeof folder !== "string") throw new TypeError("the folder is not a path.");
  return new UnixFsStore(new FolderBlocks(folder));
});
