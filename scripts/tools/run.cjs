// Small helpers for the scripts that start other programs.
const { spawn } = require("node:child_process");
const { mkdirSync, openSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "../..");

/** Runs a program of node_modules or a script with node; gives its exit code. */
function run(file, args, env = {}) {
  return exitOf(
    spawn(process.execPath, [file, ...args], { stdio: "inherit", cwd: ROOT, env: { ...process.env, ...env } }),
  );
}

function exitOf(child) {
  return new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (status) => resolve(status ?? 1));
  });
}

/**
 * A program that works while others do; it begins when `after` is there. What it prints goes to a file of cache/ until it is asked
 * for, so that lines of two programs never mix. `result()` prints it, goes on printing, and gives the exit code, which `ended` gives
 * too; `stop()` ends the program early.
 */
function runBeside(name, file, args, after = Promise.resolve()) {
  const log = join(ROOT, "cache", `${name}.log`);
  mkdirSync(join(ROOT, "cache"), { recursive: true });
  const output = openSync(log, "w+");
  let child;
  let stopped = false;
  const ended = after.then(() => {
    if (stopped) return 1;
    child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", output, output], cwd: ROOT });
    return exitOf(child);
  });
  let printed = 0;
  const print = () => {
    const text = readFileSync(log);
    process.stdout.write(text.subarray(printed));
    printed = text.length;
  };
  return {
    ended,
    async result() {
      const timer = setInterval(print, 500);
      const code = await ended;
      clearInterval(timer);
      print();
      return code;
    },
    stop() {
      stopped = true;
      child?.kill();
    },
  };
}

/** Path of a package's command, so that no shell and no PATH is needed. */
function bin(name, packageName = name) {
  const manifest = require(join(ROOT, "node_modules", packageName, "package.json"));
  const entry = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[name];
  return join(ROOT, "node_modules", packageName, entry);
}

/** Runs named steps one after the other with their times, and stops at the first that fails; then `afterFailure` is called. */
async function steps(list, afterFailure = () => undefined) {
  const started = Date.now();
  for (const [title, step] of list) {
    const from = Date.now();
    console.log(`\n— ${title}`);
    const code = await step();
    if (code !== 0) {
      console.error(`\n${title}: failed (exit code ${code})`);
      afterFailure();
      process.exit(code);
    }
    console.log(`  ${title}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
  console.log(`\nAll ${list.length} steps passed in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

module.exports = { ROOT, bin, run, runBeside, steps };
