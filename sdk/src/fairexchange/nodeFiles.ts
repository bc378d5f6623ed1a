import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";

import { checked } from "../base/checked";
import type { FileAccess } from "../files/access";
import { unopened } from "../files/errors";
import { readPrivate } from "../files/read";
import { createFile, PRIVATE } from "../files/write";
import { fairExchangeError } from "./errors";
import { decryptKeys, encryptKeys, type StoredKey } from "./keyFile";
import type { Platform } from "./platform";
import { prepare, BATCH_BYTES, type Prepared, type SealOptions } from "./prepare";
import type { ByteSink } from "./streams";

/**
 * Seals a file on disk; refuses when it changed while it was read.
 * @throws `FILE_EMPTY`, `FILE_CHANGED`, and what the disk fails with.
 * @example
 * ```ts
 * const sink = await fileSink("model.blob");
 * const { key, ...commitment } = await prepareFile("model.bin", sink, nodePlatform());
 * await sink.close();
 * ```
 */
export const prepareFile = /* @__PURE__ */ checked(
  async (
    path: string,
    sink: ByteSink,
    platform: Platform,
    options: Omit<SealOptions, "expectedSize"> = {},
  ): Promise<Prepared> => {
    const before = await opening(path, () => stat(path));
    if (before.size === 0) throw fairExchangeError("FILE_EMPTY");
    const source = createReadStream(path, { highWaterMark: BATCH_BYTES });
    const prepared = await prepare(source, sink, platform, { ...options, expectedSize: before.size });
    const after = await stat(path);
    if (after.mtimeMs !== before.mtimeMs || after.size !== before.size) {
      throw fairExchangeError("FILE_CHANGED", {
        expected: `${before.size} bytes of ${before.mtime.toISOString()}`,
        actual: `${after.size} bytes of ${after.mtime.toISOString()}`,
      });
    }
    return prepared;
  },
);

/**
 * Writes to a new file. Close it when all is written.
 * @throws `FILE_NOT_OPENED`, also where a file of this name is there, and what the disk fails with.
 * @example
 * ```ts
 * const sink = await fileSink("model.bin");
 * await deals.open(deal, held, sink);
 * await sink.close();
 * ```
 */
export const fileSink = /* @__PURE__ */ checked(
  async (path: string): Promise<ByteSink & { close(): Promise<void> }> => {
    const file = await opening(path, () => open(path, "wx"));
    return {
      write: async (bytes) => {
        let written = 0;
        while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
      },
      close: () => file.close(),
    };
  },
);

/**
 * Writes a key file that only its owner may read, and never over another.
 * @param cost scrypt's N, a power of two.
 * @throws `KEY_FILE_EXISTS`, `PASSWORD_EMPTY`, and what the disk fails with.
 * @example
 * ```ts
 * await writeKeyFile("keys.json", [{ kind: "version", ...newKeyPair(platform), note: "my model" }], password, platform);
 * ```
 */
export const writeKeyFile = /* @__PURE__ */ checked(
  async (
    path: string,
    keys: readonly StoredKey[],
    password: string,
    platform: Platform,
    cost?: number,
  ): Promise<void> => {
    const text = await encryptKeys(keys, password, platform, cost);
    if (!(await opening(path, () => createFile(path, text, PRIVATE))))
      throw fairExchangeError("KEY_FILE_EXISTS", { path });
  },
);

/**
 * The keys in a key file on disk.
 * @param access Why it may be open to others than its owner; without it such a file is refused.
 * @throws `KEY_FILE_LOST`, `KEY_FILE_PASSWORD`, `KEY_FILE_DAMAGED`, `FILE_EXPOSED`.
 * @example
 * ```ts
 * const keys = await readKeyFile("keys.json", password);
 * ```
 */
export const readKeyFile = /* @__PURE__ */ checked(
  async (path: string, password: string, access?: FileAccess): Promise<StoredKey[]> => {
    let text: string;
    try {
      text = await readPrivate(path, access);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        throw fairExchangeError("KEY_FILE_LOST", { path }, error);
      }
      throw unopened(path, error);
    }
    return decryptKeys(text, password);
  },
);

/** Runs what opens a file; what the system says becomes an error with its code. */
async function opening<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unopened(path, error);
  }
}
