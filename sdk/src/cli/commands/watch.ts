import { existsSync } from "node:fs";

import { formatVersionId } from "../../market";
import { EVENT_NAMES, type EventName, type MarketEvent, type WatchCursor, type WatchOptions } from "../../reading";
import { cliError } from "../errors";
import { jsonText, readJson, rewrite } from "../files";
import type { Session } from "../session";
import { shown, small } from "../values";
import { shortLicence } from "./licences";

interface Options {
  readonly from?: string;
  readonly events?: string;
  readonly confirmations: string;
  readonly every: string;
  readonly cursor?: string;
  readonly once?: boolean;
}

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const confirmations = finality(options.confirmations);
  const everyMs = 1_000 * small(options.every, "--every", 1, 3_600);
  const events = namesIn(options.events);
  const from = options.from === undefined || options.from === "latest" ? "latest" : small(options.from, "--from");
  const after = options.cursor === undefined ? undefined : await cursorIn(options.cursor);
  const reading = await session.reading();
  session.interruption.own();
  const { signal } = session.interruption;
  const watch: WatchOptions = { confirmations, everyMs, events, signal, from, after, once: options.once };
  for await (const page of reading.watch(watch)) {
    if (page.kind === "undone") {
      session.output.line(`a reorg: what was said of blocks after ${page.after} did not happen`, {
        event: "undone",
        after: page.after,
      });
    } else {
      for (const event of page.events) {
        session.output.line(await sentence(session, event), { event: event.name, ...event });
      }
    }
    // what was told comes before the note that it was
    if (options.cursor !== undefined) await rewrite(options.cursor, `${jsonText(page.cursor)}\n`);
  }
}

/** An event for people: where, what, and what about it they need. */
async function sentence(session: Session, event: MarketEvent): Promise<string> {
  return `block ${event.blockNumber}: ${await said(session, event)}`;
}

async function said(session: Session, { name, args }: MarketEvent): Promise<string> {
  const amount = async (value: bigint, token: string): Promise<string> => shown(value, await session.tokenAt(token));
  switch (name) {
    case "ModelCreated":
      return `model ${args.modelId} was created by ${args.creator}`;
    case "VersionPublished":
      return `version ${formatVersionId(args.versionId)} was published`;
    case "VersionDefective":
      return `version ${formatVersionId(args.versionId)} was proven defective`;
    case "OfferListed": {
      const { versionId, price, payToken } = args.offer;
      return `version ${formatVersionId(versionId)} is offered for ${await amount(price, payToken)}: ${args.termsHash}`;
    }
    case "LicenseSold":
      return `licence ${shortLicence(args.licenseId)} was sold to ${args.payer}`;
    case "DealOpened": {
      const { id, price, payToken } = args.deal;
      return `deal ${shortLicence(id)} was opened for ${await amount(price, payToken)}`;
    }
    case "KeyDelivered":
      return `the key of deal ${shortLicence(args.id)} was delivered`;
    case "DealRefunded":
      return `deal ${shortLicence(args.id)} was refunded: ${CAUSES[args.cause]}`;
    default:
      return `${name} ${Object.entries(args)
        .map(([field, value]) => `${field}=${String(value)}`)
        .join(" ")}`.trim();
  }
}

const CAUSES = {
  declined: "the seller declined it",
  notDelivered: "the key was not delivered in time",
  bySeller: "the seller gave the price back",
  defective: "the version was proven defective",
  ruled: "the arbitrator ruled so",
} as const;

function namesIn(text: string | undefined): readonly EventName[] {
  if (text === undefined) return EVENT_NAMES;
  return text.split(",").map((name) => {
    const known = EVENT_NAMES.find((one) => one.toLowerCase() === name.trim().toLowerCase());
    if (known !== undefined) return known;
    const expected = "an event";
    throw cliError("VALUE_INVALID", { value: name, name: "--events", expected, example: EVENT_NAMES.join(", ") });
  });
}

function finality(text: string): number | "safe" | "finalized" {
  return text === "safe" || text === "finalized" ? text : small(text, "--confirmations", 0, 1_000_000);
}

/** What an earlier run wrote; undefined where there is no file yet. */
async function cursorIn(path: string): Promise<WatchCursor | undefined> {
  if (!existsSync(path)) return undefined;
  return readJson<WatchCursor>(path, "--cursor", "the cursor of a watch", "watch --cursor");
}
