import { expect } from "chai";
import { createRequire } from "node:module";

const { commentsOf, wordsIn } = createRequire(__filename)("../../../scripts/check/lib/words.cjs") as {
  commentsOf(source: string): string;
  wordsIn(text: string, page: string): string[];
};

describe("the words of the docs and of comments", () => {
  it("are named with their page, their line and a better word", () => {
    expect(wordsIn("A title.\n\nWhoever deploys it can mend it.\n", "docs/deploy.md")).to.deep.equal([
      'docs/deploy.md:3: "Whoever": say anyone who, or the noun: the caller, the holder.',
      'docs/deploy.md:3: "mend": say fix or repair.',
    ]);
  });

  for (const [line, word] of [
    ["Everything but for the token.", "but for"],
    ["The time, in seconds since 1970.", "seconds since 1970"],
    ["One file a network.", "One file a network"],
    ["So many persons vote.", "So many"],
    ["Fifty persons vote.", "persons"],
    ["A citizen votes for herself.", "herself"],
  ] as const) {
    it(`include "${word}"`, () => expect(wordsIn(line, "a.md")[0]).to.contain(`a.md:1: "${word}"`));
  }

  it("may be in code, in a block of it, in a link's target and in the title of a test", () => {
    const text = [
      "Call `mend()`, see [there](mend.md).",
      "```sh",
      "echo whoever",
      "```",
      "| a claim | `test/a.test.ts` › pays whoever asks; `test/b.test.ts` › mends it |",
    ];
    expect(wordsIn(text.join("\n"), "a.md")).to.deep.equal([]);
  });

  it("are found in the comments of a contract, on their lines, and not in its code", () => {
    const source = [
      "/// @notice Whoever calls.",
      "function whoever() external {",
      '    revert("mend http://a");',
      "    mend(); // so many",
      "}",
      "/* but for",
      " * persons",
      " */",
      "uint256 persons;",
    ];
    const lines = wordsIn(commentsOf(source.join("\n")), "A.sol").map((said) => said.split(": say")[0]);
    expect(lines).to.deep.equal([
      'A.sol:1: "Whoever"',
      'A.sol:4: "so many"',
      'A.sol:6: "but for"',
      'A.sol:7: "persons"',
    ]);
  });

  it("are found after a block of code, and not within a longer word", () => {
    expect(wordsIn("```\ncode\n```\nso many", "a.md")).to.have.length(1);
    expect(wordsIn("an amendment, a commendation", "a.md")).to.deep.equal([]);
  });
});
