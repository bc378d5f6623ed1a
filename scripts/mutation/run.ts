import { fingerprint, type Journal, type Result } from "./journal";
import type { Mutant } from "./operators";
import { shuffled } from "./sample";
import { textOf, type Deployable } from "./sources";
import { NotGreen, WorkerProcess } from "./worker-process";

/** The mutants of one file that a run looks at. */
export interface Plan {
  readonly file: string;
  readonly tests: readonly string[];
  readonly contracts: readonly Deployable[];
  readonly mutants: readonly Mutant[];
  /** How many of them are to be tested; one that does not compile, or compiles to the same code, makes room for the next. */
  readonly quota: number;
}

export interface Options {
  readonly seed: number;
  /** None to see only what earlier runs found. */
  readonly workers: number;
  readonly journal: Journal;
  /** Called with each result, those of earlier runs included. */
  readonly onResult: (mutant: Mutant, result: Result, isNew: boolean) => void;
  /** Called when the tests of a file do not pass with the file as it is. */
  readonly onNotGreen: (message: string) => void;
  readonly onStart: (plan: Plan, tests: number) => void;
}

export const isTested = ({ status }: Result): boolean =>
  status === "killed" || status === "timeout" || status === "survived";

/**
 * Tests the mutants of all plans, each file by one worker, those with the most to do first. Files whose tests do not pass fail at the end.
 * Returns how many mutants are left to test.
 */
export async function runPlans(plans: readonly Plan[], options: Options): Promise<number> {
  const runs = plans.map((plan) => new FileRun(plan, options));
  const waiting = runs.filter((run) => !run.isDone).sort((a, b) => b.left - a.left);
  const notGreen: string[] = [];
  const worker = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      await run.finish().catch((error: unknown) => {
        if (!(error instanceof NotGreen)) throw error;
        options.onNotGreen(error.message);
        notGreen.push(error.message);
      });
    }
  };
  await Promise.all(Array.from({ length: options.workers }, worker));
  if (notGreen.length > 0) throw new NotGreen(notGreen.join("\n"));
  return runs.reduce((sum, run) => sum + run.left, 0);
}

class FileRun {
  readonly #candidates: Mutant[];
  readonly #tests: string;
  #tested = 0;

  constructor(
    private readonly plan: Plan,
    private readonly options: Options,
  ) {
    this.#tests = fingerprint(...plan.tests.map(textOf));
    this.#candidates = shuffled(plan.mutants, options.seed);
    this.#replay();
  }

  get left(): number {
    return Math.max(0, Math.min(this.plan.quota - this.#tested, this.#candidates.length));
  }

  get isDone(): boolean {
    return this.left <= 0;
  }

  /** Takes from the journal what it knows, as far as the quota goes, and leaves the rest to be tested. */
  #replay(): void {
    const unknown: Mutant[] = [];
    while (this.#tested + unknown.length < this.plan.quota && this.#candidates.length > 0) {
      const mutant = this.#candidates.shift()!;
      const known = this.options.journal.find(mutant.id, mutant.context, this.#tests);
      if (known === undefined) unknown.push(mutant);
      else this.#count(mutant, known, false);
    }
    this.#candidates.unshift(...unknown);
  }

  #count(mutant: Mutant, result: Result, isNew: boolean): void {
    if (isTested(result)) this.#tested++;
    this.options.onResult(mutant, result, isNew);
  }

  async finish(): Promise<void> {
    const { file, tests, contracts } = this.plan;
    const worker = new WorkerProcess({ file, tests, contracts });
    try {
      this.options.onStart(this.plan, await worker.start());
      while (!this.isDone) {
        const mutant = this.#candidates.shift()!;
        const known = this.options.journal.find(mutant.id, mutant.context, this.#tests);
        const result = known ?? (await worker.test(mutant));
        if (known === undefined) {
          this.options.journal.add({ ...result, context: mutant.context, tests: this.#tests });
        }
        this.#count(mutant, result, known === undefined);
      }
    } finally {
      worker.stop();
    }
  }
}
