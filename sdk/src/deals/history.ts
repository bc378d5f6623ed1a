import type { IEscrow } from "../../../typechain-types";
import { canonicalAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { Chain } from "../chain/chain";
import type { Runner } from "../chain/client";
import { dealError } from "../domains/escrow/errors";
import { decodingErrors } from "../errors/explain";
import type { MarketClient } from "../market/client";
import { DEAL_STATUS, commitmentOf, plainDeal, type Deal } from "./deal";

/** A deal with the block that opened it. */
export interface OpenedDeal {
  readonly deal: Deal;
  readonly blockNumber: number;
}

/** What it takes to read deals back from a chain. */
export interface DealReader {
  readonly escrow: IEscrow;
  readonly market: MarketClient;
  readonly chain: Chain;
  readonly runner: Runner;
  readonly deployment: PartialDeployment<"Market" | "UpdateDesk">;
}

/** What opened a deal; undefined for a contract whose deals are not this market's. Not every deployment has a resale. */
export function openerKind({ deployment }: DealReader, opener: string): "sale" | "update" | "resale" | undefined {
  const { Market, UpdateDesk, Resale } = deployment.contracts as typeof deployment.contracts & { Resale?: string };
  if (sameAddress(opener, Market)) return "sale";
  if (sameAddress(opener, UpdateDesk)) return "update";
  return Resale !== undefined && sameAddress(opener, Resale) ? "resale" : undefined;
}

/** What the events say of a deal: how it was opened, and the key that was delivered for it. */
export async function dealHistory(
  { escrow, chain, deployment }: DealReader,
  named: string,
  id: bigint,
  from = deployment.block ?? 0,
) {
  const opener = canonicalAddress(named, "opener");
  const [opened, delivered] = await Promise.all([
    chain.logs(escrow, escrow.filters.DealOpened(id), from),
    chain.logs(escrow, escrow.filters.KeyDelivered(opener, id), from),
  ]);
  const event = opened.find(({ args }) => sameAddress(args.deal.opener, opener));
  if (event === undefined) throw dealError("DEAL_UNKNOWN", { opener, id });
  return {
    openedAt: plainDeal(event.args.deal),
    blockNumber: event.blockNumber,
    delivered: delivered.map(({ args }) => ({ c: args.c, complainBy: args.complainBy })).at(0),
  };
}

/** A deal that the escrow holds as open, as it was opened. */
export async function openDeal(
  reader: DealReader,
  opener: string,
  id: bigint,
  fromBlock?: number,
): Promise<OpenedDeal> {
  const { escrow } = reader;
  const { openedAt: deal, blockNumber } = await dealHistory(reader, opener, id, fromBlock);
  const [status, commitment] = await decodingErrors(() =>
    Promise.all([escrow.statusOf(opener, id), escrow.commitmentOf(opener, id)]),
  );
  const name = DEAL_STATUS[Number(status)];
  if (name !== "open") throw dealError("DEAL_NOT_OPEN", { id, status: name });
  if (commitment !== commitmentOf(escrow, deal)) throw dealError("DEAL_UNKNOWN", { opener, id });
  return { deal, blockNumber };
}
