import { isZeroAddress, sameAddress } from "../../addresses/address";
import type { Deal, DealClient, DealDispute, DealStatus, HeldBlob } from "../../deals";
import { decodingErrors } from "../../errors/explain";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import type { Session } from "../session";
import { resaleClient } from "./askFile";

/** A deal, and where it stands. */
export interface FoundDeal {
  readonly deal: Deal;
  readonly status: DealStatus;
}

/**
 * The deal behind a licence, or behind an update: that of its newest resale with delivery, if it has one that was not refunded, or was
 * to the account that asks. A licence's id says which market sold it: when a vote has replaced that one, the deals that it opened go
 * on.
 * @param before The deal of a resale: the one by which its seller got the file is looked for.
 */
export async function dealOf(
  session: Session,
  deals: DealClient,
  id: bigint,
  update = false,
  before?: bigint,
): Promise<FoundDeal> {
  if (update) return deals.deal(await session.contract("UpdateDesk"), id);
  const resold = await resaleOf(session, deals, id, before);
  if (resold !== undefined) {
    const account = resold.status === "refunded" ? await session.account() : resold.deal.payer;
    if (account !== undefined && sameAddress(account, resold.deal.payer)) return resold;
  }
  const { module } = await decodingErrors(() => deals.market.licenses.licenseInfo(id));
  // no market has the number that the id names: it is told as a deal that nobody opened
  return deals.deal(isZeroAddress(module) ? await session.contract("Market") : module, id);
}

/** The deal of the newest resale with delivery of a licence, before another one where that is named; undefined when there is none. */
export async function resaleOf(
  session: Session,
  deals: DealClient,
  licenseId: bigint,
  before?: bigint,
): Promise<FoundDeal | undefined> {
  const { contracts } = await session.deployment();
  const resale = await resaleClient(session, await session.provider());
  const found = await resale.dealsOf(licenseId);
  const last = before === undefined ? found.at(-1) : found[found.indexOf(before) - 1];
  return last === undefined ? undefined : deals.deal(contracts.Resale, last);
}

/** Where the sealed file of a version is: with the buyer, or still in the store. */
export async function heldFile(session: Session, versionId: bigint): Promise<HeldBlob & { name: string }> {
  const market = await session.market(await session.provider());
  const [own, source] = [session.held(), await session.store()];
  const [data] = await market.registry.versionData(versionId);
  const card = (await own.has(data.uri.replace(/^ipfs:\/\//i, ""))) ? own : source;
  const { file } = await market.card(versionId, card);
  if (file === undefined) throw cliError("NO_FILE", { versionId });
  return { cid: file.blob, store: (await own.has(file.blob)) ? own : source, name: file.name };
}

/** For what needs no key. */
export const noKeyring = {
  add: async (): Promise<never> => {
    throw new Error("This command keeps no key.");
  },
  find: async (): Promise<never> => {
    throw new Error("This command uses no key.");
  },
};

/** Who can do what next with a deal, each with its command: the rows of the escrow's table of states. */
export function nextSteps(
  id: bigint,
  deal: Deal,
  status: DealStatus,
  dispute: DealDispute,
  { update = false, resold = false }: { readonly update?: boolean; readonly resold?: boolean } = {},
): string[] {
  const command = (name: string, more = ""): string => `isonomy ${name} ${id}${more}${update ? " --update" : ""}`;
  const decided = dispute.ruled && dispute.ruling !== 0n;
  const steps: Partial<Record<DealStatus, string[]>> = {
    open: [
      `the seller, until ${localTime(deal.deliverBy)}: ${resold ? command("resale deliver") : "isonomy seller"} delivers the key; ${command("decline")} returns the price`,
      `anyone, from then on: ${command("settle")} returns the price`,
    ],
    delivered: [
      `the buyer: ${command("open", " --out <file>")}; ${command("complain")} if a part of it is wrong`,
      ...(isZeroAddress(deal.arbitrator)
        ? []
        : [`the licence's holder, until ${localTime(deal.complainBy)}: ${command("dispute")} goes to the arbitrator`]),
      `the licence's holder at once, anyone after ${localTime(deal.complainBy)}: ${command("settle")} pays the seller`,
      `the seller: ${command("refund")} returns the price`,
    ],
    disputed: decided
      ? [`anyone: ${command("settle")} carries out the ruling`]
      : [
          `the licence's holder and the seller, until ${localTime(dispute.ruleBy)}: ${command("concede", " <refund>")}`,
          `anyone, once it was ruled or that time is over: ${command("settle")}`,
        ],
  };
  if (resold && status === "settled") return [`anyone: ${command("resale claim")} hands the licence out`];
  // what was refunded without a delivery was declined, proven defective, or missed: the contract knows which
  const missed = status === "refunded" && deal.complainBy === 0n && deal.price > 0n;
  if (missed) return [`the buyer, if the time had passed: ${command("report")} counts the missed delivery`];
  if (dispute.feeHeld) return [`anyone, once the arbitrator's time is over: ${command("reclaim")} fetches its fee`];
  return steps[status] ?? [];
}
