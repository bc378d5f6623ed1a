import { open, type FileHandle } from "node:fs/promises";

import { fail } from "../errors/catalogue";
import { decodeText } from "../text/decode";
import { requireClosed, type FileAccess } from "./access";

/** No file of keys, settings or terms that a person keeps is larger. */
export const MAX_TEXT_BYTES = 16_777_216;

/** The text of a file of at most so many bytes. */
export async function readBounded(path: string, limit = MAX_TEXT_BYTES): Promise<string> {
  return opened(path, (file) => textOf(file, path, limit));
}

/**
 * The text of a file that holds a key or a password. Refused when others than its owner may read or change it, as `ssh`
 * does, unless a reason is named that is true of the file. Windows has other means than these bits, and a pipe has no
 * others who could open it.
 */
export async function readPrivate(path: string, access?: FileAccess): Promise<string> {
  return opened(path, async (file) => {
    const status = await file.stat();
    if (process.platform !== "win32" && status.isFile()) await requireClosed(path, status.mode, access);
    return textOf(file, path, MAX_TEXT_BYTES);
  });
}

async function opened<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r");
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Read piece by piece: the length that a file announces may be wrong, and that of a device or a pipe is 0. */
async function textOf(file: FileHandle, path: string, limit: number): Promise<string> {
  const pieces: Buffer[] = [];
  for (let length = 0; ;) {
    const piece = Buffer.alloc(65_536);
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return decodeText(Buffer.concat(pieces));
    length += bytesRead;
    if (length > limit) throw fail("FILE_TOO_LONG", { path, limit });
    pieces.push(piece.subarray(0, bytesRead));
  }
}
