import { transaction } from "../output";
import type { Session } from "../session";
import { pair } from "./pools";

export async function run(
  session: Session,
  [first, second]: readonly string[],
  options: { fee: string },
): Promise<void> {
  const { key, tokens } = await pair(session, first!, second!, options.fee);
  const exchange = await session.exchange();
  const { poolId, receipt } = await session.output.step("Make the pool", () => exchange.createPool(key));
  session.output.result(
    [`Made the pool ${tokens[0].label}/${tokens[1].label} at ${Number(key.feeBps) / 100} %. It is empty.`],
    { poolId, ...key, transaction: transaction(receipt) },
  );
}
