import { cliError } from "../errors";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown, whole } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** The seller returns the price: of what was not delivered (`decline`), or of what was (`refund`). */
async function giveBack(
  session: Session,
  licence: string,
  update: boolean | undefined,
  wanted: "open" | "delivered",
): Promise<void> {
  const id = whole(licence, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, update);
  if (status !== wanted) {
    const command = status === "open" ? "decline" : status === "delivered" ? "refund" : "status --deal";
    throw cliError("DEAL_IN_ANOTHER_STATE", { id, status, command });
  }
  const receipt = await session.output.step("Return the price", () =>
    wanted === "open" ? deals.decline(deal) : deals.refundBySeller(deal),
  );
  const token = await session.tokenAt(deal.payToken);
  session.output.result([`The deal is refunded; ${shown(deal.price, token)} wait in the ledger for ${deal.payer}.`], {
    licenseId: id,
    status: await deals.statusOf(deal),
    refunded: deal.price,
    transaction: transaction(receipt),
  });
}

/** What a command's module exports. */
function command(wanted: "open" | "delivered") {
  return {
    run: (session: Session, [licence]: readonly string[], options: { update?: boolean }): Promise<void> =>
      giveBack(session, licence!, options.update, wanted),
  };
}

export const decline = command("open");
export const refund = command("delivered");
