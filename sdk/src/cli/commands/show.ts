import { isIsonomyError } from "../../base/error";
import { formatVersionId } from "../../market";
import type { MarketClient } from "../../market";
import type { Model, OfferOnSale, Publication, ReadClient, Version } from "../../reading";
import { mapInBatches } from "../../base/batches";
import { nodeError } from "../../errors/nodeErrors";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { versionIn } from "../ids";
import { columns } from "../output";
import { quoted } from "../quoted";
import type { Session } from "../session";
import { percent, shown, span } from "../values";
import { cardsOf, nameOf } from "./cards";
import { metricLines, metricsOf, reviewsShown } from "./reputationText";
import { OFFER_STATES } from "./terms";

interface Options {
  readonly all?: boolean;
  readonly model?: boolean;
}

/** Models up to this number can be told from versions: the first version has the id 65537. */
const MODELS = 65_536n;
/** Versions of a model that are listed, the newest of them. */
const VERSIONS = 20;
const OFFERS = 200;

export async function run(session: Session, [named]: readonly string[], options: Options): Promise<void> {
  const [id, isModel] = idIn(named!, options.model === true);
  const provider = await session.provider();
  const [reading, market] = [await session.reading(), await session.market(provider)];
  return isModel ? model(session, reading, market, id, options) : version(session, reading, market, id, options);
}

/** What an id names: a small number is a model, `1.2` and a large one a version. */
function idIn(text: string, isModel: boolean): readonly [id: bigint, isModel: boolean] {
  if (/^\d+$/.test(text) && (isModel || BigInt(text) < MODELS)) return [BigInt(text), true];
  if (!isModel) return [versionIn(text, "<id>"), false];
  throw cliError("VALUE_INVALID", {
    value: text,
    name: "<id>",
    expected: "the id of a model",
    example: "a number like 3",
  });
}

async function model(
  session: Session,
  reading: ReadClient,
  market: MarketClient,
  modelId: bigint,
  options: Options,
): Promise<void> {
  const found = await known(() => reading.model(modelId), `model ${modelId}`);
  const count = Number(found.versionCount);
  const numbers = Array.from({ length: Math.min(count, VERSIONS) }, (_, at) => BigInt(count - at));
  const versions = await mapInBatches(numbers, VERSIONS, (number) => reading.version((modelId << 16n) | number));
  const [[card], publications, offers, reviews, metrics] = await Promise.all([
    cardsOf(session, market, [found.newest]),
    reading.publications(modelId),
    reading.offers({ versionId: versions.map((one) => one.versionId), all: options.all }, { limit: OFFERS }),
    reviewsShown(session, modelId),
    metricsOf(session, found.newest.versionId),
  ]);
  const rows = versions.map((one) => [
    ...[formatVersionId(one.versionId), localTime(publishedAt(publications, one)), fileText(one)],
    one.defectiveAt > 0n ? `proven defective ${localTime(one.defectiveAt)}` : "",
  ]);
  session.output.result(
    [
      ...columns(modelRows(found, nameOf(card))),
      "",
      ...columns([["version", "published", "file", ""], ...rows]),
      ...(count > VERSIONS ? [`and ${count - VERSIONS} older versions`] : []),
      "",
      ...reviews.lines,
      "",
      ...(await metricLines(session, metrics)),
      "",
      ...(await offerLines(session, offers.items, options)),
    ],
    {
      ...found,
      card: card ?? null,
      versions: versions.map((one) => ({ ...one, publishedAt: publishedAt(publications, one) })),
      reviews: reviews.data,
      metrics: metrics.metrics,
      moreMetrics: metrics.more,
      offers: offers.items,
      block: offers.block,
    },
  );
}

/** When a version was published, from the registry's events. */
function publishedAt(publications: readonly Publication[], { versionId }: Version): bigint {
  const found = publications.find((one) => one.versionId === versionId);
  if (found !== undefined) return found.publishedAt;
  throw nodeError("NODE_INCONSISTENT", { detail: `it has version ${versionId}, and no event of its publication.` });
}

