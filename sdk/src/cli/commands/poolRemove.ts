import { eventIn } from "../../chain/events";
import { exchangeError } from "../../domains/exchange/errors";
import { decodingErrors } from "../../errors/explain";
import { lowerBound } from "../../exchange";
import { withdrawal } from "../../exchange/curve";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown, small } from "../values";
import { pair } from "./pools";
import { agreeToQuote, slippage } from "./quote";

export async function run(
  session: Session,
  [first, second]: readonly string[],
  options: { fee: string; percent: string; slippage?: string },
): Promise<void> {
  const slippageBps = slippage(options.slippage);
  const percent = BigInt(small(options.percent, "--percent", 1, 100));
  const { key, tokens } = await pair(session, first!, second!, options.fee);
  const exchange = await session.exchange();
  const account = (await session.wallet()).address;
  const pool = await exchange.pool(key);
  const { id } = pool;
  const held = await decodingErrors(() => exchange.exchange.balanceOf(account, id));
  if (held === 0n) throw exchangeError("SHARES_MISSING", { account, poolId: id });
  const shares = (held * percent) / 100n;
  const quoted = withdrawal(pool, shares);
  await agreeToQuote(
    session,
    options.slippage !== undefined,
    `at least ${shown(least(quoted.amount0, slippageBps), tokens[0])} and ${shown(least(quoted.amount1, slippageBps), tokens[1])}`,
    ["--slippage", String(slippageBps)],
  );
  const receipt = await session.output.step("Redeem", () => exchange.removeLiquidity(key, shares, { slippageBps }));
  const { amount0, amount1 } = eventIn(exchange.exchange, receipt, "LiquidityRemoved", {
    poolId: id,
    owner: account,
  }).args;
  session.output.result([`Redeemed ${shown(amount0, tokens[0])} and ${shown(amount1, tokens[1])}.`], {
    ...key,
    amount0,
    amount1,
    shares,
    transaction: transaction(receipt),
  });
}

/** What comes back at worst; of very few shares that can be nothing of one token. */
function least(amount: bigint, slippageBps: bigint): bigint {
  return amount === 0n ? 0n : lowerBound(amount, slippageBps);
}
