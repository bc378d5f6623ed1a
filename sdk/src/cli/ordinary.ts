import { isIsonomyError } from "../base/error";
import { whyOf } from "../files/why";
import { cliError } from "./errors";

/** What the system's codes mean here; any other has a sentence of its own too. */
const CODES = {
  ENOENT: "PATH_MISSING",
  EACCES: "PATH_FORBIDDEN",
  EPERM: "PATH_FORBIDDEN",
  EROFS: "PATH_FORBIDDEN",
  ENOSPC: "DISK_FULL",
  EDQUOT: "DISK_FULL",
  EISDIR: "PATH_IS_FOLDER",
  ENOTDIR: "PATH_IS_FILE",
  EEXIST: "PATH_IS_FILE",
} as const;

/** A refusal of the system, which nothing on the way had words for, as an error of the command line; any other failure as it is. */
export function ordinary(error: unknown): unknown {
  // what was caught around a transaction has been decoded already, as what nobody knew
  if (isIsonomyError(error, "UNEXPECTED") && error.cause instanceof Error) {
    const known = ordinary(error.cause);
    return known === error.cause ? error : known;
  }
  if (isIsonomyError(error, "STORE_UNREADABLE") || isIsonomyError(error, "STORE_UNWRITABLE")) {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    return code === "ENOTDIR" || code === "EEXIST"
      ? cliError("PATH_IS_FILE", { path: error.args.path, detail: whyOf(error.cause) }, error)
      : error;
  }
  if (isIsonomyError(error) || !(error instanceof Error)) return error;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  if (path === undefined) {
    // a write has no path; everything else of this kind is a connection, which has a sentence of its own
    return code === "ENOSPC" || code === "EDQUOT" ? cliError("DISK_FULL", { path: "The disk" }, error) : error;
  }
  const known = Object.hasOwn(CODES, code) ? CODES[code as keyof typeof CODES] : undefined;
  return known === undefined
    ? cliError("PATH_REFUSED", { path, detail: whyOf(error) }, error)
    : cliError(known, { path, detail: whyOf(error) }, error);
}
