import { exporter } from "ipfs-unixfs-exporter";
import { importByteStream } from "ipfs-unixfs-importer";
import type { CID } from "multiformats";

import { checked } from "../base/checked";
import type { Blocks } from "./blocks";
import { storeError } from "./errors";
import { RAW, checkedCid, isIntact, parseCid } from "./intact";

/** Content kept by what it is: the identifier is computed from the bytes, and reading checks them against it. */
export interface BlobStore {
  /** Keeps the data and returns its content identifier (CIDv1, base32). */
  put(data: AsyncIterable<Uint8Array> | Uint8Array): Promise<string>;
  /**
   * The data, piece by piece; throws `BLOB_MISSING` or `BLOB_CORRUPTED` before a wrong byte is handed out, and
   * `BLOB_TOO_LARGE` before more than the limit.
   */
  get(cid: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** True when the data was put here; its blocks are checked only when they are read. */
  has(cid: string): Promise<boolean>;
}

/** What bounds a read. */
export interface ReadOptions {
  /** The most bytes to hand out. */
  readonly limit?: number;
}

/** A file whose tree is deeper was not written by an honest program: at 1,024 links a level, three hold a petabyte. */
const MAX_DEPTH = 8;

/**
 * Blocks beyond these must hold a kibibyte each on average; honest chunks have 256 and more. A tree of a megabyte can name
 * the same blocks over and over, so that its size says nothing about how long reading it takes.
 */
const FREE_BLOCKS = 1_024;
const LEAST_BYTES_A_BLOCK = 1_024;

/** What reading one file has taken so far, and what it may. */
interface Budget {
  readonly root: string;
  readonly limit: number;
  blocks: number;
  bytes: number;
}

/**
 * A store of UnixFS files with the settings of the public profile `unixfs-v1-2025` (chunks of 1 MiB, 1,024 links,
 * raw leaves, SHA-256), so that other tools set to the same profile compute the same identifiers. Both directions
 * stream: memory does not grow with the file, however slowly a reader takes it.
 * @example
 * ```ts
 * const store = new UnixFsStore(new MemoryBlocks());
 * const cid = await store.put(createReadStream("model.blob"));
 * ```
 */
export class UnixFsStore implements BlobStore {
  readonly #blocks: Blocks;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /**
   * Keeps the data and returns its content identifier (CIDv1, base32).
   * @throws What the blocks' place fails with; nothing is left of a file that was not put whole.
   * @example
   * ```ts
   * const cid = await store.put(createReadStream("model.blob"));
   * ```
   */
  async put(data: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    const bytes = data instanceof Uint8Array ? [data] : data;
    const staged = await this.#blocks.stage?.();
    const writer = {
      put: async (cid: CID, block: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<CID> => {
        await (staged ?? this.#blocks).put(cid, await whole(block));
        return cid;
      },
    };
    try {
      const { cid } = await importByteStream(bytes, writer, { profile: "unixfs-v1-2025", blockWriteConcurrency: 4 });
      await staged?.commit();
      return cid.toString();
    } catch (error) {
      await staged?.discard();
      throw error;
    }
  }

  /**
   * The data, piece by piece, each checked before it is handed out.
   * @throws `BLOB_CID_INVALID`, `BLOB_MISSING`, `BLOB_CORRUPTED`, and `BLOB_TOO_LARGE` before more than the limit.
   * @example
   * ```ts
   * for await (const piece of store.get(cid, { limit: 1_000_000 })) console.log(piece.length);
   * ```
   */
  async *get(cid: string, { limit = Number.MAX_SAFE_INTEGER }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    yield* this.#walk({ root: cid, limit, blocks: 0, bytes: 0 }, parseCid(cid), 0);
  }

  /**
   * True when the data was put here; its blocks are checked only when they are read.
   * @example
   * ```ts
   * if (!(await store.has(cid))) await store.put(createReadStream("model.blob"));
   * ```
   */
  async has(cid: string): Promise<boolean> {
    // The root is written after every block below it, so its presence proves that the whole file is there.
    return this.#blocks.has(parseCid(cid));
  }

  /** Yields the file below one block, depth first, holding one leaf and one path of the tree at a time. */
  async *#walk(budget: Budget, cid: CID, depth: number): AsyncGenerator<Uint8Array> {
    const { root, limit } = budget;
    if (++budget.blocks > FREE_BLOCKS + budget.bytes / LEAST_BYTES_A_BLOCK)
      throw storeError("BLOB_NOT_A_FILE", { cid: root });
    const bytes = await this.#readVerified(root, cid);
    const node = cid.code === RAW ? { data: bytes, links: [], size: bytes.length } : await decodeFile(root, cid, bytes);
    // what it says of itself is enough to refuse it; what it does not say is counted below
    if (depth === 0 && node.size > limit) throw storeError("BLOB_TOO_LARGE", { cid: root, limit });
    if (depth >= MAX_DEPTH && cid.code !== RAW) throw storeError("BLOB_NOT_A_FILE", { cid: root });
    // a branch without a byte could be repeated without end
    if (depth > 0 && node.data.length === 0 && node.links.length === 0)
      throw storeError("BLOB_NOT_A_FILE", { cid: root });
    budget.bytes += node.data.length;
    if (budget.bytes > limit) throw storeError("BLOB_TOO_LARGE", { cid: root, limit });
    if (node.data.length > 0) yield node.data;
    for (const link of node.links) yield* this.#walk(budget, checkedCid(root, link), depth + 1);
  }

  async #readVerified(root: string, cid: CID): Promise<Uint8Array> {
    const bytes = await this.#blocks.get(cid);
    if (bytes === undefined) {
      throw storeError("BLOB_MISSING", { cid: root, block: cid.toString() });
    }
    if (!isIntact(cid, bytes)) throw storeError("BLOB_CORRUPTED", { cid: root, block: cid.toString() });
    return bytes;
  }
}

/**
 * Reads a small blob at once, refusing more than `limit` bytes.
 * @throws `BLOB_TOO_LARGE`, and what the store fails with.
 * @example
 * ```ts
 * const bytes = await readAll(store, cid, MAX_CARD_BYTES);
 * ```
 */
export const readAll = /* @__PURE__ */ checked(
  async (store: BlobStore, cid: string, limit: number): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of store.get(cid, { limit })) {
      length += piece.length;
      if (length > limit) throw storeError("BLOB_TOO_LARGE", { cid, limit });
      pieces.push(piece);
    }
    return concat(pieces, length);
  },
);

/**
 * Reads one node of a file's tree. The library decodes it, but the walk is ours: the library's own reader puts the
 * whole file into memory when its consumer is slower than the disk.
 */
export async function decodeFile(
  root: string,
  cid: CID,
  bytes: Uint8Array,
): Promise<{ data: Uint8Array; links: CID[]; size: number }> {
  const oneBlock = {
    *get(): Generator<Uint8Array> {
      yield bytes;
    },
  };
  try {
    const entry = await exporter(cid, oneBlock);
    if (entry.type === "file" && (entry.unixfs.type === "file" || entry.unixfs.type === "raw")) {
      const { unixfs, node } = entry;
      const links = node.Links.map((link) => link.Hash);
      return { data: unixfs.data ?? new Uint8Array(), links, size: Number(unixfs.fileSize()) };
    }
  } catch (error) {
    throw storeError("BLOB_NOT_A_FILE", { cid: root }, error);
  }
  throw storeError("BLOB_NOT_A_FILE", { cid: root });
}

async function whole(block: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (block instanceof Uint8Array) return block;
  const pieces: Uint8Array[] = [];
  for await (const piece of block) pieces.push(piece);
  return concat(
    pieces,
    pieces.reduce((total, piece) => total + piece.length, 0),
  );
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
