import { checked } from "../base/checked";
import { streamSecrets } from "./cipher";
import { newKeyPair } from "./curve";
import { safeSize, toHex } from "./encoding";
import { fairExchangeError } from "./errors";
import { BATCH_CHUNKS, CHUNK_BYTES, TreeBuilder, type Task } from "./kernel";
import type { Platform } from "./platform";
import { ByteReader, inOrder, Pipe, type ByteSink, type ByteSource } from "./streams";

export const BATCH_BYTES = BATCH_CHUNKS * CHUNK_BYTES;

/** What a version commits to about its file. */
export interface FileCommitment {
  root: string;
  contentRoot: string;
  keyX: bigint;
  size: bigint;
}

/** How long work is followed and stopped. */
export interface Progress {
  /** Called with the bytes of the file done so far. */
  onProgress?(bytes: number): void;
  /** Stops the work with the signal's reason. */
  signal?: AbortSignal;
}

/** What sealing a file yields: what a version commits to, and its secret. */
export interface Prepared extends FileCommitment {
  /** The version's secret. Keep it in a key file: anyone who has it can read the model. */
  key: bigint;
}

/** What sealing a file takes beside the file. */
export interface SealOptions extends Progress {
  readonly expectedSize?: number;
  /**
   * Keeps the key before anything is sealed under it. What was published under a key that could not be kept can never be
   * delivered.
   */
  keep?(key: { readonly secret: bigint; readonly x: bigint }): Promise<void>;
}

/**
 * Seals a file under a fresh key: reads it once, writes the blob to publish, and returns what to commit to. Memory does
 * not grow with the file. Nothing but the key file may keep `key`.
 * @throws `FILE_EMPTY`, `FILE_CHANGED`, and what the source or the sink fails with.
 * @example
 * ```ts
 * const { key, root, contentRoot, keyX, size } = await prepare(createReadStream("model.bin"), sink, nodePlatform());
 * ```
 */
export const prepare = /* @__PURE__ */ checked(
  async (source: ByteSource, sink: ByteSink, platform: Platform, options: SealOptions = {}): Promise<Prepared> => {
    const { secret: key, x: keyX } = newKeyPair(platform);
    await options.keep?.({ secret: key, x: keyX });
    const secrets = streamSecrets(key);
    const tree = new TreeBuilder(platform.primitives.sha256);
    const contentTree = new TreeBuilder(platform.primitives.sha256);
    const reader = new ByteReader(source);
    const engine = platform.engine();
    let read = 0;
    let written = 0;

    const next = async (): Promise<Task | undefined> => {
      options.signal?.throwIfAborted();
      const data = await reader.read(BATCH_BYTES);
      if (data.length === 0) return undefined;
      const task: Task = { kind: "seal", firstChunk: read / CHUNK_BYTES, plainBytes: data.length, data, secrets };
      read = safeSize(read + data.length);
      return task;
    };

    try {
      await inOrder(
        engine.width,
        next,
        async (task) => ({ bytes: task.plainBytes, result: await engine.run(task) }),
        async ({ bytes, result }) => {
          for (const { leaves, hash } of result.tree) tree.push(leaves, hash);
          for (const { leaves, hash } of result.contentTree) contentTree.push(leaves, hash);
          await sink.write(result.data);
          written += bytes;
          options.onProgress?.(written);
        },
      );
    } finally {
      await reader.close();
      await engine.close();
    }

    if (read === 0) throw fairExchangeError("FILE_EMPTY");
    if (options.expectedSize !== undefined && options.expectedSize !== read) {
      throw fairExchangeError("FILE_CHANGED", {
        expected: `${options.expectedSize} bytes`,
        actual: `${read} bytes`,
      });
    }
    return { key, keyX, root: toHex(tree.root()), contentRoot: toHex(contentTree.root()), size: BigInt(read) };
  },
);

/**
 * Seals a file straight into a store and returns the blob's identifier there too.
 * @throws What `prepare` and the store throw.
 * @example
 * ```ts
 * const keep = ({ secret, x }: { secret: bigint; x: bigint }) => keyring.add({ kind: "version", secret, x, note: "my model" });
 * const { cid, key, ...file } = await prepareInto(createReadStream("model.bin"), store, nodePlatform(), { keep });
 * await market.listModel(card, store, { file });
 * ```
 */
export const prepareInto = /* @__PURE__ */ checked(
  async (
    source: ByteSource,
    store: { put(data: AsyncIterable<Uint8Array>): Promise<string> },
    platform: Platform,
    options: SealOptions = {},
  ): Promise<Prepared & { cid: string }> => {
    const pipe = new Pipe();
    const stored = store.put(pipe).catch((error: unknown) => {
      pipe.fail(error);
      throw error;
    });
    stored.catch(() => undefined);
    try {
      const prepared = await prepare(source, pipe, platform, options);
      pipe.end();
      return { ...prepared, cid: await stored };
    } catch (error) {
      pipe.fail(error);
      await stored.catch(() => undefined);
      throw error;
    }
  },
);
