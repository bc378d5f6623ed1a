import type { JsonRpcProvider } from "ethers";

import { readAnswer } from "../rpc/bounded";
import { endpointOf, type Endpoint } from "../rpc/endpoint";
import { rpcRequest } from "../rpc/request";
import { cliError } from "./errors";
import { GuardedProvider } from "./guardedProvider";
import type { Interruption } from "./interruption";

/** The number of a chain is short; what is longer is no answer to the question. */
const MAX_ANSWER_BYTES = 65_536;
const LOCAL_POLL_MS = 100;
const REMOTE_POLL_MS = 2_000;

/** A node that has said of which chain it is. */
export interface Connection {
  readonly provider: JsonRpcProvider;
  readonly chainId: bigint;
}

/**
 * Connects to the node at an address, and sends nothing over it once the command was told to stop.
 * @param check Called with the chain's number before a provider is made.
 */
export async function connect(
  url: string,
  timeoutMs: number,
  interruption: Interruption,
  check: (chainId: bigint) => void,
): Promise<Connection> {
  const endpoint = endpointOf(url);
  const chainId = await chainIdAt(endpoint, timeoutMs);
  check(chainId);
  const settings = { staticNetwork: true, batchMaxCount: 10, cacheTimeout: -1 };
  const request = rpcRequest(url, timeoutMs);
  const provider = new GuardedProvider(request, Number(chainId), settings, interruption);
  const local = /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint.url).hostname);
  provider.pollingInterval = local ? LOCAL_POLL_MS : REMOTE_POLL_MS;
  return { provider, chainId };
}

/** Asked by hand: a provider would go on trying for ever. */
async function chainIdAt({ url, headers, shown }: Endpoint, milliseconds: number): Promise<bigint> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(milliseconds),
    });
    if (!response.ok) throw new Error(`it answered with status ${response.status}.`);
    const answer = await readAnswer(response, MAX_ANSWER_BYTES);
    const { result } = JSON.parse(new TextDecoder().decode(answer)) as { result?: string };
    if (typeof result !== "string") throw new Error("it is not an Ethereum node.");
    return BigInt(result);
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const detail = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
    throw cliError("RPC_UNREACHABLE", { url: shown, detail: /[.!]$/.test(detail) ? detail : `${detail}.` }, error);
  }
}
