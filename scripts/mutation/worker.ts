/**
 * The process that tests the mutants of one contract. Hardhat and the tests are loaded once. A mutant's code takes the place of the
 * contract's wherever a test asks for its artifact, in memory: no file is written.
 */
import { Interface } from "ethers";
import type { Artifact } from "hardhat/types";
import Mocha from "mocha";
import { resolve } from "node:path";

import type { Result } from "./journal";
import { apply, type Mutant } from "./operators";
import { compile, OPTIMISED, textOf, type Code } from "./sources";
import { likeliestFirst, type Killers } from "./likeliest";
import { OUT_OF_MEMORY, type Answer, type Assignment, type Request } from "./worker-protocol";

/** Long, because a machine with other work to do is slow: a test that is only slow would count as a kill. */
const TEST_TIMEOUT = 240_000;
const MOST_MEMORY = 6 * 2 ** 30;
/** Titles of tests that bound a cost in gas, which code without the optimiser exceeds. */
const BOUNDS_GAS = /\d gas\b/;

/** Which code of ours an artifact gets instead of its own, by contract. */
let replaced: ReadonlyMap<string, Code> = new Map();
/** The contracts whose artifacts the tests asked for. */
const asked = new Set<string>();
/** Tests that were seen to pass with the contracts as they are. */
const trusted = new Set<string>();
const killers: Killers = new Map();
/** How long each test took when it passed last, in milliseconds. */
const took = new Map<string, number>();

interface Failure {
  readonly title: string;
  readonly message: string;
  readonly timedOut: boolean;
}

interface Run {
  readonly passed: number;
  readonly failure?: Failure;
}

/** Hardhat, with our code in the artifacts. Each is read once. */
async function environment(): Promise<void> {
  const hre = await import("hardhat");
  const network = hre.network.config as { allowUnlimitedContractSize?: boolean };
  // without the optimizer contracts are larger than a chain allows
  network.allowUnlimitedContractSize = true;
  // the compiler's output for stack traces is of the contracts as they are
  hre.artifacts.getBuildInfoPaths = async () => [];
  const readArtifact = hre.artifacts.readArtifact.bind(hre.artifacts);
  const known = new Map<string, Artifact>();
  hre.artifacts.readArtifact = async (name: string): Promise<Artifact> => {
    const artifact = known.get(name) ?? (await readArtifact(name));
    known.set(name, artifact);
    asked.add(artifact.contractName);
    const code = replaced.get(artifact.contractName);
    if (code === undefined) return artifact;
    return { ...artifact, bytecode: `0x${code.creation}`, deployedBytecode: `0x${code.runtime}` };
  };
  keepInterfaces();
}

/** Every deployment reads its contract's ABI again, which is a third of the cost of a mutant. An interface never changes, so one of each will do. */
function keepInterfaces(): void {
  const read = Interface.from.bind(Interface);
  const known = new Map<string, Interface>();
  Interface.from = (abi) => {
    if (!Array.isArray(abi)) return read(abi);
    const key = JSON.stringify(abi);
    const kept = known.get(key) ?? read(abi);
    known.set(key, kept);
    return kept;
  };
}

