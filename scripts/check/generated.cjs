// Compiles everything again and compares the types it generates with those that are committed. Also fails on compiler warnings from
// our own sources (those of packages are not ours to fix).
const { readFileSync, readdirSync, rmSync, existsSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");
const { ROOT, bin } = require("../tools/run.cjs");
const { inherited } = require("../tools/environment.cjs");

const FRESH = join("cache", "typechain-fresh");

function filesOf(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

rmSync(join(ROOT, FRESH), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [bin("hardhat"), "compile", "--force"], {
  cwd: ROOT,
  encoding: "utf8",
  env: inherited({ TYPECHAIN_OUT: FRESH }),
});
if (compiled.status !== 0) {
  console.error(compiled.stdout, compiled.stderr);
  process.exit(1);
}

const output = compiled.stdout + compiled.stderr;
const ours = output.split("\n").filter((line) => /^\s+--> (contracts|test\/contracts)\//.test(line));
if (ours.length > 0) {
  console.error(`The compiler warns about our sources:\n${output}`);
  process.exit(1);
}

const fresh = new Set(filesOf(FRESH));
const committed = existsSync(join(ROOT, "typechain-types")) ? filesOf("typechain-types") : [];
const stale = [
  ...committed.filter((file) => !fresh.has(file)),
  ...[...fresh].filter((file) => {
    const path = join(ROOT, "typechain-types", file);
    return !existsSync(path) || readFileSync(path, "utf8") !== readFileSync(join(ROOT, FRESH, file), "utf8");
  }),
];
rmSync(join(ROOT, FRESH), { recursive: true, force: true });
if (stale.length > 0) {
  console.error(`typechain-types/ is stale. Run "npx hardhat compile --force" and commit it. Files that differ:`);
  for (const file of stale.slice(0, 20)) console.error(`  ${file}`);
  process.exit(1);
}
console.log(`  ${fresh.size} generated files are current; no warning from our sources.`);
