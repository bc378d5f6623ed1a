// The docs are in plain English: a few words that have a better one fail here. Pages that a script writes are as their sources are.
const { readFileSync } = require("node:fs");
const { relative } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { markdownFiles } = require("./markdown.cjs");
const { wordsIn } = require("./lib/words.cjs");

const GENERATED = /^docs\/(contracts\/|errors\.md|gas\.md|mutation\.md|permissions\.md)/;

const pages = markdownFiles()
  .map((file) => [file, relative(ROOT, file)])
  .filter(([, page]) => !GENERATED.test(page));
const found = pages.flatMap(([file, page]) => wordsIn(readFileSync(file, "utf8"), page));
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exit(1);
}
console.log(`  ${pages.length} pages use none of the words that have a better one.`);
