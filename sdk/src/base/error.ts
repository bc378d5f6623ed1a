import { redact, redactArgs, redactValue } from "../text/redact";
import type { ErrorCode } from "./codes";

/** Values that filled the sentences of an error, by the name of the argument. */
export type ErrorArgs = Readonly<Record<string, unknown>>;

/** What went wrong, why, and what to do next. */
export interface Explanation<Code extends string = ErrorCode> {
  /** The stable name to branch on: a custom error of a contract, or a code of the SDK. */
  readonly code: Code;
  /** One sentence that says what happened. */
  readonly message: string;
  /** One sentence that says why it can happen. */
  readonly reason: string;
  /** One sentence that says what to do next. */
  readonly fix: string;
  readonly args: ErrorArgs;
}

/** What an error of any copy of this package carries: a program may load it by `import` and by `require`. */
const BRAND = Symbol.for("isonomy.error");

/**
 * Every failure the SDK reports, whether a contract, a node, a wallet or the SDK itself raised it. It can be logged, printed and sent
 * anywhere: nothing in it holds calldata, a signed transaction, a key, or a credential of an address.
 * @example
 * ```ts
 * try {
 *   await market.purchase(offer);
 * } catch (error) {
 *   if (!isIsonomyError(error, "Market_SoldOut")) throw error;
 *   console.log(error.message, error.reason, error.fix);
 * }
 * ```
 */
export class IsonomyError<Code extends string = ErrorCode> extends Error implements Explanation<Code> {
  readonly code: Code;
  readonly reason: string;
  readonly fix: string;
  /** The values in the sentences, by their names, with secrets left out. */
  readonly args: ErrorArgs;
  /** What was caught, without what must not be in a log: a copy of it. Absent where nothing was caught. */
  declare readonly cause?: unknown;

  constructor(explanation: Explanation<Code>, cause?: unknown) {
    super(redact(explanation.message), cause === undefined ? undefined : { cause: redactValue(cause) });
    this.name = "IsonomyError";
    this.code = explanation.code;
    this.reason = redact(explanation.reason);
    this.fix = redact(explanation.fix);
    this.args = redactArgs(explanation.args);
  }

  /** @ignore */
  get [BRAND](): true {
    return true;
  }

  /**
   * The three sentences in one line, for a terminal.
   * @example
   * ```ts
   * if (isIsonomyError(error)) console.error(error.explain());
   * ```
   */
  explain(): string {
    return `${this.message} Why: ${this.reason} What to do: ${this.fix}`;
  }

  /**
   * What `JSON.stringify` writes: code, sentences and values, with numbers of 256 bits as text.
   * @example
   * ```ts
   * if (isIsonomyError(error)) console.error(JSON.stringify(error));
   * ```
   */
  toJSON(): Explanation<Code> {
    const { code, message, reason, fix, args } = this;
    return { code, message, reason, fix, args: writable(args) as ErrorArgs };
  }
}

/**
 * True for an error of this SDK, whichever copy of it made it, and, when a code is given, for that one only.
 * @example
 * ```ts
 * if (isIsonomyError(error, "USER_REJECTED")) console.log("You declined in your wallet; nothing was sent.");
 * ```
 */
export function isIsonomyError(error: unknown): error is IsonomyError;
export function isIsonomyError<Code extends ErrorCode>(error: unknown, code: Code): error is IsonomyError<Code>;
export function isIsonomyError(error: unknown, code?: ErrorCode): error is IsonomyError {
  if (typeof error !== "object" || error === null || (error as { [BRAND]?: unknown })[BRAND] !== true) return false;
  return code === undefined || (error as IsonomyError).code === code;
}

/** JSON has no numbers of 256 bits: they are written as text. */
function writable(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(writable);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, writable(inside)]));
  }
  return value;
}
