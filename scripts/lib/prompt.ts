import { askHidden as hidden, askShown } from "../../sdk/src/cli/prompt";

/** Asks on the terminal for a line that everybody may see. */
export const ask = askShown;

/** Asks on the terminal for a secret: what is typed is not shown. Ctrl-C reaches the process as it does elsewhere. */
export function askHidden(question: string): Promise<string> {
  return hidden(question, () => void process.kill(process.pid, "SIGINT"));
}
