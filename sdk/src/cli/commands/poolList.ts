import { columns } from "../output";
import type { Session } from "../session";
import { shown } from "../values";

export async function run(session: Session): Promise<void> {
  const exchange = await session.exchange(await session.provider());
  const pools = await exchange.pools();
  const rows = await Promise.all(
    pools.map(async (pool) => {
      const [token0, token1] = [await session.tokenAt(pool.token0), await session.tokenAt(pool.token1)];
      const names = `${token0.label}/${token1.label}`;
      return [names, `${Number(pool.feeBps) / 100} %`, shown(pool.reserve0, token0), shown(pool.reserve1, token1)];
    }),
  );
  const lines = rows.length === 0 ? ["There are no pools."] : columns([["pool", "fee", "reserve", "reserve"], ...rows]);
  session.output.result(lines, { pools });
}
