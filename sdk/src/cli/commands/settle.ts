import { sameAddress } from "../../addresses/address";
import { transaction } from "../output";
import type { Session } from "../session";
import { whole } from "../values";
import { dealOf } from "./dealOf";

/** Ends a deal in the way that is open now: each of them can be called by anyone. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean },
): Promise<void> {
  const id = whole(licence!, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, options.update);
  const account = (await session.wallet()).address;
  const receipt = await session.output.step("End the deal", () => {
    if (status === "open") return deals.refundUndelivered(deal);
    return sameAddress(account, deal.recipient) ? deals.accept(deal) : deals.settle(deal);
  });
  const ended = await deals.statusOf(deal);
  const whose = ended === "refunded" ? deal.payer : deal.payee;
  session.output.result([`The deal is ${ended}; the money waits in the ledger for ${whose}.`], {
    licenseId: id,
    status: ended,
    transaction: transaction(receipt),
  });
}

const noKeyring = {
  add: async (): Promise<never> => {
    throw new Error("Ending a deal needs no key.");
  },
  find: async (): Promise<never> => {
    throw new Error("Ending a deal needs no key.");
  },
};
