import { expect } from "chai";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

const ROOT = join(__dirname, "../../..");
const load = createRequire(__filename);
const { markdownFiles } = load("../../../scripts/check/markdown.cjs") as { markdownFiles(): string[] };
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** Pages whose blocks of commands a test takes from the page and runs as they stand there. */
const PAGES: Readonly<Record<string, string>> = {
  "docs/cli.md": "test/integration/cli/docs.test.ts",
  "docs/card.md": "test/integration/cli/docs.test.ts",
  "docs/first-integration.md": "test/integration/first-integration.test.ts",
  "docs/first-sale.md": "test/integration/cli/first-sale.test.ts",
  "docs/seller.md": "test/integration/cli/docs.test.ts",
  "docs/deploy.md": "test/integration/deploy-docs.test.ts",
  "docs/release.md": "test/package/release.test.ts",
  "docs/government.md": "test/integration/propose.test.ts",
  "docs/integrate.md": "test/package/examples.test.ts",
};

/** What `npm test` is made of, and `npm run test:full`. */
const NPM_TEST = `all: { suites: ["unit", "integration"], campaigns: true }`;
const FULL = `suites: ["unit", "integration", "app", "minute", "guides", "tools", "package", "faults", "nodes"]`;
const SUITES = "scripts/tests/suites.cjs";

/** What runs a script of the root, by its name: a file, and what in it does. */
const SCRIPTS: Readonly<Record<string, readonly [file: string, text: string]>> = {
  start: ["test/integration/start.test.ts", `runScript("start.ts"`],
  test: [".ci/run", "npm ci && npm test"],
  "test:unit": [SUITES, NPM_TEST],
  "test:integration": [SUITES, NPM_TEST],
  "test:invariant": [SUITES, NPM_TEST],
  "test:full": [".ci/run", "npm run test:full"],
  release: ["test/package/release.test.ts", `command("npm run release`],
  compile: ["scripts/test.cjs", `bin("hardhat"), ["compile"]`],
  dump: ["scripts/test.cjs", `"tests/dump.cjs"`],
  forge: ["scripts/test.cjs", `"tools/forge.cjs"`],
  app: ["test/app/build.test.ts", `runScript("app.ts"`],
  "test:app": [SUITES, FULL],
  "test:guides": [SUITES, FULL],
  "test:tools": [SUITES, FULL],
  "test:package": [SUITES, FULL],
  "test:faults": [SUITES, FULL],
  "test:nodes": [SUITES, FULL],
  check: [".ci/run", "npm run check"],
  prove: ["scripts/check/all.cjs", `"scripts/prove.ts"`],
  node: ["test/integration/deploy-docs.test.ts", `take("npm run node")`],
  deploy: ["test/integration/deploy-docs.test.ts", `take("npm run deploy -- --network localhost --yes")`],
  "verify-deployment": ["test/integration/deploy-docs.test.ts", `take("npm run verify-deployment -- --network`],
  scope: ["scripts/check/all.cjs", `script("scope.cjs")`],
  snapshots: ["scripts/check/all.cjs", `"scripts/snapshots.ts"`],
  "docs:contracts": ["scripts/check/docs.cjs", `"scripts/docs/contracts.ts"`],
  "docs:sdk": ["scripts/check/docs.cjs", `"scripts/docs/sdk.ts"`],
  "docs:errors": ["scripts/check/docs.cjs", `"scripts/docs/errors.ts"`],
  "docs:parameters": ["scripts/check/docs.cjs", `"scripts/docs/parameters.ts"`],
  "docs:permissions": ["scripts/check/docs.cjs", `"scripts/docs/permissions.ts"`],
  "docs:gas": ["scripts/check/docs.cjs", `"scripts/docs/gas.ts"`],
  "docs:units": ["scripts/check/docs.cjs", `"scripts/docs/units.ts"`],
  "docs:card": ["scripts/check/docs.cjs", `"scripts/docs/card.ts"`],
  "docs:claims": ["scripts/check/docs.cjs", `"scripts/docs/claims.ts"`],
};

/** Scripts that are measurements or long tests themselves: a person starts them. */
const BY_HAND = new Set([
  "test:soak",
  "test:deep",
  "test:deploy-kill",
  "coverage",
  "bench",
  "gas",
  "mutate",
  "slither",
]);

