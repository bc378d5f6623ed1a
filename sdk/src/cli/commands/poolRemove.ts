import { fail } from "../../errors/catalogue";
import { explained } from "../../errors/decode";
import { eventIn } from "../../market/client";
import { transaction } from "../output";
import type { Session } from "../session";
import { basisPoints, shown, small } from "../values";
import { pair } from "./pools";

export async function run(
  session: Session,
  [first, second]: readonly string[],
  options: { fee: string; percent: string; slippage: string },
): Promise<void> {
  const slippageBps = basisPoints(options.slippage, "--slippage");
  const percent = BigInt(small(options.percent, "--percent", 1, 100));
  const { key, tokens } = await pair(session, first!, second!, options.fee);
  const exchange = await session.exchange();
  const account = (await session.wallet()).address;
  const { id } = await exchange.pool(key);
  const held = await explained(() => exchange.exchange.balanceOf(account, id));
  if (held === 0n) throw fail("SHARES_MISSING", { account, poolId: id });
  const shares = (held * percent) / 100n;
  const receipt = await session.output.step("Redeem", () => exchange.removeLiquidity(key, shares, { slippageBps }));
  const { amount0, amount1 } = eventIn(exchange.exchange, receipt, "LiquidityRemoved", { owner: account }).args;
  session.output.result([`Redeemed ${shown(amount0, tokens[0])} and ${shown(amount1, tokens[1])}.`], {
    ...key,
    amount0,
    amount1,
    shares,
    transaction: transaction(receipt),
  });
}
