// Where the programs of Foundry are: in an npm package of each platform, of which npm installs the one that fits.
const { dirname, join } = require("node:path");

/** What the packages call each platform of Node's. */
const PLATFORMS = {
  "linux-x64": "linux-amd64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-amd64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "win32-amd64",
};

/** The package that holds a program ("forge" or "anvil") for a platform, and the path of the program in it; undefined when there is none. */
function packageOf(program, platform = `${process.platform}-${process.arch}`) {
  const name = PLATFORMS[platform];
  if (name === undefined) return undefined;
  return {
    name: `@foundry-rs/${program}-${name}`,
    path: `bin/${program}${platform.startsWith("win32") ? ".exe" : ""}`,
  };
}

/** The program on this machine. Throws a sentence when there is none. */
function foundryProgram(program) {
  const found = packageOf(program);
  if (found === undefined) {
    throw new Error(
      `No ${program} package exists for ${process.platform}-${process.arch}. Run it on one of: ${Object.keys(PLATFORMS).join(", ")}.`,
    );
  }
  try {
    return join(dirname(require.resolve(`${found.name}/package.json`)), found.path);
  } catch {
    throw new Error(`The package ${found.name} is missing. Run "npm ci" without --omit=optional and try again.`);
  }
}

module.exports = { PLATFORMS, foundryProgram, packageOf };
