import type { Block, Provider } from "ethers";

import type { Chain } from "../chain/chain";
import { dealError } from "../domains/escrow/errors";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";
import type { Deal } from "./deal";

/** When a seller's side delivers. */
export interface DeliveryPolicy {
  /**
   * When a purchase counts as final, because a reorg must not leave the key public and the money gone: this many blocks on
   * top of it, or once the node's block of that name has reached it.
   */
  readonly confirmations: number | "safe" | "finalized";
  /** Seconds that must be left before the deadline, so that the delivery cannot come too late. */
  readonly margin: bigint;
}

/** Waits for two epochs' worth of blocks and keeps an hour in hand. */
export const SAFE_DELIVERY: DeliveryPolicy = { confirmations: 64, margin: 3_600n };

/** Refuses to deliver for a purchase that a reorg may still take away, or so late that the delivery may come after its deadline. */
export async function requireFinal(
  chain: Chain,
  deal: Deal,
  blockNumber: number,
  policy: DeliveryPolicy,
): Promise<void> {
  const { provider } = chain;
  const latest = await decodingErrors(() => provider.getBlock("latest"));
  if (latest === null) throw chainError("TIMEOUT");
  const confirmations = latest.number - blockNumber;
  if (blockNumber > (await finalBlock(provider, latest.number, policy.confirmations))) {
    throw dealError("DEAL_NOT_FINAL", { id: deal.id, confirmations, needed: policy.confirmations });
  }
  if (deadlineClock(latest, await chain.chainId()) + policy.margin > deal.deliverBy) {
    throw dealError("DEADLINE_TOO_CLOSE", { id: deal.id, deliverBy: deal.deliverBy, margin: policy.margin });
  }
}

/**
 * The newest block that a policy takes for final; below 0 when there is none yet.
 * @throws What a node fails with; `ARGUMENT_INVALID` for a policy that there is not.
 * @example
 * ```ts
 * const newest = await provider.getBlockNumber();
 * const final = await finalBlock(provider, newest, SAFE_DELIVERY.confirmations);
 * ```
 */
export async function finalBlock(
  provider: Provider,
  latest: number,
  confirmations: DeliveryPolicy["confirmations"],
): Promise<number> {
  if (typeof confirmations === "number") return latest - confirmations;
  if (confirmations !== "safe" && confirmations !== "finalized") {
    const detail = `confirmations are a number of blocks, "safe" or "finalized", not ${String(confirmations)}.`;
    throw chainError("ARGUMENT_INVALID", { detail });
  }
  const block = await decodingErrors(() => provider.getBlock(confirmations));
  return block?.number ?? -1;
}

/** The number of local chains, whose time is set as a test or a person likes. */
const DEVELOPMENT_CHAIN = 31_337n;

/**
 * The time that counts for a deadline, in Unix time: the later of the block's and this machine's. A stuck node shows an
 * old time: a key sent by that time would be late, and public all the same.
 */
export function deadlineClock({ timestamp }: Pick<Block, "timestamp">, chainId: bigint): bigint {
  const ours = chainId === DEVELOPMENT_CHAIN ? 0 : Math.floor(Date.now() / 1_000);
  return BigInt(Math.max(timestamp, ours));
}
