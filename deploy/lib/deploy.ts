import type { HardhatRuntimeEnvironment } from "hardhat/types";
import type {
  Authority,
  Escrow,
  Exchange,
  Forwarder,
  LicenseToken,
  Market,
  ModelRegistry,
  Panel,
  RevenueLedger,
  Timelock,
  UpdateDesk,
} from "../../typechain-types";
import { protocolModule } from "../modules/protocol";
import { checkParameters, type ProtocolParameters } from "./parameters";

/** The deployed contracts, typed. */
export interface Protocol {
  Timelock: Timelock;
  Authority: Authority;
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
