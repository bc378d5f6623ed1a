import { checked } from "../base/checked";
import { parseDeployment, type Deployment } from "./deployment";
import { addressError } from "./errors";
import { KNOWN } from "./known";

/** The deployments that the package knows, by chain id; written by `npm run deploy`. */
export const addressBook: Readonly<Record<number, Deployment>> = KNOWN;

/**
 * The deployment on a chain: the one that a file holds, or else the one that the package knows.
 * @param chainId The chain of the node.
 * @param file What `npm run deploy` wrote, and how it is called in a sentence; undefined for the package's own address book.
 * @throws `NO_DEPLOYMENT` where the package knows none, and what `parseDeployment` throws.
 * @example
 * ```ts
 * const { chainId } = await provider.getNetwork();
 * const market = new MarketClient(deploymentOn(chainId), provider);
 * ```
 */
export const deploymentOn = /* @__PURE__ */ checked(
  (chainId: number | bigint, file?: { readonly text: string; readonly path: string }): Deployment => {
    if (file !== undefined) return parseDeployment(file.text, file.path, chainId);
    const deployment = addressBook[Number(chainId)];
    if (deployment === undefined) throw addressError("NO_DEPLOYMENT", { chainId });
    return deployment;
  },
);
