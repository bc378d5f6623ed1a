import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { checked } from "../base/checked";
import { replaceFile, PUBLIC } from "../files/write";
import { FallbackStore } from "./fallback";
import { FolderBlocks, type KeptBlock } from "./folder";
import { DAG_PB, parseCid } from "./intact";
import { UnixFsStore, decodeFile, type BlobStore } from "./store";

/** What is remembered of a sealed file that may not be listed yet: whose key opens it, and what to call it. */
export interface SealedNote {
  readonly name: string;
  /** The root that a version of it commits to. */
  readonly root: string;
  /** x coordinate of its key, by which a keyring finds it. */
  readonly keyX: bigint;
}

/** One file of a store, a card or a sealed file, with its blocks. */
export interface StoredFile {
  readonly cid: string;
  /** What it takes on the disk, without what a file that stays has in common with it. */
  readonly bytes: number;
  /** When its newest block was written. */
  readonly modifiedAt: Date;
  readonly sealed?: SealedNote;
}

/** What `FolderStore.unneeded` found. */
export interface Unneeded {
  readonly files: readonly StoredFile[];
  readonly bytes: number;
  /** All blocks to remove, roots first: while the root is missing, so is the file. */
  readonly blocks: readonly KeptBlock[];
}

/** How a folder is cleared. */
export interface CollectOptions {
  /** Files of which a block is younger stay: somebody may be about to publish them. A day when left out. */
  readonly olderThanMs?: number;
  readonly signal?: AbortSignal;
  /** Called with how many blocks are done, and how many there are. */
  onProgress?(done: number, total: number): void;
}

const NOTES = ".sealed";
const DAY_MS = 86_400_000;

/**
 * A store in a folder, which also lists what it holds and removes what nobody needs.
 * @example
 * ```ts
 * const store = folderStore("models");
 * const found = await store.unneeded([cid]);
 * console.log(`${await store.remove(found)} bytes are free again.`);
 * ```
 */
export class FolderStore extends UnixFsStore {
  /** The folder, as it was given. */
  readonly path: string;
  readonly #blocks: FolderBlocks;

  constructor(path: string) {
    const blocks = new FolderBlocks(path);
    super(blocks);
    this.path = path;
    this.#blocks = blocks;
  }

