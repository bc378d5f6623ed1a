// Small helpers for the scripts that start other programs.
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const { inherited } = require("./environment.cjs");

const ROOT = join(__dirname, "../..");

/** Runs a program of node_modules or a script with node; gives its exit code. */
function run(file, args, env = {}) {
  return exitOf(spawn(process.execPath, [file, ...args], { stdio: "inherit", cwd: ROOT, env: inherited(env) }));
}

function exitOf(child) {
  return new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (status) => resolve(status ?? 1));
  });
}

/**
 * Runs a program while others run: what it prints is kept, so that lines of two programs never mix. The signal ends it.
 * Gives its exit code, its output and its seconds.
 */
function runQuietly(file, args, { env = {}, signal } = {}) {
  const started = Date.now();
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    env: inherited(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", stop);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => {
    const ended = (code) => {
      signal?.removeEventListener("abort", stop);
      resolve({ code, output, seconds: (Date.now() - started) / 1000 });
    };
    child.once("error", (error) => ((output += error.stack), ended(1)));
    child.once("close", (code) => ended(code ?? 1));
  });
}

/** Path of a package's command, so that no shell and no PATH is needed. */
function bin(name, packageName = name) {
  const manifest = require(join(ROOT, "node_modules", packageName, "package.json"));
  const entry = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[name];
  return join(ROOT, "node_modules", packageName, entry);
}

/** Runs named steps one after the other with their times, and stops at the first that fails. */
async function steps(list) {
  const started = Date.now();
  for (const [title, step] of list) {
    const from = Date.now();
    console.log(`\n— ${title}`);
    const code = await step();
    if (code !== 0) {
      console.error(`\n${title}: failed (exit code ${code})`);
      process.exit(code);
    }
    console.log(`  ${title}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
  console.log(`\nAll ${list.length} steps passed in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

module.exports = { ROOT, bin, run, runQuietly, steps };
