// What passed in `npm test` of this very tree, so that `npm run test:full` need not repeat a file that does the same at full length.
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, join, relative } = require("node:path");
const { setting } = require("../tools/environment.cjs");
const { ROOT } = require("../tools/run.cjs");

const STORE = join(ROOT, "cache", "tests-passed.json");
/** What a test that runs at a tenth asks how often to repeat. */
const EXTENT = "test/support/extent.ts";

/** Settings that say how often a test repeats. */
const REPEATS = ["PROPERTY_RUNS", "PROOF_CHECKS"];

/** A hash of all that a test can depend on: every file that git knows or would add, the version of Node, and how often is repeated. Nothing where there is no git. */
function treeHash(root = ROOT) {
  const hash = createHash("sha256").update(`${process.version} ${process.platform} ${process.arch}`);
  for (const name of REPEATS) hash.update(`\0${name}=${setting(name) ?? ""}`);
  try {
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const list = execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    for (const name of [...new Set(list.split("\0"))].sort()) {
      const path = join(root, name);
      if (name === "" || !existsSync(path) || !lstatSync(path).isFile()) continue;
      hash.update(`\0${name}\0`).update(createHash("sha256").update(readFileSync(path)).digest());
    }
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

/** Whether a test file, or what it imports of this tree, asks how often to repeat. */
function asksForExtent(file, root = ROOT, seen = new Set()) {
  if (file === EXTENT) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(join(root, file), "utf8");
  const imports = [...text.matchAll(/(?:from|import|require)\s*\(?\s*"(\.{1,2}\/[^"]*)"/g)];
  return imports.some(([, name]) => {
    const found = [name, `${name}.ts`, `${name}/index.ts`]
      .map((one) => join(root, dirname(file), one))
      .find((path) => existsSync(path) && lstatSync(path).isFile());
    if (found === undefined || !/\.(ts|cjs|mjs)$/.test(found)) return false;
    const path = relative(root, found).replaceAll("\\", "/");
    return path.startsWith("test/") && asksForExtent(path, root, seen);
  });
}

/** How many tests of each file passed in a run of this tree. @returns {Record<string, number>} */
function passedHere(tree, store = STORE) {
  if (tree === undefined || !existsSync(store)) return {};
  try {
    const kept = JSON.parse(readFileSync(store, "utf8"));
    return kept.tree === tree ? kept.files : {};
  } catch {
    // half written, or of another version: everything runs
    return {};
  }
}

/** Keeps what passed, with what passed in earlier runs of the same tree. */
function keepPassed(tree, files, store = STORE) {
  if (tree === undefined) return;
  mkdirSync(dirname(store), { recursive: true });
  writeFileSync(store, JSON.stringify({ tree, files: { ...passedHere(tree, store), ...files } }, null, 2));
}

module.exports = { asksForExtent, keepPassed, passedHere, treeHash };
