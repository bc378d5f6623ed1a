#!/usr/bin/env node
import { redact } from "../errors/redact";
import { processIo } from "./io";
import { runCli } from "./run";

// Node would print such an error with every field, and some hold what was about to be sent.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(
      `isonomy: ${redact(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
    );
    process.exit(1);
  });
}

void runCli(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
