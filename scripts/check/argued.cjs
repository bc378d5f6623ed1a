// docs/static-analysis.md gives a reason for every finding of an analyser that is not fixed. This compares its tables with what an
// analyser says now: a finding without a row, and a row whose findings are gone or more, both fail.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

const PAGE = "docs/static-analysis.md";
const SOURCES = "contracts/";
const EVERYWHERE = "everywhere";

/** The rows of the table below a heading: rule, files or everywhere, how many findings. */
function rowsOf(heading) {
  const page = readFileSync(join(ROOT, PAGE), "utf8");
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${PAGE} has no section "${heading}".`);
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => {
      const [rule, where, count, reason] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (!reason || reason.length < 20) throw new Error(`${PAGE}, ${heading}: no reason is given in ${line}`);
      const files =
        where === EVERYWHERE ? undefined : [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => SOURCES + file);
      return { rule: rule.replaceAll("`", ""), files, where, count: Number(count) };
    });
}

/** Findings are `{ rule, file, line, text }`. Prints what is not argued and says whether everything is. */
function everythingIsArgued(heading, findings) {
  const rows = rowsOf(heading);
  const left = new Set(findings);
  const problems = [];
  for (const row of rows) {
    const mine = [...left].filter(({ rule, file }) => rule === row.rule && (row.files?.includes(file) ?? true));
    for (const finding of mine) left.delete(finding);
    if (mine.length === row.count) continue;
    problems.push(`${PAGE} argues ${row.count} of ${row.rule} in ${row.where}, and there are ${mine.length}:`);
    problems.push(...mine.map(lineOf));
  }
  if (left.size > 0) problems.push(`not argued in ${PAGE}:`, ...[...left].map(lineOf));
  if (problems.length > 0) {
    console.error(`${heading}: fix the finding, or give a reason for it in ${PAGE}.\n${problems.join("\n")}`);
    return false;
  }
  console.log(`  ${heading}: ${findings.length} findings, each argued in ${PAGE} (${rows.length} rows).`);
  return true;
}

const lineOf = ({ rule, file, line, text }) => `  ${file}:${line} ${rule}: ${text}`;

module.exports = { everythingIsArgued };