function modelRows({ modelId, creator, holder, payee, payeeFixed, royaltyBps }: Model, name: string): string[][] {
  return [
    ["model", String(modelId)],
    ["name", name],
    ["created by", creator],
    ["title held by", holder],
    ["paid to", payeeFixed ? `${payee}, whoever holds the title` : "the holder of the title"],
    ["royalty", `${percent(royaltyBps)} of later sales`],
  ];
}

async function version(
  session: Session,
  reading: ReadClient,
  market: MarketClient,
  versionId: bigint,
  options: Options,
): Promise<void> {
  const short = formatVersionId(versionId);
  const found = await known(() => reading.version(versionId), `version ${short}`);
  const [holder, publications, [card], offers, reviews, metrics] = await Promise.all([
    reading.model(found.modelId),
    reading.publications(found.modelId),
    cardsOf(session, market, [found]),
    reading.offers({ versionId, all: options.all }, { limit: OFFERS }),
    reviewsShown(session, found.modelId),
    metricsOf(session, versionId),
  ]);
  const license = card?.license;
  session.output.result(
    [
      ...columns([
        ["version", `${short} (${versionId})`],
        ["name", card === undefined ? nameOf(card) : `${card.name} ${card.version}`],
        ["sold by", holder.holder],
        ["paid to", holder.payee],
        ["published", localTime(publishedAt(publications, found))],
        ["licence", license === undefined ? "see its card" : "spdx" in license ? license.spdx : license.name],
        ["card", found.uri === "" ? "its address is no text" : found.uri],
        ["file", fileText(found)],
        ["defective", found.defectiveAt > 0n ? `proven ${localTime(found.defectiveAt)}: nobody can buy it` : "no"],
      ]),
      "",
      ...reviews.lines,
      "",
      ...(await metricLines(session, metrics)),
      "",
      ...(await offerLines(session, offers.items, options)),
    ],
    {
      ...found,
      reviews: reviews.data,
      metrics: metrics.metrics,
      moreMetrics: metrics.more,
      publishedAt: publishedAt(publications, found),
      ...{ short, holder: holder.holder, payee: holder.payee },
      card: card ?? null,
      offers: offers.items,
      block: offers.block,
    },
  );
}

function fileText({ file }: Version): string {
  return file === undefined ? "none" : `${file.size.toLocaleString("en")} bytes`;
}

/** What can be bought, and how. */
async function offerLines(session: Session, offers: readonly OfferOnSale[], options: Options): Promise<string[]> {
  if (offers.length === 0) return [options.all === true ? "It has no offers." : "Nothing of it is for sale now."];
  const rows = await Promise.all(
    offers.map(async ({ offer, termsHash, status, sold }) => [
      ...[formatVersionId(offer.versionId), shown(offer.price, await session.tokenAt(offer.payToken))],
      offer.deliveryWindow === 0n ? "licence alone" : `file, its key within ${span(offer.deliveryWindow)}`,
      ...[`${offer.supply - sold} left`, OFFER_STATES[status], termsHash],
    ]),
  );
  const open = offers.find(({ status }) => status === "open");
  return [
    ...columns([["version", "price", "what", "supply", "state", "terms"], ...rows]),
    ...(open === undefined
      ? []
      : ["", `Next: isonomy buy ${formatVersionId(open.offer.versionId)} --terms ${quoted(open.termsHash)}`]),
  ];
}

/** What was asked for, or a sentence that it is not there: a number names something else on another chain. */
async function known<T>(read: () => Promise<T>, what: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isUnknown =
      isIsonomyError(error, "ERC721NonexistentToken") || isIsonomyError(error, "ModelRegistry_UnknownVersion");
    if (isUnknown) throw cliError("NOT_PUBLISHED", { what }, error);
    throw error;
  }
}
