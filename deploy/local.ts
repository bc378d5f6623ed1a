import { type Artifact, deploy, DeploymentResultType } from "@nomicfoundation/ignition-core";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import type {
  Authority,
  BallotBox,
  CitizenRegistry,
  Directory,
  Escrow,
  Exchange,
  Forwarder,
  GovernanceToken,
  GuardianDesk,
  IsonomyGovernor,
  LicenseToken,
  Market,
  ModelRegistry,
  Panel,
  ProposalRules,
  RevenueLedger,
  Timelock,
  Treasury,
  UpdateDesk,
} from "../typechain-types";
import { protocolModule } from "./protocol";
import { checkDeployer, checkParameters, type ProtocolParameters } from "./domains/parameters";

/** The deployed contracts, typed. */
export interface Protocol {
  Timelock: Timelock;
  Authority: Authority;
  GovernanceToken: GovernanceToken;
  CitizenRegistry: CitizenRegistry;
  Treasury: Treasury;
  Directory: Directory;
  IsonomyGovernor: IsonomyGovernor;
  BallotBox: BallotBox;
  ProposalRules: ProposalRules;
  GuardianDesk: GuardianDesk;
  ModelRegistry: ModelRegistry;
  LicenseToken: LicenseToken;
  RevenueLedger: RevenueLedger;
  Escrow: Escrow;
  Panel: Panel;
  UpdateDesk: UpdateDesk;
  Exchange: Exchange;
  Forwarder: Forwarder;
  Market: Market;
}

/**
 * Deploys the whole protocol with the first account of the network, which keeps no power over it. Nothing is written: a chain of a test or a
 * demonstration forgets everything when it ends, and so does the journal of its deployment.
 */
export async function deployProtocol(
  hre: HardhatRuntimeEnvironment,
  parameters: ProtocolParameters,
): Promise<Protocol> {
  checkParameters(parameters);
  const accounts = (await hre.network.provider.request({ method: "eth_accounts" })) as string[];
  checkDeployer(parameters, accounts[0]!);
  const module = protocolModule(parameters);
  const result = await deploy({
    config: hre.config.ignition,
    provider: hre.network.provider,
    // A journal would keep the compiler's whole output beside each contract: tens of megabytes, nineteen times.
    artifactResolver: {
      loadArtifact: (name) => hre.artifacts.readArtifact(name) as Promise<Artifact>,
      getBuildInfo: () => Promise.resolve(undefined),
    },
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
