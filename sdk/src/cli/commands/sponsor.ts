import { chainError } from "../../errors/chainErrors";
import { transaction } from "../output";
import type { Session } from "../session";
import { sponsoredIn } from "./sponsored";

/** Sends a purchase that somebody else signed, and pays the gas for it. */
export async function run(session: Session, [path]: readonly string[]): Promise<void> {
  const { chainId, request } = await sponsoredIn(path!);
  const payments = await session.payments();
  const actual = await session.chainId();
  if (chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
  const { licenseId, receipt } = await session.output.step("Send the purchase", async (report) => {
    const done = await payments.sponsor(request);
    report.say(`licence ${done.licenseId}, for ${done.receipt.gasUsed.toLocaleString("en")} gas`);
    return done;
  });
  session.output.result([`Bought licence ${licenseId} for ${request.from}, who paid the price; you paid the gas.`], {
    licenseId,
    buyer: request.from,
    transaction: transaction(receipt),
  });
}
