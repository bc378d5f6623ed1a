import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";

import { inherited } from "../../deploy/engine/environment";
import type { Mutant } from "./operators";
import type { Result } from "./journal";
import { OUT_OF_MEMORY, type Answer, type Assignment, type Request } from "./worker-protocol";

const ROOT = join(__dirname, "..", "..");
const LONGEST_START = 10 * 60_000;
/** For all tests, when none kills. */
const LONGEST_MUTANT = 20 * 60_000;

/** Of what a random test finds, its first inputs find most. They are the same ones each time. */
const FEWER = { HARDHAT_NETWORK: "hardhat", PROOF_CHECKS: "20", PROOF_SEED: "1", PROPERTY_RUNS: "5" };

/** How a worker can end without an answer. */
const ENDS = {
  hung: "the tests did not come to an end",
  filled: "the tests filled the memory, as a loop without an end does",
  ended: "the process of the tests ended",
};
type End = keyof typeof ENDS;

/** The tests do not pass before anything is mutated, so that nothing could be learnt from their failing. */
export class NotGreen extends Error {}

/** A worker that keeps more than this, in bytes, is restarted before its next mutant: chains leave memory behind. */
const MOST_KEPT = 3 * 2 ** 30;

/** A worker that is started again when it hangs or ends: what the tests run in is itself being broken. */
export class WorkerProcess {
  #child: ChildProcess | undefined;
  /** Whether the worker has tested a mutant before, so that its memory may be full of that. */
  #used = false;

  constructor(private readonly assignment: Assignment) {}

  /** How many tests there are. */
  async start(): Promise<number> {
    this.#used = false;
    this.#child = fork(join(__dirname, "worker.ts"), {
      cwd: ROOT,
      // a worker frees the chain of one mutant before the next
      execArgv: ["--expose-gc", "-r", "ts-node/register/transpile-only"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: inherited(FEWER),
    });
    const answer = await this.#ask({ kind: "load", assignment: this.assignment }, LONGEST_START);
    if (typeof answer === "object" && answer.kind === "loaded") return answer.tests;
    throw this.#notGreen(typeof answer === "object" && answer.kind === "red" ? answer.failure : "they do not load");
  }

  #notGreen(why: string): NotGreen {
    this.stop();
    return new NotGreen(`The tests of ${this.assignment.file} do not pass with the file as it is: ${why}`);
  }

  /**
   * A process that ended by itself is tried once more, and one that filled the memory too if it had tested other mutants before: it may
   * have been theirs. One that hung, or filled the memory by itself, is a kill.
   */
  async test(mutant: Mutant): Promise<Result> {
    const started = Date.now();
    let end: End = "ended";
    let again = true;
    for (let attempt = 0; attempt < 2 && again; attempt++) {
      if (this.#child === undefined) await this.start();
      const wasUsed = this.#used;
      this.#used = true;
      const answer = await this.#ask({ kind: "run", mutant }, LONGEST_MUTANT);
      if (typeof answer === "object" && answer.kind === "result") {
        if (answer.kept > MOST_KEPT) this.stop();
        return answer.result;
      }
      if (typeof answer === "object" && answer.kind === "red") throw this.#notGreen(answer.failure);
      end = answer as End;
      again = end === "ended" || (end === "filled" && wasUsed);
      this.stop();
    }
    const status = end === "ended" ? "killed" : "timeout";
    return { id: mutant.id, status, by: ENDS[end], milliseconds: Date.now() - started };
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #ask(request: Request, limit: number): Promise<Answer | End> {
    const child = this.#child!;
    return new Promise((finish) => {
      const done = (answer: Answer | End): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        finish(answer);
      };
      const timer = setTimeout(() => done("hung"), limit);
      child.once("message", (answer) => done(answer as Answer));
      child.once("exit", (code) => done(code === OUT_OF_MEMORY ? "filled" : "ended"));
      child.once("error", () => done("ended"));
      child.send(request);
    });
  }
}
