import { redact, redactValue } from "../../sdk/src/errors";

/**
 * What a script says to a person or a log. Nodes, explorers and files of strangers speak through it, so that nothing they say may
 * hold a key or a transaction, or steer the terminal.
 */
export function print(text: string): void {
  console.log(shown(text));
}

/** The same for what went wrong. */
export function complain(text: string): void {
  console.error(shown(text));
}

/** A text without secrets and with its control characters as escapes. */
export function shown(text: string): string {
  return redact(text);
}

/** Ends a script with the sentence of an error; with DEBUG set, with everything but secrets. */
export function fail(error: unknown): void {
  complain(error instanceof Error ? error.message : String(error));
  if (process.env.DEBUG !== undefined) console.error(redactValue(error));
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
