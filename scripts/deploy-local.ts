// Deploys the protocol and a test stable token to the local chain at LOCALHOST_RPC_URL (http://127.0.0.1:8545 when it is
// not set), and writes the addresses to the file named by DEPLOYMENT_FILE (.isonomy/deployment.json when it is not).
import { set } from "../deploy/engine/environment";

set("HARDHAT_NETWORK", "localhost");

import { join } from "node:path";

import { localDeploymentFile } from "../deploy/engine/addresses";
import { decodeError } from "../sdk/src/errors";
import { replaceFile } from "../sdk/src/files";
import { compileContracts } from "./lib/compile";
import { deployLocally } from "./lib/local-deployment";
import { catchTheRest, fail } from "./lib/terminal";

/** The id of Hardhat's chain, and of anvil's. */
const LOCAL_CHAIN = 31_337;

async function main(): Promise<void> {
  await compileContracts();
  const hre = await import("hardhat");
  const chainId = Number((await hre.ethers.provider.getNetwork()).chainId);
  if (chainId !== LOCAL_CHAIN) {
    throw new Error(
      `The node at LOCALHOST_RPC_URL is on chain ${chainId}, and a local one is on ${LOCAL_CHAIN}: nothing was sent. This deploys a ` +
        "test token and gives no power away. For another network: npm run deploy -- --network NAME",
    );
  }
  const { book } = await deployLocally(hre);
  const file = localDeploymentFile(join(__dirname, ".."));
  await replaceFile(file, `${JSON.stringify(book, null, 2)}\n`, 0o644);
  console.log(`The protocol is deployed; its addresses are in ${file}.`);
}

catchTheRest();
main().catch((error: unknown) => {
  const explained = decodeError(error);
  // an unexpected failure is one of our own sentences
  fail(explained.code === "UNEXPECTED" ? error : explained);
});
