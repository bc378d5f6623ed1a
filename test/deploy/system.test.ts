import { expect } from "chai";
import { Interface } from "ethers";
import { artifacts } from "hardhat";

import { fields, whole } from "../../deploy/engine/schema";
import { deployable, systemOf } from "../../deploy/engine/system";
import { protocol } from "../../deploy/protocol";

describe("A system of domains", () => {
  const garden = deployable("garden", {
    says: "Trees.",
    parameters: fields({ trees: whole("How many", 1, 9), rows: whole("In how many rows", 1) }),
    contracts: {
      Market: (m, { RevenueLedger }) => m.contract("Market", [RevenueLedger]),
    },
    contradictions: ({ trees, rows }) => (rows <= trees ? [] : ["rows are more than there are trees"]),
    readings: ({ trees }) => [{ what: "trees", contract: "Market", call: "trees", expected: trees }],
  });
  const purse = deployable("purse", {
    says: "Coins.",
    parameters: fields({}),
    contracts: { RevenueLedger: (m) => m.contract("RevenueLedger") },
    defaults: [{ what: "the weather", contract: "RevenueLedger", call: "weather", expected: false }],
  });

  it("creates each contract after those that it needs, whatever the order of the domains, and then finishes", () => {
    const finished: string[] = [];
    const system = systemOf("Both", [garden, purse], (_m, contracts) => finished.push(...Object.keys(contracts)));
    const module = system.module({ garden: { trees: 3, rows: 1 } });
    expect([...module.futures].map(({ id }) => id)).to.deep.equal(["Both#RevenueLedger", "Both#Market"]);
    expect(Object.keys(module.results)).to.deep.equal(["Market", "RevenueLedger"]);
    expect(finished).to.deep.equal(system.contractNames).and.to.deep.equal(["Market", "RevenueLedger"]);
  });

  it("names a contract that nobody deploys, and contracts that need one another", () => {
    const alone = systemOf("Alone", [garden], () => undefined);
    expect(() => alone.module({ garden: { trees: 3, rows: 1 } })).to.throw(
      "No domain deploys a contract RevenueLedger, and Market needs it.",
    );
    const round = deployable("round", {
      says: "A circle.",
      parameters: fields({}),
      contracts: {
        Market: (m, { Escrow }) => m.contract("Market", [Escrow]),
        Escrow: (m, { Market }) => m.contract("Escrow", [Market]),
      },
    });
    expect(() => systemOf("Round", [round], () => undefined).module({})).to.throw(
      "These contracts need one another: Market, Escrow, Market.",
    );
  });

  it("has a section of parameters for each domain that has some, and names a field by its section", () => {
    const system = systemOf("Both", [garden, purse], () => undefined);
    expect(Object.keys(system.schema.properties)).to.deep.equal(["garden"]);
    expect(system.problems({ garden: { trees: 9, rows: 9 } })).to.deep.equal([]);
    expect(system.problems({ garden: { trees: 10, rows: 0.5, bees: 1 }, purse: {} })).to.have.members([
      "purse is not known",
      "garden.bees is not known",
      "garden.trees must be a whole number from 1 to 9; it is 10",
      "garden.rows must be a whole number of 1 or more; it is 0.5",
    ]);
    expect(system.problems({ garden: { trees: 1, rows: 2 } })).to.deep.equal([
      "garden.rows are more than there are trees",
    ]);
    expect(system.problems({})).to.deep.equal(["garden is missing"]);
    expect(system.problems(null)).to.deep.equal(["the whole must be object; it is null"]);
  });

  it("knows what each domain has where nobody says otherwise, under its section's name", () => {
    const usual = { ...garden, usual: { rows: 2 } };
    expect(systemOf("Both", [usual, purse], () => undefined).usual).to.deep.equal({ garden: { rows: 2 } });
    expect(systemOf("Both", [garden, purse], () => undefined).usual).to.deep.equal({});
  });

  it("reads parameters back under their section's name, and settings under their own", () => {
    const system = systemOf("Both", [garden, purse], () => undefined);
    expect(system.readings({ garden: { trees: 3, rows: 1 } })).to.deep.equal([
      { what: "garden.trees", contract: "Market", call: "trees", args: [], expected: "3" },
    ]);
    expect(system.defaults).to.deep.equal([
      { what: "the weather", contract: "RevenueLedger", call: "weather", args: [], expected: "false" },
    ]);
  });

  it("names the events that give powers as the contracts declare them", async () => {
    expect(protocol.powers).to.have.length.above(5);
    for (const { contract, event } of protocol.powers) {
      const { abi } = await artifacts.readArtifact(contract);
      const declared = new Interface(abi).fragments.map((fragment) => fragment.format("minimal"));
      expect(declared).to.include(new Interface([event]).fragments[0]!.format("minimal"));
    }
  });
});
