import { addressBook, type Deployment, type KnownToken } from "../addresses";
import { canonicalAddress } from "../addresses/address";
import { cliError } from "./errors";
import { readText } from "./files";

/** The addresses in a file: of one deployment, as it was written, or of several by chain id. */
export async function deploymentIn(path: string, chainId: bigint): Promise<Deployment> {
  const invalid = (detail: string, cause?: unknown) => cliError("ADDRESSES_INVALID", { path, detail }, cause);
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
  if (one === undefined) throw cliError("NO_DEPLOYMENT", { chainId });
  if (typeof one !== "object" || one === null) throw invalid("it holds no addresses.");
  const { addresses, fromBlock = 0, chainId: written, formerMarkets = [], tokens = {} } = one;
  if (typeof addresses !== "object" || addresses === null) throw invalid("it holds no addresses.");
  if (typeof fromBlock !== "number" || !Number.isSafeInteger(fromBlock) || fromBlock < 0) {
    throw invalid("fromBlock is not the number of a block.");
  }
  if (typeof tokens !== "object" || tokens === null) throw invalid("tokens is not a list of tokens by name.");
  if (!Array.isArray(formerMarkets)) throw invalid("formerMarkets is not a list.");
  if (written !== undefined && !/^(\d+|0x[0-9a-f]+)$/i.test(String(written))) throw invalid("chainId is not a number.");
  if (written !== undefined && BigInt(String(written)) !== chainId) {
    throw invalid(`it is for chain ${String(written)}, and the node is on chain ${chainId}.`);
  }
  try {
    const entries = Object.entries(addresses).map(
      ([name, value]) => [name, canonicalAddress(String(value), name)] as const,
    );
    const former = formerMarkets.map((value) => canonicalAddress(String(value), "formerMarkets"));
    return {
      chainId: Number(chainId),
      fromBlock,
      addresses: Object.fromEntries(entries),
      formerMarkets: former,
      tokens: knownTokens(tokens),
    };
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : "one of them is no address.", error);
  }
}

function knownTokens(tokens: object): Record<string, KnownToken> {
  const known = Object.entries(tokens).map(([name, value]) => {
    const { address, symbol, decimals } = value as Partial<Record<string, unknown>>;
    if (!/^\S+$/.test(name) || typeof symbol !== "string" || !Number.isInteger(decimals))
      throw new Error(`${name} is no token.`);
    return [name, { address: canonicalAddress(String(address), name), symbol, decimals: decimals as number }] as const;
  });
  return Object.fromEntries(known);
}

/** What the package knows of a chain. */
export function knownDeployment(chainId: bigint): Deployment {
  const deployment = addressBook[Number(chainId)];
  if (deployment === undefined) throw cliError("NO_DEPLOYMENT", { chainId });
  return deployment;
}
