import { expect } from "chai";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { amount, runSteps, table, writeReceipt, type Step } from "../../../scripts/demo/ui";

describe("Progress of the demonstration", () => {
  describe("runSteps", () => {
    const run = async (steps: Step<string[]>[], context: string[] = []) => {
      const printed: string[] = [];
      const started: string[] = [];
      const records = await runSteps(steps, context, {
        live: false,
        print: (line) => printed.push(line),
        onStart: (title) => started.push(title),
      });
      return { records, printed, started, context };
    };

    it("runs the steps in order with one context, and prints each with its time and gas", async () => {
      const { records, printed, started, context } = await run([
        { title: "First", run: async (seen) => void seen.push("first") },
        {
          title: "Second",
          run: async (seen, report) => {
            seen.push("second");
            report.say("done");
            report.spent({ hash: "0x01", gasUsed: 1_000n });
            report.spent({ hash: "0x02", gasUsed: 234n });
            report.spentGas(1n);
            report.show(["a line"]);
          },
        },
      ]);
      expect(context).to.deep.equal(["first", "second"]);
      expect(started).to.deep.equal(["First", "Second"]);
      expect(printed.map((line) => line.replace(/\d+\.\d s/, "T s"))).to.deep.equal([
        " 1/2 First (T s)",
        " 2/2 Second: done (T s, 1,235 gas)",
        "        a line",
      ]);
      expect(records[1]).to.include({ title: "Second", result: "done", gas: "1235" });
      expect(records[1]!.transactions).to.deep.equal(["0x01", "0x02"]);
    });

    it("stops at the first step that fails, and passes its error on as it is", async () => {
      const failure = new Error("no");
      const ran: string[] = [];
      let caught: unknown;
      await runSteps(
        [
          { title: "Fails", run: () => Promise.reject(failure) },
          { title: "Never", run: async () => void ran.push("never") },
        ],
        undefined,
        { live: false, print: () => undefined },
      ).catch((error: unknown) => (caught = error));
      expect(caught).to.equal(failure);
      expect(ran).to.deep.equal([]);
    });

    it("announces a step that takes long", async () => {
      const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 2_100));
      const { printed } = await run([{ title: "Slow", run: slow }]);
      expect(printed).to.have.length(2);
      expect(printed[0]).to.equal(" 1/1 Slow ...");
    });
  });

  describe("amount", () => {
    const cases: [bigint, number, string][] = [
      [0n, 6, "0.00 X"],
      [25_000_000n, 6, "25.00 X"],
      [21_875_000n, 6, "21.875 X"],
      [1_234_567_000_001n, 6, "1,234,567.000001 X"],
      [1_999_999_999_999_999_999n, 18, "1.999999 X"],
      [7n, 0, "7.00 X"],
    ];
    for (const [value, decimals, text] of cases) {
      it(`writes ${value} with ${decimals} decimals as ${text}`, () => {
        expect(amount(value, decimals, "X")).to.equal(text);
      });
    }
  });

  describe("table", () => {
    it("shows a heading and every row", () => {
      const text = table(["name", "value"], [["a", "1"]]);
      for (const cell of ["name", "value", "a", "1"]) expect(text).to.include(cell);
    });
  });

  describe("writeReceipt", () => {
    it("writes numbers of any size as text, whole, and leaves nothing else behind", async () => {
      const folder = await mkdtemp(join(tmpdir(), "isonomy-receipt-"));
      const file = join(folder, "deep", "receipt.json");
      writeReceipt(file, { old: true });
      writeReceipt(file, { price: 2n ** 70n, list: [1n] });
      expect(JSON.parse(await readFile(file, "utf8"))).to.deep.equal({ price: (2n ** 70n).toString(), list: ["1"] });
      expect(await readdir(join(folder, "deep"))).to.deep.equal(["receipt.json"]);
      await rm(folder, { recursive: true });
    });
  });
});
