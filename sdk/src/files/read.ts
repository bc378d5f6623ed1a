import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import { decodeText } from "../text/decode";
import { requireClosed, type FileAccess } from "./access";
import { fileError } from "./errors";

/** No file of keys, settings or terms that a person keeps is larger. */
export const MAX_TEXT_BYTES = 16_777_216;

/** The text of a file of at most `limit` bytes; a pipe, a device and a folder are refused, because they could be read for ever. */
export async function readBounded(path: string, limit = MAX_TEXT_BYTES): Promise<string> {
  return decodeText(await readBytes(path, limit));
}

/** The same as bytes. */
export async function readBytes(path: string, limit = MAX_TEXT_BYTES): Promise<Buffer> {
  return opened(path, false, (file) => bytesOf(file, path, limit));
}

/**
 * The text of a file that holds a key or a password. Refused when others than its owner may read or change it, as `ssh`
 * does, unless a reason is named that is true of the file. Windows has other means than these bits. A pipe that the process
 * was given open, as a shell does for `--password-file <(pass show seller)`, is read: nobody else can open it, and who writes
 * it is there.
 */
export async function readPrivate(path: string, access?: FileAccess): Promise<string> {
  return opened(path, INHERITED.test(path), async (file) => {
    const status = await file.stat();
    if (process.platform !== "win32" && status.isFile()) await requireClosed(path, status.mode, access);
    return decodeText(await bytesOf(file, path, MAX_TEXT_BYTES));
  });
}

/** What the process was given open. */
const INHERITED = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;

async function opened<T>(path: string, pipe: boolean, work: (file: FileHandle) => Promise<T>): Promise<T> {
  // a pipe that nobody writes would keep even the opening waiting; Windows has no such flag
  const file = await open(path, pipe ? "r" : constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = await file.stat();
    if (!status.isFile() && !(pipe && status.isFIFO())) throw fileError("FILE_NOT_REGULAR", { path });
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Read piece by piece: the length that a file announces may be wrong, and that of a pipe is 0. */
async function bytesOf(file: FileHandle, path: string, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let length = 0; ;) {
    const piece = Buffer.alloc(65_536);
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return Buffer.concat(pieces);
    length += bytesRead;
    if (length > limit) throw fileError("FILE_TOO_LONG", { path, limit });
    pieces.push(piece.subarray(0, bytesRead));
  }
}
