import { JsonRpcSigner, encodeBytes32String } from "ethers";

import { CitizenRegistry__factory, type CitizenRegistry } from "../../typechain-types";
import type { SeparateNode } from "./separate-node";

/** What the signing issuers of a test share. */
const DOMAIN = encodeBytes32String("people");

/** The registry of citizens, called by another contract of the protocol, which has coin for it. */
export async function registryAs(chain: SeparateNode, name: "Timelock" | "GuardianDesk"): Promise<CitizenRegistry> {
  const address = chain.addresses[name]!;
  await chain.provider.send("hardhat_impersonateAccount", [address]);
  await chain.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
  const runner = new JsonRpcSigner(chain.provider, address);
  return CitizenRegistry__factory.connect(chain.addresses.CitizenRegistry!, runner);
}

/** Names an issuer, as a vote of the DAO does. */
export async function appointIssuer(
  chain: SeparateNode,
  signer: string,
  { adapter = false, domain = DOMAIN } = {},
): Promise<void> {
  await (await (await registryAs(chain, "Timelock")).appointIssuer(signer, domain, adapter)).wait();
}
