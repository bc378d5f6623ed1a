import { CommanderError } from "commander";

import type { Io } from "./io";
import { buildProgram } from "./program";

/** Runs one command line and returns the exit code. A failure is one line that says what happened and what to do. */
export async function runCli(parameters: readonly string[], io: Io): Promise<number> {
  const program = buildProgram(io);
  try {
    await program.parseAsync([...parameters], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const named = parameters.find((parameter) => program.commands.some((one) => one.name() === parameter));
    await report(error, parameters.includes("--json"), named, io);
    return 1;
  }
}

async function report(error: unknown, json: boolean, command: string | undefined, io: Io): Promise<void> {
  // loaded only now: a help page needs none of it
  const [{ decodeError }, { cliFail }] = await Promise.all([import("../errors/decode"), import("./errors")]);
  const known =
    error instanceof CommanderError
      ? cliFail("USAGE", { detail: plain(error), command: command === undefined ? "" : `${command} ` })
      : decodeError(error);
  if (json) {
    io.out(`${JSON.stringify({ error: known.toJSON() })}\n`);
  } else {
    io.err(`isonomy: ${known.message} ${known.cure}\n`.replace(/\s*\n\s*(?=.)/g, " "));
  }
}

function plain({ code, message }: CommanderError): string {
  if (code === "commander.help") return "A command is missing.";
  const text = message.replace(/^error: /, "").replace(/\s+/g, " ");
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?)]$/.test(sentence) ? sentence : `${sentence}.`;
}
