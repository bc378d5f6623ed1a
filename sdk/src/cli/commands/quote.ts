import { cliError } from "../errors";
import type { Session } from "../session";
import { basisPoints } from "../values";

/** How much worse than the pools' price a trade may end where nothing is said. */
const DEFAULT_SLIPPAGE = "50";

/** The slippage that was named, or the usual one. */
export function slippage(named: string | undefined): bigint {
  return basisPoints(named ?? DEFAULT_SLIPPAGE, "--slippage");
}

/**
 * What is spent at the pools' price needs a bound that a person named, or a yes to what the price means: the quote is of this
 * very moment, and a trader who moved the pools a moment ago has chosen it.
 * @param quote What may leave and come at worst, in words.
 * @param bound The options that would name one, with their values.
 */
export async function agreeToQuote(
  session: Session,
  named: boolean,
  quote: string,
  bound: readonly string[],
): Promise<void> {
  if (named) return;
  await session.output.agree(`Agree to ${quote}?`, {
    absent: cliError("QUOTE_UNBOUND", { quote, command: session.again(...bound) }),
    refused: cliError("QUOTE_REFUSED", { quote }),
  });
}
