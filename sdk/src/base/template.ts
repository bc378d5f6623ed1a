import { redactArgs } from "../text/redact";
import { localTime } from "../text/time";
import type { ContractErrorCode } from "./codes";
import { IsonomyError, type ErrorArgs, type Explanation } from "./error";

/**
 * Sentences of an error before its arguments are known; `{name}` is replaced by the argument of that name. `{name:time}` shows
 * Unix seconds on the clock of this machine, `{name:coin}` wei as native coin, `{name:start}` a time or that there is none yet,
 * and `{name:none/open/closed}` a number as the word at its place.
 */
export interface Entry {
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
}

/** What a custom error says, why, and what to do, with the error's arguments by their names, as in an `Entry`. */
export type Sentences = readonly [message: string, reason: string, fix: string];

/** Sentences of custom errors, by their names. */
export type ContractSentences = Readonly<Partial<Record<ContractErrorCode, Sentences>>>;

/** The errors of one part of the package, by their codes. */
export type Entries = Readonly<Record<string, Entry>>;

/** Builds an error from its code, the values of its sentences, and what was caught. */
export type ErrorFactory<Codes extends string> = <Code extends Codes>(
  code: Code,
  args?: ErrorArgs,
  cause?: unknown,
) => IsonomyError<Code>;

/**
 * The factory of the errors of one table.
 * @example
 * ```ts
 * const shopError = errorsOf({
 *   SHELF_EMPTY: { message: "{shelf} is empty.", reason: "All of it was sold.", fix: "Come back tomorrow." },
 * });
 * const failure = shopError("SHELF_EMPTY", { shelf: "The first shelf" });
 * ```
 */
export function errorsOf<Codes extends string>(entries: Readonly<Record<Codes, Entry>>): ErrorFactory<Codes> {
  return (code, args = {}, cause) => new IsonomyError(fill(code, entries[code], args), cause);
}

const PLACEHOLDER = /\{(\w+)(?::([\w/]+))?\}/g;

/**
 * The names of the arguments that an entry speaks of.
 * @example
 * ```ts
 * const names = placeholdersOf({ message: "{shelf} is empty.", reason: "It was sold.", fix: "Wait." }); // ["shelf"]
 * ```
 */
export function placeholdersOf(entry: Entry): string[] {
  const names = [entry.message, entry.reason, entry.fix].flatMap((text) =>
    [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!),
  );
  return [...new Set(names)];
}

/**
 * Fills an entry with its arguments. A missing argument stays visible as its name in braces.
 * @example
 * ```ts
 * const entry = { message: "{shelf} is empty.", reason: "All of it was sold.", fix: "Come back tomorrow." };
 * const { message } = fill("SHELF_EMPTY", entry, { shelf: "The first shelf" });
 * ```
 */
export function fill<Code extends string>(code: Code, entry: Entry, given: ErrorArgs): Explanation<Code> {
  const args = redactArgs(given);
  const fillText = (text: string): string =>
    text.replace(PLACEHOLDER, (whole, name: string, kind?: string) => (name in args ? show(args[name], kind) : whole));
  return { code, message: fillText(entry.message), reason: fillText(entry.reason), fix: fillText(entry.fix), args };
}

function show(value: unknown, kind?: string): string {
  if (kind !== undefined && isWhole(value)) return shownAs(kind, BigInt(value));
  if (typeof value === "string") {
    return value;
  }
  if (Array.isArray(value)) {
    return `[${value.map((one) => show(one)).join(", ")}]`;
  }
  return String(value);
}

/** Other numbers have no time, and are no amount of wei: they are shown as they are. */
function isWhole(value: unknown): value is bigint | number {
  return typeof value === "bigint" ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0;
}

function shownAs(kind: string, value: bigint): string {
  if (kind === "time") return localTime(value);
  if (kind === "start") return value === 0n ? "no time yet" : localTime(value);
  if (kind === "coin") return `${coins(value)} native`;
  return kind.split("/")[Number(value)] ?? String(value);
}

const WEI_DIGITS = 18;

function coins(wei: bigint): string {
  const digits = wei.toString().padStart(WEI_DIGITS + 1, "0");
  const fraction = digits.slice(-WEI_DIGITS).replace(/0+$/, "");
  return `${digits.slice(0, -WEI_DIGITS)}${fraction === "" ? "" : `.${fraction}`}`;
}
