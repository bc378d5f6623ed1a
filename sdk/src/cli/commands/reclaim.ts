import { eventIn } from "../../chain/events";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { NATIVE, shown } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** Fetches the fee of a dispute that ended before its arbitrator had decided. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal } = await dealOf(session, deals, id, options.update);
  const receipt = await session.output.step("Fetch the arbitrator's fee", () => deals.reclaimFee(deal));
  const match = { opener: deal.opener, id };
  const { toRecipient, toSeller } = eventIn(deals.escrow, receipt, "DisputeFeeReturned", match).args;
  const coin = await session.tokenAt(NATIVE);
  session.output.result(
    [
      `The arbitrator returned its fee: ${shown(toRecipient as bigint, coin)} wait in the ledger for ${deal.recipient}.`,
      ...(toSeller === 0n ? [] : [`${shown(toSeller as bigint, coin)} are free in the bond of ${deal.seller} again.`]),
    ],
    { licenseId: id, recipient: deal.recipient, toRecipient, toBond: toSeller, transaction: transaction(receipt) },
  );
}
