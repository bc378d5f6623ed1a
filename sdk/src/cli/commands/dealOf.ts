import { isZeroAddress } from "../../addresses/address";
import type { Deal, DealClient, DealDispute, DealStatus, HeldBlob } from "../../deals";
import { decodingErrors } from "../../errors/explain";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import type { Session } from "../session";

/**
 * The deal behind a licence, or behind an update. A licence's id says which market sold it: when a vote has replaced that one,
 * the deals that it opened go on.
 */
export async function dealOf(
  session: Session,
  deals: DealClient,
  id: bigint,
  update = false,
): Promise<{ deal: Deal; status: DealStatus }> {
  if (update) return deals.deal(await session.contract("UpdateDesk"), id);
  const { module } = await decodingErrors(() => deals.market.licenses.licenseInfo(id));
  // no market has the number that the id names: it is told as a deal that nobody opened
  return deals.deal(isZeroAddress(module) ? await session.contract("Market") : module, id);
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
export function nextSteps(deal: Deal, status: DealStatus, dispute: DealDispute, update = false): string[] {
  const command = (name: string, more = ""): string => `isonomy ${name} ${deal.id}${more}${update ? " --update" : ""}`;
  const decided = dispute.ruled && dispute.ruling !== 0n;
  const steps: Partial<Record<DealStatus, string[]>> = {
    open: [
      `the seller, until ${localTime(deal.deliverBy)}: isonomy seller delivers the key; ${command("decline")} returns the price`,
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
  // what was refunded without a delivery was declined, proven defective, or missed: the contract knows which
  const missed = status === "refunded" && deal.complainBy === 0n && deal.price > 0n;
  if (missed) return [`the buyer, if the time had passed: ${command("report")} counts the missed delivery`];
  if (dispute.feeHeld) return [`anyone, once the arbitrator's time is over: ${command("reclaim")} fetches its fee`];
  return steps[status] ?? [];
}
