import { CommanderError } from "commander";

import { printable } from "../text/printable";
import { EXIT_INTERRUPTED, EXIT_OUTPUT_CLOSED, Interruption } from "./interruption";
import type { Io } from "./io";
import { buildProgram } from "./program";

/** Runs one command line and returns the exit code. A failure is one line that says what happened and what to do. */
export async function runCli(parameters: readonly string[], io: Io): Promise<number> {
  const interruption = new Interruption(io.signal);
  const { program, mute } = buildProgram(io, interruption);
  const failed = async (error: unknown): Promise<void> => {
    const named = parameters.find((parameter) => program.commands.some((one) => one.name() === parameter));
    await report(error, parameters.includes("--json"), named, io, interruption.owned ? [] : interruption.sent);
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
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (!io.signal.aborted || interruption.owned) {
      await failed(error);
      return 1;
    }
    mute();
    await interruption.tidyUp();
    // asked again: what was on its way when the signal came has been noted since
    await failed(interruption.error());
    return EXIT_INTERRUPTED;
  }
}

/** Says what failed, and which transactions had left before it did: running the command again would send them twice. */
async function report(
  error: unknown,
  json: boolean,
  command: string | undefined,
  io: Io,
  sent: readonly string[],
): Promise<void> {
  // loaded only now: a help page needs none of it
  const [{ decodeError }, { cliError }, { jsonText }] = await Promise.all([
    import("../errors/decode"),
    import("./errors"),
    import("./files"),
  ]);
  const known =
    error instanceof CommanderError
      ? cliError("USAGE", { detail: plain(error), command: command === undefined ? "" : `${command} ` })
      : decodeError(error);
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
}

function plain({ code, message }: CommanderError): string {
  if (code === "commander.help") return "A command is missing.";
  const text = message.replace(/^error: /, "").replace(/\s+/g, " ");
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?)]$/.test(sentence) ? sentence : `${sentence}.`;
}
