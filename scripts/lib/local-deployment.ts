import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { deploymentOf } from "../../deploy/engine/addresses";
import { deployProtocol, type Protocol } from "../../deploy/local";
import { readParameters } from "../../deploy/protocol";
import type { ContractName, Deployment, KnownToken } from "../../sdk/src/addresses";
import type { TestToken } from "../../typechain-types";

/** A deployment on a local chain, with a stable token that anyone may mint. */
export interface LocalDeployment {
  readonly protocol: Protocol;
  readonly token: TestToken;
  /** Where everything is, as it is written to a file. */
  readonly book: Deployment & { readonly tokens: { readonly TestToken: KnownToken } };
}

/** Deploys a stable token and the whole protocol, as `deploy/` does it anywhere, with the token on the lists of the market and the resale. */
export async function deployLocally(hre: HardhatRuntimeEnvironment): Promise<LocalDeployment> {
  const block = await hre.ethers.provider.getBlockNumber();
  const token = (await hre.ethers.deployContract("TestToken", ["Test Dollar", "TUSD", 6])) as unknown as TestToken;
  const parameters = readParameters("localhost");
  // Nobody can freeze or stop this token, so it has none of the listed risks.
  const payTokens = [{ token: await token.getAddress(), risks: 0 }];
  parameters.market.payTokens = payTokens;
  parameters.resale.payTokens = payTokens;
  // what a coin of 2,500 dollars weighs, by the dollar
  parameters.reputation.tokenWeights = [{ token: await token.getAddress(), unitWeight: "400000000000000000" }];
  const protocol = await deployProtocol(hre, parameters);

  const contracts = Object.entries(protocol).map(async ([name, contract]) => [name, await contract.getAddress()]);
  const addresses = Object.fromEntries(await Promise.all(contracts)) as Record<ContractName, string>;
  const tokens = { TestToken: { address: await token.getAddress(), symbol: "TUSD", decimals: 6 } };
  return { protocol, token, book: { ...(await deploymentOf(hre.ethers.provider, addresses, block)), tokens } };
}
