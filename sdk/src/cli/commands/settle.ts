import { sameAddress } from "../../addresses/address";
import { transaction } from "../output";
import type { Session } from "../session";
import { whole } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** Ends a deal in the way that is open now. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean },
): Promise<void> {
  const id = whole(licence!, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, options.update);
  const account = (await session.wallet()).address;
  const receipt = await session.output.step("End the deal", async () => {
    if (await deals.isDefective(deal, status)) return deals.refundDefective(deal);
    if (status === "open") return deals.refundUndelivered(deal);
    if (status === "disputed") {
      const { ruled, ruling } = await deals.disputeOf(deal);
      return ruled && ruling !== 0n ? deals.executeRuling(deal) : deals.resolveStale(deal);
    }
    return sameAddress(account, deal.recipient) ? deals.accept(deal) : deals.settle(deal);
  });
  const ended = await deals.statusOf(deal);
  const whose = ended === "refunded" ? deal.payer : ended === "split" ? "both sides" : deal.payee;
  session.output.result([`The deal is ${ended}; the money waits in the ledger for ${whose}.`], {
    licenseId: id,
    status: ended,
    transaction: transaction(receipt),
  });
}
