import { expect } from "chai";
import hre from "hardhat";

import { Builds } from "../../../deploy/engine/builds";
import { DOMAINS } from "../../../deploy/protocol";
import { deployedAlone, problemsOf } from "../../../scripts/check/lib/domains";
import { Programs } from "../../../scripts/docs/lib/program";
import { domains } from "../../../sdk/src/domains";

describe("The check of the domains' manifests", () => {
  const contracts = [
    { domain: "garden", name: "Tree" },
    { domain: "garden", name: "Pond" },
  ];
  const create = () => undefined as never;
  const garden = { name: "garden", contracts: { Tree: create, Pond: create } };
  const packed = { name: "garden", contracts: ["Tree", "Pond"] };

  it("finds nothing where each contract is in the manifest of its folder", () => {
    expect(problemsOf(contracts, [garden], () => true, [packed])).to.deep.equal([]);
  });

  it("names the file to write for a folder without a manifest, and the list for one that is not in it", () => {
    expect(problemsOf(contracts, [], () => false, [])).to.deep.equal([
      "contracts/garden/ has Tree, Pond and no manifest: write deploy/domains/garden.ts, and add it to DOMAINS in deploy/protocol.ts.",
    ]);
    expect(problemsOf(contracts, [], (file) => file === "deploy/domains/garden.ts", [])).to.deep.equal([
      "deploy/domains/garden.ts is not in the list of deploy/protocol.ts, so nothing of contracts/garden/ is deployed: add it to DOMAINS.",
    ]);
  });

  it("names the contract that a manifest forgot, and the manifest that has no folder", () => {
    expect(
      problemsOf(contracts, [{ name: "garden", contracts: { Tree: create } }], () => true, [packed]),
    ).to.deep.equal(["contracts/garden/ has Pond: say in deploy/domains/garden.ts how to deploy it."]);
    expect(problemsOf([], [garden], () => true, [packed])).to.deep.equal([
      "deploy/domains/garden.ts has no folder contracts/garden/ with something to deploy.",
    ]);
  });

  it("names the manifest that the package lacks, and the contract that it forgot", () => {
    expect(problemsOf(contracts, [garden], () => true, [])).to.deep.equal([
      "The package does not know garden: write sdk/src/domains/garden/domain.ts, and add it to sdk/src/domains/index.ts.",
    ]);
    expect(problemsOf(contracts, [garden], () => true, [{ name: "garden", contracts: ["Tree"] }])).to.deep.equal([
      "sdk/src/domains/garden/domain.ts does not name Pond, which deploy/domains/garden.ts deploys.",
    ]);
  });

  it("asks no manifest for what another contract creates, nor for interfaces, libraries and abstract contracts", async function () {
    this.timeout(240_000);
    const programs = new Programs(new Builds(hre));
    const names = [
      "contracts/governance/GovernanceToken.sol:GovernanceToken",
      "contracts/governance/GenesisVesting.sol:GenesisVesting",
      "contracts/governance/VotingUnits.sol:VotingUnits",
      "contracts/market/IMarket.sol:IMarket",
      "contracts/market/MarketSettings.sol:MarketSettings",
    ];
    const found = await deployedAlone(names, (name) => programs.of(name));
    expect(found).to.deep.equal([{ domain: "governance", name: "GovernanceToken" }]);
    // without the contract that creates it, it stands alone
    expect(await deployedAlone([names[1]!], (name) => programs.of(name))).to.deep.equal([
      { domain: "governance", name: "GenesisVesting" },
    ]);
    expect(
      problemsOf(found, DOMAINS, () => true, domains).filter((problem) => problem.startsWith("contracts/")),
    ).to.deep.equal([]);
  });
});
