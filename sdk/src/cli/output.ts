import type { ContractTransactionReceipt } from "ethers";

import type { IsonomyError } from "../base/error";
import { printable } from "../text/printable";
import { redact, redactArgs, withoutSecrets } from "../text/redact";
import { jsonText } from "./files";
import type { Io } from "./io";

/** What a step of a command can say about itself. */
export interface StepReport {
  /** What came of it, in a few words. */
  say(text: string): void;
  /** How far it is. */
  at(text: string): void;
}

/**
 * Shows a command's progress on standard error, and its result, once, on standard output. Everything that a command says
 * goes through here, and here alone it is made printable: line by line, so that no value can add a line of its own.
 */
export class Output {
  readonly #io: Io;
  readonly #json: boolean;
  #shown = false;
  #muted = false;
  #endDrawing: (() => void) | undefined;
  #at: ((text: string) => void) | undefined;
  readonly #waited = new Set<string>();

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  get json(): boolean {
    return this.#json;
  }

  /** Whether a person is there to be asked: on a terminal, and not with --json. */
  get canAsk(): boolean {
    return this.#io.interactive && !this.#json;
  }

  /** Runs one step of a command. */
  async step<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    if (this.#json) return work({ say: () => undefined, at: () => undefined });
    if (!this.#io.interactive) {
      let said = "";
      const result = await work({ say: (text) => (said = text), at: () => undefined });
      this.#err([redact(`- ${title}${said === "" ? "" : `: ${said}`}`)]);
      return result;
    }
    return this.#drawn(printable(title), work);
  }

  /** Lines that a person reads before something happens, on standard error; nothing with --json. */
  note(lines: readonly string[]): void {
    if (!this.#json) this.#err(lines);
  }

  /** What a step waits for: where it is drawn, how it is now; else one line for each thing. Nothing with --json. */
  waiting(what: string, text: string): void {
    if (this.#at !== undefined) return this.#at(text);
    if (this.#json || this.#io.interactive || this.#waited.has(what)) return;
    this.#waited.add(what);
    this.#err([redact(`- ${text}`)]);
  }

  /** What must not be overlooked, on standard error, also with --json: there as an object in a line. */
  warn(text: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#muted) return;
    if (this.#json) this.#io.err(`${jsonText(redactArgs({ level: "warning", ...data, text }))}\n`);
    else this.#err([redact(`WARNING: ${text}`)]);
  }

  /** Asks a person for a yes, written out. Throws `absent` where nobody can be asked, and `refused` after any other answer. */
  async agree(question: string, { absent, refused }: { absent: IsonomyError; refused: IsonomyError }): Promise<void> {
    if (!this.canAsk) throw absent;
    if (!(await this.#io.confirm(printable(`${question} Type "yes": `)))) throw refused;
  }

  /** The one result: lines for people, or one object for programs. */
  result(lines: readonly string[], data: Readonly<Record<string, unknown>>): void {
    if (this.#shown) throw new Error("A command has one result.");
    this.#shown = true;
    // what a command was asked for is shown whole: a proposal's calls, an offer's signature
    this.#out(withoutSecrets(this.#json ? `${jsonText(data)}\n` : textOf(lines)));
  }

  /** A line of a command that keeps running: text for people, an object for programs. */
  line(text: string, data: Readonly<Record<string, unknown>>): void {
    this.#out(this.#json ? `${jsonText(redactArgs(data))}\n` : textOf([redact(text)]));
  }

  /** Says nothing more, and takes away what is being drawn: the command was interrupted. */
  mute(): void {
    this.#muted = true;
    this.#endDrawing?.();
    this.#endDrawing = undefined;
  }

  #out(text: string): void {
    if (!this.#muted) this.#io.out(text);
  }

  #err(lines: readonly string[]): void {
    if (!this.#muted) this.#io.err(withoutSecrets(textOf(lines)));
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
            const at = (text: string): void => {
              if (!this.#muted) task.output = printable(redact(text));
            };
            this.#at = at;
            result = await work({ say: (text) => (said = printable(redact(text))), at });
            if (said !== "" && !this.#muted) task.title = `${title}: ${said}`;
          },
        },
      ],
      { renderer: "default", rendererOptions: { logger, showErrorMessage: false }, registerSignalListeners: false },
    );
    // what draws has hidden the cursor and holds back what others write
    this.#endDrawing = () => (tasks as unknown as { renderer?: { end(error?: Error): void } }).renderer?.end();
    try {
      await tasks.run();
    } finally {
      this.#endDrawing = undefined;
      this.#at = undefined;
    }
    return result;
  }
}

function textOf(lines: readonly string[]): string {
  return `${lines.map(printable).join("\n")}\n`;
}

/** A transaction as a result names it. */
export function transaction({ hash, gasUsed, blockNumber }: ContractTransactionReceipt) {
  return { hash, block: blockNumber, gasUsed };
}

/** Columns that line up. */
export function columns(table: readonly (readonly string[])[]): string[] {
  // made printable before it is measured
  const rows = table.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
