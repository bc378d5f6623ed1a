// Writes what the last runs of `npm test` and `npm run test:full` measured: the weights of the files, and the tables of docs/tests.md.
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const prettier = require("prettier");
const { ROOT } = require("../tools/run.cjs");
const { SUITES, WEIGHTS, filesOf } = require("./suites.cjs");

const CAMPAIGNS = "fuzz and invariant campaigns";
const PAGE = join(ROOT, "docs", "tests.md");

/** What a command measured in its last run; nothing when it was not run. */
function measured(command) {
  const file = join(ROOT, "cache", `tests-${command}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { programs: [], files: [] };
}

/** The rows of the suites: files, then for each command tests, seconds and the largest process. */
function table(runs) {
  const rows = Object.entries(SUITES).map(([suite, { about }]) => {
    const cells = runs.flatMap((run) => {
      const own = run.files.filter((result) => result.suite === suite);
      if (own.length === 0) return ["", ""];
      const sum = (key) => own.reduce((total, result) => total + result[key], 0);
      return [String(sum("passes")), String(Math.round(sum("seconds")))];
    });
    return [`\`${suite}\``, about, String(filesOf(suite).length), ...cells];
  });
  const titles = [...new Set(runs.flatMap(({ programs }) => programs.map(({ title }) => title)))];
  for (const title of titles) {
    const seconds = runs.map(({ programs }) => programs.find((program) => program.title === title)?.seconds);
    rows.push(["", title, "", ...seconds.flatMap((took) => ["", took === undefined ? "" : String(Math.round(took))])]);
  }
  const head = [
    "suite",
    "what it tests",
    "files",
    "tests in `npm test`",
    "seconds",
    "tests in `npm run test:full`",
    "seconds",
  ];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [head, head.map((_, column) => (column < 2 ? "---" : "--:")), ...rows].map(line).join("\n");
}

function replace(page, name, text) {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!pattern.test(page)) throw new Error(`docs/tests.md has no place for ${name}.`);
  return page.replace(pattern, (_, begin, end) => `${begin}\n${text}\n\n${end}`);
}

const runs = [measured("all"), measured("full")];
const weights = existsSync(WEIGHTS) ? JSON.parse(readFileSync(WEIGHTS, "utf8")) : {};
for (const { files, seconds, cpu, failures } of runs.toReversed().flatMap(({ files }) => files)) {
  // what failed may have ended before its time
  if (failures === 0)
    for (const file of files) weights[file] = [seconds, cpu].map((value) => Math.round(value / files.length));
}
for (const { title, seconds } of runs.toReversed().flatMap(({ programs }) => programs)) {
  if (title === CAMPAIGNS) weights["test/invariant"] = [Math.round(seconds), Math.round(seconds)];
}
const sorted = Object.entries(weights)
  .filter(([file]) => existsSync(join(ROOT, file)))
  .toSorted(([one, [a]], [other, [b]]) => b - a || (one < other ? -1 : 1));
const written = JSON.stringify(Object.fromEntries(sorted));

const slowest = runs[0].files
  .toSorted((one, other) => other.seconds - one.seconds)
  .slice(0, 12)
  .map(({ files, seconds, peak }) => `| \`${files[0]}\` | ${Math.round(seconds)} | ${(peak / 1e9).toFixed(1)} |`);
let page = replace(readFileSync(PAGE, "utf8"), "suites", table(runs));
page = replace(page, "slowest", ["| file | seconds | GB |", "| --- | --: | --: |", ...slowest].join("\n"));
prettier.resolveConfig(PAGE).then(async (options) => {
  writeFileSync(WEIGHTS, await prettier.format(written, { ...options, filepath: WEIGHTS }));
  writeFileSync(PAGE, await prettier.format(page, { ...options, filepath: PAGE }));
  console.log("Written: scripts/tests/weights.json and docs/tests.md.");
});
