import { isIsonomyError } from "./error";
import { errorsOf, type Entries } from "./template";

/** What is wrong with the arguments of a call. */
export const argumentErrors = {
  ARGUMENT_INVALID: {
    message: "An argument cannot be used: {detail}",
    reason: "Its type or its range does not fit what the function or the contract expects.",
    fix: "Correct the argument; nothing was sent.",
  },
} as const satisfies Entries;

/** Builds it from the values of its sentences and what was caught. */
export const argumentError = errorsOf(argumentErrors);

/** The codes by which ethers names an argument that it cannot use. */
const REFUSED = new Set<unknown>([
  ...["INVALID_ARGUMENT", "MISSING_ARGUMENT", "UNEXPECTED_ARGUMENT", "NUMERIC_FAULT", "BUFFER_OVERRUN"],
  ...["UNSUPPORTED_OPERATION", "VALUE_MISMATCH"],
]);

/**
 * The same function, whose failures all have a code: what the language or a library says of an argument of a wrong type or form
 * becomes `ARGUMENT_INVALID`. Of a promise only that is changed: what the caller's own stream, signal or file fails with
 * reaches the caller as it is. Marked `@__PURE__` where it is called, so that a bundler drops what a page does not use.
 */
export function checked<Call extends (...given: never[]) => unknown>(call: Call): Call {
  return ((...given: never[]): unknown => {
    let result: unknown;
    try {
      result = call(...given);
    } catch (error) {
      throw isIsonomyError(error) ? error : refused(error);
    }
    return result instanceof Promise
      ? result.catch((error: unknown) => {
          throw isOfArguments(error) ? refused(error) : error;
        })
      : result;
  }) as Call;
}

function isOfArguments(error: unknown): boolean {
  if (isIsonomyError(error)) return false;
  return (
    [TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind) ||
    REFUSED.has((error as { code?: unknown }).code)
  );
}

function refused(error: unknown): Error {
  const { shortMessage, message } = error as { shortMessage?: string; message?: string };
  return argumentError("ARGUMENT_INVALID", { detail: shortMessage ?? message ?? String(error) }, error);
}
