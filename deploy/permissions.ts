import type { InterfaceAbi, Provider } from "ethers";
import type { Artifacts } from "hardhat/types";

import type { ContractName, PartialDeployment } from "../sdk/src/addresses";
import { readPermissions as readTable, type PermissionTable } from "../sdk/src/governance/permissions";

interface Source {
  readonly provider: Provider;
  readonly artifacts: Artifacts;
  readonly deployment: PartialDeployment<ContractName>;
  /** How many blocks a node is asked for at once. */
  readonly blocksAtOnce?: number;
}

/** The table of permissions by the compiled contracts, so that a function which the sources forgot is named too. */
export async function readPermissions({ artifacts, deployment, ...source }: Source): Promise<PermissionTable> {
  const abis: Record<string, InterfaceAbi> = {};
  for (const name of Object.keys(deployment.contracts)) {
    if (await artifacts.artifactExists(name)) abis[name] = (await artifacts.readArtifact(name)).abi;
  }
  return readTable({ ...source, deployment, abis });
}
