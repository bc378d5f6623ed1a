import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { decodeText } from "../../sdk/src/text/decode";

/** Where a deployment is. */
export interface DeployedAddresses {
  readonly addresses: Record<string, string>;
  /** The block before the first transaction, when it is known. */
  readonly fromBlock?: number;
}

/**
 * The addresses of a deployment: those of a file, or of the journal that a deployment to this chain left.
 * @param file As `scripts/deploy.ts` writes it; its default place is tried when there is no journal.
 */
export function readAddresses(root: string, chainId: bigint, file?: string): DeployedAddresses {
  const journal = join(root, "deploy", "deployments", `chain-${chainId}`, "deployed_addresses.json");
  const written = resolve(root, process.env.DEPLOYMENT_FILE ?? ".isonomy/deployment.json");
  const found = file ?? [journal, written].find((candidate) => existsSync(candidate));
  if (found === undefined || !existsSync(found)) {
    throw new Error(
      `There is no deployment ${file === undefined ? `known for chain ${chainId}` : `at ${file}`}. ` +
        "Deploy first, or name the file with the addresses: --deployment FILE.",
    );
  }
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(decodeText(readFileSync(found))) as Record<string, unknown>;
  } catch {
    throw new Error(
      `${found} is not JSON: it was cut short, or it is another file. Deploy again, or name another by --deployment FILE.`,
    );
  }
  // the file of one chain would name strangers' contracts on another
  const chain = content.chainId;
  if (chain !== undefined && String(chain) !== chainId.toString()) {
    throw new Error(
      `${found} is for chain ${String(chain)}, and the node is on chain ${chainId}. Name another file or another network.`,
    );
  }
  if (typeof content.addresses === "object" && content.addresses !== null) {
    return content as unknown as DeployedAddresses;
  }
  // a journal names a contract by its module: "Isonomy#Market"
  const addresses = Object.entries(content).map(([name, address]) => [name.split("#").at(-1)!, String(address)]);
  return { addresses: Object.fromEntries(addresses) as Record<string, string> };
}
