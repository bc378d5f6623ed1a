// npm run slither: Slither over the compiled contracts, where Python has it. Everything it finds is argued in docs/static-analysis.md.
const { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");
const { ROOT, bin, run } = require("./tools/run.cjs");
const { everythingIsArgued } = require("./check/argued.cjs");

/** The version whose findings are argued. */
const VERSION = "0.11.6";
const REPORT = join(ROOT, "cache", "slither.json");
const BUILDS = join(ROOT, "artifacts", "build-info");

/** Whether a build holds a source of ours as it no longer is: another build has the new version, and Slither would see both. */
function hasOldBuilds() {
  if (!existsSync(BUILDS)) return false;
  return readdirSync(BUILDS).some((build) => {
    const { sources } = JSON.parse(readFileSync(join(BUILDS, build), "utf8")).input;
    return Object.entries(sources).some(([name, { content }]) => {
      const file = join(ROOT, name);
      return name.startsWith("contracts/") && (!existsSync(file) || readFileSync(file, "utf8") !== content);
    });
  });
}

/** Says why, and gives the exit code. */
function fail(reason) {
  console.error(`Slither failed: ${reason}`);
  return 1;
}

async function main() {
  const found = spawnSync("slither", ["--version"], { encoding: "utf8" });
  if (found.error || found.status !== 0) {
    console.log(
      `Slither is not installed here, so nothing was analysed; "pip install slither-analyzer==${VERSION}" installs it.`,
    );
    return 0;
  }
  const version = found.stdout.trim();
  if (version !== VERSION) console.log(`This is Slither ${version}; the findings argued are those of ${VERSION}.`);

  // it reads every build of Hardhat's, those of older sources too: then everything is compiled again, which leaves none
  if ((await run(bin("hardhat"), ["compile", ...(hasOldBuilds() ? ["--force"] : [])])) !== 0) return 1;
  mkdirSync(join(ROOT, "cache"), { recursive: true });
  rmSync(REPORT, { force: true });
  const options = ["--compile-force-framework", "hardhat", "--ignore-compile", "--filter-paths", "node_modules|test/"];
  const analysed = spawnSync("slither", [".", ...options, "--json", REPORT], { cwd: ROOT, encoding: "utf8" });
  if (!existsSync(REPORT)) return fail(`\n${analysed.stdout}${analysed.stderr}`);
  const { success, error, results } = JSON.parse(readFileSync(REPORT, "utf8"));
  if (!success) return fail(error);
  const findings = (results.detectors ?? []).map(({ check, description, elements }) => {
    const { filename_relative: file, lines } = elements[0].source_mapping;
    return { rule: check, file, line: lines[0], text: description.split("\n")[0] };
  });
  return everythingIsArgued("Slither", findings) ? 0 : 1;
}

main().then((code) => process.exit(code));
