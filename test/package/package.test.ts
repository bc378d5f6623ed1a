import { expect } from "chai";
import { build } from "esbuild";
import hre from "hardhat";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pageSize } from "../../bench/sdk/pageSize";
import { ROOT, installedAlone, output, packed, run } from "./support/packed";

/** Kilobytes (1,000 bytes) gzipped of the page that buys, and of this package in it. A page that grows past it has to be argued for. */
// what checks the chain and knows the words of nodes is loaded with the page; the errors of contracts wait for the first failure
const BUDGET_KB = 129;
const BUDGET_OURS_KB = 31;
const WITHOUT_ETHERS = [
  "isonomy/viem",
  "isonomy/fair",
  "isonomy/card",
  "isonomy/store",
  "isonomy/exchange-math",
  "isonomy/governance-math",
  "isonomy/abis",
];
const ENTRIES = [
  "isonomy",
  "isonomy/node",
  "isonomy/market",
  "isonomy/reading",
  "isonomy/errors",
  "isonomy/addresses",
  "isonomy/server",
  ...WITHOUT_ETHERS,
  "isonomy/typechain",
];

describe("the package isonomy", function () {
  this.timeout(600_000);
  let place: string;

  before(async () => {
    place = await installedAlone("alone");
  });

  const node = (parameters: readonly string[]): Promise<string> => output(process.execPath, parameters, place);

  describe("what is in it", () => {
    it("is packed without a remark of publint", async () => {
      const publint = join(ROOT, "node_modules/publint/src/cli.js");
      const text = await output(process.execPath, [publint, "run", await packed(), "--strict"], ROOT);
      expect(text)
        .to.include("All good!")
        .and.not.match(/suggestion/i);
    });

    it("has types that resolve in every module system, says arethetypeswrong", async () => {
      const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
      const report = JSON.parse(await output(process.execPath, [attw, await packed(), "--format", "json"], ROOT)) as {
        analysis: { entrypoints: Record<string, unknown> };
        problems?: unknown;
      };
      expect(report.problems ?? {}).to.deep.equal({});
      expect(Object.keys(report.analysis.entrypoints)).to.include.members(
        ENTRIES.map((name) => name.replace("isonomy", ".")),
      );
    });

    // claim(attacks#command-line-package-and-sellers-agent): a script that runs when the package is installed, or a
    //   development tool that is installed with it
    it("carries the licence, the history of its version and no development tool", () => {
      const inside = join(place, "node_modules/isonomy");
      const { version, dependencies, peerDependencies, scripts } = manifestOf(inside);
      expect(readdirSync(inside).filter((name) => name !== "node_modules")).to.have.members([
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "contracts",
        "bin",
        "dist",
        "package.json",
      ]);
      expect(readFileSync(join(inside, "CHANGELOG.md"), "utf8")).to.include(`## ${version}`);
      expect(scripts).to.not.have.any.keys("install", "preinstall", "postinstall");
      const asked = Object.keys({ ...dependencies, ...peerDependencies });
      expect(asked.filter((name) => /hardhat|ts-node|typescript|mocha/.test(name))).to.deep.equal([]);
      const present = readdirSync(join(place, "node_modules"));
      expect(present).to.include("ethers");
      expect(present.filter((name) => /hardhat|typescript|mocha|typechain/.test(name))).to.deep.equal([]);
    });

    // claim(attacks#command-line-package-and-sellers-agent): an ABI in the package that is not the compiler's
    it("has the ABI of every interface, and of every contract that can be called, as the compiler wrote it", async () => {
      const list = `import("isonomy/abis").then((abis) => console.log(JSON.stringify(abis)))`;
      const abis = JSON.parse(await node(["--input-type=module", "-e", list])) as Record<string, unknown>;
      const names = (await hre.artifacts.getAllFullyQualifiedNames()).filter((name) => name.startsWith("contracts/"));
      let compared = 0;
      for (const fullName of names) {
        const { abi, bytecode, contractName } = await hre.artifacts.readArtifact(fullName);
        // a part of another contract, or a library that is inlined, is never at an address of its own
        const isThere = bytecode !== "0x" || /^I[A-Z]/.test(contractName);
        if (!isThere || !abi.some(({ type }: { type: string }) => type === "function")) continue;
        const key = `${contractName[0]!.toLowerCase()}${contractName.slice(1)}Abi`;
        expect(abis, fullName).to.have.property(key).that.deep.equals(abi);
        compared++;
      }
      expect(compared).to.be.greaterThan(20);
    });

    it("has Solidity interfaces that compile by themselves", async function () {
      const { default: solc } = (await import("solc")) as unknown as {
        default: { compile(input: string, callbacks: { import(path: string): { contents: string } }): string };
      };
      const inside = join(place, "node_modules/isonomy/contracts");
      const files = readdirSync(inside, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sol"));
      expect(files).to.include.members(["license/ILicenseToken.sol", "market/IMarket.sol", "exchange/IExchange.sol"]);
      const sources = Object.fromEntries(
        files.map((file) => [`isonomy/contracts/${file}`, { content: readFileSync(join(inside, file), "utf8") }]),
      );
      const settings = { outputSelection: { "*": { "*": ["abi"] } } };
      // OpenZeppelin's sources are an optional peer: those who write contracts have them
      const found = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
      const { errors = [] } = JSON.parse(
        solc.compile(JSON.stringify({ language: "Solidity", sources, settings }), { import: found }),
      ) as { errors?: { severity: string; formattedMessage: string }[] };
      expect(errors.map(({ formattedMessage }) => formattedMessage)).to.deep.equal([]);
    });
  });

  describe("how it is imported", () => {
    const namesOf = (text: string): string[] =>
      (JSON.parse(text) as string[]).filter((name) => name !== "default").sort();

    for (const entry of ENTRIES) {
      it(`${entry}: the same names by import and by require, where require finds CommonJS alone`, async () => {
        const imported = await node([
          "--input-type=module",
          "-e",
          `import("${entry}").then((all) => console.log(JSON.stringify(Object.keys(all))))`,
        ]);
        const required = await node([
          "--no-experimental-require-module",
          "-e",
          `console.log(JSON.stringify(Object.keys(require("${entry}"))))`,
        ]);
        expect(namesOf(imported)).to.deep.equal(namesOf(required));
        expect(namesOf(imported)).to.not.be.empty;
      });
    }

    it("seals a file in worker threads, by import and by require, to the roots of the portable code", async () => {
      const program = `
        async function main({ prepareInto, portablePlatform, MemoryBlocks, UnixFsStore }, { nodePlatform }) {
          const file = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 31 + (i >> 8)) % 256);
          const keys = { randomBytes: (length) => new Uint8Array(length).fill(7) };
          const roots = [];
          for (const platform of [{ ...portablePlatform, ...keys }, { ...nodePlatform(2), ...keys }]) {
            const { root, contentRoot, size } = (await prepareInto([file.slice()], new UnixFsStore(new MemoryBlocks()), platform));
            roots.push([root, contentRoot, String(size)]);
          }
          console.log(JSON.stringify(roots));
        }`;
      const forms: [string, string[]][] = [
        [`${program}\nmain(await import("isonomy"), await import("isonomy/node"));`, ["--input-type=module"]],
        [`${program}\nmain(require("isonomy"), require("isonomy/node"));`, ["--no-experimental-require-module"]],
      ];
      for (const [code, flags] of forms) {
        const [portable, threads] = JSON.parse(await node([...flags, "-e", code])) as [string[], string[]];
        expect(threads).to.deep.equal(portable);
        expect(portable[2]).to.equal("5000000");
      }
    });

    it("shares its classes between entries: an error of one is an error of the other", async () => {
      const code = `
        const { isIsonomyError, IsonomyError } = require("isonomy");
        const { folderStore } = require("isonomy/node");
        (async () => { for await (const piece of folderStore("nowhere").get("not a cid")) piece; })()
          .catch((error) => console.log(isIsonomyError(error), error instanceof IsonomyError, error.code));`;
      expect((await node(["-e", code])).trim()).to.equal("true true BLOB_CID_INVALID");
    });
  });

  describe("types", () => {
    const CONSUMER = `
      import { ZeroAddress, type Signer } from "ethers";
      import { MarketClient, sharesOf, type Purchase } from "isonomy";
      import { iMarketAbi } from "isonomy/abis";
      import { addressBook } from "isonomy/addresses";
      import { nodePlatform } from "isonomy/node";
      import { IMarket__factory, type IMarket } from "isonomy/typechain";

      export async function buy(market: MarketClient, signer: Signer): Promise<bigint> {
        const purchase: Purchase = await market.connect(signer).purchase((await market.offersOf(1n))[0]!.offer);
        const typed: IMarket = IMarket__factory.connect(ZeroAddress, signer);
        await typed.hashOffer((await market.offersOf(1n))[0]!.offer);
        return purchase.licenseId + sharesOf(100n, 5n, 5n).toPayee;
      }
      // names and types of an ABI are known, not only that it is a list
      export type Names = Extract<(typeof iMarketAbi)[number], { type: "function" }>["name"];
      export const known: Names = "purchase";
      // @ts-expect-error no function of the market has this name
      export const unknown: Names = "buyEverything";
      export const places = [addressBook[1]?.contracts.Market, nodePlatform().name];
      // @ts-expect-error an amount is a bigint
      sharesOf(100, 5n, 5n);
    `;
    const MODES: [string, string, Record<string, unknown>][] = [
      ["Node's ESM", "consumer.mts", { module: "node16", moduleResolution: "node16" }],
      ["Node's CommonJS", "consumer.cts", { module: "node16", moduleResolution: "node16" }],
      ["a package without a type", "consumer.ts", { module: "node16", moduleResolution: "node16" }],
      ["the newest Node's ESM", "consumer.mts", { module: "nodenext", moduleResolution: "nodenext" }],
      ["the newest Node's CommonJS", "consumer.cts", { module: "nodenext", moduleResolution: "nodenext" }],
      ["a bundler", "consumer.ts", { module: "esnext", moduleResolution: "bundler" }],
      ["a bundler that keeps modules", "consumer.ts", { module: "preserve", moduleResolution: "bundler" }],
      ["the resolution of Node 10", "consumer.ts", { module: "commonjs", moduleResolution: "node10" }],
    ];
    for (const [mode, file, options] of MODES) {
      it(`check a consumer strictly in ${mode}`, async () => {
        const folder = join(place, mode.replace(/\W/g, "-"));
        mkdirSync(folder);
        writeFileSync(join(folder, file), CONSUMER);
        const compilerOptions = {
          ...options,
          target: "es2022",
          strict: true,
          noEmit: true,
          types: [],
          // a project that checks libraries checks this one, and what its declarations import
          skipLibCheck: false,
        };
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
        const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
        const { status, stdout } = await run(process.execPath, [tsc, "--project", folder], place);
        expect(stdout).to.equal("");
        expect(status).to.equal(0);
      });
    }
  });

  describe("in a page", () => {
    /** What is left of a program for a browser, and which files it took. */
    const bundled = async (contents: string): Promise<{ bytes: number; files: string[] }> => {
      const { outputFiles, metafile } = await build({
        stdin: { contents, resolveDir: place },
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        write: false,
        metafile: true,
        logLevel: "silent",
      });
      const { inputs } = Object.values(metafile.outputs)[0]!;
      const files = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      return { bytes: outputFiles[0]!.contents.length, files: files.map(([file]) => file) };
    };

    it("needs nothing that only Node has", async () => {
      // a bundler for browsers stops at the first import of node:fs and the like
      const { bytes } = await bundled(`export * from "isonomy"; export * from "isonomy/addresses";`);
      expect(bytes).to.be.greaterThan(100_000);
    });

    for (const name of WITHOUT_ETHERS) {
      it(`finds no ethers in ${name}`, async () => {
        const { bytes, files } = await bundled(`import * as all from "${name}"; console.log(all);`);
        expect(bytes).to.be.greaterThan(1_000);
        expect(files.filter((file) => file.includes("node_modules/ethers/"))).to.deep.equal([]);
      });
    }

    it("leaves out all that is not used", async () => {
      expect((await bundled(`import "isonomy"; import "isonomy/abis"; import "isonomy/typechain";`)).bytes).to.equal(0);
      const { bytes, files } = await bundled(`import { sharesOf } from "isonomy"; console.log(sharesOf(1n, 2n, 3n));`);
      // its own file, and what makes its failures errors without secrets
      const needed = ["base/checked", "base/error", "base/template", "market/shares", "text/redact", "text/time"];
      expect(
        files
          .filter((file) => file.includes("node_modules"))
          .map((file) => file.replace(/^.*\/dist\/esm\//, "").replace(/\.mjs$/, ""))
          .sort(),
      ).to.deep.equal(needed);
      expect(bytes).to.be.below(6_000);
    });

    it(`buys in at most ${BUDGET_KB} kB gzipped, of which at most ${BUDGET_OURS_KB} kB are this package`, async () => {
      const { total, ours, packages } = await pageSize(place);
      expect(packages).to.include.members(["isonomy", "ethers"]);
      expect(packages).to.not.include.members(["ajv"]);
      expect(ours / 1_000).to.be.within(1, BUDGET_OURS_KB);
      expect(total / 1_000).to.be.within(50, BUDGET_KB);
    });
  });
});

function manifestOf(folder: string): Record<string, Record<string, string>> & { version: string } {
  const file = join(folder, "package.json");
  expect(existsSync(file), file).to.equal(true);
  return JSON.parse(readFileSync(file, "utf8"));
}