  /**
   * Remembers whose key opens a sealed file, so that it is not taken for rubbish before it is listed.
   * @throws `STORE_UNWRITABLE`.
   * @example
   * ```ts
   * const sealed = await prepareInto(createReadStream("model.bin"), folderStore("models"), nodePlatform());
   * await folderStore("models").noteSealed(sealed.cid, { name: "model.bin", root: sealed.root, keyX: sealed.keyX });
   * ```
   */
  async noteSealed(cid: string, { name, root, keyX }: SealedNote): Promise<void> {
    await mkdir(join(this.path, NOTES), { recursive: true });
    await replaceFile(this.#noteOf(cid), `${JSON.stringify({ name, root, keyX: keyX.toString() })}\n`, PUBLIC);
  }

  /**
   * The files of the store: blocks that no other block names, each with all that is below it.
   * @throws `STORE_UNREADABLE`.
   * @example
   * ```ts
   * for (const { cid, bytes } of await folderStore("models").files()) console.log(cid, bytes);
   * ```
   */
  async files(): Promise<StoredFile[]> {
    const tree = await this.#tree();
    return Promise.all(tree.roots.map((root) => this.#describe(tree, root, below(tree, [root]))));
  }

  /**
   * What neither the named files nor anything younger than the limit needs. Nothing is removed: show it, ask, then `remove` it.
   * @param needed Content identifiers of the files that stay, those of other stores among them.
   * @throws `STORE_UNREADABLE`, and the signal's reason.
   * @example
   * ```ts
   * const { files, bytes } = await folderStore("models").unneeded([cid]);
   * console.log(`${files.length} files of ${bytes} bytes are not needed.`);
   * ```
   */
  async unneeded(needed: Iterable<string>, { olderThanMs = DAY_MS, signal }: CollectOptions = {}): Promise<Unneeded> {
    const tree = await this.#tree(signal);
    const limit = Date.now() - olderThanMs;
    const isYoung = (cid: string): boolean => tree.blocks.get(cid)!.modifiedMs > limit;
    const staying = below(
      tree,
      // a stranger's version may name anything
      [...needed].map(normal).filter((cid) => cid !== undefined),
    );
    // a young block of a file keeps all of it
    const old = tree.roots.filter((root) => !staying.has(root) && ![...below(tree, [root])].some(isYoung));
    for (const cid of below(
      tree,
      tree.roots.filter((root) => !old.includes(root)),
    ))
      staying.add(cid);

    const files: StoredFile[] = [];
    const going = new Set<string>();
    for (const root of old) {
      const own = [...below(tree, [root])].filter((cid) => !staying.has(cid) && !going.has(cid));
      own.forEach((cid) => going.add(cid));
      files.push(await this.#describe(tree, root, own));
    }
    const blocks = [...going].map((cid) => tree.blocks.get(cid)!);
    return { files, bytes: files.reduce((sum, file) => sum + file.bytes, 0), blocks };
  }

  /**
   * Removes what `unneeded` found, but no block that was written since. Nothing is added meanwhile, by any process. What is left
   * when it is stopped is found the next time.
   * @returns The bytes that it freed.
   * @throws `FILE_LOCKED`, `STORE_UNWRITABLE`, and the signal's reason.
   * @example
   * ```ts
   * const store = folderStore("models");
   * const freed = await store.remove(await store.unneeded([cid]));
   * ```
   */
  async remove({ blocks, files }: Unneeded, { signal, onProgress }: CollectOptions = {}): Promise<number> {
    let freed = 0;
    await this.#blocks.exclusively(async () => {
      for (const [at, block] of blocks.entries()) {
        signal?.throwIfAborted();
        if (await this.#blocks.remove(block)) freed += block.bytes;
        onProgress?.(at + 1, blocks.length);
      }
    });
    for (const { cid } of files) await rm(this.#noteOf(cid), { force: true });
    return freed;
  }

  /**
   * Removes what programs left behind that were killed while they put a file.
   * @example
   * ```ts
   * await folderStore("models").clearAbandoned();
   * ```
   */
  clearAbandoned(): Promise<void> {
    return this.#blocks.clearAbandoned();
  }

  #noteOf(cid: string): string {
    return join(this.path, NOTES, `${parseCid(cid).toString()}.json`);
  }

  async #describe(tree: Tree, cid: string, blocks: Iterable<string>): Promise<StoredFile> {
    const kept = [...blocks].map((block) => tree.blocks.get(block)!);
    const bytes = kept.reduce((sum, block) => sum + block.bytes, 0);
    const modifiedAt = new Date(Math.max(tree.blocks.get(cid)!.modifiedMs, ...kept.map((block) => block.modifiedMs)));
    const sealed = await this.#note(cid);
    return { cid, bytes, modifiedAt, ...(sealed === undefined ? {} : { sealed }) };
  }

  async #note(cid: string): Promise<SealedNote | undefined> {
    try {
      const { name, root, keyX } = JSON.parse(await readFile(this.#noteOf(cid), "utf8")) as Record<string, string>;
      return { name: String(name), root: String(root), keyX: BigInt(keyX!) };
    } catch {
      // there is none, or not any more
      return undefined;
    }
  }

  async #tree(signal?: AbortSignal): Promise<Tree> {
    const blocks = new Map<string, KeptBlock>();
    for await (const block of this.#blocks.list()) {
      if (normal(block.cid) === block.cid) blocks.set(block.cid, block);
    }
    const links = new Map<string, string[]>();
    const named = new Set<string>();
    for (const cid of blocks.keys()) {
      signal?.throwIfAborted();
      const id = parseCid(cid);
      if (id.code !== DAG_PB) continue;
      const bytes = await this.#blocks.get(id);
      // what is damaged names nothing that can be read through it
      const node = bytes && (await decodeFile(cid, id, bytes).catch(() => undefined));
      const children = (node?.links ?? []).map((link) => link.toString()).filter((child) => blocks.has(child));
      links.set(cid, children);
      for (const child of children) named.add(child);
    }
    return { blocks, links, roots: [...blocks.keys()].filter((cid) => !named.has(cid)) };
  }
}

interface Tree {
  readonly blocks: ReadonlyMap<string, KeptBlock>;
  /** Of each branch, the blocks below it that are here. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
}

/** The given blocks that are here and all that they need, each before what is below it. */
function below({ blocks, links }: Tree, from: readonly string[]): Set<string> {
  const found = new Set(from.filter((cid) => blocks.has(cid)));
  // a set is walked in the order in which it grows
  for (const cid of found) for (const child of links.get(cid) ?? []) found.add(child);
  return found;
}

/** An identifier in the spelling under which its block is kept; undefined for what is none of a file of ours. */
function normal(text: string): string | undefined {
  try {
    return parseCid(text).toString();
  } catch {
    return undefined;
  }
}

/** The folder into which a store puts, with whatever it reads from behind it; undefined where that is no folder. */
export function folderOf(store: BlobStore): FolderStore | undefined {
  const own = store instanceof FallbackStore ? store.first : store;
  return own instanceof FolderStore ? own : undefined;
}

/**
 * A store that keeps its content in a folder, which is made when something is first put into it.
 * @throws `STORE_UNREADABLE` and `STORE_UNWRITABLE`, from its methods, with what the system says of the folder.
 * @example
 * ```ts
 * const cid = await folderStore("models").put(createReadStream("model.bin"));
 * ```
 */
export const folderStore = /* @__PURE__ */ checked((folder: string): FolderStore => {
  if (typeof folder !== "string") throw new TypeError("the folder is not a path.");
  return new FolderStore(folder);
});
