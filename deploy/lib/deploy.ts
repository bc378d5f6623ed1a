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
} from "../../typechain-types";
import { protocolModule } from "../modules/protocol";
import { checkParameters, type ProtocolParameters } from "./parameters";

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
 * Deploys the whole protocol with the first account of the network, which keeps no power over it.
 * @param deploymentId Name of the journal, from which an interrupted deployment goes on; the chain's id when left out.
 */
export async function deployProtocol(
  hre: HardhatRuntimeEnvironment,
  parameters: ProtocolParameters,
  deploymentId?: string,
): Promise<Protocol> {
  checkParameters(parameters);
  const contracts = await hre.ignition.deploy(protocolModule(parameters), { displayUi: false, deploymentId });
  return contracts as unknown as Protocol;
}
