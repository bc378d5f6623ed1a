import { parseEther, parseUnits } from "ethers";

import { FEE_LIMITS, type FeeLimits } from "../../sdk/src/chain/fees";
import { redact } from "../../sdk/src/errors";

/** The largest step takes several million gas, and a person sees what all of them cost before the first: more than elsewhere, then. */
export const DEPLOY_FEE_LIMITS: FeeLimits = { maxFee: parseEther("5"), maxTip: FEE_LIMITS.maxTip };

type Environment = Readonly<Record<string, string | undefined>>;

/** What one transaction may cost in gas, by the settings. */
export function feeLimitsOf(environment: Environment): FeeLimits {
  const setting = (name: string, decimals: number, otherwise: bigint): bigint => {
    const text = environment[name]?.trim();
    if (text === undefined || text === "") return otherwise;
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
