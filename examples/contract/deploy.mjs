// node deploy.mjs VERSION: deploys a feed for licensees of a version, prints where it is and keeps its ABI for use.mjs.
import { readFileSync, writeFileSync } from "node:fs";
import { ContractFactory, JsonRpcProvider, Wallet } from "ethers";
import { decodeError } from "isonomy";
import { deploymentOn } from "isonomy/addresses";

import { compile } from "./compile.mjs";

// a setting that is empty is not set
const { RPC_URL, DEPLOYMENT_FILE, PRIVATE_KEY } = process.env;
const version = BigInt(process.argv[2]);

const provider = new JsonRpcProvider(RPC_URL || "http://127.0.0.1:8545", undefined, { staticNetwork: true });
try {
  if (!PRIVATE_KEY) throw new Error("PRIVATE_KEY is not set: the account that deploys.");
  const { chainId } = await provider.getNetwork();
  const file = DEPLOYMENT_FILE ? { path: DEPLOYMENT_FILE, text: readFileSync(DEPLOYMENT_FILE, "utf8") } : undefined;
  const { contracts } = deploymentOn(chainId, file);

  const { abi, bytecode } = compile("LicensedFeed.sol", "LicensedFeed");
  const factory = new ContractFactory(abi, bytecode, new Wallet(PRIVATE_KEY, provider));
  const feed = await factory.deploy(contracts.LicenseToken, version);
  await feed.waitForDeployment();
  writeFileSync(new URL("LicensedFeed.json", import.meta.url), JSON.stringify(abi));
  console.log(JSON.stringify({ feed: await feed.getAddress() }));
} catch (error) {
  const known = decodeError(error);
  console.error(known.code === "UNEXPECTED" ? error.message : known.explain());
  process.exitCode = 1;
}
