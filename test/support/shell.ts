import { spawn } from "node:child_process";
import { constants } from "node:os";

/** How many lines of what a command said are shown when it fails. */
const LAST_LINES = 20;

/** What a shell needs to run lines. */
export interface ShellOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Functions that the lines may call; a command inside them that fails is told as the line that called them. */
  readonly functions?: readonly string[];
}

/**
 * Runs lines of a shell as a person types them, up to the first that fails, and returns what they print.
 * A failure says which line failed, with which status, and the last that was printed.
 */
export async function runShell(lines: string, { cwd, env, functions = [] }: ShellOptions): Promise<string> {
  // the traps are not inherited by functions: what is told is the line that called them
  const noting = `trap 'line=$BASH_COMMAND' DEBUG`;
  const traps = [
    `trap 'status=$?; trap - DEBUG; ((status == 0)) || printf "%s\n%s" "$status" "\${line-}" >&3' EXIT`,
    noting,
  ];
  const script = ["set -euo pipefail", ...functions, ...traps, lines].join("\n");
  const child = spawn("bash", ["--norc", "--noprofile", "-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let [printed, all, failed] = ["", "", ""];
  child.stdio[1]!.on("data", (piece: Buffer) => {
    printed += piece.toString();
    all += piece.toString();
  });
  child.stdio[2]!.on("data", (piece: Buffer) => (all += piece.toString()));
  child.stdio[3]!.on("data", (piece: Buffer) => (failed += piece.toString()));
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    },
  );
  if (code === 0) return printed;
  const [status = String(code ?? signal), ...command] = failed === "" ? [] : failed.split("\n");
  // of lines that the shell cannot read none was begun
  const what = ["", noting].includes(command.join("\n")) ? "The shell" : `The command\n\n  ${command.join("\n  ")}\n\n`;
  const last = all.trimEnd().split("\n").slice(-LAST_LINES);
  throw new Error(
    `${what} ended with status ${named(status)}. ${all === "" ? "It printed nothing." : `Printed last:\n\n  ${last.join("\n  ")}\n`}`,
  );
}

/** A status of a shell, with the signal that it means. */
function named(status: string): string {
  const signal = Object.entries(constants.signals).find(([, number]) => 128 + number === Number(status));
  return signal === undefined ? status : `${status} (${signal[0]})`;
}
