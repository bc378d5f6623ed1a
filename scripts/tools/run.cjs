// Small helpers for the scripts that start other programs.
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");

const ROOT = join(__dirname, "../..");

/** Runs a program of node_modules or a script with node; returns its exit code. */
function run(file, args, env = {}) {
  const result = spawnSync(process.execPath, [file, ...args], {
    stdio: "inherit",
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  return result.status ?? 1;
}

/** Path of a package's command, so that no shell and no PATH is needed. */
function bin(name, packageName = name) {
  const manifest = require(join(ROOT, "node_modules", packageName, "package.json"));
  const entry = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[name];
  return join(ROOT, "node_modules", packageName, entry);
}

/** Runs named steps one after the other with their times, and stops at the first that fails. */
function steps(list) {
  const started = Date.now();
  for (const [title, step] of list) {
    const from = Date.now();
    console.log(`\n— ${title}`);
    const code = step();
    if (code !== 0) {
      console.error(`\n${title}: failed (exit code ${code})`);
      process.exit(code);
    }
    console.log(`  ${title}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
  console.log(`\nAll ${list.length} steps passed in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

module.exports = { ROOT, bin, run, steps };
