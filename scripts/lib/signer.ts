import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { settings } from "../../deploy/engine/environment";
import type { Network } from "../../deploy/engine/networks";

/**
 * The account with which a task of Hardhat signs. On a public network it is the one of SIGNER_... in the settings, elsewhere one of the
 * node's, which asks for its own fees.
 * @param from The address that the person named; without one, the only or first account.
 */
export async function signerOn(hre: HardhatRuntimeEnvironment, from?: string): Promise<Signer> {
  const { NETWORKS } = await import("../../deploy/engine/networks");
  const network = NETWORKS.find(({ name, isPublic }) => isPublic && name === hre.network.name);
  if (network !== undefined) return signerOnPublic(hre, network, from);
  const signer = from === undefined ? (await hre.ethers.getSigners())[0] : await hre.ethers.getSigner(from);
  if (signer === undefined)
    throw new Error(`${hre.network.name} has no account to sign with. Use a node that has one.`);
  return signer;
}

async function signerOnPublic(hre: HardhatRuntimeEnvironment, network: Network, from?: string): Promise<Signer> {
  const { feeLimitsOf } = await import("../../deploy/engine/fees");
  const { signerOf } = await import("../../deploy/engine/keys");
  const { sameAddress } = await import("../../sdk/src/addresses/address");
  const { boundSigner } = await import("./bounded-signer");
  const { keySources } = await import("./key-sources");
  const wallet = await signerOf(network, await keySources());
  if (from !== undefined && !sameAddress(from, wallet.address)) {
    throw new Error(
      `--from is ${from}, and the key of SIGNER_... in .env is of ${wallet.address}. Leave --from out, or set the other key.`,
    );
  }
  return boundSigner(wallet.connect(hre.ethers.provider), feeLimitsOf(settings()));
}
