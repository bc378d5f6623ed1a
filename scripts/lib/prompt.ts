import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** A question that nobody answered: the input ended, or Ctrl-C was pressed. */
export class Unanswered extends Error {
  constructor() {
    super("The question was not answered, so nothing was done.");
    this.name = "Unanswered";
  }
}

/** Asks on the terminal for a line that everybody may see. */
export function ask(question: string): Promise<string> {
  return line(question, process.stdout);
}

/** Asks on the terminal for a secret: what is typed is not shown. */
export async function askHidden(question: string): Promise<string> {
  process.stdout.write(question);
  try {
    return await line("", new Writable({ write: (_piece, _encoding, done) => done() }));
  } finally {
    process.stdout.write("\n");
  }
}

async function line(question: string, output: NodeJS.WritableStream): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  // a question that is closed is never answered: without these the program would end as if all were well
  const unanswered = new Promise<never>((_, reject) => {
    terminal.once("close", () => reject(new Unanswered()));
    // the terminal sends no signal while it is read key by key
    terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  });
  try {
    return await Promise.race([terminal.question(question), unanswered]);
  } finally {
    unanswered.catch(() => undefined);
    terminal.close();
  }
}
