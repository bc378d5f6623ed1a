#!/usr/bin/env node
// Starts what the build made. In a checkout where nothing was built yet, the sources are run as they are, which starts more slowly.
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const built = join(__dirname, "..", "dist", "bin", "isonomy.mjs");
if (existsSync(built)) {
  import(pathToFileURL(built).href);
} else {
  require("ts-node").register({ transpileOnly: true, cwd: join(__dirname, "..", "..") });
  require("../src/cli/bin.ts");
}
