import { spawn, type ChildProcess } from "node:child_process";

/** A program that a test started, with what it said so far. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  said(): string;
  /** Resolves once the program has said something that matches. */
  until(pattern: RegExp, seconds?: number): Promise<void>;
  type(keys: string): void;
}

/** Starts a program with pipes instead of a terminal. */
export function inPipe(
  command: readonly string[],
  env: Record<string, string | undefined>,
  cwd: string = process.cwd(),
): Started {
  return started(spawn(command[0]!, command.slice(1), { env: env as NodeJS.ProcessEnv, cwd }));
}

/** Starts a program on a terminal of its own: `script` makes one, and passes on what is typed and what it shows. */
export function onTerminal(
  command: readonly string[],
  env: Record<string, string | undefined>,
  cwd: string = process.cwd(),
): Started {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  // in the shell's place: a shell that waits answers Ctrl-C with its own 130, whatever the program ends with
  const args = ["-qefc", `exec ${line}`, "/dev/null"];
  return started(spawn("script", args, { env: { ...env, TERM: "xterm", SHELL: "/bin/sh" } as NodeJS.ProcessEnv, cwd }));
}

function started(child: ChildProcess): Started {
  let text = "";
  child.stdout!.on("data", (piece: Buffer) => (text += piece.toString()));
  child.stderr!.on("data", (piece: Buffer) => (text += piece.toString()));
  child.stdin!.on("error", () => undefined);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return {
    process: child,
    ended,
    said: () => text,
    async until(pattern, seconds = 100) {
      const giveUpAt = Date.now() + seconds * 1_000;
      while (!pattern.test(text)) {
        if (Date.now() > giveUpAt) throw new Error(`It never said ${String(pattern)}: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    type: (keys) => void child.stdin!.write(keys),
  };
}
