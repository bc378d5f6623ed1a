// npm run coverage: measures what the unit tests of the contracts reach of contracts/, and fails below the floors. The tests run in parts, each a
// process of its own, because every traced step stays in memory; a run that was stopped goes on with the parts that are missing, as long as
// contracts and tests are the same. With --again it begins from nothing.
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT, bin, run } = require("./tools/run.cjs");
const { setting } = require("./tools/environment.cjs");
const { counted, joined, missed } = require("./lib/coverage.cjs");

const FLOORS = { lines: 99, branches: 97 };

/** The differential test runs a second exchange of the same inputs: its traces do not fit in memory, and it reaches nothing more. */
const NOT_MEASURED = "ExchangeDifferential";

/** By how their names begin: the findings that reach what the unit tests leave to them. Others bound gas or time, which a contract that counts its lines exceeds. */
const FINDINGS = [
  ...["a-fee-left", "a-miss-hidden", "a-proof-taken"],
  ...["a-person-taken", "a-captured-issuer", "an-issuer-stopped", "people-whose"],
];

/** Files of a part: a folder with more is cut. */
const FILES = 8;
const PARTS = join(ROOT, "cache", "coverage");
const REPORT = join(ROOT, "coverage.json");

const ENVIRONMENT = {
  COVERAGE: "true",
  // every step of every transaction is traced
  NODE_OPTIONS: `${setting("NODE_OPTIONS") ?? ""} --max-old-space-size=12000`.trim(),
  // a line is reached by the first random inputs or never; instrumented, all of them would take an hour
  PROOF_CHECKS: setting("PROOF_CHECKS") ?? "20",
  PROPERTY_RUNS: setting("PROPERTY_RUNS") ?? "2",
};

/** The parts of the tests by their names: the unit tests of each folder of contracts/, and the findings above. */
function parts() {
  const folders = readdirSync(join(ROOT, "contracts"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const units = readdirSync(join(ROOT, "test", "unit")).filter((name) => folders.includes(name));
  const found = units.map((name) => [name, testsIn(join("test", "unit", name), () => true)]);
  const findings = testsIn(join("test", "findings"), (file) => FINDINGS.some((start) => file.startsWith(start)));
  return [...found, ["findings", findings]].flatMap(([name, files]) =>
    Array.from({ length: Math.ceil(files.length / FILES) }, (_, at) => {
      return [`${name}-${at + 1}`, files.slice(at * FILES, (at + 1) * FILES)];
    }),
  );
}

function testsIn(folder, wanted) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes(NOT_MEASURED) && wanted(file))
    .sort()
    .map((file) => join(folder, file).replaceAll("\\", "/"));
}

/** What a part depends on: the contracts, and everything in test/ but other tests. */
function keyOf(files) {
  const hash = createHash("sha256");
  for (const folder of ["contracts", "deploy", "test"]) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).sort()) {
      const path = `${folder}/${file.replaceAll("\\", "/")}`;
      if (!/\.(sol|ts|cjs|json)$/.test(path) || (path.endsWith(".test.ts") && !files.includes(path))) continue;
      hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
    }
  }
  return hash.digest("hex");
}

async function main() {
  if (process.argv.includes("--again")) rmSync(PARTS, { recursive: true, force: true });
  mkdirSync(PARTS, { recursive: true });
  let failed = 0;
  const reports = [];
  const all = parts();
  for (const [at, [name, files]] of all.entries()) {
    const [kept, key] = [join(PARTS, `${name}.json`), keyOf(files)];
    const known = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : undefined;
    if (known?.key === key) {
      console.log(`${name} (${at + 1} of ${all.length}): known from an earlier run.`);
      reports.push(known.report);
      continue;
    }
    console.log(`${name} (${at + 1} of ${all.length}): ${files.length} files.`);
    rmSync(REPORT, { force: true });
    const code = await run(bin("hardhat"), ["coverage", "--testfiles", `{${files.join(",")},}`], ENVIRONMENT);
    if (!existsSync(REPORT)) return code === 0 ? 1 : code;
    const report = JSON.parse(readFileSync(REPORT, "utf8"));
    reports.push(report);
    // a part in which a test failed runs again
    if (code === 0) writeFileSync(kept, JSON.stringify({ key, report }));
    else failed = code;
  }
  const report = joined(reports);
  writeFileSync(REPORT, JSON.stringify(report));
  return judge(report) || failed;
}

main().then((code) => process.exit(code));

/** Says what was reached; gives the exit code. */
function judge(report) {
  let failed = false;
  for (const [path, lines] of Object.entries(missed(report))) console.log(`not reached: ${path}, ${lines.join(", ")}`);
  for (const [name, [hit, all]] of Object.entries(counted(report))) {
    const percent = (100 * hit) / all;
    console.log(`${name}: ${hit} of ${all}, ${percent.toFixed(2)} % (floor ${FLOORS[name]} %)`);
    failed ||= percent < FLOORS[name];
  }
  return failed ? 1 : 0;
}
