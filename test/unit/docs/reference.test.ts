import { expect } from "chai";
import { Interface, type InterfaceAbi } from "ethers";
import solc from "solc";

import { contractSection, typeSection, type Compiled, type Types } from "../../../scripts/docs/lib/contractPage";
import { docOf } from "../../../scripts/docs/lib/natspec";
import { Program } from "../../../scripts/docs/lib/program";
import { reachOf } from "../../../scripts/docs/lib/reach";

const SOURCE = `
pragma solidity 0.8.30;

struct Part {
    uint256 size; // in bytes
}

interface IThing {
    error Thing_Refused(uint256 value);
    /// @notice Does it. Anyone may call.
    /// @dev
    /// - Reverts with \`Thing_Refused\` for 2.
    ///
    /// Emits \`More\`.
    /// @param value What to do.
    /// @return done Whether it was done.
    function act(uint256 value) external returns (bool done);
}

library Checks {
    error Checks_Failed();
    function check(uint256 value) internal pure { if (value == 1) revert Checks_Failed(); }
}

interface IOther {
    error Other_Failed();
    function call() external;
}

abstract contract Base is IThing {
    error Base_Closed();
    event Done();
    modifier whenOpen() { if (block.timestamp == 0) revert Base_Closed(); _; }
    function act(uint256 value) external virtual whenOpen returns (bool) { step(value); return true; }
    function step(uint256) internal virtual { emit Done(); }
}

/// @title Plain
/// @notice Nothing of its own.
contract Plain is Base {}

/// @title Thing
/// @notice A thing.
contract Thing is Base {
    using Checks for uint256;
    event More();
    /// @notice How many.
    uint256 public constant LIMIT = 2 days;
    IOther private other;
    function step(uint256 value) internal override {
        value.check();
        require(value != 2, Thing_Refused(value));
        other.call();
        emit More();
        super.step(value);
    }
    function silent(Part calldata) external {}
    /// @notice Does something.
    function vague() external {}
    /// @notice Speaks of \`Thing_Unheard\`. Nobody else may call.
    function stale() external {}
}

contract Market {
    /// @notice Sets the fee. Anyone may call.
    function setProtocolFee(uint16) external {}
}
`;

interface Output {
  readonly errors?: { formattedMessage: string; severity: string }[];
  readonly sources: ConstructorParameters<typeof Program>[0];
  readonly contracts: Record<string, Record<string, { abi: InterfaceAbi }>>;
}

describe("The contract reference", function () {
  this.timeout(240_000);
  const path = "contracts/thing/Thing.sol";
  let output: Output;
  let program: Program;

  before(() => {
    const settings = { outputSelection: { "*": { "": ["ast"], "*": ["abi"] } } };
    const sources = { [path]: { content: SOURCE } };
    const { compile } = solc as unknown as { compile(input: string): string };
    output = JSON.parse(compile(JSON.stringify({ language: "Solidity", sources, settings }))) as Output;
    expect((output.errors ?? []).filter(({ severity }) => severity === "error")).to.deep.equal([]);
    program = new Program(output.sources, sources);
  });

  const compiled = (name: string): Compiled => ({
    program,
    contract: program.contract(path, name),
    abi: new Interface(output.contracts[path]![name]!.abi).fragments,
  });

  const act = (name: string) => {
    const contract = program.contract(path, name);
    const [, callable] = [...program.callables(contract)].find(([, { name: one }]) => one === "act")!;
    return { contract, callable };
  };

  const section = (name: string): { text: string; missing: string[] } => {
    const missing: string[] = [];
    const types: Types = new Map();
    const vocabulary = { errors: new Set(["Thing_Refused"]), events: new Set(["More"]) };
    return { text: contractSection(compiled(name), vocabulary, types, missing).join("\n"), missing };
  };

  it("has the text of the interface where a function has none of its own", () => {
    const { contract, callable } = act("Thing");
    const { notice, dev, params, returns } = docOf(program, contract, callable);
    expect(notice).to.equal("Does it. Anyone may call.");
    expect(dev).to.equal("- Reverts with `Thing_Refused` for 2.\n\nEmits `More`.");
    expect([...params]).to.deep.equal([["value", "What to do."]]);
    expect(returns).to.deep.equal(["done Whether it was done."]);
  });

  it("finds the errors and events of a call: of modifiers, overrides, libraries and super, and none of other contracts", () => {
    const names = (name: string) => {
      const { contract, callable } = act(name);
      const { errors, events } = reachOf(program, contract, callable);
      return [errors, events].map((found) => [...found].map((one) => one.name).sort());
    };
    expect(names("Thing")).to.deep.equal([
      ["Base_Closed", "Checks_Failed", "Thing_Refused"],
      ["Done", "More"],
    ]);
    expect(names("Plain")).to.deep.equal([["Base_Closed"], ["Done"]]);
  });

  it("refuses a function without a text, without a word about who calls, and with an error that there is not", () => {
    const { missing } = section("Thing");
    expect(missing).to.deep.equal([
      "Thing.silent((uint256)) has no NatSpec",
      "Thing.silent((uint256)) does not say who may call it",
      "Thing.vague() does not say who may call it",
      "Thing.stale() speaks of Thing_Unheard, which no contract raises",
    ]);
    expect(section("Plain").missing).to.deep.equal([]);
  });

  it("refuses a function whose guard is not that of the table of permissions", () => {
    expect(() => section("Market")).to.throw("Market.setProtocolFee(uint16): the permissions");
  });

  it("names selectors, constants as they are written, and the comment beside a field", () => {
    const { text } = section("Thing");
    const { selector } = new Interface(["function act(uint256)"]).getFunction("act")!;
    expect(text).to.contain(`Selector \`${selector}\` of \`act(uint256)\`.`);
    expect(text).to.match(/\| `LIMIT` \| `0x[0-9a-f]{8}` \| `uint256` \| `2 days` \| How many\. \|/);
    const types: Types = new Map();
    contractSection(compiled("Thing"), { errors: new Set(), events: new Set() }, types, []);
    expect(typeSection(types).join("\n")).to.contain("| `size` | `uint256` | in bytes |");
  });
});
