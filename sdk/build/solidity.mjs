// Copies what a contract imports to work with the protocol: every interface, the layout of its ids, and what those need.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

import { ROOT } from "./entries.mjs";

const SOURCES = join(ROOT, "contracts");
const TARGET = join(ROOT, "sdk/contracts");
const IMPORT = /^import\s[^"]*"(\.[^"]+)";/gm;
/** Libraries that say what the numbers of licences and versions mean. */
const LAYOUTS = ["LicenseIds.sol", "VersionIds.sol"];

function isWanted(file) {
  const name = basename(file);
  return /^I[A-Z]\w*\.sol$/.test(name) || LAYOUTS.includes(name);
}

/** A file and everything it imports by a relative path, each once. */
function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(IMPORT)) withImports(join(dirname(file), path), found);
  return found;
}

export function copySolidity() {
  rmSync(TARGET, { recursive: true, force: true });
  const wanted = new Set();
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: "utf8" })) {
    if (isWanted(file)) withImports(join(SOURCES, file), wanted);
  }
  for (const file of wanted) {
    const target = join(TARGET, relative(SOURCES, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
  return wanted.size;
}
