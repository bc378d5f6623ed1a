import { sameAddress } from "../../addresses/address";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { shown } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** Moves the caller's offer in a dispute towards the other side's. */
export async function run(
  session: Session,
  [licence, text]: readonly string[],
  options: { update?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  const { value: refund, token: named } = await session.amount(text!, "<refund>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, options.update);
  const token = await session.tokenAt(deal.payToken);
  if (!sameAddress(token.address, named.address)) {
    throw cliError("UNIT_OTHER", { name: "<refund>", value: text, expected: token.label });
  }
  if (status !== "disputed") throw cliError("DEAL_IN_ANOTHER_STATE", { id, status, command: "status --deal" });
  const receipt = await session.output.step("Move the offer", () => deals.concede(deal, refund));
  const [ended, dispute] = [await deals.statusOf(deal), await deals.disputeOf(deal)];
  const asked = `${shown(dispute.refundAsked, token)} asked for, ${shown(dispute.refundOffered, token)} offered`;
  session.output.result(
    [
      ended === "disputed"
        ? `The offers are now: ${asked}.`
        : `The offers met, and the deal is ${ended}: each side's part waits in the ledger.`,
    ],
    { licenseId: id, status: ended, refund, ...dispute, transaction: transaction(receipt) },
  );
}
