// docs/attacks.md and docs/invariants.md are tables whose last column names the test that holds the line, as `path` › title, or says why
// it cannot apply ("cannot apply: ..."). This check opens each file and looks for the title.
const { readFileSync, existsSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

const PAGES = ["docs/attacks.md", "docs/invariants.md"];
const problems = [];
let named = 0;
let argued = 0;

for (const page of PAGES) {
  for (const line of readFileSync(join(ROOT, page), "utf8").split("\n")) {
    if (!line.startsWith("|") || /^\|[\s:|-]+\|$/.test(line)) continue;
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    const proof = cells.at(-1);
    if (/^(held by|test|proof)$/i.test(proof)) continue; // the table's head
    if (/^cannot apply: .{20,}/i.test(proof)) {
      argued++;
      continue;
    }
    const claims = [...proof.matchAll(/`([^`]+)` › ([^;]+)/g)];
    if (claims.length === 0) problems.push(`${page}: no test named and no reason given: ${line}`);
    for (const [, path, rawTitle] of claims) {
      named++;
      const title = rawTitle.trim().replace(/\\\|/g, "|");
      const file = join(ROOT, path);
      if (!existsSync(file)) problems.push(`${page}: ${path} does not exist`);
      else if (!readFileSync(file, "utf8").includes(title)) problems.push(`${page}: ${path} has no test "${title}"`);
    }
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`  ${named} claims name a test that exists, ${argued} lines say why they cannot apply.`);
