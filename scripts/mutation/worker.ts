/**
 * The process that tests the mutants of one contract. Hardhat and the tests are loaded once. A mutant's code takes the place of the
 * contract's wherever a test asks for its artifact, in memory: no file is written.
 */
import type { Artifact } from "hardhat/types";
import Mocha from "mocha";
import { resolve } from "node:path";

import type { Result } from "./journal";
import { apply, type Mutant } from "./operators";
import { compile, OPTIMISED, textOf, type Code, type Deployable } from "./sources";
import { greenFor } from "./green";
import { likeliestFirst, type Killers } from "./likeliest";
import { OUT_OF_MEMORY, type Answer, type Assignment, type Request } from "./worker-protocol";

/** Long, because a machine with other work to do is slow: a test that is only slow would count as a kill. */
const TEST_TIMEOUT = 240_000;
const MOST_MEMORY = 6 * 2 ** 30;
/** Titles of tests that bound a cost in gas, which code without the optimiser exceeds. */
const BOUNDS_GAS = /\d gas\b/;

/** Which code of ours an artifact gets instead of its own, by contract. */
const replaced = new Map<string, Code>();
/** The contracts that tests deploy: others need not be compiled. */
const asked = new Set<string>();
const killers: Killers = new Map();

interface Failure {
  readonly title: string;
  readonly message: string;
  readonly timedOut: boolean;
}

interface Run {
  readonly passed: number;
  readonly failure?: Failure;
}

async function environment() {
  const hre = await import("hardhat");
  const network = hre.network.config as { allowUnlimitedContractSize?: boolean };
  // without the optimizer contracts are larger than a chain allows
  network.allowUnlimitedContractSize = true;
  // the compiler's output for stack traces is of the contracts as they are
  hre.artifacts.getBuildInfoPaths = async () => [];
  const readArtifact = hre.artifacts.readArtifact.bind(hre.artifacts);
  hre.artifacts.readArtifact = async (name: string): Promise<Artifact> => {
    const artifact = await readArtifact(name);
    asked.add(artifact.contractName);
    const code = replaced.get(artifact.contractName);
    if (code === undefined) return artifact;
    return { ...artifact, bytecode: `0x${code.creation}`, deployedBytecode: `0x${code.runtime}` };
  };
  return hre;
}

/** Nothing of one mutant's chain is left for the next. */
async function freshChain(): Promise<void> {
  const { network } = await import("hardhat");
  const { clearSnapshots } = await import("@nomicfoundation/hardhat-network-helpers/dist/src/loadFixture");
  await clearSnapshots();
  await network.provider.send("hardhat_reset");
}

/** Mocha with its tests read once and run again and again. */
class Tests extends Mocha {
  constructor(files: readonly string[]) {
    super({ timeout: TEST_TIMEOUT, bail: true, reporter: class {} as never });
    this.cleanReferencesAfterRun(false);
    for (const file of files) this.addFile(resolve(file));
    this.loadFiles();
  }
}

function testsOf(suite: Mocha.Suite): Mocha.Test[] {
  const tests: Mocha.Test[] = [];
  suite.eachTest((test: Mocha.Test) => tests.push(test));
  return tests;
}

/** Runs the tests with these titles until the first failure. */
function run(mocha: Mocha, titles: ReadonlySet<string>): Promise<Run> {
  mocha.grep({ test: (title: string) => titles.has(title) } as RegExp);
  return new Promise((finish) => {
    let passed = 0;
    let failure: Failure | undefined;
    const runner = mocha.run(() => finish({ passed, failure }));
    runner.on("pass", () => passed++);
    runner.on("fail", (test: Mocha.Runnable, error: Error & { code?: string }) => {
      failure ??= {
        title: test.fullTitle(),
        message: error.message,
        timedOut: error.code === "ERR_MOCHA_TIMEOUT",
      };
    });
  });
}

let assignment: Assignment;
let mocha: Mocha;
let titles: string[];
/** The code of the contracts as they are, compiled as mutants are. */
let original: Map<string, Code>;

const emitted = (): Deployable[] => assignment.contracts.filter(({ name }) => asked.has(name));

