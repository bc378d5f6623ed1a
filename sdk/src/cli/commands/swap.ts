import { isZeroAddress } from "../../addresses/address";
import { lowerBound, upperBound, type Route } from "../../exchange";
import { swapsIn } from "../../exchange/client";
import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import type { Token } from "../tokens";
import { address, shown, typed } from "../values";
import { agreeToQuote, slippage } from "./quote";

interface Options {
  readonly exactOut?: boolean;
  readonly slippage?: string;
  readonly recipient?: string;
  readonly quote?: boolean;
  readonly minOut?: string;
  readonly maxIn?: string;
}

export async function run(session: Session, [text, from, to]: readonly string[], options: Options): Promise<void> {
  const slippageBps = slippage(options.slippage);
  const recipient = options.recipient === undefined ? undefined : address(options.recipient, "--recipient");
  const [tokenIn, tokenOut] = [await session.token(from!, "<from>"), await session.token(to!, "<to>")];
  const exchange = await session.exchange(options.quote === true ? await session.provider() : undefined);
  const exactOut = options.exactOut === true;
  const { value } = await session.amount(text!, "<amount>", exactOut ? tokenOut : tokenIn);
  const bound = async (given: string | undefined, name: string, token: Token): Promise<bigint | undefined> =>
    given === undefined ? undefined : (await session.amount(given, name, token)).value;
  const [minOut, maxIn] = [
    await bound(options.minOut, "--min-out", tokenOut),
    await bound(options.maxIn, "--max-in", tokenIn),
  ];
  const route = await session.output.step("Find the best route", async (report) => {
    const found = await (exactOut
      ? exchange.routeExactOut(tokenIn.address, tokenOut.address, value)
      : exchange.routeExactIn(tokenIn.address, tokenOut.address, value));
    report.say(`${shown(found.amountIn, tokenIn)} for ${shown(found.amountOut, tokenOut)}`);
    return found;
  });
  if (options.quote === true) {
    return session.output.result(
      [`${shown(route.amountIn, tokenIn)} would give ${shown(route.amountOut, tokenOut)} now.`],
      figures(route),
    );
  }

  // what the swap may end at, slippage included, against what was named
  const [least, most] = exactOut
    ? [route.amountOut, upperBound(route.amountIn, slippageBps)]
    : [lowerBound(route.amountOut, slippageBps), route.amountIn];
  const [worstOut, worstIn] = [shown(least, tokenOut), shown(most, tokenIn)];
  if (minOut !== undefined && least < minOut) {
    throw cliError("SWAP_OUTSIDE_BOUND", { name: "--min-out", worst: worstOut, bound: shown(minOut, tokenOut) });
  }
  if (maxIn !== undefined && most > maxIn) {
    throw cliError("SWAP_OUTSIDE_BOUND", { name: "--max-in", worst: worstIn, bound: shown(maxIn, tokenIn) });
  }

  await agreeToQuote(
    session,
    options.slippage !== undefined || (exactOut ? maxIn : minOut) !== undefined,
    exactOut ? `at most ${worstIn} for ${worstOut}` : `at least ${worstOut} for ${worstIn}`,
    exactOut ? ["--max-in", typed(most, tokenIn)] : ["--min-out", typed(least, tokenOut)],
  );
  const terms = { slippageBps, ...(recipient === undefined ? {} : { recipient }) };
  const receipt = await session.output.step("Swap", () =>
    exactOut ? exchange.swapExactOut(route, terms) : exchange.swapExactIn(route, terms),
  );
  // the transaction may carry the swaps of others: those of this account along its route
  const swaps = swapsIn(exchange.exchange, receipt, route, (await session.wallet()).address)!;
  const [first, last] = [swaps.at(0)!, swaps.at(-1)!];
  const [paid, got] = [
    first.amount0 > first.amount1 ? first.amount0 : first.amount1,
    last.amount0 < last.amount1 ? -last.amount0 : -last.amount1,
  ];
  session.output.result([`Swapped ${shown(paid, tokenIn)} for ${shown(got, tokenOut)}.`], {
    ...figures(route),
    amountIn: paid,
    amountOut: got,
    recipient: recipient ?? (await session.wallet()).address,
    transaction: transaction(receipt),
  });
}

function figures({ amountIn, amountOut, priceImpact, legs }: Route) {
  const path = [legs[0]!.tokenIn, ...legs.map(({ tokenOut }) => tokenOut)];
  return { amountIn, amountOut, priceImpact, path: path.map((one) => (isZeroAddress(one) ? "native" : one)) };
}
