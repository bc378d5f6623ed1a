import { isZeroAddress } from "../../addresses/address";
import { formatVersionId } from "../../market";
import type { OfferOnSale } from "../../reading";
import { columns } from "../output";
import type { Session } from "../session";
import { shown, whole } from "../values";
import { cardsOf, nameOf } from "./cards";
import { pageFlags, type PageFlags } from "./pages";

/** Offers that are looked at for the prices of one page of models. */
const OFFERS = 200;

export async function run(session: Session, _: readonly string[], options: PageFlags): Promise<void> {
  const after = options.after === undefined ? undefined : whole(options.after, "--after");
  const page = pageFlags(options);
  const provider = await session.provider();
  const [reading, market] = [await session.reading(), await session.market(provider)];
  const { items, next, block } = await reading.models({ ...page, after });
  const versions = items.map(({ newest }) => newest);
  const [cards, offers] = await Promise.all([
    cardsOf(session, market, versions),
    reading.offers({ versionId: versions.map(({ versionId }) => versionId) }, { limit: OFFERS }),
  ]);
  const rows = await Promise.all(
    items.map(async ({ modelId, holder, newest }, at) => [
      ...[String(modelId), nameOf(cards[at]), formatVersionId(newest.versionId)],
      newest.defectiveAt > 0n ? "proven defective" : await prices(session, newest.versionId, offers.items),
      holder,
    ]),
  );
  const lines =
    rows.length === 0
      ? [after === undefined ? "No model was published yet." : "There are no more models."]
      : columns([["model", "name", "newest version", "price", "sold by"], ...rows]);
  if (next !== undefined) lines.push("", `More: isonomy models --after ${next}${flags(options)}`);
  else if (rows.length > 0) lines.push("", "Next: isonomy show <model>");
  session.output.result(lines, {
    models: items.map((model, at) => ({
      ...model,
      card: cards[at] ?? null,
      offers: offers.items.filter(({ offer }) => offer.versionId === model.newest.versionId),
    })),
    ...(next === undefined ? {} : { next }),
    block,
  });
}

function flags({ limit, newest }: PageFlags): string {
  return `${limit === "20" ? "" : ` --limit ${limit}`}${newest === true ? " --newest" : ""}`;
}

/** What a version costs now, in each token the least. */
async function prices(session: Session, versionId: bigint, offers: readonly OfferOnSale[]): Promise<string> {
  const least = new Map<string, bigint>();
  for (const { offer, status } of offers) {
    if (offer.versionId !== versionId || status !== "open") continue;
    const before = least.get(offer.payToken);
    if (before === undefined || offer.price < before) least.set(offer.payToken, offer.price);
  }
  if (least.size === 0) return "not for sale";
  const texts = await Promise.all(
    [...least].map(async ([where, price]) =>
      price === 0n && isZeroAddress(where) ? "free" : shown(price, await session.tokenAt(where)),
    ),
  );
  return texts.join(" or ");
}
