import { errorsOf, type Entries } from "../base/template";
import { whyOf } from "./why";

/** What can go wrong with the files of keys, passwords and state. */
export const fileErrors = {
  FILE_LOCKED: {
    message: "{path} is in use by process {pid} on {host}.",
    reason: "Another command reads and writes the same file, and two at once would lose what one of them wrote.",
    fix: "Wait until it ends, or end it; then run this one again.",
  },
  LOCK_LOST: {
    message: "{path} was taken over by another process.",
    reason: "This one was suspended, or its disk was out of reach, for so long that it counted as dead.",
    fix: "Look at what the other one did, then run this one again; nothing more was written.",
  },
  FILE_EXPOSED: {
    message: "The file {path} is open to others (mode {mode}).",
    reason: "It holds a key or a password, and other accounts of this machine may read or change it.",
    fix: "Run `chmod 600 {path}`; if others may have read it, change what is in it. Where its mode cannot be changed, as in a mounted volume, ISONOMY_FILE_ACCESS names the reason (docs/seller.md).",
  },
  FILE_ACCESS_UNKNOWN: {
    message: "{name} cannot be {value}.",
    reason: "It names the reason why key files may be open to others than their owner.",
    fix: "Choose one of {choice}, or leave it empty: then such files are refused.",
  },
  FILE_MOUNTED: {
    message: "{path} can be changed but not replaced as a whole.",
    reason:
      "It is a mount of its own, as when a container is given one file; a crash in the middle of a change would lose what it holds.",
    fix: "Mount the folder that holds it instead, and name the file in that folder; what was there before is unchanged.",
  },
  LOCK_INVALID: {
    message: "The file at {path} is not a lock of this program: {detail}",
    reason: "A lock is a small file that a command makes and removes again; something else has its name.",
    fix: "Find out what it is for, and remove it when nothing needs it; nothing was written.",
  },
  FILE_NOT_REGULAR: {
    message: "{path} is not a regular file.",
    reason: "It is a folder, or a pipe, socket or device, which could be read without end.",
    fix: "Give the path of a file; what comes out of a pipe has to be written into one first.",
  },
  FILE_NOT_OPENED: {
    message: "The file {path} cannot be opened: {detail}",
    reason: "It or its folder is missing, this account may not open it, or a file of that name is there already.",
    fix: "Check the path and the permissions.",
  },
  FILE_TOO_LONG: {
    message: "The file {path} is longer than {limit} bytes.",
    reason: "It is not the kind of file that was expected.",
    fix: "Check the path.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const fileError = errorsOf(fileErrors);

/** What the system said of a file, with its code; any other failure as it is. */
export function unopened(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === undefined || syscall === undefined
    ? error
    : fileError("FILE_NOT_OPENED", { path, detail: whyOf(error) }, error);
}
