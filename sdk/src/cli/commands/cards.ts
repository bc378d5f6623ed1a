import type { ModelCard } from "../../card";
import type { MarketClient } from "../../market";
import { mapInBatches } from "../../base/batches";
import type { Session } from "../session";

/** A store that has not got a card may look for it for minutes: a list does not wait so long. */
const CARD_MS = 4_000;
const WIDTH = 10;

/** The cards of some versions, from what is held or from the store; undefined for each that is not there, or is not what was published. */
export async function cardsOf(
  session: Session,
  market: MarketClient,
  versions: readonly { readonly versionId: bigint; readonly uri: string }[],
): Promise<(ModelCard | undefined)[]> {
  const stores = [session.held(), await session.store()];
  return mapInBatches(versions, WIDTH, async ({ versionId, uri }) => {
    if (uri === "") return undefined;
    for (const store of stores) {
      const card = await inTime(market.card(versionId, store));
      if (card !== undefined) return card;
    }
    return undefined;
  });
}

async function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), CARD_MS)));
  try {
    return await Promise.race([work.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A name on one line of a list. */
export function nameOf(card: ModelCard | undefined): string {
  if (card === undefined) return "(its card is not in this store)";
  const letters = [...card.name];
  return letters.length > MAX_NAME ? `${letters.slice(0, MAX_NAME - 1).join("")}…` : card.name;
}

const MAX_NAME = 40;
