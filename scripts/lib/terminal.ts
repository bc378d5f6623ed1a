import { setting } from "../../deploy/engine/environment";
import { EXIT_INTERRUPTED, STOP_SIGNALS } from "../../sdk/src/cli/interruption";
import { isIsonomyError, redact, redactValue } from "../../sdk/src/errors";
import { printable, printableJson } from "../../sdk/src/text/printable";
import { withoutSecrets } from "../../sdk/src/text/redact";

/**
 * What a script says to a person or a log. Nodes, explorers and files of strangers speak through it, so that nothing they say may
 * hold a key or a transaction, or steer the terminal.
 */
export function print(text: string): void {
  console.log(shown(text));
}

/** The same for what may be longer than one sentence, such as a table: line by line, so that nothing of it is cut. */
export function printLines(text: string): void {
  console.log(text.split("\n").map(shown).join("\n"));
}

/** What a person was asked to agree to: made printable, and otherwise whole. Bytes that are hidden elsewhere are what it is about. */
export function printWhole(text: string): void {
  console.log(linesOf(withoutSecrets(text)));
}

/** A value as JSON, in which no text holds a secret or acts on a terminal; nothing of it is left out. */
export function printJson(value: unknown): void {
  const safe = (_key: string, inside: unknown): unknown =>
    typeof inside === "bigint" ? inside.toString() : typeof inside === "string" ? redact(inside) : inside;
  console.log(printableJson(JSON.stringify(value, safe, 2)));
}

/** The same for what went wrong. */
export function complain(text: string): void {
  console.error(shown(text));
}

/** A text without secrets, in which only tabs and line breaks act: all else is written out as the command line does it. */
export function shown(text: string): string {
  return linesOf(redact(text));
}

function linesOf(text: string): string {
  return text
    .split(/([\t\n])/)
    .map((part, index) => (index % 2 === 0 ? printable(part) : part))
    .join("");
}

/** Gives the terminal back as it was: with a cursor, and with an echo of what is typed. */
export function restoreTerminal(): void {
  if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
  if (process.stdout.isTTY) process.stdout.write("\u001b[?25h");
}

/**
 * Ends the program at a signal, with what was done so far in a sentence. For programs that lose nothing when they end at any
 * moment; what they started ends with them.
 */
export function stopAtSignals(describe: () => string): void {
  for (const name of STOP_SIGNALS) {
    process.once(name, () => {
      restoreTerminal();
      complain(`\nINTERRUPTED: ${describe()}`);
      process.exit(EXIT_INTERRUPTED);
    });
  }
}

/** Ends a script with the sentence of an error; with DEBUG set, with everything but secrets. */
export function fail(error: unknown): void {
  complain(isIsonomyError(error) ? error.explain() : error instanceof Error ? error.message : String(error));
  if (setting("DEBUG") !== undefined) console.error(redactValue(error));
  process.exitCode = 1;
}

/** Node would print what nobody caught with every field, and some hold what was about to be sent. */
export function catchTheRest(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(1);
    });
  }
}
