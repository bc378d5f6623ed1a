import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fingerprint, Journal, type Entry } from "../../../scripts/mutation/journal";
import { likeliestFirst } from "../../../scripts/mutation/likeliest";
import { apply, mutantsOf, type Mutant, type Operator } from "../../../scripts/mutation/operators";
import {
  figuresOf,
  pageOf,
  withPart,
  withPartsOf,
  type Explanation,
  type Outcome,
} from "../../../scripts/mutation/report";
import { quotas, shuffled } from "../../../scripts/mutation/sample";
import { compile, Project } from "../../../scripts/mutation/sources";
import { requireTests, testsOf } from "../../../scripts/mutation/tests";

const FILE = "contracts/Small.sol";
const USER = "contracts/User.sol";
const SMALL = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface ISmall {
    function bounded(uint256 value) external returns (uint256);
}

library Double {
    function twiceOf(uint256 value) internal pure returns (uint256) {
        return value + value;
    }
}

/// @notice Twice a value, “quoted” to put bytes before what follows.
contract Small is ISmall {
    error Small_TooMuch(uint256 value, uint256 most);

    event Seen(uint256 value, uint256 twice, address by);

    uint256 private constant MOST = 3 days;
    bool public open = true;
    uint256 public last;

    modifier whenOpen() {
        if (!open) revert();
        _;
    }

    function bounded(uint256 value) external whenOpen returns (uint256 result) {
        require(value <= MOST, Small_TooMuch(value, MOST));
        if (open && value != 7) last = value;
        emit Seen(value, Double.twiceOf(value), msg.sender);
        for (uint256 i = 0; i < value; ++i) result += i << 1;
    }

    function inner(uint256 value) external pure returns (uint256 result) {
        assembly ("memory-safe") {
            if value {
                result := sub(value, 1)
            }
            mstore(0x00, result)
        }
    }
}
`;
const USES = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Double, ISmall} from "./Small.sol";

contract Direct {
    function twice(uint256 value) external pure returns (uint256) {
        return Double.twiceOf(value);
    }
}

contract Heir is Direct {}

contract Caller {
    function ask(ISmall small) external returns (uint256) {
        return small.bounded(1);
    }
}
`;

const RULES_FILE = "contracts/Rules.sol";
const RULES = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

struct Terms {
    uint64 since;
    uint64 until;
    bool open;
}

