import type { ContractTransactionReceipt } from "ethers";

import { redact, redactArgs, withoutSecrets } from "../errors/redact";
import { jsonText } from "./files";
import type { Io } from "./io";

/** What a step of a command can say about itself. */
export interface StepReport {
  /** What came of it, in a few words. */
  say(text: string): void;
  /** How far it is. */
  at(text: string): void;
}

/** Shows a command's progress on standard error, and its result, once, on standard output. */
export class Output {
  readonly #io: Io;
  readonly #json: boolean;
  #shown = false;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  get json(): boolean {
    return this.#json;
  }

  /** Runs one step of a command. */
  async step<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    if (this.#json) return work({ say: () => undefined, at: () => undefined });
    if (!this.#io.interactive) {
      let said = "";
      const result = await work({ say: (text) => (said = text), at: () => undefined });
      this.#io.err(`- ${redact(`${title}${said === "" ? "" : `: ${said}`}`)}\n`);
      return result;
    }
    return this.#drawn(title, work);
  }

  /** The one result: lines for people, or one object for programs. */
  result(lines: readonly string[], data: Readonly<Record<string, unknown>>): void {
    if (this.#shown) throw new Error("A command has one result.");
    this.#shown = true;
    // what a command was asked for is shown whole: a proposal's calls, an offer's signature
    this.#io.out(withoutSecrets(this.#json ? `${jsonText(data)}\n` : `${lines.join("\n")}\n`));
  }

  /** A line of a command that goes on: text for people, an object for programs. */
  line(text: string, data: Readonly<Record<string, unknown>>): void {
    this.#io.out(this.#json ? `${jsonText(redactArgs(data))}\n` : `${redact(text)}\n`);
  }

  async #drawn<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
    const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
    let result!: T;
    const tasks = new Listr(
      [
        {
          title,
          task: async (_: unknown, task: { title: string; output: string }) => {
            let said = "";
            result = await work({
              say: (text) => (said = redact(text)),
              at: (text) => (task.output = redact(text)),
            });
            if (said !== "") task.title = `${title}: ${said}`;
          },
        },
      ],
      { renderer: "default", rendererOptions: { logger, showErrorMessage: false }, registerSignalListeners: false },
    );
    await tasks.run();
    return result;
  }
}

/** A transaction as a result names it. */
export function transaction({ hash, gasUsed, blockNumber }: ContractTransactionReceipt) {
  return { hash, block: blockNumber, gasUsed };
}

/** Columns that line up. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
