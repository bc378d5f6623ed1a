import { eventIn } from "../../chain/events";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { pair } from "./pools";
import { agreeToQuote, slippage } from "./quote";

export async function run(
  session: Session,
  [firstAmount, first, secondAmount, second]: readonly string[],
  options: { fee: string; slippage?: string },
): Promise<void> {
  const slippageBps = slippage(options.slippage);
  const { key, tokens, turned } = await pair(session, first!, second!, options.fee);
  const [text0, text1] = turned ? [secondAmount!, firstAmount!] : [firstAmount!, secondAmount!];
  const [max0, max1] = [
    (await session.amount(text0, "<amount>", tokens[0])).value,
    (await session.amount(text1, "<amount>", tokens[1])).value,
  ];
  const exchange = await session.exchange();
  await agreeToQuote(
    session,
    options.slippage !== undefined,
    `at most ${shown(max0, tokens[0])} and ${shown(max1, tokens[1])}, in the ratio that the pool has now`,
    ["--slippage", String(slippageBps)],
  );
  const receipt = await session.output.step("Deposit", () => exchange.addLiquidity(key, max0, max1, { slippageBps }));
  const recipient = (await session.wallet()).address;
  const match = { poolId: (await exchange.pool(key)).id, recipient };
  const { amount0, amount1, shares } = eventIn(exchange.exchange, receipt, "LiquidityAdded", match).args;
  session.output.result([`Deposited ${shown(amount0, tokens[0])} and ${shown(amount1, tokens[1])}.`], {
    ...key,
    amount0,
    amount1,
    shares,
    transaction: transaction(receipt),
  });
}