contract Rules {
    uint256 private constant LEAST = 3;
    uint256 private constant MOST = 9;

    mapping(bytes32 domain => mapping(address who => Terms)) private _terms;
    mapping(uint32 id => uint256) private _plain;
    uint256 public first;
    uint256 public second;

    function allowed(bytes32 domain, address who, uint256 asked) external view returns (bool) {
        Terms storage held = _terms[domain][who];
        return (held.open && asked > LEAST && asked < held.until) || who == address(0);
    }

    function write(bytes32 domain, uint64 since, uint64 until, uint32 id) external {
        _terms[domain][msg.sender] = Terms({since: since, until: until, open: true});
        (first, _plain[id]) = (uint256(since), 7);
        _terms[domain][msg.sender].open = until > since;
        Terms memory copy = _terms[domain][msg.sender];
        copy.since = since;
        first = hashOf(since, id) > 0 ? copy.since : MOST;
    }

    function round(uint256 a, uint256 b) external pure returns (uint256 sum) {
        sum = Math.min(a, b) + a / b + Math.ceilDiv(b, a);
        sum += Math.mulDiv(a, b, 5) + Math.sqrt(a, Math.Rounding.Floor) + halfUp(a);
    }

    function hashOf(uint64 since, uint32 id) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(since, id)));
    }

    function halfUp(uint256 whole) internal pure returns (uint256) {
        return whole - halfDown(whole);
    }

    function halfDown(uint256 whole) internal pure returns (uint256) {
        return whole / 2;
    }
}
`;

describe("Mutation testing", () => {
  const sources = { [FILE]: SMALL, [USER]: USES };
  let project: Project;
  let mutants: Mutant[];
  before(() => {
    project = new Project(sources);
    mutants = mutantsOf(FILE, SMALL, project.treeOf(FILE));
  });

  const of = (operator: Operator): Mutant[] => mutants.filter((mutant) => mutant.operator === operator);
  /** The line that a mutant makes of the one it changes. */
  const lineOf = (mutant: Mutant): string => apply(SMALL, mutant).split("\n")[mutant.line - 1].trim();
  const only = (operator: Operator, original: string): Mutant => {
    const found = of(operator).filter((mutant) => mutant.original === original);
    expect(found, `${operator} of ${original}`).to.have.length(1);
    return found[0];
  };

  describe("operators", () => {
    const made: [Operator, string, string][] = [
      ["arithmetic", "+", "return value - value;"],
      ["arithmetic", "+=", "for (uint256 i = 0; i < value; ++i) result -= i << 1;"],
      ["arithmetic", "++", "for (uint256 i = 0; i < value; --i) result += i << 1;"],
      ["arithmetic", "sub", "result := add(value, 1)"],
      ["bits", "<<", "for (uint256 i = 0; i < value; ++i) result += i >> 1;"],
      ["boundary", "<=", "require(value < MOST, Small_TooMuch(value, MOST));"],
      ["comparison", "<=", "require(value > MOST, Small_TooMuch(value, MOST));"],
      ["comparison", "!=", "if (open && value == 7) last = value;"],
      ["logic", "&&", "if (open || value != 7) last = value;"],
      ["negation", "!", "if (open) revert();"],
      ["negation", "open && value != 7", "if (!(open && value != 7)) last = value;"],
      ["negation", "value", "if iszero(value) {"],
      ["check", "require(value <= MOST, Small_TooMuch(value, MOST));", "{}"],
      ["modifier", "whenOpen", "function bounded(uint256 value) external  returns (uint256 result) {"],
      ["arguments", "value, MOST", "require(value <= MOST, Small_TooMuch(MOST, value));"],
      ["arguments", "value, Double.twiceOf(value)", "emit Seen(Double.twiceOf(value), value, msg.sender);"],
      ["arguments", "value, 1", "result := sub(1, value)"],
      ["statement", "last = value;", "if (open && value != 7) {}"],
      ["statement", "emit Seen(value, Double.twiceOf(value), msg.sender);", "{}"],
      ["statement", "++i", "for (uint256 i = 0; i < value; ) result += i << 1;"],
      ["statement", "return value + value;", "{}"],
      ["statement", "mstore(0x00, result)", "{}"],
      ["literal", "3 days", "uint256 private constant MOST = (3 days + 1 days);"],
      ["literal", "true", "bool public open = false;"],
      ["literal", "7", "if (open && value != (7 + 1)) last = value;"],
      ["literal", "0x00", "mstore(0x1, result)"],
    ];
    for (const [operator, original, expected] of made) {
      it(`${operator} makes "${expected}" by changing "${original}"`, () => {
        expect(lineOf(only(operator, original))).to.equal(expected);
      });
    }

    describe("of rules", () => {
      let rules: Mutant[];
      let ruled: Project;
      before(() => {
        ruled = new Project({ [RULES_FILE]: RULES });
        rules = mutantsOf(RULES_FILE, RULES, ruled.treeOf(RULES_FILE), ruled.declarations());
      });
      /** The lines that an operator makes of the one line that says this. */
      const linesOf = (operator: Operator, said: string): string[] => {
        const lines = RULES.split("\n");
        const at = lines.findIndex((line) => line.includes(said)) + 1;
        expect(
          lines.filter((line) => line.includes(said)),
          said,
        ).to.have.length(1);
        return rules
          .filter((mutant) => mutant.operator === operator && mutant.line === at)
          .map((mutant) => apply(RULES, mutant).split("\n")[at - 1].trim());
      };

      const expected: [Operator, string, string[]][] = [
        [
          "conjunct",
          "return (held.open",
          [
            "return (held.open && asked > LEAST && asked < held.until);",
            "return who == address(0);",
            "return (held.open && asked > LEAST) || who == address(0);",
            "return (held.open && asked < held.until) || who == address(0);",
            "return (asked > LEAST && asked < held.until) || who == address(0);",
          ],
        ],
        [
          "variable",
          "return (held.open",
          [
            "return (held.open && asked > MOST && asked < held.until) || who == address(0);",
            "return (held.open && asked > LEAST && asked < held.since) || who == address(0);",
          ],
        ],
        ["variable", "copy.since = since;", ["copy.until = since;", "copy.since = until;"]],
        [
          "write",
          "_terms[domain][msg.sender] = Terms({",
          [
            "_terms[domain][msg.sender] = Terms({since: (since + 1), until: until, open: true});",
            "_terms[domain][msg.sender] = Terms({since: since, until: (until + 1), open: true});",
          ],
        ],
        ["write", "(first, _plain[id])", ["(first, _plain[id]) = ((uint256(since) + 1), 7);"]],
        ["write", "].open = until > since;", ["_terms[domain][msg.sender].open = !(until > since);"]],
        ["write", "copy.since = since;", []],
        ["write", "first = hashOf", ["first = ((hashOf(since, id) > 0 ? copy.since : MOST) + 1);"]],
        [
          "rounding",
          "sum = Math.min",
          [
            "sum = Math.max(a, b) + a / b + Math.ceilDiv(b, a);",
            "sum = Math.min(a, b) + ((a + b - 1) / b) + Math.ceilDiv(b, a);",
            "sum = Math.min(a, b) + a / b + ((b) / (a));",
          ],
        ],
        [
          "rounding",
          "sum += Math.mulDiv",
          [
            "sum += Math.mulDiv(a, b, 5, Math.Rounding.Ceil) + Math.sqrt(a, Math.Rounding.Floor) + halfUp(a);",
            "sum += Math.mulDiv(a, b, 5) + Math.sqrt(a, Math.Rounding.Ceil) + halfUp(a);",
            "sum += Math.mulDiv(a, b, 5) + Math.sqrt(a, Math.Rounding.Floor) + halfDown(a);",
          ],
        ],
        [
          "key",
          "Terms storage held",
          ["Terms storage held = _terms[bytes32(0)][who];", "Terms storage held = _terms[domain][address(0)];"],
        ],
        [
          "key",
          "keccak256",
          ["return uint256(keccak256(abi.encode(id)));", "return uint256(keccak256(abi.encode(since)));"],
        ],
        ["key", "(first, _plain[id])", []],
      ];
      for (const [operator, said, made] of expected) {
        it(`${operator} makes ${made.length} of "${said}"`, () => {
          expect(linesOf(operator, said)).to.have.members(made);
        });
      }

      it("compile, each to other code", () => {
        const deployed = ruled.madeFrom(RULES_FILE);
        const original = compile(deployed, { [RULES_FILE]: RULES }) as ReadonlyMap<string, unknown>;
        const refused: string[] = [];
        for (const mutant of rules) {
          const code = compile(deployed, { [RULES_FILE]: apply(RULES, mutant) });
          const line = apply(RULES, mutant).split("\n")[mutant.line - 1];
          if (!(code instanceof Map)) refused.push(`${mutant.operator}: ${line}`);
          else if (JSON.stringify([...code]) === JSON.stringify([...original])) refused.push(`the same: ${line}`);
        }
        expect(refused).to.deep.equal([]);
      });
    });

    it("removes a revert as the check that it is", () => {
      expect(of("check").map(lineOf)).to.include("if (!open) {}");
    });

    it("does not swap arguments of different types, and leaves interfaces and types alone", () => {
      expect(of("arguments").map(({ original }) => original)).not.to.include("Double.twiceOf(value), msg.sender");
      const first = SMALL.slice(0, SMALL.indexOf("library Double")).split("\n").length;
      expect(mutants.filter(({ line }) => line < first)).to.deep.equal([]);
    });

    it("makes mutants that compile, each to other code", () => {
      const deployed = project.madeFrom(FILE);
      const original = compile(deployed, sources) as ReadonlyMap<string, unknown>;
      const refused: string[] = [];
      for (const mutant of mutants) {
        const code = compile(deployed, { ...sources, [FILE]: apply(SMALL, mutant) });
        if (!(code instanceof Map)) refused.push(lineOf(mutant));
        else expect([...code], lineOf(mutant)).not.to.deep.equal([...original]);
      }
      expect(refused).to.deep.equal([]);
    });
  });

  describe("ids", () => {
    it("are different for every mutant", () => {
      expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length);
    });

    it("stay when lines are put before a statement, and go when the statement changes", () => {
      const moved = SMALL.replace("    function inner", "    /// @notice More.\n\n    function inner");
      const changed = SMALL.replace("value != 7", "value != 8");
      const idsOf = (source: string): string[] =>
        mutantsOf(FILE, source, new Project({ [FILE]: source }).treeOf(FILE)).map(({ id }) => id);
      expect(idsOf(moved)).to.deep.equal(mutants.map(({ id }) => id));
      const kept = new Set(idsOf(changed));
      const gone = mutants.filter(({ id }) => !kept.has(id));
      expect(gone).not.to.have.length(0);
      expect(gone.every(({ statement }) => statement.includes("!= 7"))).to.equal(true);
    });
  });

  describe("contracts made from a file", () => {
    it("are those that hold its code, by inheritance and by its libraries, and not those that only call it", () => {
      expect(project.madeFrom(FILE).map(({ name }) => name)).to.deep.equal(["Small", "Direct", "Heir"]);
      expect(project.madeFrom(USER).map(({ name }) => name)).to.deep.equal(["Direct", "Heir", "Caller"]);
    });
  });

  describe("the sample", () => {
    const available = { a: 400, b: 90, c: 9, d: 1 };

    it("is in proportion, takes some of the smallest, and adds up", () => {
      expect(quotas(available, 50)).to.deep.equal({ a: 38, b: 8, c: 3, d: 1 });
    });

    it("is everything when there is no more", () => {
      expect(quotas(available, 500)).to.deep.equal(available);
      expect(quotas(available, Infinity)).to.deep.equal(available);
    });

    it("is the same for the same seed, whatever else is there", () => {
      const first = shuffled(mutants, 1);
      const half = new Set(mutants.slice(0, mutants.length / 2).map(({ id }) => id));
      const fewer = shuffled(
        mutants.filter(({ id }) => half.has(id)),
        1,
      );
      expect(first.filter(({ id }) => half.has(id))).to.deep.equal(fewer);
      expect(shuffled(mutants, 2)).not.to.deep.equal(first);
    });
  });

  describe("the order of tests", () => {
    const place = { scope: "_close", statement: "uint256 paidHalf = Math.min(spentHalf, left)" };

    it("starts with those that killed before, then those that name the function, then those that speak of the statement", () => {
      const titles = [
        "Small open works",
        "Small close refuses",
        "Small close works",
        "Small reopen works",
        "Half is paid",
      ];
      const killers = new Map([["_close", ["Small reopen works"]]]);
      expect(likeliestFirst(titles, place, killers)).to.deep.equal([
        ["Small reopen works"],
        ["Small close refuses", "Small close works"],
        ["Half is paid"],
        ["Small open works"],
      ]);
    });

    it("leaves those that take long to the end, unless something speaks for them", () => {
      const titles = ["Small open long", "Half is paid long", "Small close long", "Small reopen long", "Small open"];
      const killers = new Map([["_close", ["Small reopen long"]]]);
      const took = new Map(titles.map((title) => [title, title.endsWith("long") ? 2_001 : 2_000]));
      expect(likeliestFirst(titles, place, killers, took)).to.deep.equal([
        ["Small reopen long"],
        ["Small close long"],
        ["Half is paid long"],
        ["Small open"],
        ["Small open long"],
      ]);
    });
  });

  describe("tests of a contract", () => {
    it("are those that are named after it, and those that are listed for it", () => {
      expect(testsOf("contracts/registry/ModelRegistry.sol")).to.deep.equal([
        "test/unit/registry/ModelRegistry.payee.test.ts",
        "test/unit/registry/ModelRegistry.properties.test.ts",
        "test/unit/registry/ModelRegistry.test.ts",
        "test/findings/the-key-of-a-model-given-away.test.ts",
      ]);
    });

    it("of an abstract contract are also those of its children, and of what has none those of its users", () => {
      const market = testsOf("contracts/market/Market.sol");
      expect(market.length).to.be.greaterThan(10);
      expect(testsOf("contracts/market/Checkout.sol")).to.include.members(market);
      expect(testsOf("contracts/market/OfferTerms.sol")).to.deep.equal(
        ["OfferTerms", "Market.offers", "Market.purchase"].map((name) => `test/unit/market/${name}.test.ts`),
      );
      expect(testsOf("contracts/utils/ContractMetadata.sol")).to.have.members([
        ...testsOf("contracts/registry/ModelRegistry.sol"),
        ...testsOf("contracts/license/LicenseToken.sol"),
      ]);
    });

    it("are missed when they are missing", () => {
      const lonely = "contracts/market/Unknown.sol";
      expect(() => requireTests([lonely], { "market/Known": ["test/unit/none.test.ts"] })).to.throw(
        `${lonely} has none: write test/unit/market/Unknown.test.ts; market/Known has no mutants; test/unit/none.test.ts does not exist`,
      );
    });
  });

  describe("the journal", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "isonomy-mutation-"));
      file = join(folder, "deep", "journal.jsonl");
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const entry = (differs: Partial<Entry> = {}): Entry => {
      return { id: "one", status: "killed", by: "a test", milliseconds: 5, context: "c", tests: "t", ...differs };
    };

    it("remembers after an interruption, except for a line cut short", () => {
      const journal = new Journal(file);
      journal.add(entry());
      journal.add(entry({ id: "two", status: "survived" }));
      writeFileSync(file, `${readFileSync(file, "utf8")}{"id":"three","sta`);
      const again = new Journal(file);
      expect(again.find("one", "c", "t")).to.deep.equal(entry());
      expect(again.find("two", "c", "t")?.status).to.equal("survived");
      expect(again.find("three", "c", "t")).to.equal(undefined);
    });

    it("takes a kill for as long as the function is the same, and a survivor for as long as its tests are too", () => {
      const journal = new Journal(file);
      journal.add(entry());
      journal.add(entry({ id: "two", status: "survived" }));
      expect(journal.find("one", "c", "other tests")?.status).to.equal("killed");
      expect(journal.find("one", "other function", "t")).to.equal(undefined);
      expect(journal.find("two", "c", "other tests")).to.equal(undefined);
    });

    it("forgets when it is told to", () => {
      const journal = new Journal(file);
      journal.add(entry());
      journal.forget();
      expect(journal.find("one", "c", "t")).to.equal(undefined);
      expect(existsSync(file)).to.equal(false);
    });
  });

  describe("the report", () => {
    it("counts timeouts as kills, arguments as equivalents, and leaves out what does not compile", () => {
      const statuses = ["killed", "timeout", "survived", "survived", "equivalent", "invalid"] as const;
      const outcomes = statuses.map((status, index): Outcome => {
        return { mutant: mutants[index], result: { id: mutants[index].id, status, milliseconds: 1 } };
      });
      const explain = (index: number, verdict: Explanation["verdict"], reason: string): Explanation => {
        return { id: mutants[index].id, file: FILE, change: "a change", verdict, reason };
      };
      const explained = [explain(2, "accepted", "too dear to test"), explain(3, "equivalent", "nobody can tell")];
      const figures = figuresOf(outcomes, new Map(explained.map((one) => [one.id, one])));
      expect(figures).to.deep.equal({ mutants: 6, killed: 2, survived: 1, equivalent: 2, invalid: 1 });
      const page = pageOf({ outcomes, explained, available: { [FILE]: mutants.length }, seed: 1, sample: 3, left: 0 });
      expect(page).to.contain("**2 of 3 killed: 66.7 %**");
      expect(page).to.contain(mutants[2].id);
      expect(page.slice(page.indexOf("## Survivors"), page.indexOf("## Equivalent"))).to.contain("too dear to test");
      expect(page.slice(page.indexOf("## Equivalent"))).to.contain("nobody can tell");
      expect(fingerprint(page)).to.match(/^[0-9a-f]{16}$/);
    });

    it("keeps a part for each set of operators, the latest of each, whatever the full run says", () => {
      const [one] = mutants;
      const found = (status: "killed" | "survived", seed: number) => ({
        outcomes: [{ mutant: one, result: { id: one.id, status, milliseconds: 1 } }],
        explained: [],
        available: { [FILE]: 7 },
        seed,
        sample: 1,
        left: 0,
      });
      const full = pageOf(found("killed", 1));
      const first = withPart(full, { ...found("survived", 2), operators: ["key"] });
      const second = withPart(first, { ...found("killed", 3), operators: ["key", "write"] });
      const third = withPart(second, { ...found("killed", 4), operators: ["key"] });
      expect(second.startsWith(full)).to.equal(true);
      expect(second).to.contain("## A sample of key\n").and.to.contain("## A sample of key, write\n");
      expect(second).to.contain("0 of 1 killed: 0.0 %").and.to.contain(one.id);
      expect(third).to.contain("seed 4").and.to.contain("seed 3").and.not.to.contain("seed 2");
      const anew = withPartsOf(pageOf(found("killed", 5)), third);
      expect(anew).to.contain("seed 5").and.to.contain("seed 4").and.to.contain("seed 3").and.not.to.contain("seed 1 ");
      expect(anew.match(/^## A sample of /gm)).to.have.length(2);
    });
  });
});
