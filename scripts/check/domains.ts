// Every folder of contracts/ that has something to deploy is a domain: it has a manifest for the deployment, in the list of deploy/protocol.ts,
// which deploys each of its contracts, and one for the package, in the list of sdk/src/domains/index.ts. Interfaces, libraries, abstract contracts and what another contract creates by itself need none.
import { existsSync } from "node:fs";
import { join } from "node:path";

import hre from "hardhat";

import { Builds } from "../../deploy/engine/builds";
import { DOMAINS } from "../../deploy/protocol";
import { domains } from "../../sdk/src/domains";
import { Programs } from "../docs/lib/program";
import { deployedAlone, problemsOf } from "./lib/domains";

const ROOT = join(__dirname, "../..");

async function main(): Promise<void> {
  const { artifacts } = hre;
  const programs = new Programs(new Builds(hre));
  const contracts = await deployedAlone(
    (await artifacts.getAllFullyQualifiedNames()).filter((name) => name.startsWith("contracts/")),
    (name) => programs.of(name),
  );
  const problems = problemsOf(contracts, DOMAINS, (file) => existsSync(join(ROOT, file)), domains);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  console.log(`  ${contracts.length} contracts of ${DOMAINS.length} domains, each in a manifest.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
