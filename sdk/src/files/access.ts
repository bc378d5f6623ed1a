import { statfs } from "node:fs/promises";
import { settingOf, type Environment } from "../text/settings";
import { fileError } from "./errors";

/** Who beside its owner may be able to open a file of keys: its group, or everybody whom a file system without modes lets in. */
export type FileAccessReason = "group" | "no-modes";

/** The way out for files whose mode their owner cannot close. Without one, such a file is refused. */
export interface FileAccess {
  readonly reason: FileAccessReason;
  /** Is told of each file that is accepted in this way, once: nothing is accepted in silence. */
  readonly accepted: (path: string, mode: string) => void;
}

/** The setting that names the reason. */
export const FILE_ACCESS = "ISONOMY_FILE_ACCESS";

/** What a setting may say. */
const REASONS: readonly FileAccessReason[] = ["group", "no-modes"];

/**
 * Linux's numbers of file systems that keep no modes of their own, or none that a `chmod` reaches: FAT, exFAT, NTFS, SMB, Plan 9 (as WSL
 * mounts the disks of Windows), the shared folders of virtual machines, and whatever runs in a program (FUSE).
 */
const WITHOUT_MODES = new Set([
  ...[0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0x517b, 0xff534d42, 0xfe534d42],
  ...[0x01021997, 0x53464846, 0x786f4256, 0xbacbacbc, 0x7c7c6673, 0x65735546],
]);

/** Reads the setting: empty for none. Each file is reported once. */
export function fileAccessOf(environment: Environment, accepted: FileAccess["accepted"]): FileAccess | undefined {
  const value = settingOf(environment, FILE_ACCESS);
  if (value === undefined) return undefined;
  const reason = REASONS.find((one) => one === value);
  if (reason === undefined)
    throw fileError("FILE_ACCESS_UNKNOWN", { name: FILE_ACCESS, value, choice: REASONS.join(", ") });
  const told = new Set<string>();
  return {
    reason,
    accepted: (path, mode) => {
      if (told.has(path)) return;
      told.add(path);
      accepted(path, mode);
    },
  };
}

/** The sentence about a file that was accepted. */
export function acceptedText({ reason }: Pick<FileAccess, "reason">, path: string, mode: string): string {
  return `${path} holds a key or a password and is open to others (mode ${mode}); ${FILE_ACCESS}=${reason} accepts it.`;
}

/**
 * Throws unless the file is closed to others, or the reason that was given is true of it: of "group", that all others are kept out; of
 * "no-modes", that its file system is one of those that keep none.
 */
export async function requireClosed(path: string, mode: number, access: FileAccess | undefined): Promise<void> {
  if ((mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(3, "0");
  const isMeant =
    access?.reason === "group" ? (mode & 0o007) === 0 : access?.reason === "no-modes" && (await isWithoutModes(path));
  if (access === undefined || !isMeant) throw fileError("FILE_EXPOSED", { path, mode: shown });
  access.accepted(path, shown);
}

async function isWithoutModes(path: string): Promise<boolean> {
  // the numbers are Linux's; elsewhere such a disk shows its files as closed to all but who mounted it
  return process.platform === "linux" && keepsNoModes((await statfs(path)).type);
}

/** Whether a file system, by its number on Linux, keeps no modes. */
export function keepsNoModes(type: number): boolean {
  // a number beyond 2^31 is negative where the system's word is short
  return WITHOUT_MODES.has(type >>> 0);
}
