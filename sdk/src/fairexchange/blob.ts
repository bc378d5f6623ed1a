import { checked } from "../base/checked";
import { isKey } from "./curve";
import { safeSize, toHex } from "./encoding";
import { fairExchangeError } from "./errors";
import {
  chunkCount as chunksOf,
  CHUNK_BYTES,
  HASH_BYTES,
  TreeBuilder,
  type Result,
  type StreamSecrets,
  type Task,
} from "./kernel";
import type { Platform } from "./platform";
import { BATCH_BYTES, type FileCommitment, type Progress } from "./prepare";
import { ByteReader, inOrder, type ByteSource } from "./streams";

/**
 * Chunks of a file of this many bytes.
 * @example
 * ```ts
 * const chunks = chunkCount(1_000_000); // 977, of 1,024 bytes each
 * ```
 */
export const chunkCount: (bytes: number) => number = /* @__PURE__ */ checked(chunksOf);

/**
 * Bytes of the blob of a file: all of its encrypted chunks, and a content hash for each.
 * @throws `VERSION_INVALID` for a size that no file has.
 * @example
 * ```ts
 * const bytes = blobLength(1_048_576n); // what is stored of a file of one mebibyte
 * ```
 */
export const blobLength = /* @__PURE__ */ checked((size: bigint | number): number => {
  const bytes = safeSize(size);
  return bytes + HASH_BYTES * chunksOf(bytes);
});

/**
 * Throws when a version could be bought but its delivery, or a complaint about it, could never be proven.
 * @throws `VERSION_INVALID`.
 * @example
 * ```ts
 * requireBuyable(await deals.fileOf(versionId));
 * ```
 */
export const requireBuyable = /* @__PURE__ */ checked((version: FileCommitment): void => {
  const refuse = (detail: string) => {
    throw fairExchangeError("VERSION_INVALID", { detail });
  };
  if (typeof version.size !== "bigint" || version.size <= 0n) refuse("its size is not above 0.");
  if (version.size >= 2n ** 64n) refuse("its size does not fit the registry.");
  if (!isKey(version.keyX)) refuse("its key is not a point of the curve.");
  for (const root of [version.root, version.contentRoot]) {
    if (!/^0x[0-9a-fA-F]{64}$/.test(root) || /^0x0+$/.test(root)) refuse("a root is missing.");
  }
});

/** Reads a blob batch by batch, in order, until `take` says stop; then holds both roots against the version. */
export async function readBlob(
  source: ByteSource,
  version: FileCommitment,
  platform: Platform,
  secrets: StreamSecrets | undefined,
  take: (result: Result, bytesDone: number) => Promise<"go on" | "stop">,
  options: Progress,
): Promise<"whole" | "stopped"> {
  requireBuyable(version);
  const size = safeSize(version.size);
  const expected = blobLength(size);
  const tree = new TreeBuilder(platform.primitives.sha256);
  const contentTree = new TreeBuilder(platform.primitives.sha256);
  const reader = new ByteReader(source);
  const engine = platform.engine(size);
  let asked = 0;
  let received = 0;
  let done = 0;
  let stopped = false;

  const next = async (): Promise<Task | undefined> => {
    options.signal?.throwIfAborted();
    if (asked === size || stopped) return undefined;
    const plainBytes = Math.min(BATCH_BYTES, size - asked);
    const data = await reader.read(blobLength(plainBytes));
    received += data.length;
    if (data.length < blobLength(plainBytes)) {
      throw fairExchangeError("BLOB_TRUNCATED", { actual: received, expected });
    }
    const task: Task = {
      kind: secrets ? "open" : "check",
      firstChunk: asked / CHUNK_BYTES,
      plainBytes,
      data,
      secrets,
    };
    asked += plainBytes;
    return task;
  };

  try {
    await inOrder(
      engine.width,
      next,
      async (task) => ({ bytes: task.plainBytes, result: await engine.run(task) }),
      async ({ bytes, result }) => {
        if (stopped) return;
        for (const { leaves, hash } of result.tree) tree.push(leaves, hash);
        for (const { leaves, hash } of result.contentTree) contentTree.push(leaves, hash);
        done += bytes;
        stopped = (await take(result, done)) === "stop";
        options.onProgress?.(done);
      },
    );
    if (stopped) return "stopped";
    if (!(await reader.atEnd())) throw fairExchangeError("BLOB_TOO_LONG", { expected });
  } finally {
    await reader.close();
    await engine.close();
  }

  requireRoot("root", toHex(tree.root()), version.root);
  requireRoot("content root", toHex(contentTree.root()), version.contentRoot);
  return "whole";
}

export function requireRoot(which: string, actual: string, expected: string): void {
  if (actual !== expected.toLowerCase()) {
    throw fairExchangeError("BLOB_ROOT_MISMATCH", { which, actual, expected });
  }
}

/**
 * Checks, before any money moves, that the blob is exactly what the version commits to: its length, both roots, and a
 * key that can be delivered. Returns when it is, throws when it is not. Needs no key, and memory does not grow.
 * @throws `VERSION_INVALID`, `BLOB_TRUNCATED`, `BLOB_TOO_LONG` or `BLOB_ROOT_MISMATCH`.
 * @example
 * ```ts
 * await verifyBlob(store.get(cid), version, nodePlatform());
 * ```
 */
export const verifyBlob = /* @__PURE__ */ checked(
  async (source: ByteSource, version: FileCommitment, platform: Platform, options: Progress = {}): Promise<void> => {
    await readBlob(source, version, platform, undefined, async () => "go on", options);
  },
);
