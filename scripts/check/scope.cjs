// The scope of an audit: every contract with its lines of code, in docs/audit.md. A line of code holds neither a comment nor nothing at all;
// a declaration that the formatter spread over lines counts as one, so that the width of a page makes no difference.
// With --write the table is written; otherwise it must be current.
const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const prettier = require("prettier");
const { ROOT } = require("../tools/run.cjs");

const PAGE = join(ROOT, "docs", "audit.md");
const [BEGIN, END] = ["<!-- scope: npm run scope -->", "<!-- end of scope -->"];
const DECLARATION = /\b(function|modifier|constructor|event|error)\b[^;{]*[;{]/g;

/** Comments out, text in quotes left as it is. */
const withoutComments = (source) =>
  source.replace(/("(?:\\.|[^"\\])*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (all, quoted) => quoted ?? "");

function linesOf(source) {
  const code = withoutComments(source).replace(DECLARATION, (declaration) => declaration.replace(/\s+/g, " "));
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

/** What the file declares last, which is what it is named after. */
function kindOf(source) {
  const declared = [
    ...withoutComments(source).matchAll(/^(abstract contract|contract|library|interface|struct|type)\b/gm),
  ];
  return declared.at(-1)?.[1] ?? "functions";
}

function scope() {
  const files = readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".sol"))
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
  const rows = files.map((file) => {
    const source = readFileSync(join(ROOT, "contracts", file), "utf8");
    return { file, kind: kindOf(source), lines: linesOf(source) };
  });
  const sum = (of) => of.reduce((total, { lines }) => total + lines, 0);
  const code = rows.filter(({ kind }) => kind !== "interface");
  return {
    text: [
      "| file, below `contracts/` | what it is | lines of code |",
      "| --- | --- | ---: |",
      ...rows.map(({ file, kind, lines }) => `| \`${file}\` | ${kind} | ${lines} |`),
      `| **${rows.length} files** | **${code.length} with code, ${rows.length - code.length} interfaces** | **${sum(rows)}, of which ${sum(code)} are not in interfaces** |`,
    ].join("\n"),
    files: rows.length,
    lines: sum(rows),
  };
}

async function main() {
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined)
    throw new Error(`docs/audit.md has no place for the scope, between "${BEGIN}" and "${END}".`);
  const { text, files, lines } = scope();
  const options = { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE };
  const current = await prettier.format(`${before}${BEGIN}\n\n${text}\n\n${END}${after}`, options);
  if (current !== page) {
    if (!process.argv.includes("--write")) throw new Error("The scope in docs/audit.md is stale: run `npm run scope`.");
    writeFileSync(PAGE, current);
  }
  console.log(`  docs/audit.md: ${files} files, ${lines} lines of code.`);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
