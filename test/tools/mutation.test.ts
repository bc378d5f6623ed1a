import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { Journal } from "../../scripts/mutation/journal";
import { mutantsOf, type Mutant } from "../../scripts/mutation/operators";
import type { Explanation, Outcome } from "../../scripts/mutation/report";
import { runPlans, type Plan } from "../../scripts/mutation/run";
import { Project, textOf } from "../../scripts/mutation/sources";
import { requireTests, testsOf } from "../../scripts/mutation/tests";
import { NotGreen } from "../../scripts/mutation/worker-process";
import { OUT_OF_MEMORY } from "../../scripts/mutation/worker-protocol";

describe("Mutation testing at work", () => {
  describe("tests of a contract", () => {
    it("are there for every contract that has code", function () {
      this.timeout(120_000);
      const all = new Project().mutants();
      expect(all.size).to.be.greaterThan(30);
      requireTests([...all.keys()]);

      const ids = new Set([...all.values()].flat().map(({ id }) => id));
      const explained = JSON.parse(readFileSync("scripts/mutation/explained.json", "utf8")) as Explanation[];
      expect(explained.filter(({ id }) => !ids.has(id)).map(({ change }) => change)).to.deep.equal([]);
      expect(explained.filter(({ reason }) => reason.length < 20)).to.deep.equal([]);
    });
  });

  describe("a run", () => {
    const DIRECTORY = "contracts/governance/Directory.sol";
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "isonomy-mutation-"))));
    after(() => rmSync(folder, { recursive: true }));

    function planOf(matches: (mutant: Mutant) => boolean): Plan {
      const directory = new Project({ [DIRECTORY]: textOf(DIRECTORY) });
      const chosen = mutantsOf(DIRECTORY, textOf(DIRECTORY), directory.treeOf(DIRECTORY)).filter(matches);
      return {
        file: DIRECTORY,
        tests: testsOf(DIRECTORY),
        contracts: [{ file: DIRECTORY, name: "Directory" }],
        mutants: chosen,
        quota: chosen.length,
      };
    }
    async function run(
      plan: Plan,
      name = "journal.jsonl",
    ): Promise<{ outcomes: Outcome[]; fresh: number; starts: number }> {
      const outcomes: Outcome[] = [];
      let [fresh, starts] = [0, 0];
      await runPlans([plan], {
        seed: 1,
        workers: 1,
        journal: new Journal(join(folder, name)),
        onNotGreen: () => undefined,
        onStart: () => starts++,
        onResult: (mutant, result, isNew) => {
          outcomes.push({ mutant, result });
          if (isNew) fresh++;
        },
      });
      return { outcomes, fresh, starts };
    }
    /** The refusal of what has no code: a test demands it. */
    const killed = ({ operator, statement }: Mutant): boolean =>
      operator === "check" && statement.startsWith("require(entry.code.length != 0");
    const opposite = ({ operator, original, statement }: Mutant): boolean =>
      operator === "comparison" && original === "!=" && statement.includes("name != bytes32(0)");

    it("kills a mutant that breaks what a test demands, names the test, and does not test it again", async function () {
      this.timeout(300_000);
      const plan = planOf((mutant) => killed(mutant) || opposite(mutant));
      expect(plan.mutants).to.have.length(2);
      const first = await run(plan);
      expect(first.starts).to.equal(1);
      expect(first.outcomes.map(({ result }) => result.status)).to.deep.equal(["killed", "killed"]);
      expect(first.outcomes.find(({ mutant }) => killed(mutant))?.result.by).to.equal(
        "Directory refuses an empty name, an address without code and what is in force already",
      );

      const again = await run(plan);
      expect(again.outcomes).to.have.length(2);
      expect(again.fresh).to.equal(0);
      expect(again.starts).to.equal(0);
    });

    it("does not call a mutant killed for the memory that others filled, and starts the tests anew", async function () {
      this.timeout(300_000);
      const full = relative(process.cwd(), join(folder, "full.test.ts"));
      // the first mutant takes two runs, its own and the contract's; the third run finds the memory full, as the worker would say
      writeFileSync(
        full,
        `const { expect } = require(${JSON.stringify(require.resolve("chai"))});
         const { ethers } = require(${JSON.stringify(require.resolve("hardhat"))});
         let runs = 0;
         it("remembers a module", async () => {
           if (++runs > 2) process.exit(${OUT_OF_MEMORY});
           const [owner] = await ethers.getSigners();
           const authority = await ethers.deployContract("Authority", [owner.address]);
           const directory = await ethers.deployContract("Directory", [authority]);
           await expect(directory.set(ethers.id("x"), owner.address)).to.be.reverted;
           await expect(directory.set(ethers.ZeroHash, authority)).to.be.reverted;
         });`,
      );
      const plan = { ...planOf((mutant) => killed(mutant) || opposite(mutant)), tests: [full] };
      const { outcomes } = await run(plan, "full.jsonl");
      expect(outcomes.map(({ result }) => [result.status, result.by])).to.deep.equal(
        plan.mutants.map(() => ["killed", "remembers a module"]),
      );
    });

    it("refuses when the tests do not pass with the contract as it is", async function () {
      this.timeout(300_000);
      const red = relative(process.cwd(), join(folder, "red.test.ts"));
      writeFileSync(red, 'it("never passes", () => { throw new Error("red"); });');
      const plan = { ...planOf(() => true), tests: [red] };
      const refusal = await run(plan).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(NotGreen);
      expect((refusal as Error).message).to.contain("never passes");
    });
  });
});
