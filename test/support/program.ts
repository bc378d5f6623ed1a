import { spawn } from "node:child_process";
import { constants } from "node:os";

/** How many lines of what a program said are shown when it fails. */
const LAST_LINES = 20;

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it is a script that only a shell can start, as npm's is on Windows. */
  readonly shell?: boolean;
}

/** What a program printed on its two streams. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that failed: its message has the command, the status and the last lines of what was printed. */
export class ProgramFailed extends Error implements Printed {
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string | undefined, status: string, all: string, { stdout, stderr }: Printed) {
    const what = command === undefined ? "The shell" : `The command\n\n  ${command.replaceAll("\n", "\n  ")}\n\n`;
    const last = all.trimEnd().split("\n").slice(-LAST_LINES);
    const said = all === "" ? "It printed nothing." : `Printed last:\n\n  ${last.join("\n  ")}\n`;
    super(`${what} ended with status ${status}. ${said}`);
    this.name = "ProgramFailed";
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** Runs a program to its end, and returns what it printed; throws `ProgramFailed` unless it ends with 0. */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  options: ProgramOptions = {},
): Promise<Printed> {
  const { status, all, stdout, stderr } = await endOf(program, parameters, options);
  if (status === "0") return { stdout, stderr };
  throw new ProgramFailed([program, ...parameters].join(" "), status, all, { stdout, stderr });
}

/** What a shell needs to run lines. */
export interface ShellOptions extends ProgramOptions {
  /** Functions that the lines may call; a command inside them that fails is told as the line that called them. */
  readonly functions?: readonly string[];
}

/** Runs lines of a shell as a person types them, up to the first that fails, and returns what they print. */
export async function runShell(lines: string, { functions = [], ...options }: ShellOptions): Promise<string> {
  // the traps are not inherited by functions: what is told is the line that called them
  const noting = `trap 'line=$BASH_COMMAND' DEBUG`;
  const traps = [
    `trap 'status=$?; trap - DEBUG; ((status == 0)) || printf "%s\\n%s" "$status" "\${line-}" >&3' EXIT`,
    noting,
  ];
  const script = ["set -euo pipefail", ...functions, ...traps, lines].join("\n");
  const { status, all, noted, ...printed } = await endOf("bash", ["--norc", "--noprofile", "-c", script], options);
  if (status === "0") return printed.stdout;
  const [code = status, ...line] = noted === "" ? [] : noted.split("\n");
  // of lines that the shell cannot read none was begun
  const command = ["", noting].includes(line.join("\n")) ? undefined : line.join("\n");
  throw new ProgramFailed(command, named(code), all, printed);
}

/** How a program ended, what it printed on each stream, on both in the order in which it came, and what it noted on the fourth. */
async function endOf(program: string, parameters: readonly string[], { shell, ...options }: ProgramOptions) {
  const child = spawn(program, parameters, {
    ...options,
    shell: shell ?? false,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let [stdout, stderr, all, noted] = ["", "", "", ""];
  child.stdio[1]!.on("data", (piece: Buffer) => {
    stdout += piece.toString();
    all += piece.toString();
  });
  child.stdio[2]!.on("data", (piece: Buffer) => {
    stderr += piece.toString();
    all += piece.toString();
  });
  child.stdio[3]!.on("data", (piece: Buffer) => (noted += piece.toString()));
  const status = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(String(code ?? signal)));
  });
  return { status, stdout, stderr, all, noted };
}

/** A status of a shell, with the signal that it means. */
function named(status: string): string {
  const signal = Object.entries(constants.signals).find(([, number]) => 128 + number === Number(status));
  return signal === undefined ? status : `${status} (${signal[0]})`;
}
