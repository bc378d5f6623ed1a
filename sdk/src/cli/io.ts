import { EXIT_INTERRUPTED, STOP_SIGNALS } from "./interruption";
import { askHidden, askShown } from "./prompt";

/** What a command sees of the world; tests bring their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Whether somebody looks on: progress is then drawn, and a password may be asked for. */
  readonly interactive: boolean;
  /** Everything on standard input. */
  input(): Promise<string>;
  /** Asks without showing the answer; rejects on Ctrl-C. */
  ask(question: string): Promise<string>;
  /** Asks for a yes, and shows the answer. */
  confirm(question: string): Promise<boolean>;
  /** Stops the command: it was told so by a signal. */
  readonly signal: AbortSignal;
  /** Aborted when nobody reads the output any more. */
  readonly closed: AbortSignal;
  /** Whether all output has arrived. */
  flushed(): Promise<boolean>;
}

/** The process's own streams; SIGINT, SIGTERM and SIGHUP set the signal, and the second of them ends the process. */
export function processIo(): Io & { release(): void } {
  const [controller, closed] = [new AbortController(), new AbortController()];
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  for (const name of STOP_SIGNALS) process.on(name, stop);
  process.once("exit", () => {
    if (process.stdin.isTTY && process.stdin.isRaw) process.stdin.setRawMode(false);
  });
  process.stdout.on("error", () => closed.abort());
  // where nobody reads what went wrong, nothing more can be said
  process.stderr.on("error", () => undefined);
  return {
    // eslint-disable-next-line no-restricted-syntax -- a session leaves out what is empty
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    input: async () => {
      let text = "";
      for await (const piece of process.stdin.setEncoding("utf8")) {
        text += piece as string;
        // what is read here is one key: the rest of a stream that does not end is not waited for
        if (text.length > MAX_INPUT) break;
      }
      return text;
    },
    ask: (question) => askHidden(question, stop),
    confirm: async (question) => /^\s*yes\s*$/i.test(await askShown(question)),
    signal: controller.signal,
    closed: closed.signal,
    flushed: () =>
      new Promise((resolve) => {
        if (closed.signal.aborted) return resolve(false);
        process.stdout.write("", (error) => resolve(error === null || error === undefined));
      }),
    release: () => STOP_SIGNALS.forEach((name) => process.off(name, stop)),
  };
}

/** The longest standard input that is read. */
const MAX_INPUT = 65_536;
