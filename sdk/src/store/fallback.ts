import { argumentError } from "../base/checked";
import { isIsonomyError } from "../base/error";
import type { BlobStore, ReadOptions } from "./store";

/** Failures after which another store may have the content. */
const ELSEWHERE = ["BLOB_MISSING", "BLOB_CORRUPTED", "IPFS_UNREACHABLE", "IPFS_REFUSED", "GATEWAY_FAILED"] as const;

/**
 * Several stores as one: what is put goes to the first, and what is read comes from the first that has it. Where one fails in the
 * middle the next goes on from there, because equal identifiers mean equal bytes.
 * @example
 * ```ts
 * const store = new FallbackStore(folderStore("models"), new GatewayStore("https://trustless-gateway.link"));
 * ```
 */
export class FallbackStore implements BlobStore {
  readonly #stores: readonly BlobStore[];

  constructor(...stores: readonly BlobStore[]) {
    const isStore = (one: unknown): boolean => typeof (one as BlobStore | undefined | null)?.get === "function";
    if (stores.length === 0 || !stores.every(isStore))
      throw argumentError("ARGUMENT_INVALID", { detail: "what is given is no list of stores." });
    this.#stores = stores;
  }

  /** The store into which is put. */
  get first(): BlobStore {
    return this.#stores[0]!;
  }

  /**
   * Puts into the first store, and returns the content identifier.
   * @throws What that store fails with.
   * @example
   * ```ts
   * const cid = await new FallbackStore(folderStore("models"), gateway).put(bytes);
   * ```
   */
  put(data: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    return this.first.put(data);
  }

  /**
   * Reads from the first store that has it.
   * @throws What the first of them said that was asked and failed, else `BLOB_MISSING`.
   * @example
   * ```ts
   * for await (const piece of new FallbackStore(folderStore("models"), gateway).get(cid)) console.log(piece.length);
   * ```
   */
  async *get(cid: string, options?: ReadOptions): AsyncGenerator<Uint8Array> {
    let given = 0;
    const failures: unknown[] = [];
    for (const store of this.#stores) {
      let skip = given;
      try {
        for await (const piece of store.get(cid, options)) {
          const rest = piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - rest.length;
          given += rest.length;
          if (rest.length > 0) yield rest;
        }
        return;
      } catch (error) {
        if (!ELSEWHERE.some((code) => isIsonomyError(error, code))) throw error;
        failures.push(error);
      }
    }
    throw failures.find((error) => !isIsonomyError(error, "BLOB_MISSING")) ?? failures[0];
  }

  /**
   * Whether one of them has it.
   * @throws What one of them failed with where none has it and that one could not be asked.
   * @example
   * ```ts
   * const isThere = await new FallbackStore(folderStore("models"), gateway).has(cid);
   * ```
   */
  async has(cid: string): Promise<boolean> {
    let failure: { error: unknown } | undefined;
    for (const store of this.#stores) {
      try {
        if (await store.has(cid)) return true;
      } catch (error) {
        if (!ELSEWHERE.some((code) => isIsonomyError(error, code))) throw error;
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
    return false;
  }
}
