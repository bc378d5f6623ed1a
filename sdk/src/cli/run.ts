import { CommanderError } from "commander";

import { printable } from "../text/printable";
import { EXIT_INTERRUPTED, EXIT_OUTPUT_CLOSED, Interruption } from "./interruption";
import type { Io } from "./io";
import { buildProgram } from "./program";

/** How a command ends that was understood and failed. */
const EXIT_FAILED = 1;
/** How one ends that could not be understood: nothing was done, and it has to be written differently. */
const EXIT_USAGE = 2;
const USAGE = new Set([
  "USAGE",
  "VALUE_INVALID",
  "OPTION_CONFLICT",
  "OPTION_MISSING",
  "ONE_VERSION_ALONE",
  "UNIT_MISSING",
]);

/** Runs one command line and returns the exit code. A failure is one line that says what happened and what to do. */
export async function runCli(parameters: readonly string[], io: Io): Promise<number> {
  const interruption = new Interruption(io.signal);
  const { program, mute } = buildProgram(io, interruption);
  const failed = async (error: unknown): Promise<number> => {
    const named = parameters.find((parameter) => program.commands.some((one) => one.name() === parameter));
    return report(error, parameters.includes("--json"), named, io, interruption.owned ? [] : interruption.sent);
  };
  const command = program.parseAsync([...parameters], { from: "user" });
  // an interrupted command is left to itself: it can say and send nothing any more
  command.catch(() => undefined);
  const come = interruption.come();
  come.catch(() => undefined);
  try {
    await Promise.race([command, come]);
    if (await io.flushed()) return 0;
    if (interruption.sent.length > 0) await failed(interruption.unheard());
    return EXIT_OUTPUT_CLOSED;
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error, parameters)) return 0;
    if (!io.signal.aborted || interruption.owned) return failed(error);
    mute();
    await interruption.tidyUp();
    // asked again: what was on its way when the signal came has been noted since
    await failed(interruption.error());
    return EXIT_INTERRUPTED;
  }
}

/**
 * Says what failed, and which transactions had left before it did: running the command again would send them twice.
 * @returns The exit code.
 */
async function report(
  error: unknown,
  json: boolean,
  command: string | undefined,
  io: Io,
  sent: readonly string[],
): Promise<number> {
  // loaded only now: a help page needs none of it
  const [{ decodeError }, { cliError }, { jsonText }, { ordinary }] = await Promise.all([
    import("../errors/decode"),
    import("./errors"),
    import("./files"),
    import("./ordinary"),
  ]);
  const known =
    error instanceof CommanderError
      ? cliError("USAGE", { detail: plain(error), command: command === undefined ? "" : `${command} ` })
      : decodeError(ordinary(error));
  const unnamed = sent.filter((hash) => !`${known.message} ${known.fix}`.includes(hash));
  const left =
    unnamed.length === 0
      ? ""
      : ` Sent before it failed: ${unnamed.join(", ")}. Run \`isonomy status --transaction ${unnamed.at(-1)}\` before you run this again.`;
  if (json && !io.closed.aborted) {
    io.out(`${jsonText({ error: known.toJSON(), ...(sent.length === 0 ? {} : { transactions: sent }) })}\n`);
  } else {
    io.err(`isonomy: ${printable(`${known.message} ${known.fix}${left}`.replace(/\s*\n\s*/g, " "))}\n`);
  }
  return USAGE.has(known.code) ? EXIT_USAGE : EXIT_FAILED;
}

/** Whether a help page or the version was shown: also where a command was left out, unless a program reads the answer. */
function isHelp({ code, exitCode }: CommanderError, parameters: readonly string[]): boolean {
  return exitCode === 0 || (code === "commander.help" && !parameters.includes("--json"));
}

function plain({ code, message }: CommanderError): string {
  if (code === "commander.help") return "A command is missing.";
  const text = message.replace(/^error: /, "").replace(/\s+/g, " ");
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?)]$/.test(sentence) ? sentence : `${sentence}.`;
}
