import { cliError } from "./errors";

const ENTER = new Set(["\r", "\n", "\u0004"]);
const BACKSPACE = new Set(["\u007f", "\b"]);

/**
 * Asks on the terminal for a secret, key by key and without an echo.
 * @param stop Called on Ctrl-C: a terminal in this mode sends no signal of its own.
 */
export async function askHidden(question: string, stop: () => void): Promise<string> {
  const { stdin, stderr } = process;
  // the echo is off before anybody is asked: what is typed at once would be shown, and Ctrl-C would not come here
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding("utf8");
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let answer = "";
      const close = (): void => void stdin.off("data", read).off("end", gone);
      // without this the program would wait for ever, or end as if all were well
      const gone = (): void => {
        close();
        reject(cliError("UNANSWERED"));
      };
      function read(keys: string): void {
        for (const key of keys) {
          if (key === "\u0003") return stop();
          if (ENTER.has(key)) {
            close();
            return resolve(answer);
          }
          answer = BACKSPACE.has(key) ? answer.slice(0, -1) : answer + key;
        }
      }
      stdin.on("data", read).on("end", gone);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

/** Asks on the terminal for a line that everybody may see; empty when the input ends. */
export async function askShown(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setEncoding("utf8");
  stdin.resume();
  try {
    return await new Promise<string>((resolve) => {
      let answer = "";
      const end = (): void => {
        stdin.off("data", read).off("end", end);
        resolve(answer);
      };
      function read(piece: string): void {
        answer += piece;
        if (answer.includes("\n")) end();
      }
      stdin.on("data", read).on("end", end);
    });
  } finally {
    stdin.pause();
  }
}
