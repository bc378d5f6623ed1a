import { formatUnits } from "viem";

import { isZeroAddress, sameAddress } from "../addresses";
import type { Words } from "../i18n";
import type { Network } from "../network";

/** A token that a deployment vouches for, and the native coin. */
export function tokenOf({ deployment, currency }: Network, payToken: string): { symbol: string; decimals: number } {
  if (isZeroAddress(payToken)) return currency;
  const known = Object.values(deployment.tokens ?? {}).find(({ address }) => sameAddress(address, payToken));
  // what a stranger's token says of itself is not taken
  return known ?? { symbol: payToken, decimals: 0 };
}

/** An amount with its token, exact: no digit is rounded away. */
export function moneyOf(network: Network, words: Words, payToken: string, amount: bigint): string {
  const { symbol, decimals } = tokenOf(network, payToken);
  return `${words.decimal(formatUnits(amount, decimals))} ${symbol}`;
}
