/**
 * What a place for blocks knows of a content identifier; the `CID` of multiformats is one. That package has no types for
 * CommonJS, so that a program of that kind could not be checked against its class.
 */
export interface BlockId {
  readonly version: number;
  readonly code: number;
  readonly bytes: Uint8Array;
  /** The identifier as text: base32 for version 1. */
  toString(): string;
}

/**
 * Where the blocks of a store are kept: a folder, memory, a browser's database or a gateway. An implementation need
 * not be trusted, because every block is checked against its hash when it is read.
 */
export interface Blocks {
  put(cid: BlockId, bytes: Uint8Array): Promise<void>;
  /** The block's bytes, or undefined when it is not here. */
  get(cid: BlockId): Promise<Uint8Array | undefined>;
  has(cid: BlockId): Promise<boolean>;
  /** A place for the blocks of one file until all of it is there: a file that was not put whole leaves nothing behind. */
  stage?(): Promise<StagedBlocks>;
}

/** Blocks that are not kept yet. */
export interface StagedBlocks {
  put(cid: BlockId, bytes: Uint8Array): Promise<void>;
  /** Keeps them. */
  commit(): Promise<void>;
  /** Removes them. */
  discard(): Promise<void>;
}

/**
 * Blocks kept in memory, for tests and for pages that show one card.
 * @example
 * ```ts
 * const store = new UnixFsStore(new MemoryBlocks());
 * const cid = await store.put(cardBytes(card));
 * ```
 */
export class MemoryBlocks implements Blocks {
  readonly #blocks = new Map<string, Uint8Array>();

  /**
   * Keeps a block.
   * @example
   * ```ts
   * await new MemoryBlocks().put(CID.parse(cid), bytes);
   * ```
   */
  async put(cid: BlockId, bytes: Uint8Array): Promise<void> {
    this.#blocks.set(cid.toString(), bytes);
  }

  /**
   * @example
   * ```ts
   * const staged = await new MemoryBlocks().stage();
   * await staged.put(CID.parse(cid), bytes);
   * await staged.commit();
   * ```
   */
  async stage(): Promise<StagedBlocks> {
    const staged: [BlockId, Uint8Array][] = [];
    return {
      put: async (cid, bytes) => void staged.push([cid, bytes]),
      commit: async () => {
        for (const [cid, bytes] of staged) await this.put(cid, bytes);
      },
      discard: async () => void staged.splice(0),
    };
  }

  /**
   * @example
   * ```ts
   * const block = await new MemoryBlocks().get(CID.parse(cid));
   * ```
   */
  async get(cid: BlockId): Promise<Uint8Array | undefined> {
    return this.#blocks.get(cid.toString());
  }

  /**
   * Whether a block is here.
   * @example
   * ```ts
   * const isThere = await new MemoryBlocks().has(CID.parse(cid));
   * ```
   */
  async has(cid: BlockId): Promise<boolean> {
    return this.#blocks.has(cid.toString());
  }
}