/** Nothing of one mutant's chain is left for the next. */
async function freshChain(): Promise<void> {
  const { network } = await import("hardhat");
  const { clearSnapshots } = await import("@nomicfoundation/hardhat-network-helpers/dist/src/loadFixture");
  await clearSnapshots();
  await network.provider.send("hardhat_reset");
  globalThis.gc?.();
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

function titlesOf(suite: Mocha.Suite): string[] {
  const titles: string[] = [];
  suite.eachTest((one: Mocha.Test) => titles.push(one.fullTitle()));
  return titles;
}

/** Runs the tests with these titles until the first failure. */
function run(mocha: Mocha, titles: ReadonlySet<string>): Promise<Run> {
  mocha.grep({ test: (title: string) => titles.has(title) } as RegExp);
  return new Promise((finish) => {
    let passed = 0;
    let failure: Failure | undefined;
    const runner = mocha.run(() => finish({ passed, failure }));
    runner.on("pass", (test) => {
      passed++;
      took.set(test.fullTitle(), test.duration ?? 0);
    });
    runner.on("fail", (test: Mocha.Runnable, error: Error & { code?: string }) => {
      // a hook fails for the test that it is run for
      const meant = test instanceof Mocha.Hook ? (test.ctx?.currentTest ?? test) : test;
      failure ??= {
        title: meant.fullTitle(),
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

async function start(given: Assignment): Promise<Answer> {
  assignment = given;
  await environment();
  mocha = new Tests(given.tests);
  titles = titlesOf(mocha.suite).filter((title) => !BOUNDS_GAS.test(title));
  const code = compile(given.contracts);
  if (!(code instanceof Map)) return { kind: "red", failure: code.join("\n") };
  original = code as Map<string, Code>;
  return { kind: "loaded", tests: titles.length };
}

/** Runs some tests on a fresh chain with this code instead of the contracts'. */
async function runWith(code: ReadonlyMap<string, Code>, parts: readonly (readonly string[])[]): Promise<Run> {
  await freshChain();
  replaced = code;
  let passed = 0;
  for (const part of parts) {
    const one = await run(mocha, new Set(part));
    passed += one.passed;
    if (one.failure !== undefined) return { passed, failure: one.failure };
  }
  return { passed };
}

/**
 * Whether a test passes with the contracts as they are, compiled as mutants are. Only such a test kills. It is asked after a mutant, so that
 * what the tests would keep from one run to the next is seen too.
 */
async function redBefore(title: string): Promise<string | undefined> {
  if (trusted.has(title)) return undefined;
  const { failure, passed } = await runWith(original, [[title]]);
  if (failure !== undefined) return `${failure.title}: ${failure.message}`;
  if (passed === 0) return `"${title}" does not run by itself`;
  trusted.add(title);
  return undefined;
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

async function test(mutant: Mutant): Promise<Answer> {
  const started = Date.now();
  const result = (status: Result["status"], by?: string): Answer => {
    return {
      kind: "result",
      result: { id: mutant.id, status, by, milliseconds: Date.now() - started },
      kept: process.memoryUsage.rss(),
    };
  };
  const source = apply(textOf(mutant.file), mutant);
  const code = compile(assignment.contracts, { [mutant.file]: source });
  if (!(code instanceof Map)) return result("invalid");
  if (same(code, original)) return result("equivalent", "it compiles to the same code");

  const { failure, passed } = await runWith(code, likeliestFirst(titles, mutant, killers, took));
  if (failure === undefined) {
    if (passed === 0 || !assignment.contracts.some(({ name }) => asked.has(name))) {
      return { kind: "red", failure: `no test of ${assignment.tests.join(", ")} deploys what is made from the file` };
    }
    const equivalent = isEquivalent(source);
    return equivalent ? result("equivalent", "optimised, it compiles to the same code") : result("survived");
  }
  const red = await redBefore(failure.title);
  if (red !== undefined) return { kind: "red", failure: red };
  const known = killers.get(mutant.scope) ?? [];
  killers.set(mutant.scope, [failure.title, ...known.filter((title) => title !== failure.title)]);
  return result(failure.timedOut ? "timeout" : "killed", failure.title);
}

process.on("message", async (request: Request) => {
  const answer = request.kind === "load" ? await start(request.assignment) : await test(request.mutant);
  // the process that asked may be gone
  process.send!(answer, undefined, undefined, () => undefined);
});
process.on("disconnect", () => process.exit(0));
// a broken loop continues until its gas is spent, and the chain keeps every step of it
setInterval(() => {
  if (process.memoryUsage.rss() > MOST_MEMORY) process.exit(OUT_OF_MEMORY);
}, 250);
