import { fingerprint, type Journal, type Result } from "./journal";
import type { Mutant } from "./operators";
import { shuffled } from "./sample";
import { textOf, type Deployable } from "./sources";
import { WorkerProcess } from "./worker-process";

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
  readonly workers: number;
  readonly journal: Journal;
  /** Called with each result, those of earlier runs included. */
  readonly onResult: (mutant: Mutant, result: Result, isNew: boolean) => void;
  readonly onBaseline: (plan: Plan, tests: number, milliseconds: number) => void;
}

export const isTested = ({ status }: Result): boolean =>
  status === "killed" || status === "timeout" || status === "survived";

/** Tests the mutants of all plans, each file by one worker, those with the most to do first. Stops at tests that do not pass as they are. */
export async function runPlans(plans: readonly Plan[], options: Options): Promise<void> {
  const waiting = plans
    .map((plan) => new FileRun(plan, options))
    .filter((run) => !run.isDone)
    .sort((a, b) => b.left - a.left);
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined && failures.length === 0; run = waiting.shift()) {
      await run.finish(() => failures.length > 0).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: options.workers }, worker));
  if (failures.length > 0) throw failures[0];
}

class FileRun {
  readonly #candidates: Mutant[];
  readonly #contract: string;
  readonly #tests: string;
  #tested = 0;

  constructor(
    private readonly plan: Plan,
    private readonly options: Options,
  ) {
    this.#contract = fingerprint(textOf(plan.file));
    this.#tests = fingerprint(...plan.tests.map(textOf));
    this.#candidates = shuffled(plan.mutants, options.seed);
    this.#replay();
  }

  get left(): number {
    return Math.min(this.plan.quota - this.#tested, this.#candidates.length);
  }

  get isDone(): boolean {
    return this.left <= 0;
  }

  /** Takes from the journal what it knows, as far as the quota goes, and leaves the rest to be tested. */
  #replay(): void {
    const unknown: Mutant[] = [];
    while (this.#tested + unknown.length < this.plan.quota && this.#candidates.length > 0) {
      const mutant = this.#candidates.shift()!;
      const known = this.options.journal.find(mutant.id, this.#contract, this.#tests);
      if (known === undefined) unknown.push(mutant);
      else this.#count(mutant, known, false);
    }
    this.#candidates.unshift(...unknown);
  }

  #count(mutant: Mutant, result: Result, isNew: boolean): void {
    if (isTested(result)) this.#tested++;
    this.options.onResult(mutant, result, isNew);
  }

  async finish(isStopped: () => boolean): Promise<void> {
    const { file, tests, contracts } = this.plan;
    const worker = new WorkerProcess({ file, tests, contracts });
    try {
      const { tests: count, milliseconds } = await worker.start();
      this.options.onBaseline(this.plan, count, milliseconds);
      while (!this.isDone && !isStopped()) {
        const mutant = this.#candidates.shift()!;
        const known = this.options.journal.find(mutant.id, this.#contract, this.#tests);
        const result = known ?? (await worker.test(mutant));
        if (known === undefined) {
          this.options.journal.add({ ...result, contract: this.#contract, tests: this.#tests });
        }
        this.#count(mutant, result, known === undefined);
      }
    } finally {
      worker.stop();
    }
  }
}
