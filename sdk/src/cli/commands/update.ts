import { transaction } from "../output";
import type { Session } from "../session";
import { whole } from "../values";
import { hold } from "./hold";

/** Asks for a later version that a licence includes. */
export async function run(session: Session, [licence, version]: readonly string[]): Promise<void> {
  const id = whole(licence!, "<licence>");
  const versionId = whole(version!, "<version>");
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
