import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { isIsonomyError, type IsonomyError } from "../base/error";
import {
  createFile,
  PRIVATE,
  PUBLIC,
  readBounded,
  readBytes,
  readPrivate,
  replaceFile,
  type FileAccess,
} from "../files";
import { whyOf } from "../files/why";
import { printableJson } from "../text/printable";
import { cliError } from "./errors";

/** The text of a file that a person named. */
export async function readText(path: string, name: string): Promise<string> {
  try {
    return await readBounded(path);
  } catch (error) {
    throw unreadableFile(path, name, error);
  }
}

/** The bytes of a file that a person named, up to a limit. */
export async function readData(path: string, name: string, limit: number): Promise<Uint8Array> {
  try {
    return await readBytes(path, limit);
  } catch (error) {
    throw unreadableFile(path, name, error);
  }
}

/** The text of a file that holds a key or a password; refused when others may read it, unless a reason is given. */
export async function readSecret(path: string, name: string, access?: FileAccess): Promise<string> {
  try {
    return await readPrivate(path, access);
  } catch (error) {
    throw unreadableFile(path, name, error);
  }
}

/** The JSON of a file that a command wrote; numbers with an "n" behind them come back whole. */
export async function readJson<T>(path: string, name: string, expected: string, writer: string): Promise<T> {
  const text = await readText(path, name);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) throw new Error("it holds no object.");
    return value as T;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer, detail }, error);
  }
}

/** Throws unless there is a file to read. */
export async function requireFile(path: string, name: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a file.");
  } catch (error) {
    throw unreadableFile(path, name, error);
  }
}

/** Throws when something is there already. */
export async function requireAbsent(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) throw cliError("FILE_EXISTS", { path });
}

/** Writes a new file, whole or not at all, and never over another; only its owner may read it when it is secret. */
export async function writeNew(path: string, text: string, secret = false): Promise<void> {
  let written: boolean;
  try {
    written = await createFile(path, text, secret ? PRIVATE : undefined);
  } catch (error) {
    throw cliError("FILE_UNWRITABLE", { path, detail: whyOf(error) }, error);
  }
  if (!written) throw cliError("FILE_EXISTS", { path });
}

/** Replaces a file that a person named, as a whole. */
export async function rewrite(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text, PUBLIC);
  } catch (error) {
    if (isIsonomyError(error)) throw error;
    throw cliError("FILE_UNWRITABLE", { path, detail: whyOf(error) }, error);
  }
}

/** Throws unless a new file can be written there; what takes minutes or money comes after this. */
export async function requireWritable(path: string): Promise<void> {
  await requireAbsent(path);
  const probe = `${path}.${process.pid}.probe`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(probe, "wx", 0o600);
    try {
      await file.writeFile("probe");
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cliError("FILE_UNWRITABLE", { path, detail: whyOf(error) }, error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** JSON in which numbers of 256 bits are text, and nothing acts on a terminal that shows it. */
export function jsonText(value: unknown, space?: number): string {
  return printableJson(
    JSON.stringify(value, (_, inside: unknown) => (typeof inside === "bigint" ? inside.toString() : inside), space),
  );
}

/** Says of a file or folder that a person named why it cannot be read. */
export function unreadableFile(path: string, name: string, error: unknown): IsonomyError {
  if (isIsonomyError(error)) return error;
  return cliError("FILE_UNREADABLE", { path, name, detail: whyOf(error) }, error);
}
