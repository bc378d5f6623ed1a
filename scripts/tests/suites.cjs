// Which test file belongs to which suite, and which command runs the suite.
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

/** `after` is a file that must have succeeded before, when it runs too. @typedef {{ about: string, files: (path: string) => boolean, together?: boolean, after?: string }} Suite */

const GUIDES = /^test\/integration\/(deploy-docs|deploy-killed|first-integration|cli\/(docs|first-sale))\.test\.ts$/;
const FAULTS = "test/integration/deploy-faults.test.ts";
const NODES = "test/integration/nodes.test.ts";
const ELSEWHERE = [FAULTS, NODES];
/** What of the page `npm test` tries too. */
const SMOKE = "test/app/smoke.test.ts";
const MINUTE = "test/app/first-minute.test.ts";

/** A path has `/` on every platform. @type {Record<string, Suite>} */
const SUITES = {
  unit: { about: "contracts, SDK, tools and findings", files: (path) => /^test\/(unit|findings|deploy)\//.test(path) },
  integration: {
    about: "programs against a chain of their own",
    files: (path) =>
      path === SMOKE || (path.startsWith("test/integration/") && !GUIDES.test(path) && !ELSEWHERE.includes(path)),
  },
  app: {
    about: "the page in a browser",
    files: (path) => path.startsWith("test/app/") && path !== SMOKE && path !== MINUTE,
  },
  minute: {
    about: "the demonstration's page, clicked through",
    files: (path) => path === MINUTE,
    after: "test/integration/start.test.ts",
  },
  guides: { about: "what the guides say, and a deployment that is killed", files: (path) => GUIDES.test(path) },
  faults: { about: "a deployment over a network that fails", files: (path) => path === FAULTS },
  nodes: {
    about: "the demonstration under other versions of Node",
    files: (path) => path === NODES,
    // all of them run `npm start`, which keeps its files in one folder
    after: MINUTE,
  },
  tools: { about: "the tools of maintainers at work", files: (path) => path.startsWith("test/tools/") },
  // both build and pack the package, in the same folders
  package: { about: "package and examples", files: (path) => path.startsWith("test/package/"), together: true },
  soak: { about: "the seller's agent under failure, at length", files: (path) => path.startsWith("test/soak/") },
};

/** What a command runs: suites, whether the campaigns too, and what it tells them. */
const COMMANDS = {
  all: { suites: ["unit", "integration"], campaigns: true },
  full: {
    suites: ["unit", "integration", "app", "minute", "guides", "tools", "package", "faults", "nodes"],
    campaigns: true,
    env: { TEST_EXTENT: "full", FOUNDRY_PROFILE: "full" },
  },
  unit: { suites: ["unit"] },
  integration: { suites: ["integration"] },
  app: { suites: ["app", "minute"] },
  guides: { suites: ["guides"] },
  tools: { suites: ["tools"] },
  package: { suites: ["package"] },
  faults: { suites: ["faults"] },
  nodes: { suites: ["nodes"] },
  soak: { suites: ["soak"] },
  invariant: { suites: [], campaigns: true },
  deep: {
    suites: ["unit"],
    only: "test/unit/rights/Subscriptions.properties.test.ts",
    campaigns: true,
    env: { TEST_EXTENT: "deep", FOUNDRY_PROFILE: "deep" },
  },
  "deploy-kill": { suites: ["guides"], only: "test/integration/deploy-killed.test.ts", env: { DEPLOY_KILL: "every" } },
};

/** All test files of the tree, by their paths from the root. */
function testFiles() {
  return readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .sort();
}

/** The files of a suite. */
const filesOf = (suite, files = testFiles()) => files.filter(SUITES[suite].files);

/** What a file took when the weights were written: seconds, and how many of them its process and what it started worked. An unknown one counts as one of the middle. */
const WEIGHTS = join(__dirname, "weights.json");
const UNKNOWN = [10, 10];
/** A file takes the part of a core that it keeps busy, in eighths; three at least, so that there are five processes at most on two cores. */
const EIGHTHS = 8;
const LEAST = 3 / EIGHTHS;
function weigh(file, weights = existsSync(WEIGHTS) ? JSON.parse(readFileSync(WEIGHTS, "utf8")) : {}) {
  const [seconds, worked] = weights[file] ?? UNKNOWN;
  const busy = Math.ceil((worked / Math.max(1, seconds)) * EIGHTHS) / EIGHTHS;
  return { seconds, cores: Math.min(1, Math.max(LEAST, busy)) };
}

module.exports = { COMMANDS, SUITES, WEIGHTS, filesOf, testFiles, weigh };
