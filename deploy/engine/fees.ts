import { parseEther, parseUnits } from "ethers";

import { FEE_LIMITS, type FeeLimits } from "../../sdk/src/chain/fees";
import { redact } from "../../sdk/src/errors";
import { settingOf, type Environment } from "../../sdk/src/text/settings";
import { RpcError, type Rpc } from "./rpc";

/** The largest step takes several million gas, and a person sees what all of them cost before the first: more than elsewhere, then. */
export const DEPLOY_FEE_LIMITS: FeeLimits = { maxFee: parseEther("5"), maxTip: FEE_LIMITS.maxTip };

/** What the endpoint asks for a unit of gas now, in wei. */
export interface FeesNow {
  readonly price: bigint;
  /** What a node could name for its own profit: the part beyond the base fee; without a base fee, the whole price. */
  readonly tip: bigint;
  readonly hasBaseFee: boolean;
}

/** Asks an endpoint what gas costs now, on chains of either kind. */
export async function feesNow(rpc: Pick<Rpc, "request">): Promise<FeesNow> {
  const block = await rpc.request<{ baseFeePerGas?: string | null }>({
    method: "eth_getBlockByNumber",
    params: ["latest", false],
  });
  const inAll = async (): Promise<bigint> => BigInt(await rpc.request<string>({ method: "eth_gasPrice" }));
  if (block.baseFeePerGas === undefined || block.baseFeePerGas === null) {
    const price = await inAll();
    return { price, tip: price, hasBaseFee: false };
  }
  const base = BigInt(block.baseFeePerGas);
  let tip: bigint;
  try {
    tip = BigInt(await rpc.request<string>({ method: "eth_maxPriorityFeePerGas" }));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // a node without that method names the whole price
    const price = await inAll();
    tip = price > base ? price - base : 0n;
  }
  return { price: base + tip, tip, hasBaseFee: true };
}

/** What one transaction may cost in gas, by the settings. */
export function feeLimitsOf(environment: Environment): FeeLimits {
  const setting = (name: string, decimals: number, otherwise: bigint): bigint => {
    const text = settingOf(environment, name);
    if (text === undefined) return otherwise;
    if (!/^\d+(\.\d+)?$/.test(text) || (text.split(".")[1] ?? "").length > decimals) {
      throw new Error(`${name} is "${redact(text)}", which is no amount. Write a number such as 0.5.`);
    }
    return parseUnits(text, decimals);
  };
  return {
    maxFee: setting("DEPLOY_MAX_FEE", 18, DEPLOY_FEE_LIMITS.maxFee),
    maxTip: setting("DEPLOY_MAX_TIP", 9, DEPLOY_FEE_LIMITS.maxTip),
  };
}
