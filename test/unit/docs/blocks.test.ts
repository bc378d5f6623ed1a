import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { ProgramFailed, runProgram } from "../../support/program";

const ROOT = join(__dirname, "../../..");
const SHELL = new Set(["sh"]);
const CODE = "ts";
/** Compiles the pages whose blocks are whole programs. */
const PROGRAMS = "test/unit/docs/snippets.test.ts";

/** What a page says that its snippets know, as a reader has it, and the test that runs them. */
const SNIPPETS: Readonly<Record<string, { readonly test: string; readonly given: string }>> = {
  "docs/ways-to-pay.md": {
    test: "test/integration/ways.test.ts",
    given: `
      import { ZeroAddress, parseEther, type Signer } from "ethers";
      import { completeOffer, type DealClient, type Offer, type PaymentClient, type Deployment } from "isonomy";
      type Person = Signer & { readonly address: string };
      declare const payer: Person, seller: Person, sponsor: Person, newcomer: Person, friend: Person;
      declare const as: (account: Signer) => PaymentClient;
      declare const offer: Offer, second: Offer, monthly: Offer;
      declare const deployment: Deployment;
      declare const deals: DealClient;
      declare const newer: { readonly versionId: bigint };
      declare const chainId: bigint, licenseId: bigint;`,
  },
  "docs/government.md": {
    test: "test/integration/propose.test.ts",
    given: `
      import type { Wallet } from "ethers";
      import type { Deployment, ProposalFile } from "isonomy";
      declare const deployment: Deployment, wallet: Wallet, file: ProposalFile;`,
  },
};

/** Every other block, by its page, its language and its number there: what looks at it, or why nothing can. */
const OTHERS: Readonly<Record<string, string>> = {
  "README.md mermaid 1": "a picture of a sale; test/integration/start.test.ts makes each of its steps",
  "docs/architecture.md mermaid 1": "a picture of what depends on what; the lint holds the imports to it",
  "docs/card.md json 1": "checked by the command below it, in test/integration/cli/docs.test.ts",
  "docs/cli.md json 1": "proposed by the command below it, in test/integration/cli/docs.test.ts",
  "docs/fair-exchange.md mermaid 1": "a picture of a deal; test/integration/deals.test.ts makes each of its steps",
  "docs/fair-exchange.md text 1": "formulas, which test/unit/proof/ compares with other implementations",
  "docs/first-integration.md ini 1": "settings that test/integration/first-integration.test.ts takes from the page",
  "docs/first-integration.md json 1": "what it compiles the programs of the page with, under each resolution",
  "docs/integrate.md js 1": "lines of a page in JavaScript; the tests of PageKeyring make the same calls",
  "docs/integrate.md js 2":
    "names gateways of the internet, which no test asks; test/unit/store/gateway.test.ts has its own",
  "docs/lineage.md text 1": "commands with places to fill in; test/integration/cli/rights.test.ts runs each of them",
  "docs/reputation.md text 1":
    "commands with places to fill in; test/integration/cli/reputation.test.ts runs each of them",
  "docs/reputation.md text 2":
    "commands with places to fill in; test/integration/cli/reputation.test.ts runs each of them",
  "docs/resale.md text 1": "commands with places to fill in; test/integration/cli/resale.test.ts runs each of them",
  "docs/resale.md text 2": "commands with places to fill in; test/integration/cli/resale.test.ts runs each of them",
  "docs/rights.md text 1": "commands with places to fill in; test/integration/cli/rights.test.ts runs each of them",
  "docs/rights.md text 2": "commands with places to fill in; test/integration/cli/rights.test.ts runs each of them",
  "docs/rights.md text 3": "commands with places to fill in; test/integration/cli/rights.test.ts runs each of them",
  "docs/rights.md text 4": "commands with places to fill in; test/integration/cli/usage.test.ts runs each of them",
  "docs/rights.md text 5": "commands with places to fill in; test/integration/cli/rights.test.ts runs each of them",
  "docs/serve.md json 1":
    "an answer, which test/unit/server/page.test.ts compares with what the server of the page answers",
  "docs/tests.md text 1": "what a failed test prints, as an example",
};

