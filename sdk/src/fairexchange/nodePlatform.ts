import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import { checked } from "../base/checked";
import { fairExchangeError } from "./errors";
import { BATCH_CHUNKS, CHUNK_BYTES, type Result, type Task } from "./kernel";
import { textOf } from "./moduleText";
import { nodePrimitives } from "./nodePrimitives";
import { inlineEngine, type Engine, type Platform } from "./platform";

/** More threads than this wait for the disk. */
const MAX_WORKERS = 4;

/** The modules of a worker, in the order of their imports of each other. They import nothing else but Node's own. */
const WORKER_MODULES = ["kernel", "assembler", "lanes", "segments", "nodePrimitives"];

/** What a worker also does: it answers by message. */
const WORKER_LOOP = `
const { parentPort } = require("node:worker_threads");
const { runTask } = modules["./kernel"];
const { nodePrimitives } = modules["./nodePrimitives"];
parentPort.on("message", (task) => {
  const result = runTask(nodePrimitives, task);
  parentPort.postMessage(result, [result.data.buffer]);
});
`;

let workerProgram: string | undefined;

/** The worker's text: its modules, each as a function that is called once. */
async function program(): Promise<string> {
  if (workerProgram === undefined) {
    const texts = await Promise.all(WORKER_MODULES.map(textOf));
    const wrapped = texts.map((text, i) => {
      const name = JSON.stringify(`./${WORKER_MODULES[i]}`);
      // a compiler may fill the exports or replace them
      const called = `((exports, require) => {\n${text}\n})(module.exports, (name) => modules[name] ?? require(name));`;
      return `modules[${name}] = ((module) => {\n${called}\nreturn module.exports;\n})({ exports: {} });`;
    });
    workerProgram = ["const modules = {};", ...wrapped, WORKER_LOOP].join("\n");
  }
  return workerProgram;
}

interface Job {
  task: Task;
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** Hands tasks to threads, each of which has one at work and one waiting, so that none idles between messages. */
class WorkerEngine implements Engine {
  readonly width: number;
  readonly #threads: { worker: Worker; jobs: Job[] }[] = [];

  constructor(text: string, workers: number) {
    this.width = workers * 2;
    for (let i = 0; i < workers; i++) {
      // `execArgv`: the text is CommonJS, whatever the flags of this process say about texts. And what a thread drops is
      // collected sooner: a batch is a megabyte of which the collector sees a few bytes.
      const worker = new Worker(text, { eval: true, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 8 } });
      const thread = { worker, jobs: [] as Job[] };
      const failAll = (detail: string, cause?: unknown) => {
        for (const job of thread.jobs.splice(0)) job.reject(fairExchangeError("WORKER_FAILED", { detail }, cause));
      };
      worker.on("message", (result: Result) => thread.jobs.shift()?.resolve(result));
      worker.on("error", (error) => failAll(error instanceof Error ? error.message : String(error), error));
      worker.on("exit", (code) => failAll(`it ended with code ${code}`));
      this.#threads.push(thread);
    }
  }

  run(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      const thread = this.#threads.reduce((best, next) => (next.jobs.length < best.jobs.length ? next : best));
      thread.jobs.push({ task, resolve, reject });
      // the batch is a copy that only this task uses, so it can move instead of being copied again
      thread.worker.postMessage(task, [task.data.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

/** Starts its threads with the second batch: small files are done before a thread would have started. */
class LazyEngine implements Engine {
  readonly width: number;
  readonly #workers: number;
  #tasks = 0;
  #inner: Promise<Engine> | undefined;

  constructor(workers: number) {
    this.#workers = workers;
    this.width = workers * 2;
  }

  async run(task: Task): Promise<Result> {
    const lone = this.#tasks++ === 0 && task.plainBytes < BATCH_CHUNKS * CHUNK_BYTES;
    if (lone) return inlineEngine(nodePrimitives).run(task);
    this.#inner ??= program().then((text) => new WorkerEngine(text, this.#workers));
    return (await this.#inner).run(task);
  }

  async close(): Promise<void> {
    await (await this.#inner)?.close();
  }
}

/**
 * OpenSSL's ciphers and hashes, in `workers` threads.
 * @param workers Threads; as many as the machine has cores, and 4 at most, when left out; 0 for none.
 * @example
 * ```ts
 * const deals = new DealClient(deployment, signer, { platform: nodePlatform(), keyring });
 * ```
 */
export const nodePlatform = /* @__PURE__ */ checked(
  (workers = Math.min(MAX_WORKERS, availableParallelism())): Platform => {
    return {
      name: "node",
      primitives: nodePrimitives,
      randomBytes: (length) => randomBytes(length),
      engine: () => (workers < 1 ? inlineEngine(nodePrimitives) : new LazyEngine(workers)),
    };
  },
);
