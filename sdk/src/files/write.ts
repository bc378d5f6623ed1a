import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { fileError } from "./errors";
import { realPathOf } from "./lock";

/** Only the owner may read it. */
export const PRIVATE = 0o600;
/** Everybody may read it. */
export const PUBLIC = 0o644;

/**
 * Replaces a file as a whole: who reads it, or what is left after a crash or a power cut, is the old one or the new one.
 * Returns when the new one is on the disk.
 */
export async function replaceFile(path: string, text: string | Uint8Array, mode = PRIVATE): Promise<void> {
  const target = await realPathOf(path);
  await mkdir(dirname(target), { recursive: true });
  const fresh = await written(target, text, mode);
  try {
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw isMountedFile(error) ? fileError("FILE_MOUNTED", { path }, error) : error;
  }
  await syncFolder(dirname(target));
}

/**
 * Throws when a file that is there can only be changed and not be replaced as a whole, because it is a mount of its own. For the
 * moment before something is signed, sealed or paid that must be written down afterwards.
 */
export async function requireReplaceable(path: string): Promise<void> {
  const target = await realPathOf(path);
  const probe = `${target}.${randomUUID()}.link`;
  try {
    // refused across mounts, also where both are of one disk; nothing that the file holds is touched
    await link(target, probe);
  } catch (error) {
    // whatever else a link is refused for says nothing about replacing the file
    if ((error as NodeJS.ErrnoException).code === "EXDEV") throw fileError("FILE_MOUNTED", { path }, error);
  } finally {
    await rm(probe, { force: true });
  }
}

/** Windows says the same of a file that another program has open. */
function isMountedFile(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EBUSY" && process.platform !== "win32";
}

/**
 * Writes a file that is not there yet, whole or not at all, and never over another.
 * @returns False when there is a file already.
 */
export async function createFile(path: string, text: string | Uint8Array, mode = PUBLIC): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const fresh = await written(path, text, mode);
  try {
    // a link appears whole, and never over another
    await link(fresh, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    // a file system without hard links: the name is taken first, and the whole file then put in its place
    try {
      await (await open(path, "wx", mode)).close();
    } catch (taken) {
      if ((taken as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw taken;
    }
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** The text in a file of its own beside the path, flushed. */
async function written(path: string, text: string | Uint8Array, mode: number): Promise<string> {
  const fresh = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(fresh, "wx", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  return fresh;
}

/** A new name is on the disk only when its folder is; some systems cannot flush a folder, and need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
