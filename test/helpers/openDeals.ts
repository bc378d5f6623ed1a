import { time } from "@nomicfoundation/hardhat-network-helpers";

import type { DealStruct } from "../../typechain-types/contracts/escrow/Escrow";
import { scalarFor } from "./files";
import { DAY, type marketFixture } from "./market";

export const REFERRER_BPS = 1_000n;

/** A service sold at once, and three deals about a file: the first delivered, the others open. */
export async function openDeals(protocol: Awaited<ReturnType<typeof marketFixture>>) {
  const { contracts, actors, actions, files } = protocol;
  const { Market, Escrow } = contracts;
  const market = Market.connect(actors.buyer);
  const service = actions.terms();
  const weights = actions.fileTerms({ referrerBps: REFERRER_BPS });
  await actions.list(service);
  await actions.list(weights);

  const bought = await actions.orderFor(service);
  const sold = await market.purchase.staticCall(service, bought);
  await market.purchase(service, bought);
  const { order, secret } = await actions.paddedOrder(weights, { referrer: actors.referrer.address });
  const licenses: bigint[] = [];
  const deals: DealStruct[] = [];
  for (let i = 0; i < 3; i++) {
    licenses.push(await market.purchase.staticCall(weights, order));
    deals.push((await actions.dealOf(await market.purchase(weights, order))) as never);
  }
  const key = scalarFor(files.file.key, secret);
  await Escrow.deliver(deals[0]!, key);
  deals[0] = { ...deals[0]!, complainBy: BigInt(await time.latest()) + 3n * DAY };
  return { service, weights, order, sold, licenses, deals, key };
}
