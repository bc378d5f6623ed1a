import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/**
 * killed: a test failed. timeout: a test, or the mutant as a whole, took too long, which is a kill. survived: every test passed. equivalent: it
 * compiles to the same code. invalid: it does not compile, and is not counted.
 */
export type Status = "killed" | "timeout" | "survived" | "equivalent" | "invalid";

export interface Result {
  readonly id: string;
  readonly status: Status;
  /** The test that failed, or how the mutant was found to be equivalent. */
  readonly by?: string;
  readonly milliseconds: number;
}

/** A result with what it holds for. */
export interface Entry extends Result {
  /** Fingerprint of the function. */
  readonly context: string;
  /** Fingerprint of the tests. It matters to survivors only: a new test can kill them. */
  readonly tests: string;
}

export const fingerprint = (...texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 16);

/** What is known of mutants, one line each, so that an interrupted run resumes where it stopped. */
export class Journal {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly file: string) {
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const entry = parsed(line);
      if (entry !== undefined) this.#entries.set(entry.id, entry);
    }
  }

  /** The result of a mutant, if it still holds. */
  find(id: string, context: string, tests: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.context !== context) return undefined;
    return entry.status === "survived" && entry.tests !== tests ? undefined : entry;
  }

  add(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  forget(): void {
    this.#entries.clear();
    rmSync(this.file, { force: true });
  }
}

/** The last line may have been cut short by whatever ended the run. */
function parsed(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
