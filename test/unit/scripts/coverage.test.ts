import { expect } from "chai";

type Report = Record<string, object>;

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript without types
const { counted, joined, missed } = require("../../../scripts/lib/coverage.cjs") as {
  counted: (report: Report) => Record<"lines" | "branches", [hit: number, all: number]>;
  joined: (reports: readonly Report[]) => Report;
  missed: (report: Report) => Record<string, number[]>;
};

const at = (line: number) => ({ start: { line }, end: { line } });
/** A file with two lines, the second in two statements, and one branch. */
const file = (s: [number, number, number], b: [number, number]) => ({
  statementMap: { 1: at(1), 2: at(2), 3: at(2) },
  s: { 1: s[0], 2: s[1], 3: s[2] },
  l: { 1: s[0], 2: Math.max(s[1], s[2]) },
  f: { 1: s[0] },
  b: { 1: b },
  branchMap: { 1: { line: 2 } },
});

describe("Reports of coverage", () => {
  it("count a line as reached that any run reached, and each way of a branch by itself", () => {
    const first = { "a.sol": file([1, 0, 0], [0, 0]) };
    const second = { "a.sol": file([0, 0, 2], [0, 3]), "b.sol": file([0, 0, 0], [0, 0]) };
    expect(counted(first)).to.deep.equal({ lines: [1, 2], branches: [0, 2] });
    const both = joined([first, second]);
    expect(counted(both)).to.deep.equal({ lines: [2, 4], branches: [1, 4] });
    expect(missed(both)).to.deep.equal({ "a.sol": [2], "b.sol": [1, 2] });
    // what was joined is not changed
    expect(counted(first)).to.deep.equal({ lines: [1, 2], branches: [0, 2] });
  });
});
