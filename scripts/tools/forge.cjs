// Runs forge from the npm package of this platform, with the arguments it was given.
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const { refusalOf } = require("../tests/dump.cjs");
const { foundryProgram } = require("./foundry.cjs");

try {
  const args = process.argv.slice(2);
  const refusal = refusalOf(args);
  if (refusal !== undefined) throw new Error(refusal);
  const child = spawn(foundryProgram("forge"), args, {
    stdio: "inherit",
    cwd: join(__dirname, "../.."),
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`forge did not start: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (status) => process.exit(status ?? 1));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
