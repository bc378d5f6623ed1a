import { cardBytes } from "../../card/card";
import type { HeldBlob } from "../../deals";
import type { MarketClient } from "../../market";
import { cliError } from "../errors";
import type { Session } from "../session";

/** Fetches the sealed file and checks it against the chain; the card is kept beside it. */
export async function hold(session: Session, market: MarketClient, versionId: bigint): Promise<HeldBlob> {
  const deals = await session.deals();
  return session.output.step("Fetch and verify the sealed file", async (report) => {
    const source = await session.store();
    const card = await market.card(versionId, source);
    if (card.file === undefined) throw cliError("NO_FILE", { versionId });
    const onProgress = (bytes: number) => report.at(`${bytes.toLocaleString("en")} bytes`);
    const held = await deals.hold(versionId, { store: source, cid: card.file.blob }, session.held(), { onProgress });
    await session.held().put(cardBytes(card));
    report.say(`${held.cid} is what the chain says`);
    return held;
  });
}
