/** What a command sees of the world; tests bring their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Whether somebody looks on: progress is then drawn, and a password may be asked for. */
  readonly interactive: boolean;
  /** Everything on standard input. */
  input(): Promise<string>;
  /** Asks without showing the answer. */
  ask(question: string): Promise<string>;
  /** Stops a command that runs until it is told to. */
  readonly signal: AbortSignal;
}

/** The process's own streams; SIGINT and SIGTERM set the signal. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    input: async () => {
      let text = "";
      for await (const piece of process.stdin.setEncoding("utf8")) text += piece as string;
      return text;
    },
    ask: askHidden,
    signal: controller.signal,
  };
}

const ENTER = new Set(["\r", "\n", "\u0004"]);
const BACKSPACE = new Set(["\u007f", "\b"]);

/** Reads a line key by key, without an echo. */
async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let answer = "";
      stdin.on("data", function read(keys: string) {
        for (const key of keys) {
          if (key === "\u0003") return void finish(() => reject(new Error("interrupted")));
          if (ENTER.has(key)) return void finish(() => resolve(answer));
          answer = BACKSPACE.has(key) ? answer.slice(0, -1) : answer + key;
        }
        function finish(end: () => void): void {
          stdin.off("data", read);
          end();
        }
      });
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}