/** Pages that are followed from their beginning to their end. The others explain, or are looked into. */
const GUIDES = [
  "card.md",
  "cli.md",
  "deploy.md",
  "first-integration.md",
  "integrate.md",
  "release.md",
  "seller.md",
  "serve.md",
  "ways-to-pay.md",
];

interface Block {
  readonly page: string;
  readonly language: string;
  readonly name: string;
  readonly code: string;
}

const pages = [
  ...["README.md", "sdk/README.md"],
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const programs = readFileSync(join(ROOT, PROGRAMS), "utf8");
const isProgram = (page: string): boolean => /^const PAGES = \[.*\];$/m.exec(programs)![0].includes(`"${page}"`);

function blocksOf(page: string): Block[] {
  const counts = new Map<string, number>();
  const text = readFileSync(join(ROOT, page), "utf8");
  const found = [...text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm)].map(([, , language, code]) => {
    const nth = (counts.get(language!) ?? 0) + 1;
    counts.set(language!, nth);
    return { page, language: language!, name: `${page} ${language} ${nth}`, code: code! };
  });
  expect(found.length * 2, page).to.equal([...text.matchAll(/^ *```/gm)].length);
  return found;
}

/** A module in which the lines of a page stand in a function, below what it imports and what the page says that they know. */
function moduleOf({ page, code }: Block): string {
  const imports = /^import .*$/gm;
  const own = [...code.matchAll(imports)].map(([line]) => line);
  const body = code.replace(imports, "");
  return [SNIPPETS[page]!.given, ...own, `export async function snippet(): Promise<void> {\n${body}\n}`].join("\n");
}

describe("The blocks of the README and the guides", function () {
  this.timeout(600_000);
  const blocks = pages.flatMap(blocksOf);

  it("have a language each, by which they are run, compiled or explained", () => {
    expect(blocks.length).to.be.greaterThan(50);
    const left = blocks.filter(({ page, language, name }) => {
      if (SHELL.has(language)) return false; // commands.test.ts knows what runs each line
      return language === CODE ? !(page in SNIPPETS) && !isProgram(page) : !(name in OTHERS);
    });
    expect(left.map(({ name }) => name)).to.deep.equal([]);
  });

  it("are those that the lists here name, and are run by the test that a list names", () => {
    const names = new Set(blocks.map(({ name }) => name));
    expect(Object.keys(OTHERS).filter((name) => !names.has(name))).to.deep.equal([]);
    for (const [page, { test }] of Object.entries(SNIPPETS)) {
      expect(
        blocks.some((block) => block.page === page && block.language === CODE),
        page,
      ).to.equal(true);
      expect(readFileSync(join(ROOT, test), "utf8"), test).to.include(page.split("/").at(-1)!);
    }
  });

  it("in TypeScript compile in strict mode, with what their page says that they know", async () => {
    const folder = join(ROOT, "cache", "snippets");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const snippets = blocks.filter(({ language, page }) => language === CODE && page in SNIPPETS);
    expect(snippets.length).to.be.greaterThan(9);
    for (const block of snippets) {
      writeFileSync(join(folder, `${block.name.replace(/\W+/g, "-")}.ts`), moduleOf(block));
    }
    const compilerOptions = {
      ...{ strict: true, noEmit: true, incremental: false, noUnusedLocals: false, skipLibCheck: true },
      paths: { isonomy: ["../../sdk/src/index.ts"], "isonomy/*": ["../../sdk/src/*", "../../sdk/src/*/index.ts"] },
    };
    const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiled = await runProgram(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", folder]).then(
      () => "",
      (error: ProgramFailed) => error.stdout,
    );
    expect(compiled).to.equal("");
    rmSync(folder, { recursive: true });
  });

  it("of a guide stand between what a reader needs and what they have in the end", () => {
    for (const guide of GUIDES) {
      const [head, ...sections] = readFileSync(join(ROOT, "docs", guide), "utf8").split(/^## /m);
      expect(head, guide)
        .to.match(/^\*\*You need\*\* /m)
        .and.to.match(/^\*\*You end with\*\* /m);
      expect(sections.at(-1), guide).to.match(/^What you have\n\n\S/);
    }
  });
});
