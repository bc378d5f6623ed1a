import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { deployProtocol, type Protocol } from "../../deploy/local";
import { readParameters } from "../../deploy/protocol";
import type { TestToken } from "../../typechain-types";

/** A deployment on a local chain, with a stable token that anyone may mint. */
export interface LocalDeployment {
  readonly protocol: Protocol;
  readonly token: TestToken;
  /** Where each contract is, by its name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The block before the first transaction. */
  readonly fromBlock: number;
}

/** Deploys a stable token and the whole protocol, as `deploy/` does it anywhere, with the token on the market's list. */
export async function deployLocally(hre: HardhatRuntimeEnvironment): Promise<LocalDeployment> {
  const fromBlock = await hre.ethers.provider.getBlockNumber();
  const token = (await hre.ethers.deployContract("TestToken", ["Test Dollar", "TUSD", 6])) as unknown as TestToken;
  const parameters = readParameters("localhost");
  // Nobody can freeze or stop this token, so it has none of the listed risks.
  parameters.market.payTokens = [{ token: await token.getAddress(), risks: 0 }];
  const protocol = await deployProtocol(hre, parameters);

  const addresses: Record<string, string> = {};
  for (const [name, contract] of Object.entries(protocol)) addresses[name] = await contract.getAddress();
  addresses.TestToken = await token.getAddress();
  return { protocol, token, addresses, fromBlock };
}
