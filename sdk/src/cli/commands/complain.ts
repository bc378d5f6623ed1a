import { sameAddress } from "../../addresses/address";
import { isIsonomyError } from "../../base/error";
import type { Deal, DealStatus } from "../../deals";
import { decodingErrors } from "../../errors/explain";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { dealOf, heldFile } from "./dealOf";

export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  await session.openKeyring();
  const deals = await session.deals();
  const { deal } = await dealOf(session, deals, id, options.update);
  const market = await session.market();
  const known = (await decodingErrors(() => market.registry.defectiveAt(deal.versionId))) > 0n;

  const proof = known
    ? undefined
    : await session.output.step("Look for a wrong chunk", async (report) => {
        const held = await heldFile(session, deal.versionId);
        const opened = await deals.open(deal, held, { write: () => undefined });
        if (opened.ok) throw cliError("COMPLAINT_NOTHING", { versionId: deal.versionId });
        report.say(`chunk ${opened.wrongChunk} is wrong`);
        return opened;
      });
  const [complaint, refund] = await session.output.step(
    proof === undefined ? "Get the money back" : "Prove it on the chain, and get the money back",
    async () => {
      if (proof === undefined) return [undefined, await deals.refundDefective(deal)];
      try {
        const { receipt, refunded } = await deals.complainAndRefund(deal, proof.complaint);
        return [receipt, refunded ? receipt : undefined];
      } catch (error) {
        if (!isIsonomyError(error, "DEAL_NOT_REFUNDABLE")) throw error;
        // too late for this deal, but not for those of others
        return [await deals.complain(deal.versionId, proof.complaint), undefined];
      }
    },
  );
  // it may have been closed while the file was read or the proof was on its way
  const status = await deals.statusOf(deal);

  const token = await session.tokenAt(deal.payToken);
  session.output.result(
    [
      ...(refund === undefined
        ? [`Version ${deal.versionId} is proven defective. This deal was not refunded by it: ${reason(deal, status)}`]
        : [
            `Version ${deal.versionId} is proven defective, and ${shown(deal.price, token)} wait in the ledger for ${deal.payer}.`,
            `Next: isonomy withdraw --token ${sameAddress(token.address, deal.payToken) && token.symbol === "native" ? "native" : deal.payToken}`,
          ]),
    ],
    {
      licenseId: id,
      versionId: deal.versionId,
      ...(proof === undefined ? {} : { wrongChunk: proof.wrongChunk }),
      ...(complaint === undefined ? {} : { complaint: transaction(complaint) }),
      ...(refund === undefined ? {} : { refund: transaction(refund) }),
      refunded: refund === undefined ? 0n : deal.price,
      status,
    },
  );
}

/** Why a proof left a deal as it is. */
function reason({ complainBy, payer }: Deal, status: DealStatus): string {
  const reasons: Partial<Record<DealStatus, string>> = {
    delivered: `its time for complaints ended at ${localTime(complainBy)}.`,
    settled: "it was settled before, and the seller is paid.",
    split: "its dispute ended before, and each side has its part.",
    refunded: `it was refunded before; the price is in the ledger of ${payer}, or withdrawn.`,
  };
  return reasons[status] ?? `it is ${status}.`;
}
