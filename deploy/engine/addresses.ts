import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { keccak256, type Provider } from "ethers";

import { parseDeployment, type ContractName, type Deployment, type KnownToken } from "../../sdk/src/addresses";
import { requireCode } from "../../sdk/src/chain/deployed";
import { decodeText } from "../../sdk/src/text/decode";
import { setting } from "./environment";
import { NETWORKS } from "./networks";

/** Where a deployment is looked for when no file is named; a setting comes before all other places. */
function placesOf(root: string, chainId: bigint): string[] {
  const named = setting("DEPLOYMENT_FILE");
  if (named !== undefined) return [resolve(root, named)];
  const places = [
    `deploy/addresses/${chainId}.json`,
    ".isonomy/deployment.json",
    "deploy/deployments/localhost/localhost.addresses.json",
  ];
  return places.map((place) => resolve(root, place)).filter((place) => existsSync(place));
}

/** The command that deploys to a chain, in brackets; nothing for a chain that is no network of ours. */
function deployCommand(chainId: bigint): string {
  const network = NETWORKS.find((one) => BigInt(one.chainId) === chainId);
  return network === undefined ? "" : ` (npm run deploy -- --network ${network.name})`;
}

/**
 * The deployments that a file holds for the chain of a node, as `npm run deploy` or `npm start` wrote it.
 * @param file Its path, from the project's folder; without one the usual places are tried, and those that are there are read.
 */
export function readDeployments(root: string, chainId: bigint, file?: string): Deployment[] {
  const places = file === undefined ? placesOf(root, chainId) : [resolve(root, file)];
  if (!places.some((place) => existsSync(place))) {
    throw new Error(
      `There is no deployment ${file === undefined ? `known for chain ${chainId}` : `at ${file}`}. ` +
        `Deploy first${deployCommand(chainId)}, or name the file that the deployment wrote: --deployment FILE.`,
    );
  }
  return places.map((place) => parseDeployment(decodeText(readFileSync(place)), place, chainId));
}

/**
 * The one of them whose contracts are on the chain, each with its code: a chain that was started anew has none of them, or
 * others. Throws what is wrong with the first where none is.
 */
export async function deploymentOnChain(root: string, provider: Provider, file?: string): Promise<Deployment> {
  const { chainId } = await provider.getNetwork();
  let refusal: unknown;
  for (const deployment of readDeployments(root, chainId, file)) {
    try {
      for (const [name, address] of Object.entries(deployment.contracts) as [ContractName, string][]) {
        await requireCode(provider, { name, address, codeHash: deployment.codeHashes[name] }, chainId);
      }
      return deployment;
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

/** What a deployment to a chain that only this machine sees leaves: read back from the chain. */
export async function deploymentOf(
  provider: Provider,
  contracts: Readonly<Record<ContractName, string>>,
  block: number,
  tokens: Readonly<Record<string, KnownToken>> = {},
): Promise<Deployment> {
  const { chainId } = await provider.getNetwork();
  const hashes = Object.entries(contracts).map(async ([name, address]) => [
    name,
    keccak256(await provider.getCode(address)),
  ]);
  const codeHashes = Object.fromEntries(await Promise.all(hashes)) as Record<ContractName, string>;
  return { chainId: Number(chainId), block, contracts, codeHashes, tokens };
}

/** Every address of a deployment by the name that a person writes: its contracts and its tokens. */
export function namesIn({ contracts, tokens = {} }: Deployment): Record<string, string> {
  const named = Object.entries(tokens).map(([name, { address }]) => [name, address]);
  return { ...(Object.fromEntries(named) as Record<string, string>), ...contracts };
}

/** The file that a local deployment is written to. */
export function localDeploymentFile(root: string): string {
  return resolve(root, setting("DEPLOYMENT_FILE") ?? join(".isonomy", "deployment.json"));
}
