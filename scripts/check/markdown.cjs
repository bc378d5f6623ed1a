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

/** The anchor that a heading gets. */
const slug = (heading) =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, "")
    // an underscore within a word is part of the name
    .replace(/(?<!\w)_|_(?!\w)/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** The anchors of a page's headings, in their order: of equal ones, the later have a number. */
function anchorsOf(headings) {
  const times = new Map();
  return headings.map((heading) => {
    const anchor = slug(heading);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** The cells of a line of a table, as they are read: a bar within one is written with a backslash. */
const cellsOf = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

module.exports = { anchorsOf, cellsOf, markdownFiles: () => walk(ROOT), slug };
