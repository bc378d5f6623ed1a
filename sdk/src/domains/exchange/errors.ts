import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of a trade or a deposit. */
export const exchangeErrors = {
  NO_ROUTE: {
    message: "No path of pools leads from {tokenIn} to {tokenOut} for this amount.",
    reason: "No pool joins the tokens within four hops, or those that do are too shallow for the amount.",
    fix: "Try a smaller amount or another token, or add liquidity to a pool between them.",
  },
  SWAP_WITHOUT_BOUND: {
    message: "The trade was not sent, because nothing would bound its outcome.",
    reason: "The quote is zero, and those who order the transactions could leave a trade without a bound with nothing.",
    fix: "Trade an amount that is worth at least one unit of what comes out.",
  },
  SWAP_TOO_DEAR: {
    message:
      "The price takes {amountIn} of {tokenIn} at the cheapest route, and at most {maxSpent} may be spent, in its smallest unit.",
    reason: "The pools on the way are shallow for this amount, or the token is worth less than the bound assumes.",
    fix: "Pay in the offer's own token, wait for deeper pools, or raise the bound; nothing was sent.",
  },
  SHARES_MISSING: {
    message: "{account} has no shares of pool {poolId}.",
    reason: "It deposited nothing there, or redeemed or sent away what it had.",
    fix: "Check the tokens, the fee tier and the account; nothing was sent.",
  },
  SLIPPAGE_OUT_OF_RANGE: {
    message: "A slippage of {slippageBps} basis points is outside 0 to {maximum}.",
    reason: "A bound that lets half of a trade be lost protects from nothing.",
    fix: "Choose 10 to 100 basis points for an ordinary pool.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const exchangeError = errorsOf(exchangeErrors);
