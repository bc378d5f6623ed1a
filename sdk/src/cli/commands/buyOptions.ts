import type { PurchaseOptions } from "../../market";
import { address } from "../values";

/** Options of `buy`, as they were written. */
export interface BuyOptions {
  readonly terms?: readonly string[];
  readonly signed?: string;
  readonly quantity?: string;
  readonly maxPrice?: string;
  readonly yes?: boolean;
  readonly again?: boolean;
  readonly permit?: boolean;
  readonly sponsored?: string;
  readonly payWith?: string;
  readonly maxSpent?: string;
  readonly slippage: string;
  readonly recipient?: string;
  readonly referrer?: string;
}

/** Who gets the licence, and who a part of the price. */
export function addressed({ recipient, referrer }: BuyOptions): Pick<PurchaseOptions, "recipient" | "referrer"> {
  return {
    ...(recipient === undefined ? {} : { recipient: address(recipient, "--recipient") }),
    ...(referrer === undefined ? {} : { referrer: address(referrer, "--referrer") }),
  };
}
