// The docs and the comments of the sources are in plain English: a few words that have a better one fail here. Pages that a script writes
// are as their sources are.
const { readFileSync, readdirSync } = require("node:fs");
const { join, relative } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { markdownFiles } = require("./markdown.cjs");
const { commentsOf, wordsIn } = require("./lib/words.cjs");

const GENERATED = /^docs\/(contracts\/|errors\.md|gas\.md|mutation\.md|permissions\.md)/;
const FOLDERS = [
  "app",
  "contracts",
  "bench",
  "deploy",
  "examples",
  "proofs",
  "proposals",
  "scripts",
  "sdk/src",
  "test",
];
const SOURCE = /\.(sol|ts|tsx|cjs|mjs)$/;

const pages = markdownFiles()
  .map((file) => [file, relative(ROOT, file)])
  .filter(([, page]) => !GENERATED.test(page));
const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => SOURCE.test(file) && !/(^|\/)(node_modules|dist)\//.test(file)),
);
const found = [
  ...pages.flatMap(([file, page]) => wordsIn(readFileSync(file, "utf8"), page)),
  ...sources.flatMap((file) => wordsIn(commentsOf(readFileSync(join(ROOT, file), "utf8")), file)),
];
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exit(1);
}
console.log(`  ${pages.length} pages and ${sources.length} sources use none of the words that have a better one.`);
