import { canonicalAddress } from "../addresses/address";
import { addressBook, type Deployment } from "../addresses";
import { readText } from "./files";
import { cliFail } from "./errors";

/** The addresses in a file: of one deployment, as it was written, or of several by chain id. */
export async function deploymentIn(path: string, chainId: bigint): Promise<Deployment> {
  const invalid = (detail: string, original?: unknown) => cliFail("ADDRESSES_INVALID", { path, detail }, original);
  const text = await readText(path, "--addresses");
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw invalid("it is not JSON.", error);
  }
  if (typeof content !== "object" || content === null) throw invalid("it holds no addresses.");
  const file = content as Record<string, unknown>;
  const one = ("addresses" in file ? file : file[chainId.toString()]) as Partial<Record<string, unknown>> | undefined;
  if (one === undefined) throw cliFail("NO_DEPLOYMENT", { chainId });
  const { addresses, fromBlock = 0, chainId: written, formerMarkets = [] } = one;
  if (typeof addresses !== "object" || addresses === null) throw invalid("it holds no addresses.");
  if (typeof fromBlock !== "number") throw invalid("fromBlock is not a number.");
  if (!Array.isArray(formerMarkets)) throw invalid("formerMarkets is not a list.");
  if (written !== undefined && BigInt(String(written)) !== chainId) {
    throw invalid(`it is for chain ${String(written)}, and the node is on chain ${chainId}.`);
  }
  try {
    const entries = Object.entries(addresses).map(
      ([name, value]) => [name, canonicalAddress(String(value), name)] as const,
    );
    const former = formerMarkets.map((value) => canonicalAddress(String(value), "formerMarkets"));
    return { chainId: Number(chainId), fromBlock, addresses: Object.fromEntries(entries), formerMarkets: former };
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : "one of them is no address.", error);
  }
}

/** What the package knows of a chain. */
export function knownDeployment(chainId: bigint): Deployment {
  const deployment = addressBook[Number(chainId)];
  if (deployment === undefined) throw cliFail("NO_DEPLOYMENT", { chainId });
  return deployment;
}
