// The Markdown files that the repository holds.
const { readdirSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

const SKIPPED = new Set(["node_modules", ".git", "artifacts", "cache", "coverage", "typechain-types", ".isonomy"]);

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

module.exports = { markdownFiles: () => walk(ROOT) };
