import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { shown } from "../values";

export async function run(session: Session, _: readonly string[], options: { account?: string }): Promise<void> {
  const account = await session.account(options.account);
  if (account === undefined) throw cliError("KEYSTORE_MISSING");
  const exchange = await session.exchange(await session.provider());
  const positions = await exchange.positions(account);
  const rows = await Promise.all(
    positions.map(async ({ pool, amount0, amount1, fees0, fees1 }) => {
      const [token0, token1] = [await session.tokenAt(pool.token0), await session.tokenAt(pool.token1)];
      const both = (a: bigint, b: bigint): string => `${shown(a, token0)} + ${shown(b, token1)}`;
      return [`${token0.label}/${token1.label}`, both(amount0, amount1), both(fees0, fees1)];
    }),
  );
  const lines =
    rows.length === 0 ? [`${account} has no shares.`] : columns([["pool", "redeems", "of that fees"], ...rows]);
  session.output.result(lines, { account, positions });
}
