#!/usr/bin/env node
import { printable } from "../text/printable";
import { redact } from "../text/redact";
import { EXIT_INTERRUPTED, EXIT_OUTPUT_CLOSED } from "./interruption";
import { processIo } from "./io";

/** How long the last words may take to be read. */
const FLUSH_MS = 500;

// Node would print such an error with every field, and some hold what was about to be sent.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    const text = redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.stderr.write(`isonomy: ${text.split("\n").map(printable).join("\n")}\n`);
    process.exit(1);
  });
}

const io = processIo();
// loaded only now: a signal that comes while it is loaded is heard, and answered as any other
const running = import("./run").then(({ runCli }) => runCli(process.argv.slice(2), io));
void running.then((code) => {
  io.release();
  process.exitCode = code;
  if (code !== EXIT_INTERRUPTED && code !== EXIT_OUTPUT_CLOSED) return;
  // what was interrupted may still hold timers and connections
  const exit = (): void => process.exit(code);
  setTimeout(exit, FLUSH_MS).unref();
  process.stdout.write("", () => process.stderr.write("", exit));
});
