import { redact, redactArgs, redactValue } from "./redact";

/** Values that filled the sentences of an error, by the name of the argument. */
export type ErrorArgs = Readonly<Record<string, unknown>>;

/** What went wrong, why, and what to do next. */
export interface Explanation {
  /** The stable name to branch on: a custom error of a contract, or a code of the SDK. */
  readonly code: string;
  /** One sentence that says what happened. */
  readonly message: string;
  /** One sentence that says why it can happen. */
  readonly cause: string;
  /** One sentence that says what to do next. */
  readonly cure: string;
  readonly args: ErrorArgs;
}

/** What an error of any copy of this package carries: a program may load it by `import` and by `require`. */
const BRAND = Symbol.for("isonomy.error");

/**
 * Every failure the SDK reports, whether a contract, a node, a wallet or the SDK itself raised it. It can be logged, printed and
 * sent anywhere: nothing in it holds calldata, a signed transaction, a key, or a credential of an address.
 */
export class IsonomyError extends Error implements Explanation {
  readonly code: string;
  override readonly cause: string;
  readonly cure: string;
  readonly args: ErrorArgs;
  /** A copy of what was caught, for a log, without what must not be in one. */
  readonly original: unknown;

  constructor(explanation: Explanation, original?: unknown) {
    super(redact(explanation.message));
    this.name = "IsonomyError";
    this.code = explanation.code;
    this.cause = redact(explanation.cause);
    this.cure = redact(explanation.cure);
    this.args = redactArgs(explanation.args);
    this.original = redactValue(original);
  }

  /** @ignore */
  get [BRAND](): true {
    return true;
  }

  /** The three sentences in one line, for a terminal. */
  explain(): string {
    return `${this.message} Why: ${this.cause} What to do: ${this.cure}`;
  }

  toJSON(): Explanation {
    const { code, message, cause, cure, args } = this;
    return { code, message, cause, cure, args: writable(args) as ErrorArgs };
  }
}

/** True for an error of this SDK, whichever copy of it made it, and, when a code is given, for that one only. */
export function isIsonomyError(error: unknown, code?: string): error is IsonomyError {
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
