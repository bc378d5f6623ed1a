import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";

import type { Mutant } from "./operators";
import type { Result } from "./journal";
import type { Answer, Assignment, Request } from "./worker";

const ROOT = join(__dirname, "..", "..");
const LONGEST_BASELINE = 20 * 60_000;
/** However fast the tests are, a mutant gets this long. */
const LONGEST_MUTANT = 600_000;

/** Of what a random test finds, its first inputs find most. They are the same ones each time. */
const FEWER = { HARDHAT_NETWORK: "hardhat", PROOF_CHECKS: "50", PROOF_SEED: "1", PROPERTY_RUNS: "5" };

/** The tests do not pass before anything is mutated, so that nothing could be learnt from their failing. */
export class NotGreen extends Error {}

/** A worker that is started again when it hangs or ends: what the tests run in is itself being broken. */
export class WorkerProcess {
  #child: ChildProcess | undefined;
  #limit = LONGEST_MUTANT;

  constructor(private readonly assignment: Assignment) {}

  async start(): Promise<{ tests: number; milliseconds: number }> {
    this.#child = fork(join(__dirname, "worker.ts"), {
      cwd: ROOT,
      execArgv: ["-r", "ts-node/register/transpile-only"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, ...FEWER },
    });
    const answer = await this.#ask({ kind: "baseline", assignment: this.assignment }, LONGEST_BASELINE);
    if (answer?.kind !== "baseline" || answer.failure !== undefined) {
      this.stop();
      const why = answer?.kind === "baseline" ? answer.failure : "they took too long, or their process ended";
      throw new NotGreen(`The tests of ${this.assignment.file} do not pass as it is, ${why}`);
    }
    this.#limit = Math.max(LONGEST_MUTANT, 5 * answer.milliseconds);
    return answer;
  }

  /** A process that ended is tried once more; one that hung is a kill. */
  async test(mutant: Mutant): Promise<Result> {
    const started = Date.now();
    for (const attempt of ["first", "second"]) {
      if (this.#child === undefined) await this.start();
      const answer = await this.#ask({ kind: "run", mutant }, this.#limit);
      if (answer?.kind === "result") return answer.result;
      const hung = Date.now() - started >= this.#limit;
      this.stop();
      if (!hung && attempt === "first") continue;
      const by = hung ? "the tests did not come to an end" : "the process of the tests ended";
      return { id: mutant.id, status: hung ? "timeout" : "killed", by, milliseconds: Date.now() - started };
    }
    throw new Error("unreachable");
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  /** Undefined when the worker ends or takes longer than `limit`. */
  #ask(request: Request, limit: number): Promise<Answer | undefined> {
    const child = this.#child!;
    return new Promise((finish) => {
      const done = (answer?: Answer): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        finish(answer);
      };
      const timer = setTimeout(done, limit);
      child.once("message", (answer) => done(answer as Answer));
      child.once("exit", () => done());
      child.once("error", () => done());
      child.send(request);
    });
  }
}
