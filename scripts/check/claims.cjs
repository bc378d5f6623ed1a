// Tables whose last column is headed "held by" name the test that holds each line, as `path` › title, or say why the line cannot apply
// ("cannot apply: ..."). This check opens each file and looks for the title. The tables of the attacks and the invariants are made from the
// tests instead: see scripts/docs/claims.ts.
const { readFileSync, existsSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { cellsOf } = require("./markdown.cjs");

const PAGE = "docs/threat-model.md";
const problems = [];
let named = 0;
let argued = 0;

let inside = "text";
for (const line of readFileSync(join(ROOT, PAGE), "utf8").split("\n")) {
  if (!line.startsWith("|")) inside = "text";
  if (!line.startsWith("|") || /^\|[\s:|-]+\|$/.test(line)) continue;
  const proof = cellsOf(line).at(-1);
  if (inside === "text") {
    inside = /^held by$/i.test(proof) ? "claims" : "others";
    continue;
  }
  if (inside === "others") continue;
  if (/^cannot apply: .{20,}/i.test(proof)) {
    argued++;
    continue;
  }
  const claims = [...proof.matchAll(/`([^`]+)` › ([^;]+)/g)];
  if (claims.length === 0) problems.push(`${PAGE}: no test named and no reason given: ${line}`);
  for (const [, path, rawTitle] of claims) {
    named++;
    const title = rawTitle.trim();
    const file = join(ROOT, path);
    if (!existsSync(file)) problems.push(`${PAGE}: ${path} does not exist`);
    else if (!readFileSync(file, "utf8").includes(title)) problems.push(`${PAGE}: ${path} has no test "${title}"`);
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`  ${named} claims name a test that exists, ${argued} lines say why they cannot apply.`);
