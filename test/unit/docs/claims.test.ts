import { expect } from "chai";

import { claimsIn, pageOfClaims } from "../../../scripts/docs/lib/claims";

describe("Claims above tests", () => {
  const TEST = "test/unit/Garden.test.ts";
  const garden = [
    `  // claim(attacks#the-garden): pick an apple`,
    `  // claim(attacks#the-garden): climb a fence that is far too high for a visitor`,
    `  //   by night`,
    `  // a reason that is no claim`,
    `  it("lets nobody in who has no key, " + "by day or night", () => {`,
    `    expect(climb()).to.throw("no");`,
    `  // claim(invariants#trees): a tree has a root | the wind`,
    `    ["of an \\"oak\\" | a beech", 1],`,
    "  // claim(invariants#trees): a tree has bark | the bugs",
    "  it(`covers ${tree} whole`, () => {",
  ].join("\n");

  it("name their page, their section, what they say and the test that follows", () => {
    const test = { path: TEST, title: "lets nobody in who has no key, by day or night", profits: undefined };
    const place = { page: "attacks", section: "the-garden" };
    expect(claimsIn(TEST, garden)).to.deep.equal([
      { ...place, ...test, sentence: "pick an apple" },
      { ...place, ...test, sentence: "climb a fence that is far too high for a visitor by night" },
      {
        ...{ page: "invariants", section: "trees", sentence: "a tree has a root", profits: "the wind" },
        ...{ path: TEST, title: 'of an "oak" | a beech' },
      },
      {
        ...{ page: "invariants", section: "trees", sentence: "a tree has bark", profits: "the bugs" },
        ...{ path: TEST, title: "covers … whole" },
      },
    ]);
  });

  it("in Solidity stand above an assertion, or else above a function with its documentation", () => {
    const titles = claimsIn(
      "test/invariant/Garden.t.sol",
      [
        `// claim(attacks#the-garden): pick an apple`,
        `assertEq(apples(), before, "an apple is gone");`,
        `// claim(attacks#the-garden): pick a pear`,
        `/// @dev Counts pears.`,
        `function invariant_pears() public view {`,
        `    fail("a pear is gone");`,
      ].join("\n"),
    ).map(({ title }) => title);
    expect(titles).to.deep.equal(["an apple is gone", "invariant_pears"]);
  });

  it("are refused when nothing follows them or they are written otherwise", () => {
    expect(() => claimsIn(TEST, "// claim(attacks#the-garden): pick an apple\nlet x = 1;")).to.throw(
      `${TEST}:1: no test, assertion or function follows this claim.`,
    );
    expect(() => claimsIn("a.sol", '// claim(attacks#a): b\nx = 1;\nfail("later");')).to.throw("a.sol:1: no test");
    expect(() => claimsIn(TEST, "\n// claim: pick an apple")).to.throw(
      `${TEST}:2: write "// claim(PAGE#SECTION): SENTENCE".`,
    );
  });

  const PAGE = [
    "# Attacks\n",
    "Prose.\n",
    "## The garden\n",
    "| attack | held by |",
    "| --- | --- |",
    "| climb a fence that is far too high for a visitor by night | what was here |",
    "| fly in | cannot apply: nobody who comes here has wings |",
    "| dig | a test that is gone |\n",
    "## How to read it\n",
    "| other | table |",
    "| --- | --- |",
    "| a | b |\n",
  ].join("\n");

  it("make the rows of their table; prose, other tables and lines that cannot apply stay", () => {
    const claims = claimsIn(TEST, garden);
    const again = { ...claims[1]!, path: "proofs/Fence.sol", title: "tooHigh" };
    const page = pageOfClaims("attacks", PAGE, [...claims, again]);
    const title = "lets nobody in who has no key, by day or night";
    expect(page).to.equal(
      PAGE.replace("| what was here |", `| \`${TEST}\` › ${title}; \`proofs/Fence.sol\` › tooHigh |`).replace(
        "| dig | a test that is gone |",
        `| pick an apple | \`${TEST}\` › ${title} |`,
      ),
    );
    expect(pageOfClaims("attacks", page, [...claims, again])).to.equal(page);
  });

  it("of an invariant say once who profits, and a bar within a cell stays one", () => {
    const page = "## Trees\n\n| property | who profits | held by |\n| - | - | - |\n";
    const [claim] = claimsIn(TEST, garden).slice(2);
    const second = { ...claim!, profits: undefined, title: "elsewhere" };
    expect(pageOfClaims("invariants", page, [claim!, second])).to.equal(
      `${page}| a tree has a root | the wind | \`${TEST}\` › of an "oak" \\| a beech; \`${TEST}\` › elsewhere |\n`,
    );
    expect(() => pageOfClaims("invariants", page, [second])).to.throw("No claim says who profits");
    expect(() => pageOfClaims("invariants", page, [claim!, { ...second, profits: "the rain" }])).to.throw(
      '"a tree has a root" names others who profit than elsewhere: the rain.',
    );
    expect(() => pageOfClaims("attacks", PAGE, [{ ...claim!, page: "attacks", section: "the-garden" }])).to.throw(
      "An attack has no part behind a bar",
    );
  });

  it("without a table to go to are refused", () => {
    const lost = { ...claimsIn(TEST, garden)[0]!, section: "the-pond" };
    expect(() => pageOfClaims("attacks", PAGE, [lost])).to.throw(
      'docs/attacks.md has no table in a section "the-pond"',
    );
  });
});
