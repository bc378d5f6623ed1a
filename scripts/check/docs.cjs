// The pages and pictures that scripts write say what the sources say now: each script is run, and fails instead of writing.
const { ROOT, bin } = require("../tools/run.cjs");
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");
const { inherited } = require("../tools/environment.cjs");

const hardhat = (script) => [bin("hardhat"), "run", "--no-compile", script];
const tsNode = (script) => [bin("ts-node"), "--transpile-only", script];
const GENERATORS = [
  hardhat("scripts/docs/errors.ts"),
  hardhat("scripts/docs/contracts.ts"),
  hardhat("scripts/docs/parameters.ts"),
  tsNode("scripts/docs/permissions.ts"),
  tsNode("scripts/docs/gas.ts"),
  tsNode("scripts/docs/card.ts"),
  tsNode("scripts/docs/sdk.ts"),
  tsNode("scripts/docs/units.ts"),
  tsNode("scripts/docs/claims.ts"),
];

let failed = false;
let current = 0;
for (const command of GENERATORS) {
  const env = inherited({ CHECK: "true" });
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", env });
  current += stdout.split("\n").filter((line) => line.endsWith(" is up to date.")).length;
  if (status === 0) continue;
  console.error(stderr.trim() || `${join(...command.slice(-1))} ended with ${status}.`);
  failed = true;
}
if (failed) process.exit(1);
console.log(`  ${current} generated pages and pictures are current.`);
