import { randomUUID } from "node:crypto";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { BlockId, Blocks } from "./blocks";
import { UnixFsStore } from "./store";

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
    try {
      return await readFile(this.fileOf(cid));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
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
export function folderStore(folder: string): UnixFsStore {
  return new UnixFsStore(new FolderBlocks(folder));
}
