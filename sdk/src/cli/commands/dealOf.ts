import type { Deal, DealClient, DealStatus, HeldBlob } from "../../deals";
import { cliFail } from "../errors";
import type { Session } from "../session";

/** The deal behind a licence, or behind an update. */
export async function dealOf(
  session: Session,
  deals: DealClient,
  id: bigint,
  update = false,
): Promise<{ deal: Deal; status: DealStatus }> {
  const opener = await session.contract(update ? "UpdateDesk" : "Market");
  return deals.deal(opener, id);
}

/** Where the sealed file of a version is: with the buyer, or still in the store. */
export async function heldFile(session: Session, versionId: bigint): Promise<HeldBlob & { name: string }> {
  const market = await session.market(await session.provider());
  const [own, source] = [session.held(), session.store()];
  const [data] = await market.registry.versionData(versionId);
  const card = (await own.has(data.uri.replace(/^ipfs:\/\//i, ""))) ? own : source;
  const { file } = await market.card(versionId, card);
  if (file === undefined) throw cliFail("NO_FILE", { versionId });
  return { cid: file.blob, store: (await own.has(file.blob)) ? own : source, name: file.name };
}
