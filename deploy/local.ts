import { deploy, DeploymentResultType } from "@nomicfoundation/ignition-core";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type * as typings from "../typechain-types";
import { artifactsOf } from "./engine/plan";
import { checkParameters, requireNoPart } from "./engine/settings";
import { protocol, type ContractName, type ProtocolParameters } from "./protocol";

/** What TypeChain made of a contract. */
type Typed<Name extends string> = (typeof typings)[`${Name}__factory` & keyof typeof typings] extends {
  connect(...args: never): infer Contract;
}
  ? Contract
  : never;

/** The deployed contracts, typed. */
export type Protocol = { readonly [Name in ContractName]: Typed<Name> };

/**
 * Deploys the whole protocol with the first account of the network, which keeps no power over it. Nothing is written: a chain of a test or a
 * demonstration forgets everything when it ends, and so does the journal of its deployment.
 */
export async function deployProtocol(
  hre: HardhatRuntimeEnvironment,
  parameters: ProtocolParameters,
): Promise<Protocol> {
  checkParameters(protocol, parameters);
  const accounts = (await hre.network.provider.request({ method: "eth_accounts" })) as string[];
  requireNoPart(parameters, accounts[0]!);
  const module = protocol.module(parameters);
  const result = await deploy({
    config: hre.config.ignition,
    provider: hre.network.provider,
    artifactResolver: artifactsOf(hre),
    ignitionModule: module,
    deploymentParameters: {},
    accounts,
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new Error(`The protocol was not deployed: ${JSON.stringify(result, null, 2)}`);
  }
  const contracts = Object.values(module.results).map(async (future) => {
    const { address } = result.contracts[future.id]!;
    return [future.contractName, await hre.ethers.getContractAt(future.contractName, address)];
  });
  return Object.fromEntries(await Promise.all(contracts)) as Protocol;
}
