import { eventIn } from "../../market/client";
import { transaction } from "../output";
import type { Session } from "../session";
import { basisPoints, shown } from "../values";
import { pair } from "./pools";

export async function run(
  session: Session,
  [firstAmount, first, secondAmount, second]: readonly string[],
  options: { fee: string; slippage: string },
): Promise<void> {
  const slippageBps = basisPoints(options.slippage, "--slippage");
  const { key, tokens, turned } = await pair(session, first!, second!, options.fee);
  const [text0, text1] = turned ? [secondAmount!, firstAmount!] : [firstAmount!, secondAmount!];
  const [max0, max1] = [
    (await session.amount(text0, "<amount>", tokens[0])).value,
    (await session.amount(text1, "<amount>", tokens[1])).value,
  ];
  const exchange = await session.exchange();
  const receipt = await session.output.step("Deposit", () => exchange.addLiquidity(key, max0, max1, { slippageBps }));
  const recipient = (await session.wallet()).address;
  const { amount0, amount1, shares } = eventIn(exchange.exchange, receipt, "LiquidityAdded", { recipient }).args;
  session.output.result([`Deposited ${shown(amount0, tokens[0])} and ${shown(amount1, tokens[1])}.`], {
    ...key,
    amount0,
    amount1,
    shares,
    transaction: transaction(receipt),
  });
}
