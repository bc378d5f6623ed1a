// Runs anvil from the npm package of this platform, or the one that ANVIL names, with the arguments it was given. It ends
// when it is told to and when the process that started it ends.
const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join, dirname } = require("node:path");

const PACKAGES = { "linux-x64": "@foundry-rs/anvil-linux-amd64" };
const platform = `${process.platform}-${process.arch}`;

function binary() {
  const named = process.env.ANVIL;
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new Error(`ANVIL names "${named}", which does not exist. Set it to the path of an anvil, or leave it out.`);
  }
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new Error(
      `No anvil package exists for ${platform}. Install Foundry and set ANVIL to the path of its anvil, ` +
        `or run the tests on one of: ${Object.keys(PACKAGES).join(", ")}.`,
    );
  }
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), "bin", "anvil");
  } catch {
    throw new Error(`The package ${name} is missing. Run "npm ci" without --omit=optional and try again.`);
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
