import type { Deployable } from "../../../deploy/engine/system";
import type { Domain } from "../../../sdk/src/domains/domain";
import type { Program } from "../../docs/lib/program";

/** A contract that is put on a chain by itself. */
export interface Alone {
  readonly domain: string;
  readonly name: string;
}

/** Those of the compiled contracts that can be put on a chain and that no other contract creates. */
export async function deployedAlone(
  fullNames: readonly string[],
  programOf: (fullName: string) => Promise<Program>,
): Promise<Alone[]> {
  const found: Alone[] = [];
  const created = new Set<string>();
  for (const fullName of fullNames) {
    const [path, name] = fullName.split(":") as [string, string];
    const program = await programOf(fullName);
    const contract = program.contract(path, name);
    for (const other of program.createdBy(contract)) created.add(other);
    if (contract.contractKind === "contract" && !contract.abstract) found.push({ domain: path.split("/")[1]!, name });
  }
  return found.filter(({ name }) => !created.has(name));
}

/** What is missing, in sentences that name the file to write. */
export function problemsOf(
  contracts: readonly Alone[],
  domains: readonly Pick<Deployable, "name" | "contracts">[],
  exists: (file: string) => boolean,
  ofPackage: readonly Pick<Domain, "name" | "contracts">[],
): string[] {
  const problems: string[] = [];
  for (const { name, contracts: deployed } of domains) {
    const file = `sdk/src/domains/${name}/domain.ts`;
    const manifest = ofPackage.find((one) => one.name === name);
    const missing = Object.keys(deployed).filter((contract) => !manifest?.contracts.includes(contract));
    if (manifest === undefined) {
      problems.push(`The package does not know ${name}: write ${file}, and add it to sdk/src/domains/index.ts.`);
    } else if (missing.length > 0) {
      problems.push(`${file} does not name ${missing.join(", ")}, which deploy/domains/${name}.ts deploys.`);
    }
  }
  for (const folder of new Set(contracts.map(({ domain }) => domain))) {
    const own = contracts.filter(({ domain }) => domain === folder).map(({ name }) => name);
    const file = `deploy/domains/${folder}.ts`;
    const manifest = domains.find(({ name }) => name === folder);
    if (manifest === undefined) {
      problems.push(
        exists(file)
          ? `${file} is not in the list of deploy/protocol.ts, so nothing of contracts/${folder}/ is deployed: add it to DOMAINS.`
          : `contracts/${folder}/ has ${own.join(", ")} and no manifest: write ${file}, and add it to DOMAINS in deploy/protocol.ts.`,
      );
      continue;
    }
    const missing = own.filter((name) => !(name in manifest.contracts));
    if (missing.length > 0)
      problems.push(`contracts/${folder}/ has ${missing.join(", ")}: say in ${file} how to deploy it.`);
  }
  for (const { name } of domains) {
    if (!contracts.some(({ domain }) => domain === name))
      problems.push(`deploy/domains/${name}.ts has no folder contracts/${name}/ with something to deploy.`);
  }
  return problems;
}
