// Runs forge from the npm package of this platform, with the arguments it was given.
const { spawn } = require("node:child_process");
const { join, dirname } = require("node:path");

const PACKAGES = {
  "linux-x64": "@foundry-rs/forge-linux-amd64",
  "darwin-arm64": "@foundry-rs/forge-darwin-arm64",
  "win32-x64": "@foundry-rs/forge-win32-amd64",
};
const platform = `${process.platform}-${process.arch}`;
const name = PACKAGES[platform];

let folder;
try {
  folder = dirname(require.resolve(`${name}/package.json`));
} catch {
  console.error(
    name === undefined
      ? `No forge package exists for ${platform}. Run the tests on one of: ${Object.keys(PACKAGES).join(", ")}.`
      : `The package ${name} is missing. Run "npm ci" without --omit=optional and try again.`,
  );
  process.exit(1);
}

const binary = join(folder, "bin", process.platform === "win32" ? "forge.exe" : "forge");
const child = spawn(binary, process.argv.slice(2), { stdio: "inherit", cwd: join(__dirname, "../..") });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.once("error", (error) => {
  console.error(`forge did not start: ${error.message}`);
  process.exit(1);
});
child.once("exit", (status) => process.exit(status ?? 1));
