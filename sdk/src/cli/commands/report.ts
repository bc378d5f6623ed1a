import { dealError } from "../../domains/escrow/errors";
import { decodingErrors } from "../../errors/explain";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { dealOf } from "./dealOf";

/** Has a delivery that never came counted against the seller, with the secret that only its buyer has. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean; yes?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  await session.openKeyring();
  const deals = await session.deals();
  const { deal, status } = await dealOf(session, deals, id, options.update);
  // before anybody is asked for a yes
  if (status !== "refunded" || deal.complainBy !== 0n) throw dealError("DEAL_NOT_MISSED", { id, status });
  if (options.yes !== true) {
    const what = `Report that the key of deal ${id} never came?`;
    const why = "It publishes the secret of this purchase, with which a key that was sent too late can be read.";
    await session.output.agree(`${what} ${why}`, {
      absent: cliError("REPORT_NOT_CONFIRMED", { id, command: session.again("--yes") }),
      refused: cliError("REPORT_REFUSED", { id }),
    });
  }
  const receipt = await session.output.step("Report the missed delivery", () => deals.recordMissedDelivery(deal));
  const misses = await decodingErrors(() => deals.escrow.missedDeliveries(deal.opener, deal.seller));
  session.output.result([`Counted: ${deal.seller} has missed ${misses} deliveries that buyers have proven.`], {
    licenseId: id,
    seller: deal.seller,
    missedDeliveries: misses,
    transaction: transaction(receipt),
  });
}
