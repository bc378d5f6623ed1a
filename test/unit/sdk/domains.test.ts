import { expect } from "chai";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { artifacts } from "hardhat";

import { DOMAINS } from "../../../deploy/protocol";
import { commandsOf } from "../../../sdk/src/cli/domains";
import { buildProgram } from "../../../sdk/src/cli/program";
import { domains } from "../../../sdk/src/domains";
import { readErrorSignatures } from "../../../scripts/lib/contract-errors";

/** Folders of contracts that no domain owns. */
const SHARED = ["interfaces", "utils"];

describe("The manifests of the domains", () => {
  const names = domains.map(({ name }) => name);

  it("are one for each folder of contracts", () => {
    const folders = readdirSync(join(__dirname, "../../../contracts")).filter((name) => !SHARED.includes(name));
    expect([...names].sort()).to.deep.equal(folders.sort());
  });

  it("name the contracts that the manifests of the deployment deploy", () => {
    const deployed = DOMAINS.map(({ name, contracts }) => [name, Object.keys(contracts).sort()] as const);
    const ours = domains.map(({ name, contracts }) => [name, [...contracts].sort()] as const);
    expect(Object.fromEntries(ours)).to.deep.equal(Object.fromEntries(deployed));
  });

  it("give permissions and readings for contracts of their own, by functions and events that there are", async () => {
    for (const { name, contracts, permissions, reads } of domains) {
      for (const contract of [...permissions.map((one) => one.contract), ...Object.keys(reads)]) {
        expect(contracts, name).to.include(contract);
      }
      for (const { contract, signature } of permissions) {
        const { abi } = await artifacts.readArtifact(contract);
        const functions = (abi as { type: string; name?: string }[]).filter(({ type }) => type === "function");
        expect(functions.map((one) => one.name)).to.include(signature.split("(")[0]);
      }
    }
  });

  it("say each error of a contract once, in the room of the folder that declares it", async () => {
    const all = domains.flatMap(({ contractErrors }) => Object.keys(contractErrors));
    expect(all).to.deep.equal([...new Set(all)]);
    const folderOf = new Map(
      (await artifacts.getAllFullyQualifiedNames())
        .filter((full) => full.startsWith("contracts/"))
        .map((full) => [full.split(":")[1]!, full.split("/")[1]!]),
    );
    const known = (await readErrorSignatures(artifacts)).map((signature) => /error (\w+)/.exec(signature)![1]!);
    for (const { name, contractErrors } of domains) {
      for (const error of Object.keys(contractErrors)) {
        expect(known).to.include(error);
        if (error.includes("_")) expect(folderOf.get(error.split("_")[0]!), error).to.equal(name);
      }
    }
  });

  it("name the commands that the command line has from them, and no others", () => {
    const withCommands = domains.filter(({ commands }) => commands.length > 0);
    expect(Object.keys(commandsOf).sort()).to.deep.equal([...withCommands.map(({ name }) => name), "general"].sort());
    const expected = Object.keys(commandsOf).flatMap(
      (name) => domains.find((domain) => domain.name === name)?.commands ?? ["status", "keystore"],
    );
    const { program } = buildProgram(undefined as never, undefined as never);
    expect(program.commands.map((command) => command.name())).to.deep.equal(expected);
  });
});
