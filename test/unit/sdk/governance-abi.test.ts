import { expect } from "chai";
import { EventFragment, FunctionFragment, Interface, type Fragment } from "ethers";
import { artifacts } from "hardhat";

import { CITIZENS_ABI, GOVERNOR_ABI, VOTES_ABI } from "../../../sdk/src/governance/abi";

const CALLED = {
  IsonomyGovernor: GOVERNOR_ABI,
  GovernanceToken: VOTES_ABI,
  CitizenRegistry: CITIZENS_ABI,
};

/** Everything of a function or an event but the names of its parameters. */
function shapeOf(fragment: Fragment): string {
  if (fragment instanceof FunctionFragment) {
    const outputs = fragment.outputs.map((one) => one.format("sighash")).join();
    return `${fragment.format("sighash")} ${fragment.stateMutability} (${outputs})`;
  }
  const inputs = fragment.inputs.map((one) => `${one.format("sighash")} ${one.indexed ? "indexed" : ""}`).join();
  return `event ${(fragment as EventFragment).name}(${inputs})`;
}

describe("What the clients of the government call", () => {
  for (const [name, lines] of Object.entries(CALLED)) {
    it(`is what ${name} has, line for line`, async () => {
      const { abi } = await artifacts.readArtifact(name);
      const compiled = new Set(new Interface(abi).fragments.filter((one) => "name" in one).map(shapeOf));
      const written = new Interface(lines).fragments;

      expect(written).to.have.length(lines.length);
      for (const fragment of written) expect(compiled, fragment.format("full")).to.include(shapeOf(fragment));
    });
  }

  it("would be found out, were a returned type another", () => {
    const [ours, theirs] = [
      "function state(uint256) view returns (uint8)",
      "function state(uint256) view returns (bool)",
    ];
    expect(shapeOf(FunctionFragment.from(ours))).not.to.equal(shapeOf(FunctionFragment.from(theirs)));
  });
});
