import { isZeroAddress } from "../../addresses/address";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { NATIVE, shown } from "../values";
import { dealOf, noKeyring } from "./dealOf";

/** Takes a delivered deal to its arbitrator. */
export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { update?: boolean; maxCost?: string },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  const coin = await session.tokenAt(NATIVE);
  const bound =
    options.maxCost === undefined ? undefined : (await session.amount(options.maxCost, "--max-cost", coin)).value;
  const deals = await session.deals(await session.signer(), noKeyring);
  const { deal, status } = await dealOf(session, deals, id, options.update);
  if (status !== "delivered") throw cliError("DEAL_IN_ANOTHER_STATE", { id, status, command: "status --deal" });
  if (isZeroAddress(deal.arbitrator)) throw cliError("NO_ARBITRATOR", { id });
  const cost = await deals.disputeCost(deal);
  const price = shown(cost, coin);
  if (bound !== undefined && cost > bound)
    throw cliError("DISPUTE_TOO_DEAR", { cost: price, bound: shown(bound, coin) });
  if (bound === undefined) {
    // the arbitrator names the price
    await session.output.agree(`${deal.arbitrator} asks for ${price} in advance.`, {
      absent: cliError("COST_UNBOUND", { cost: price, command: session.again("--max-cost", price) }),
      refused: cliError("COST_REFUSED", { cost: price }),
    });
  }
  const receipt = await session.output.step("Open the dispute", () => deals.dispute(deal, cost));
  const dispute = await deals.disputeOf(deal);
  session.output.result(
    [
      `Dispute ${dispute.disputeId} is open at ${deal.arbitrator}; it rules until ${localTime(dispute.ruleBy)}.`,
      `Next: isonomy concede ${id} <refund>, to ask for less than the whole price`,
    ],
    { licenseId: id, paid: cost, ...dispute, transaction: transaction(receipt) },
  );
}
