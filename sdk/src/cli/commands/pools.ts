import type { PoolKey } from "../../exchange";
import type { Session } from "../session";
import type { Token } from "../tokens";
import { small } from "../values";

/** The two tokens of a pool in the contract's order, and whether they were named in the other. */
export async function pair(
  session: Session,
  first: string,
  second: string,
  fee: string,
): Promise<{ key: PoolKey; tokens: readonly [Token, Token]; turned: boolean }> {
  const feeBps = BigInt(small(fee, "--fee", 0, 10_000));
  const [a, b] = [await session.token(first, "<token>"), await session.token(second, "<token>")];
  const turned = BigInt(a.address) > BigInt(b.address);
  const tokens = turned ? ([b, a] as const) : ([a, b] as const);
  return { key: { token0: tokens[0].address, token1: tokens[1].address, feeBps }, tokens, turned };
}
