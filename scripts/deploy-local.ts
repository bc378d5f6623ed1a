// Deploys the protocol and a test stable token to the local chain at LOCALHOST_RPC_URL (http://127.0.0.1:8545 when it is
// not set), and writes the addresses to the file named by DEPLOYMENT_FILE (.isonomy/deployment.json when it is not).
process.env.HARDHAT_NETWORK = "localhost";

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { decodeError } from "../sdk/src/errors";
import { compileContracts } from "./lib/compile";
import { deployLocally } from "./lib/local-deployment";
import { catchTheRest, fail } from "./lib/terminal";

async function main(): Promise<void> {
  await compileContracts();
  const hre = await import("hardhat");
  const { addresses, fromBlock } = await deployLocally(hre);
  const file = process.env.DEPLOYMENT_FILE ?? ".isonomy/deployment.json";
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ addresses, fromBlock }, null, 2)}\n`);
  console.log(`The protocol is deployed; its addresses are in ${file}.`);
}

catchTheRest();
main().catch((error: unknown) => fail(new Error(decodeError(error).explain())));
