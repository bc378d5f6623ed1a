import { sameAddress } from "../../addresses/address";
import { localTime } from "../../text/time";
import { consent } from "../consent";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** Ends a deal in the way that is open now. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean; yes?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, options.update);
  const account = (await session.wallet()).address;
  const defective = await deals.isDefective(deal, status);
  const accepts = status === "delivered" && !defective && sameAddress(account, deal.recipient);
  if (accepts && deal.price > 0n && (await session.now()) < deal.complainBy) {
    const price = shown(deal.price, await session.tokenAt(deal.payToken));
    await consent(session, options.yes, {
      what: `Accept the file, and pay ${price} to ${deal.payee} now`,
      means: `Until ${localTime(deal.complainBy)} you can still complain of a wrong part, and get the price back.`,
    });
  }
  const receipt = await session.output.step("End the deal", async () => {
    if (defective) return deals.refundDefective(deal);
    if (status === "open") return deals.refundUndelivered(deal);
    if (status === "disputed") {
      const { ruled, ruling } = await deals.disputeOf(deal);
      return ruled && ruling !== 0n ? deals.executeRuling(deal) : deals.resolveStale(deal);
    }
    return accepts ? deals.accept(deal) : deals.settle(deal);
  });
  const ended = await deals.statusOf(deal);
  const whose = ended === "refunded" ? deal.payer : ended === "split" ? "both sides" : deal.payee;
  session.output.result([`The deal is ${ended}; the money waits in the ledger for ${whose}.`], {
    licenseId: id,
    status: ended,
    transaction: transaction(receipt),
  });
}
