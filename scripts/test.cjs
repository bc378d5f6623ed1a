// npm test: compiles, then runs test files in a few processes, and the fuzz and invariant campaigns beside them. docs/tests.md explains it.
const { mkdirSync, writeFileSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { join } = require("node:path");
const { runGraph } = require("./tests/graph.cjs");
const { asksForExtent, keepPassed, passedHere, treeHash } = require("./tests/passed.cjs");
const { COMMANDS, SUITES, filesOf, weigh } = require("./tests/suites.cjs");
const { Workers } = require("./tests/workers.cjs");
const { ROOT, bin, runQuietly } = require("./tools/run.cjs");
const { setting } = require("./tools/environment.cjs");

const command = process.argv[2] ?? "all";
if (!(command in COMMANDS)) {
  console.error(`Unknown tests "${command}". Choose one of: ${Object.keys(COMMANDS).join(", ")}.`);
  process.exit(1);
}
const { suites, campaigns = false, env = {}, only } = COMMANDS[command];
const again = process.argv.includes("--again");
const CORES = Number(setting("TEST_PROCESSES") ?? Math.min(2, availableParallelism()));

const started = Date.now();
const workers = new Workers(env);
const results = [];
const programs = [];
/** What failed, in full, for the end. */
const failed = [];
/** What tests left behind: it failed no test, and is shown. */
const left = [];
/** Test files that run in one process, one after the other. */
const wanted = suites.flatMap((suite) => {
  const files = filesOf(suite).filter((file) => only === undefined || file === only);
  return (SUITES[suite].together ? [files] : files.map((file) => [file])).map((batch) => ({ suite, files: batch }));
});

const tree = treeHash();
const passed = command === "full" && !again ? passedHere(tree) : {};
/** A file that has passed on this very tree, and does the same at full length. */
const isRepeated = ({ files }) => files.every((file) => file in passed && !asksForExtent(file));
const repeated = wanted.filter(isRepeated).flatMap(({ files }) => files);
const batches = wanted.filter((batch) => !isRepeated(batch));
const passedBefore = repeated.reduce((sum, file) => sum + passed[file], 0);
if (repeated.length > 0) {
  console.log(
    `  ${repeated.length} files passed on this very tree and do the same at full length: not repeated (--again repeats them).`,
  );
}

/** A file that a suite comes after, where it runs too. */
const others = (file) => (batches.some(({ files }) => files[0] === file) ? [file] : []);

/** A program whose output is shown when it fails; else the lines that match. */
function program(title, file, args, summary) {
  return async (signal) => {
    const { code, output, seconds } = await runQuietly(file, args, { env, signal });
    if (signal.aborted) return code;
    programs.push({ title, seconds });
    if (code !== 0) failed.push(`${output}\n  ${title} failed with exit code ${code}.`);
    const lines = output.split("\n").filter((line) => code === 0 && summary?.test(line));
    console.log([`${clock(seconds)}  ${title}${code === 0 ? "" : ": FAILED"}`, ...lines].join("\n  "));
    return code;
  };
}

const clock = (seconds) => `  ${seconds.toFixed(1).padStart(6)} s`;

/** Runs some files and says how they went; what failed is printed at the end. */
async function runFiles({ suite, files }, signal) {
  const result = { suite, files, ...(await workers.run(files, signal)) };
  if (signal.aborted) return 1;
  results.push(result);
  const { passes, failures, seconds, text, stray } = result;
  for (const reason of stray) left.push(`${reason}\n  In or before ${files.join(" ")}.`);
  if (failures > 0) failed.push(`${text}\n  Run again: npx hardhat test --no-compile ${files.join(" ")}`);
  const outcome = failures === 0 ? `${String(passes).padStart(4)} passed` : `${failures} FAILED`;
  const nth = String(results.length).padStart(3);
  console.log(`${clock(seconds)}  [${nth}/${batches.length}] ${outcome}  ${files.join(" ")}`);
  return failures === 0 ? 0 : 1;
}

const forge = join(__dirname, "tools/forge.cjs");
const jobs = [
  { name: "compile", weight: Infinity, run: program("contracts compiled", bin("hardhat"), ["compile"], /^Compiled/) },
  ...batches.map((batch) => ({
    name: batch.files[0],
    after: ["compile", ...others(SUITES[batch.suite].after)],
    weight: batch.files.reduce((sum, file) => sum + weigh(file).seconds, 0),
    cores: Math.max(...batch.files.map((file) => weigh(file).cores)),
    goOn: true,
    run: (signal) => runFiles(batch, signal),
  })),
];
if (campaigns) {
  const alone = suites.length === 0 || only !== undefined;
  const threads = alone ? [] : ["--threads", "1"];
  jobs.push(
    {
      name: "dump",
      after: ["compile"],
      weight: Infinity,
      // half of its time it waits for blocks
      cores: 0.5,
      run: program("deployment dumped for the campaigns", join(__dirname, "tests/dump.cjs"), []),
    },
    // needs no artifacts: what is attacked is read when a campaign runs
    { name: "build", weight: Infinity, run: program("campaigns compiled", forge, ["build"]) },
    {
      name: "campaigns",
      after: ["dump", "build"],
      weight: weigh("test/invariant").seconds,
      goOn: true,
      // alone it shows what every action did, beside others the sum
      run: program(
        "fuzz and invariant campaigns",
        forge,
        ["test", "-vv", ...threads],
        alone ? /^/ : /^Ran \d+ test suites/,
      ),
    },
  );
}

/** What every suite took, and all that failed; the last lines are as mocha writes them. */
function summarise() {
  const seconds = Math.round((Date.now() - started) / 1000);
  const took = `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (results.length === 0) return console.log([...failed, `  ${took}`].join("\n\n"));
  const total = (key, list = results) => list.reduce((sum, result) => sum + result[key], 0);
  const peak = Math.max(...results.map((result) => result.peak)) / 1e9;
  console.log(`\n  suite          passed  seconds of one process`);
  for (const suite of suites) {
    const own = results.filter((result) => result.suite === suite);
    const columns = [String(total("passes", own)).padStart(9), total("seconds", own).toFixed(0).padStart(24)];
    console.log(`  ${suite.padEnd(12)}${columns.join("")}`);
  }
  console.log(`  The largest process took ${peak.toFixed(1)} GB.`);
  if (left.length > 0) console.log(`\n  Warning: tests left work behind that failed later.\n${left.join("\n\n")}`);
  if (failed.length > 0) console.log(`\n${failed.join("\n\n")}`);
  const before = passedBefore === 0 ? "" : `; ${passedBefore} of them before, on the same tree`;
  console.log(`\n  ${total("passes") + passedBefore} passing (${took}${before})`);
  for (const [key, word] of Object.entries({ pending: "pending", failures: "failing" })) {
    if (total(key) > 0) console.log(`  ${total(key)} ${word}`);
  }
  mkdirSync(join(ROOT, "cache"), { recursive: true });
  // a tree that changed meanwhile is none that was tested; what ran at full length also ran at a tenth
  if (treeHash() === tree) {
    // nor did a file pass whose tests left themselves out
    const sound = results.filter(
      ({ failures, pending, stray, files }) => failures + pending + stray.length === 0 && files.length === 1,
    );
    keepPassed(tree, Object.fromEntries(sound.map(({ files: [file], passes }) => [file, passes])));
  }
  const files = results.map(({ text: _text, stray: _stray, ...rest }) => rest);
  writeFileSync(join(ROOT, "cache", `tests-${command}.json`), JSON.stringify({ programs, files }, null, 2));
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
runGraph(jobs, { cores: CORES, signal: stop.signal }).then((code) => {
  workers.end();
  left.push(...workers.lost);
  if (stop.signal.aborted) console.log("  Stopped.");
  else summarise();
  process.exitCode = stop.signal.aborted ? 130 : code;
});
