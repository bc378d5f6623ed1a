// Runs anvil from the npm package of this platform, or the one that ANVIL names, with the arguments it was given. It ends
// when it is told to and when the process that started it ends.
const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { foundryProgram } = require("./foundry.cjs");
const { setting } = require("./environment.cjs");

function binary() {
  const named = setting("ANVIL");
  if (named !== undefined) {
    if (existsSync(named)) return named;
    throw new Error(`ANVIL names "${named}", which does not exist. Set it to the path of an anvil, or leave it out.`);
  }
  try {
    return foundryProgram("anvil");
  } catch (error) {
    throw new Error(`${error.message} Or install Foundry, and set ANVIL to the path of its anvil.`, { cause: error });
  }
}

try {
  const child = spawn(binary(), process.argv.slice(2), { stdio: ["ignore", "inherit", "inherit"] });
  const stop = () => child.kill("SIGKILL");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  process.on("disconnect", stop);
  child.once("error", (error) => {
    console.error(`anvil did not start: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code) => process.exit(code ?? 0));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
