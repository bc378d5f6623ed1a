import { sameAddress } from "../../addresses/address";
import { consent } from "../consent";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** The seller returns the price: of what was not delivered (`decline`), or of what was (`refund`). */
async function giveBack(
  session: Session,
  licence: string,
  { update, yes }: { update?: boolean; yes?: boolean },
  wanted: "open" | "delivered",
): Promise<void> {
  const id = licenceIn(licence, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, update);
  if (status !== wanted) {
    const command = status === "open" ? "decline" : status === "delivered" ? "refund" : "status --deal";
    throw cliError("DEAL_IN_ANOTHER_STATE", { id, status, command });
  }
  const token = await session.tokenAt(deal.payToken);
  if (wanted === "delivered" && deal.price > 0n && sameAddress((await session.wallet()).address, deal.seller)) {
    await consent(session, yes, {
      what: `Return ${shown(deal.price, token)} to ${deal.payer}`,
      means: "The key was delivered, and the buyer can open the file all the same.",
    });
  }
  const receipt = await session.output.step("Return the price", () =>
    wanted === "open" ? deals.decline(deal) : deals.refundBySeller(deal),
  );
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
    run: (
      session: Session,
      [licence]: readonly string[],
      options: { update?: boolean; yes?: boolean },
    ): Promise<void> => giveBack(session, licence!, options, wanted),
  };
}

export const decline = command("open");
export const refund = command("delivered");
