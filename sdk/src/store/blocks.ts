import type { CID } from "multiformats";

/**
 * Where the blocks of a store are kept: a folder, memory, a browser's database or a gateway. An implementation need
 * not be trusted, because every block is checked against its hash when it is read.
 */
export interface Blocks {
  put(cid: CID, bytes: Uint8Array): Promise<void>;
  /** The block's bytes, or undefined when it is not here. */
  get(cid: CID): Promise<Uint8Array | undefined>;
  has(cid: CID): Promise<boolean>;
}

/** Blocks kept in memory, for tests and for pages that show one card. */
export class MemoryBlocks implements Blocks {
  readonly #blocks = new Map<string, Uint8Array>();

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    this.#blocks.set(cid.toString(), bytes);
  }

  async get(cid: CID): Promise<Uint8Array | undefined> {
    return this.#blocks.get(cid.toString());
  }

  async has(cid: CID): Promise<boolean> {
    return this.#blocks.has(cid.toString());
  }
}
