// npm test: compiles, then runs the unit, integration and invariant tests. A name picks one of them.
const { existsSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT, bin, run, runBeside, steps } = require("./tools/run.cjs");

/** All test files below some folders of test/. */
function testFiles(...folders) {
  return folders
    .map((folder) => join("test", folder))
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".test.ts"))
        .map((file) => join(folder, file)),
    )
    .sort();
}

const hardhat = bin("hardhat");
const forge = join(__dirname, "tools/forge.cjs");
/** Mostly waiting for what does not come: it has a command of its own. */
const FAULTS = join("test", "integration", "deploy-faults.test.ts");
/** What the guides say, as a reader does it, and a deployment that dies at some of its steps: slow, and with a command of their own too. */
const GUIDES = testFiles("integration").filter((file) => /(deploy-docs|deploy-killed|cli.docs)\.test\.ts$/.test(file));
const INTEGRATION = testFiles("integration").filter((file) => file !== FAULTS && !GUIDES.includes(file));
/** So long that in a run of all tests it goes to the core that has the time. */
const AGENT = INTEGRATION.filter((file) => file.endsWith("agent.test.ts"));
const UNIT = testFiles("unit", "findings", "deploy");
const testing = (files) => ["test", "--no-compile", ...files];
const PARTS = {
  compile: ["compile", () => run(hardhat, ["compile"])],
  unit: ["unit tests", () => run(hardhat, testing(UNIT))],
  integration: ["integration tests", () => run(hardhat, testing(INTEGRATION))],
  guides: ["the guides, and a deployment that is killed", () => run(hardhat, testing(GUIDES))],
  faults: ["a deployment over a network that fails", () => run(hardhat, testing([FAULTS]))],
  package: ["package and examples", () => run(hardhat, testing(testFiles("package")))],
  invariant: ["fuzz and invariant campaigns", () => run(forge, ["test", "-vv"])],
  soak: ["the seller's agent under failure", () => run(hardhat, testing(testFiles("soak")))],
  deep: ["deep fuzz and invariant campaigns", () => run(forge, ["test", "-vv"], { FOUNDRY_PROFILE: "deep" })],
  "deploy-kill": [
    "a deployment killed at every transaction",
    () =>
      run(hardhat, testing([join("test", "integration", "deploy-killed.test.ts")]), {
        DEPLOY_KILL: "every",
      }),
  ],
};
const PLANS = {
  all: ["compile", "unit", "invariant", "integration"],
  unit: ["compile", "unit"],
  integration: ["compile", "integration"],
  guides: ["compile", "guides"],
  package: ["compile", "package"],
  faults: ["compile", "faults"],
  invariant: ["compile", "invariant"],
  soak: ["compile", "soak"],
  deep: ["compile", "deep"],
  "deploy-kill": ["compile", "deploy-kill"],
};

/**
 * In a run of all tests the second core has work of its own: forge builds beside the first step, the campaigns begin once the contracts are
 * compiled, and the integration tests follow them.
 */
function useTheSecondCore() {
  const compile = PARTS.compile[1];
  let compiled;
  const afterCompiling = new Promise((resolve) => (compiled = resolve));
  PARTS.compile[1] = async () => {
    const code = await compile();
    if (code === 0) compiled();
    return code;
  };
  const build = runBeside("campaigns-build", forge, ["build"]);
  const built = Promise.all([afterCompiling, build.ended]);
  const campaigns = runBeside("campaigns", forge, ["test", "-vv", "--threads", "1"], built);
  const rest = INTEGRATION.filter((file) => !AGENT.includes(file));
  const integration = runBeside("integration", hardhat, testing(rest), campaigns.ended);
  PARTS.unit = ["unit tests, and the seller's agent", () => run(hardhat, testing([...UNIT, ...AGENT]))];
  PARTS.invariant = ["fuzz and invariant campaigns (beside the steps above)", () => campaigns.result()];
  PARTS.integration = ["integration tests (beside the steps above)", () => integration.result()];
  return [build, campaigns, integration];
}

const plan = PLANS[process.argv[2] ?? "all"];
if (plan === undefined) {
  console.error(`Unknown tests "${process.argv[2]}". Choose one of: ${Object.keys(PLANS).join(", ")}.`);
  process.exit(1);
}
const beside = plan === PLANS.all ? useTheSecondCore() : [];
steps(
  plan.map((name) => PARTS[name]),
  () => beside.forEach((program) => program.stop()),
);
