import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { cliFail } from "./errors";

/** The text of a file that a person named. */
export async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, name, error);
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
    throw cliFail("FILE_INVALID", { path, expected, writer, detail }, error);
  }
}

/** Throws unless there is a file to read. */
export async function requireFile(path: string, name: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a file.");
  } catch (error) {
    throw unreadable(path, name, error);
  }
}

/** Throws when something is there already. */
export async function requireAbsent(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) throw cliFail("FILE_EXISTS", { path });
}

/** Writes a new file, and never over another; only its owner may read it when it is secret. */
export async function writeNew(path: string, text: string, secret = false): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: "wx", mode: secret ? 0o600 : 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw cliFail("FILE_EXISTS", { path }, error);
    throw error;
  }
}

/** JSON in which numbers of 256 bits are text. */
export function jsonText(value: unknown, space?: number): string {
  return JSON.stringify(
    value,
    (_, inside: unknown) => (typeof inside === "bigint" ? inside.toString() : inside),
    space,
  );
}

function unreadable(path: string, name: string, error: unknown) {
  const { code } = error as NodeJS.ErrnoException;
  const detail = code === "ENOENT" ? "it does not exist." : error instanceof Error ? error.message : String(error);
  return cliFail("FILE_UNREADABLE", { path, name, detail }, error);
}
