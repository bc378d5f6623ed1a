import { isIsonomyError } from "../../sdk/src/errors";
import { lockFile, type Lock } from "../../sdk/src/files";

/**
 * Keeps a second deployment away from a journal, from any process and any container that sees the folder. The lock ends with its
 * holder: of one that was killed it is taken over at once. It is beside the folder, so that the folder itself can be dropped and
 * created again while it is held.
 */
export async function lock(folder: string): Promise<Lock> {
  try {
    return await lockFile(folder, { wait: 0 });
  } catch (error) {
    if (!isIsonomyError(error, "FILE_LOCKED")) throw error;
    const { pid, host } = error.args;
    throw new Error(
      `Process ${String(pid)} on ${String(host)} is deploying from ${folder}. Wait until it ends, or end it; either can go on later.`,
    );
  }
}
