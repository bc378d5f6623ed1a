import { decodeError } from "isonomy/errors";

import type { Problem } from "../source";

/** An error as another thread can take it. */
export function problemOf(error: unknown): Problem {
  const { code, message, reason, fix, args } = decodeError(error).toJSON();
  return { code, message, reason, fix, args };
}
