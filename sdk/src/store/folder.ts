import { randomUUID } from "node:crypto";
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { isIsonomyError } from "../base/error";
import { lockFile, withLock } from "../files";
import type { BlockId, Blocks, StagedBlocks } from "./blocks";
import { storeError } from "./errors";
import { MAX_BLOCK_BYTES } from "./intact";

const STAGING = ".staging-";
/** What is locked while blocks are moved in or removed. */
const STORE = ".store";
/** An unfinished block is nobody's after a day: writing one takes less than a second. */
const ABANDONED_MS = 86_400_000;
/** Blocks are in folders of two letters; whatever has another name is none of theirs. */
const SPREAD = /^[a-z2-7]{2}$/;
const PART = /\.part$/;

/** A block as it lies on the disk. */
export interface KeptBlock {
  readonly cid: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/**
 * Blocks as files of a folder, one file each, spread over subfolders by the end of their name.
 * @example
 * ```ts
 * const store = new UnixFsStore(new FolderBlocks("models"));
 * ```
 */
export class FolderBlocks implements Blocks {
  readonly #folder: string;
  /** The folder that a person named. */
  readonly #named: string;

  constructor(folder: string, named = folder) {
    this.#folder = folder;
    this.#named = named;
  }

  /**
   * The file that holds a block, whether or not it exists.
   * @example
   * ```ts
   * const path = new FolderBlocks("models").fileOf(CID.parse(cid));
   * ```
   */
  fileOf(cid: Pick<BlockId, "toString">): string {
    const name = cid.toString();
    return join(this.#folder, name.slice(-3, -1), name);
  }

  /**
   * Keeps a block; it is on the disk when this returns.
   * @throws `STORE_UNWRITABLE`.
   * @example
   * ```ts
   * await new FolderBlocks("models").put(CID.parse(cid), bytes);
   * ```
   */
  async put(cid: BlockId, bytes: Uint8Array): Promise<void> {
    const file = this.fileOf(cid);
    // A block appears under its name only when it is whole, so an interrupted run leaves none half written. A block
    // that is already here is written again: the one on the disk may be damaged.
    const unfinished = `${file}.${randomUUID()}.part`;
    await this.#writing(async () => {
      await mkdir(dirname(file), { recursive: true });
      try {
        await writeFile(unfinished, bytes);
        await rename(unfinished, file);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    });
  }

  /**
   * @throws `STORE_UNREADABLE`.
   * @example
   * ```ts
   * const block = await new FolderBlocks("models").get(CID.parse(cid));
   * ```
   */
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
      throw this.#failure("STORE_UNREADABLE", error);
    }
  }

  /**
   * @throws `STORE_UNWRITABLE`.
   * @example
   * ```ts
   * const staged = await new FolderBlocks("models").stage();
   * await staged.put(CID.parse(cid), bytes);
   * await staged.commit();
   * ```
   */
  async stage(): Promise<StagedBlocks> {
    const folder = join(this.#folder, `${STAGING}${randomUUID()}`);
    // held while this process lives, so that others see whether the blocks are still wanted
    const lock = await this.#writing(async () => {
      await this.clearAbandoned();
      return lockFile(folder);
    });
    const staged = new FolderBlocks(folder, this.#named);
    const cids = new Map<string, BlockId>();
    const remove = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true });
      await lock.release();
    };
    return {
      put: async (cid, bytes) => {
        await staged.put(cid, bytes);
        cids.set(cid.toString(), cid);
      },
      commit: () =>
        this.#writing(async () => {
          await this.exclusively(async () => {
            // the root came last and is moved last: while it is missing, so is the file
            for (const cid of cids.values()) {
              const file = this.fileOf(cid);
              await mkdir(dirname(file), { recursive: true });
              await rename(staged.fileOf(cid), file);
            }
          });
          await remove();
        }),
      discard: remove,
    };
  }

  /**
   * Whether a block is here.
   * @example
   * ```ts
   * const isThere = await new FolderBlocks("models").has(CID.parse(cid));
   * ```
   */
  async has(cid: BlockId): Promise<boolean> {
    return access(this.fileOf(cid)).then(
      () => true,
      () => false,
    );
  }

  /**
   * All blocks; nothing where there is no folder.
   * @example
   * ```ts
   * for await (const { cid } of new FolderBlocks("models").list()) console.log(cid);
   * ```
   */
  async *list(): AsyncGenerator<KeptBlock> {
    for (const { path, name } of await this.#files()) {
      if (PART.test(name)) continue;
      const status = await stat(path).catch(() => undefined);
      if (status?.isFile() === true) yield { cid: name, bytes: status.size, modifiedMs: status.mtimeMs };
    }
  }

  /**
   * Removes one block, unless it was written again since. Only while the folder is held: see `exclusively`.
   * @returns Whether it was removed.
   * @example
   * ```ts
   * const blocks = new FolderBlocks("models");
   * await blocks.exclusively(async () => {
   *   for await (const block of blocks.list()) await blocks.remove(block);
   * });
   * ```
   */
  async remove({ cid, modifiedMs }: KeptBlock): Promise<boolean> {
    const path = this.fileOf(cid);
    return this.#writing(async () => {
      const status = await stat(path).catch(() => undefined);
      if (status === undefined || status.mtimeMs !== modifiedMs) return false;
      await rm(path, { force: true });
      return true;
    });
  }

  /**
   * Runs work while nothing is added to the folder, by this process or by another.
   * @throws `FILE_LOCKED` while another process holds the folder.
   * @example
   * ```ts
   * const blocks = new FolderBlocks("models");
   * await blocks.exclusively(() => blocks.clearAbandoned());
   * ```
   */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(this.#folder, STORE), work);
  }

  /**
   * Removes what programs left behind that were killed while they put a file.
   * @example
   * ```ts
   * await new FolderBlocks("models").clearAbandoned();
   * ```
   */
  async clearAbandoned(): Promise<void> {
    for (const name of await this.#names(this.#folder)) {
      if (!name.startsWith(STAGING) || name.endsWith(".new")) continue;
      const path = join(this.#folder, name.replace(/\.lock$/, ""));
      try {
        // taken at once from a holder that is dead, and refused by one that lives
        const lock = await lockFile(path, { wait: 0 });
        await rm(path, { recursive: true, force: true });
        await lock.release();
      } catch (error) {
        if (!isIsonomyError(error, "FILE_LOCKED")) throw error;
      }
    }
    for (const { path, name } of await this.#files()) {
      if (!PART.test(name)) continue;
      const status = await stat(path).catch(() => undefined);
      if (status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }
  /** What is in the subfolders of the blocks. */
  async #files(): Promise<{ path: string; name: string }[]> {
    const files: { path: string; name: string }[] = [];
    for (const spread of await this.#names(this.#folder)) {
      if (!SPREAD.test(spread)) continue;
      const folder = join(this.#folder, spread);
      for (const name of await this.#names(folder)) files.push({ path: join(folder, name), name });
    }
    return files;
  }

  async #names(folder: string): Promise<string[]> {
    try {
      return await readdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || (code === "ENOTDIR" && folder !== this.#folder)) return [];
      throw this.#failure("STORE_UNREADABLE", error);
    }
  }

  async #writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure("STORE_UNWRITABLE", error);
    }
  }

  /** What the system says, with the path of the store; any other failure as it is. */
  #failure(code: "STORE_UNREADABLE" | "STORE_UNWRITABLE", error: unknown): unknown {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (isIsonomyError(error) || syscall === undefined) return error;
    return storeError(code, { path: this.#named, detail: `${message}.` }, error);
  }
}
