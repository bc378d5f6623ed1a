import { licenceIn, versionIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { hold } from "./hold";

/** Asks for a later version that a licence includes. */
export async function run(session: Session, [licence, version]: readonly string[]): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  const versionId = versionIn(version!, "<version>");
  const payments = await session.payments();
  await (await session.keyring()).requireWritable();
  await hold(session, payments.market, versionId);
  const { dealId, receipt } = await session.output.step("Ask for the update", async () =>
    payments.requestUpdate(id, versionId, await (await session.deals()).newPad(versionId)),
  );
  session.output.result(
    [
      `Asked for version ${versionId}; the seller delivers its key as deal ${dealId}.`,
      `Next: isonomy open ${dealId} --update --out <file>`,
    ],
    { licenseId: id, versionId, dealId, transaction: transaction(receipt) },
  );
}
