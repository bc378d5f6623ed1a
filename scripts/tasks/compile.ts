import {
  TASK_COMPILE_SOLIDITY_COMPILE_JOBS,
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS,
  TASK_COMPILE_SOLIDITY_RUN_SOLCJS,
} from "hardhat/builtin-tasks/task-names";
import { subtask } from "hardhat/config";
import type { CompilationJob, CompilerInput, CompilerOutput } from "hardhat/types";
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { setting } from "../../deploy/engine/environment";

const COMPILER = require.resolve("solc/soljson.js");
const TEST_CONTRACTS = "test/contracts";

// The compiler is the npm package: nothing is downloaded when the project builds.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async (args: { solcVersion: string }, _hre, runSuper) => {
  const solc = await import("solc");
  const longVersion: string = solc.default.version();
  if (!longVersion.startsWith(`${args.solcVersion}+`)) return runSuper(args);
  return {
    compilerPath: COMPILER,
    isSolcJs: true,
    version: args.solcVersion,
    longVersion,
  };
});

// Hardhat leaves a core free while it compiles; on two cores that doubles the wait. The job with the most files begins first.
subtask(
  TASK_COMPILE_SOLIDITY_COMPILE_JOBS,
  (args: { compilationJobs: CompilationJob[]; concurrency: number }, _hre, runSuper) =>
    runSuper({
      ...args,
      compilationJobs: args.compilationJobs.toSorted(
        (one, other) => other.getResolvedFiles().length - one.getResolvedFiles().length,
      ),
      concurrency: Math.max(args.concurrency, 2),
    }),
);

const WORKER = join(__dirname, "..", "tools", "solc-worker.cjs");
const idle: ChildProcess[] = [];

/** What a process of its own compiles. It keeps nobody waiting while it has nothing to do, and ends with this one. */
async function compileIn(worker: ChildProcess, input: CompilerInput): Promise<CompilerOutput> {
  worker.ref();
  worker.channel?.ref();
  const answer = await new Promise<string>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The compiler ended before its time, with code ${code}.`)));
    worker.send(JSON.stringify(input));
  });
  for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
  worker.unref();
  worker.channel?.unref();
  return JSON.parse(answer);
}

// Hardhat starts a process for each job, and each spends seconds on getting its WebAssembly warm: here a process takes the next job too.
subtask(
  TASK_COMPILE_SOLIDITY_RUN_SOLCJS,
  async (args: { input: CompilerInput; solcJsPath: string }, _hre, runSuper) => {
    if (args.solcJsPath !== COMPILER) return runSuper(args);
    const worker = idle.pop() ?? fork(WORKER);
    const output = await compileIn(worker, args.input);
    idle.push(worker);
    return output;
  },
);

// Test tokens and attackers are compiled beside the production sources, which never import them: all, those of one folder, or none.
subtask(TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS, async (args: { sourcePath?: string }, hre, runSuper) => {
  const production: string[] = await runSuper(args);
  const wanted = setting("TEST_CONTRACTS") ?? "all";
  const folder = join(hre.config.paths.root, TEST_CONTRACTS, wanted === "all" ? "" : wanted);
  if (wanted === "none" || !existsSync(folder)) return production;
  const extra = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sol"))
    .map((file) => join(folder, file));
  return [...production, ...extra];
});
