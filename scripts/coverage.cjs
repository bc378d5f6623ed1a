// npm run coverage: measures what the unit tests of the contracts reach of contracts/, and fails below the floors.
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT, bin, run } = require("./tools/run.cjs");
const { setting } = require("./tools/environment.cjs");

const FLOORS = { lines: 99, branches: 97 };

// The differential test runs a second exchange of the same inputs: its traces do not fit in memory, and it reaches nothing more.
const NOT_MEASURED = "ExchangeDifferential";

/** By how their names begin: the findings that reach what the unit tests leave to them. Others bound gas or time, which a contract that counts its lines exceeds. */
const FINDINGS = [
  ...["a-fee-left", "a-miss-hidden", "a-proof-taken", "a-grown-dao", "silent-citizens", "citizens-whom"],
  ...["a-person-taken", "a-captured-issuer", "an-issuer-stopped", "people-whose"],
];

/** The unit tests of the folders of contracts/, and the findings above, as one pattern. */
function testsOfContracts() {
  const folders = readdirSync(join(ROOT, "contracts"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const units = readdirSync(join(ROOT, "test", "unit")).filter((name) => folders.includes(name));
  return `test/{unit/{${units.join(",")}}/**/!(${NOT_MEASURED}),findings/{${FINDINGS.join(",")}}*}.test.ts`;
}

run(bin("hardhat"), ["coverage", "--testfiles", testsOfContracts()], {
  COVERAGE: "true",
  // every step of every transaction is traced
  NODE_OPTIONS: `${setting("NODE_OPTIONS") ?? ""} --max-old-space-size=12000`.trim(),
  // a line is reached by the first random inputs or never; instrumented, all of them would take an hour
  PROOF_CHECKS: setting("PROOF_CHECKS") ?? "20",
  PROPERTY_RUNS: setting("PROPERTY_RUNS") ?? "2",
}).then((code) => process.exit(code === 0 ? judge() : code));

/** Counts what the report says was reached; gives the exit code. */
function judge() {
  const report = JSON.parse(readFileSync(join(ROOT, "coverage.json"), "utf8"));
  const counts = { lines: [0, 0], branches: [0, 0] };
  for (const file of Object.values(report)) {
    const lines = new Map();
    for (const [id, { start }] of Object.entries(file.statementMap)) {
      lines.set(start.line, Math.max(lines.get(start.line) ?? 0, file.s[id]));
    }
    for (const hits of Object.values(file.l ?? Object.fromEntries(lines))) {
      counts.lines[1]++;
      if (hits > 0) counts.lines[0]++;
    }
    for (const branch of Object.values(file.b)) {
      for (const hits of branch) {
        counts.branches[1]++;
        if (hits > 0) counts.branches[0]++;
      }
    }
  }

  let failed = false;
  for (const [name, [hit, all]] of Object.entries(counts)) {
    const percent = (100 * hit) / all;
    console.log(`${name}: ${hit} of ${all}, ${percent.toFixed(2)} % (floor ${FLOORS[name]} %)`);
    failed ||= percent < FLOORS[name];
  }
  return failed ? 1 : 0;
}
