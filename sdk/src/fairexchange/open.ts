import { checked } from "../base/checked";
import { readBlob, requireBuyable } from "./blob";
import { streamSecrets } from "./cipher";
import { buildComplaint, type Complaint } from "./complaint";
import { isSecretOf } from "./curve";
import { fairExchangeError } from "./errors";
import type { Platform } from "./platform";
import type { FileCommitment, Progress } from "./prepare";
import type { ByteSink, ByteSource } from "./streams";

/** Either the file was written whole and is what was committed to, or the proof that it is not. */
export type Opened = { ok: true; bytes: bigint } | { ok: false; wrongChunk: bigint; complaint: Complaint };

/**
 * Decrypts a blob into a sink and checks every chunk on the way. The first wrong chunk stops it, before a byte of its
 * batch is written, and the answer then carries the complaint, ready to be sent and already decided here. Discard what
 * the sink holds unless the answer is `ok`.
 * @param blob Opens the blob from its beginning; called a second time only when a chunk is wrong.
 * @param key The version's secret.
 * @throws What the blob or the sink fails with; `KEY_WRONG`, `VERSION_INVALID`, `BLOB_TRUNCATED`, `BLOB_TOO_LONG`, `BLOB_ROOT_MISMATCH`.
 * @example
 * ```ts
 * const result = await openBlob(() => store.get(cid), key, version, sink, nodePlatform());
 * if (!result.ok) console.log("The file is not what was committed to.");
 * ```
 */
export const openBlob = /* @__PURE__ */ checked(
  async (
    blob: () => ByteSource,
    key: bigint,
    version: FileCommitment,
    sink: ByteSink,
    platform: Platform,
    options: Progress = {},
  ): Promise<Opened> => {
    requireBuyable(version);
    if (!isSecretOf(key, version.keyX)) throw fairExchangeError("KEY_WRONG");

    let wrongChunk: number | undefined;
    await readBlob(
      blob(),
      version,
      platform,
      streamSecrets(key),
      async (result) => {
        wrongChunk = result.wrongChunk;
        if (wrongChunk !== undefined) return "stop";
        await sink.write(result.data);
        return "go on";
      },
      options,
    );

    if (wrongChunk === undefined) return { ok: true, bytes: version.size };
    const complaint = await buildComplaint(blob(), key, version, wrongChunk, platform);
    return { ok: false, wrongChunk: BigInt(wrongChunk), complaint };
  },
);