/**
 * The tests have to pass with unmutated contracts compiled as mutants are. Then the first of each file has to pass again on a fresh chain, so
 * that what the tests keep from one run to the next is seen.
 */
async function baseline(given: Assignment): Promise<Answer> {
  assignment = given;
  await environment();
  mocha = new Tests(given.tests);
  const tests = testsOf(mocha.suite).filter((one) => !BOUNDS_GAS.test(one.fullTitle()));
  titles = tests.map((one) => one.fullTitle());
  const firsts = new Map(tests.toReversed().map((one) => [one.file, one.fullTitle()]));
  const started = Date.now();
  const answer = (failure?: string): Answer => {
    return { kind: "baseline", failure, milliseconds: Date.now() - started, tests: titles.length };
  };

  const code = compile(given.contracts);
  if (!(code instanceof Map)) return answer(code.join("\n"));
  original = code as Map<string, Code>;
  for (const [name, one] of original) replaced.set(name, one);
  const green = greenFor(given);
  if (green.known !== undefined) {
    for (const name of green.known) asked.add(name);
    return answer();
  }
  const inChains = { "at first": new Set(titles), "the second time": new Set(firsts.values()) };
  for (const [time, chosen] of Object.entries(inChains)) {
    await freshChain();
    const { failure, passed } = await run(mocha, chosen);
    if (failure !== undefined) return answer(`${time}: ${failure.title}: ${failure.message}`);
    if (passed === 0) return answer(`no test of ${given.tests.join(", ")} ran`);
  }
  if (emitted().length === 0) return answer(`no test of ${given.tests.join(", ")} deploys what is made from the file`);
  green.remember([...asked]);
  return answer();
}

const same = (one: ReadonlyMap<string, Code>, other: ReadonlyMap<string, Code>): boolean =>
  [...one].every(([name, { creation, runtime }]) => {
    const twin = other.get(name);
    return twin?.creation === creation && twin.runtime === runtime;
  });

/** The contracts as they are, optimised. */
let optimised: ReturnType<typeof compile> | undefined;

/** Where the optimiser is left with the same code, nothing can be told apart. */
function isEquivalent(mutated: string): boolean {
  const contracts = assignment.contracts.filter(({ file }) => file.startsWith("contracts/"));
  optimised ??= compile(contracts, {}, OPTIMISED);
  const after = compile(contracts, { [assignment.file]: mutated }, OPTIMISED);
  return contracts.length > 0 && optimised instanceof Map && after instanceof Map && same(optimised, after);
}

async function test(mutant: Mutant): Promise<Result> {
  const started = Date.now();
  const result = (status: Result["status"], by?: string): Result => ({
    id: mutant.id,
    status,
    by,
    milliseconds: Date.now() - started,
  });
  const source = apply(textOf(mutant.file), mutant);
  const code = compile(emitted(), { [mutant.file]: source });
  if (!(code instanceof Map)) return result("invalid");
  if (same(code, original)) return result("equivalent", "it compiles to the same code");

  await freshChain();
  for (const [name, one] of code) replaced.set(name, one);
  try {
    for (const part of likeliestFirst(titles, mutant.scope, killers)) {
      const { failure } = await run(mocha, new Set(part));
      if (failure === undefined) continue;
      const known = killers.get(mutant.scope) ?? [];
      killers.set(mutant.scope, [failure.title, ...known.filter((title) => title !== failure.title)]);
      return result(failure.timedOut ? "timeout" : "killed", failure.title);
    }
  } finally {
    for (const [name, one] of original) replaced.set(name, one);
  }
  return isEquivalent(source) ? result("equivalent", "optimised, it compiles to the same code") : result("survived");
}

process.on("message", async (request: Request) => {
  const answer: Answer =
    request.kind === "baseline"
      ? await baseline(request.assignment)
      : { kind: "result", result: await test(request.mutant) };
  process.send!(answer);
});
process.on("disconnect", () => process.exit(0));
// a loop that was broken goes on until its gas is spent, and the chain remembers every step of it
setInterval(() => {
  if (process.memoryUsage.rss() > MOST_MEMORY) process.exit(OUT_OF_MEMORY);
}, 250);
