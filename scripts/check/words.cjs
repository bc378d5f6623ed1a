// The docs and the comments of the contracts are in plain English: a few words that have a better one fail here. Pages that a script writes are as their sources are.
const { readFileSync, readdirSync } = require("node:fs");
const { join, relative } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { markdownFiles } = require("./markdown.cjs");
const { commentsOf, wordsIn } = require("./lib/words.cjs");

const GENERATED = /^docs\/(contracts\/|errors\.md|gas\.md|mutation\.md|permissions\.md)/;

const pages = markdownFiles()
  .map((file) => [file, relative(ROOT, file)])
  .filter(([, page]) => !GENERATED.test(page));
const contracts = readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sol"))
  .map((file) => `contracts/${file.replaceAll("\\", "/")}`);
const found = [
  ...pages.flatMap(([file, page]) => wordsIn(readFileSync(file, "utf8"), page)),
  ...contracts.flatMap((file) => wordsIn(commentsOf(readFileSync(join(ROOT, file), "utf8")), file)),
];
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exit(1);
}
console.log(`  ${pages.length} pages and ${contracts.length} contracts use none of the words that have a better one.`);
