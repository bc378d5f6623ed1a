// npm run check: everything about the tree that is not a test. Each line says what it looked at and how long it took.
const { join } = require("node:path");
const { ROOT, bin, run, steps } = require("../tools/run.cjs");

const hardhat = bin("hardhat");
const script = (name) => () => run(join(__dirname, name), []);

/** Of everything but the page, of the page, and of its tests, which know browsers. */
async function types() {
  const { generate } = await import("../../sdk/build/generate.mjs");
  generate("cache/app");
  for (const project of [".", "app", "app/tsconfig.test.json"]) {
    await run(bin("tsc", "typescript"), ["--noEmit", "--project", join(ROOT, project)]);
  }
}

steps([
  ["format (prettier)", () => run(bin("prettier"), ["--check", "--log-level", "warn", "."])],
  ["Solidity lint (forge lint, solhint)", script("lint.cjs")],
  ["TypeScript lint (eslint)", () => run(bin("eslint"), ["--max-warnings", "0", "."])],
  ["warnings and stale generated files", script("generated.cjs")],
  ["types (tsc)", types],
  ["every domain has its manifests", () => run(hardhat, ["run", "--no-compile", "scripts/check/domains.ts"])],
  ["contracts without the IR (coverage, mutants)", script("plain.cjs")],
  ["contract sizes", () => run(hardhat, ["size-contracts", "--no-compile"], { TEST_CONTRACTS: "none" })],
  [
    "storage, sizes and gas as committed",
    () => run(hardhat, ["run", "--no-compile", "scripts/snapshots.ts"], { CHECK: "true" }),
  ],
  ["proofs of the pure cores", () => run(bin("ts-node"), ["--transpile-only", "scripts/prove.ts"])],
  ["stale pages and pictures in the docs", script("docs.cjs")],
  ["descriptors of calls", () => run(bin("ts-node"), ["--transpile-only", "scripts/check/descriptors.ts"])],
  ["scope of the auditor's page", script("scope.cjs")],
  ["links in the docs", script("links.cjs")],
  ["words of the docs and of comments", script("words.cjs")],
  ["threats name their tests", script("claims.cjs")],
]);
