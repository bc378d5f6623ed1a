// Tables whose last column is headed "held by" name the test that holds each line, as `path` › title, or say why the line cannot apply
// ("cannot apply: ..."). This check opens each file and looks for the title. The tables of the attacks and the invariants are made from the
// tests instead: see scripts/docs/claims.ts.
const { readFileSync, existsSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

/** Whether a page may have other tables too. */
const PAGES = { "docs/threat-model.md": true };
const problems = [];
let named = 0;
let argued = 0;

for (const [page, hasOthers] of Object.entries(PAGES)) {
  let inside = "text";
  for (const line of readFileSync(join(ROOT, page), "utf8").split("\n")) {
    if (!line.startsWith("|")) inside = "text";
    if (!line.startsWith("|") || /^\|[\s:|-]+\|$/.test(line)) continue;
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    const proof = cells.at(-1);
    if (inside === "text") {
      inside = /^held by$/i.test(proof) ? "claims" : "others";
      if (inside === "others" && !hasOthers) problems.push(`${page}: a table without a column "held by": ${line}`);
      continue;
    }
    if (inside === "others") continue;
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
