import type { Problem } from "../../chain/source";
import type { FileProblem } from "./api";

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** What browsers call failures of their storage. */
const NAMES: Readonly<Record<string, "full" | "busy" | "noStorage" | "stopped">> = {
  QuotaExceededError: "full",
  NoModificationAllowedError: "busy",
  InvalidStateError: "busy",
  SecurityError: "noStorage",
  NotAllowedError: "noStorage",
  AbortError: "stopped",
};

/** An error as another thread can take it: the package's with its sentences, a browser's by a name that the page has words for. */
export function problemOf(error: unknown): Problem | FileProblem {
  if (isObject(error) && "files" in error) return error as FileProblem;
  const written = isObject(error) && typeof error.toJSON === "function" ? (error.toJSON() as unknown) : undefined;
  if (isObject(written) && "code" in written && "fix" in written) return written as unknown as Problem;
  const known = isObject(error) ? NAMES[String(error.name)] : undefined;
  if (known !== undefined) return { files: known };
  return { files: "unknown", detail: isObject(error) && "message" in error ? String(error.message) : String(error) };
}

export const isFileProblem = (error: unknown): error is FileProblem => isObject(error) && "files" in error;