/** Other commands, and what runs them. */
const OTHERS: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "npm pack --workspace isonomy": ["test/package/support/packed.ts", `"npm pack --workspace isonomy"`],
  "npm install ../isonomy/isonomy-0.1.0.tgz ethers@6": [
    "test/package/support/packed.ts",
    `isonomy-0.1.0.tgz ethers@6"`,
  ],
  "npm install isonomy ethers": ["scripts/lib/release.ts", `"npm install isonomy ethers"`],
  "npm pack": ["test/package/support/packed.ts", `"npm pack `],
  "npm install": ["test/package/support/packed.ts", `output("npm", ["install"]`],
  "npm pkg set type=module": ["test/integration/first-integration.test.ts", `linesOf("you")`],
  "npm login": ["scripts/lib/release.ts", "Run: npm login"],
  "npm ci": [".ci/run", "npm ci"],
  "npm ci && npm start": ["test/integration/start.test.ts", `runScript("start.ts"`],
  "npm ci && npm test": [".ci/run", "npm ci && npm test"],
  "npx hardhat permissions": ["test/integration/propose.test.ts", `hardhat("permissions")`],
  "npx hardhat permissions --network localhost": ["test/integration/propose.test.ts", `hardhat("permissions")`],
  "npx isonomy --help": ["test/integration/cli/docs.test.ts", `cli.bin, "--help"]`],
  "npx isonomy citizens majority <issuer>": ["test/integration/cli/government.test.ts", `"citizens", "majority"`],
  "npx isonomy citizens advance": ["test/integration/cli/government.test.ts", `"citizens", "advance"`],
  "npx isonomy permissions": ["test/integration/cli/government.test.ts", `"permissions"`],
  "npx isonomy status --transaction <hash>": [
    "test/findings/a-payment-that-a-signal-did-not-stop.test.ts",
    `"--transaction"`,
  ],
  "npx isonomy seller --watch": ["test/integration/cli/agent.test.ts", `"seller", "--watch"`],
  "npx isonomy payee <model> <address>": ["test/integration/cli/policies.test.ts", `"payee", model, issuer.address`],
  'npx isonomy complain "$LICENCE"': ["test/integration/cli/sale.test.ts", `"complain"`],
  "npx isonomy offer 65537 --revoke <hash>": ["test/integration/cli/sale.test.ts", `"--revoke"`],
};

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

interface Command {
  readonly page: string;
  readonly line: string;
}

const pages = markdownFiles().map((file) => relative(ROOT, file).replaceAll("\\", "/"));
const generated = (page: string): boolean => read(page).startsWith("<!-- Generated");

/** Commands in blocks. */
function inBlocks(page: string): Command[] {
  return [...read(page).matchAll(/^ *```(?:sh|bash|shell|console)\n([\s\S]*?)^ *```/gm)]
    .flatMap(([, block]) => block!.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ page, line }));
}

/** Commands within the text. */
function inText(page: string): Command[] {
  const text = read(page).replace(/^ *```[\s\S]*?^ *```/gm, "");
  return [...text.matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, line]) => ({ page, line: line!.replace(/\s+/g, " ") }));
}

describe("The commands of the documentation", () => {
  const commands = [
    ...pages.filter((page) => PAGES[page] === undefined).flatMap(inBlocks),
    ...pages.filter((page) => !generated(page)).flatMap(inText),
  ];

  it("are taken from their pages by the tests that run them", () => {
    for (const [page, test] of Object.entries(PAGES)) {
      expect(inBlocks(page).length, page).to.be.greaterThan(1);
      expect(read(test), test).to.contain(page.split("/").at(-1)!);
    }
  });

  it("are run by something, or are measurements that a person starts", () => {
    expect(commands.length).to.be.greaterThan(40);
    const unknown = commands.filter(({ line }) => {
      if (line in OTHERS) return false;
      const [, name] = /^npm (?:run )?([\w:-]+)/.exec(line) ?? [];
      if (name !== undefined) return !(name in SCRIPTS) && !BY_HAND.has(name);
      return !line.startsWith("npx hardhat test test/unit/");
    });
    expect(unknown).to.deep.equal([]);
  });

  it("name scripts that there are, which run files that there are", () => {
    for (const name of [...Object.keys(SCRIPTS), ...BY_HAND]) {
      expect(scripts, name).to.have.property(name);
      for (const [file] of scripts[name]!.matchAll(/\b[\w/-]+\.(?:ts|cjs)\b/g)) {
        expect(existsSync(join(ROOT, file)), `${name}: ${file}`).to.equal(true);
      }
    }
  });

  it("are run where this test says", () => {
    for (const [what, [file, text]] of [...Object.entries(SCRIPTS), ...Object.entries(OTHERS)]) {
      expect(read(file), what).to.contain(text);
    }
  });

  it("of the quick starts are those of the guides behind them", () => {
    const known = new Set(Object.keys(PAGES).flatMap((page) => inBlocks(page).map(({ line }) => line)));
    const own = inBlocks("README.md").filter(({ line }) => !(line in OTHERS));
    expect(own.length).to.be.greaterThan(4);
    for (const { line } of own)
      expect(known.has(line) || /^npm run (check|test:invariant|coverage)$/.test(line), line).to.equal(true);
  });

  it("about the proofs name tests that the unit tests include", () => {
    const [{ line }] = inBlocks("docs/fair-exchange.md") as [Command];
    const [, folder] = /^npx hardhat test (test\/unit\/\S+)\/\*\.test\.ts$/.exec(line)!;
    const tests = readdirSync(join(ROOT, folder!)).filter((name) => name.endsWith(".test.ts"));
    expect(tests.length).to.be.greaterThan(5);
  });
});
