import { MAX_CARD_BYTES, cardJson, checkCard, metadataHash, parseCard } from "../../card/card";
import { emptyCard, type CardDraft } from "../../card/draft";
import type { CardProblem } from "../../card/problems";
import { modelCardSchema } from "../../card/schema";
import { decodeText } from "../../text/decode";
import { cliError } from "../errors";
import { readData, rewrite, writeNew } from "../files";
import { quoted } from "../quoted";
import type { Session } from "../session";

const KINDS = modelCardSchema.properties.kind.enum;

interface Options {
  readonly init?: boolean;
  readonly kind: string;
  readonly from?: string;
  readonly set: readonly string[];
  readonly check?: boolean;
}

export async function run({ output }: Session, [path]: readonly string[], options: Options): Promise<void> {
  const begins = options.init === true || options.from !== undefined;
  const draft = begins ? await begun(options) : await draftIn(path!);
  for (const assignment of options.set) assign(draft, assignment);
  if (begins) await writeNew(path!, textOf(draft));
  else if (options.set.length > 0) await rewrite(path!, textOf(draft));

  const problems = checkCard(draft);
  if ((begins || options.set.length > 0) && options.check !== true) {
    return output.result([`Wrote ${path}.`, ...next(path!, problems)], { card: path, problems });
  }
  // the error names the first; who completes a card wants all of them
  if (problems.length > 1) output.note(problems.map(lineOf));
  const card = parseCard(draft);
  const hash = metadataHash(card);
  output.result([`${path} is the card of ${card.name} ${card.version}.`, `hash  ${hash}`, ...next(path!, problems)], {
    card: path,
    name: card.name,
    version: card.version,
    metadataHash: hash,
    problems,
  });
}

async function begun({ kind, from }: Options): Promise<CardDraft> {
  if (from !== undefined) {
    const { cardFromHuggingFace } = await import("../../card/huggingFace");
    return cardFromHuggingFace(decodeText(await readData(from, "--from", MAX_CARD_BYTES)));
  }
  const known = KINDS.find((one) => one === kind);
  if (known === undefined) {
    throw cliError("VALUE_INVALID", {
      value: kind,
      expected: "a kind of card",
      name: "--kind",
      example: KINDS.join(", "),
    });
  }
  return emptyCard(known);
}

/** A card that may still lack fields. */
async function draftIn(path: string): Promise<CardDraft> {
  const value = cardJson(await readData(path, "<card>", MAX_CARD_BYTES));
  // anything but an object is refused in the words of the schema
  if (typeof value !== "object" || value === null || Array.isArray(value)) parseCard(value);
  return value as CardDraft;
}

/** Changes one field; the steps of its path are names, or numbers within a list. */
function assign(draft: CardDraft, assignment: string): void {
  const at = assignment.indexOf("=");
  const steps = assignment.slice(0, Math.max(at, 0)).trim().replace(/^\//, "").split(/[/.]/);
  let inside: unknown = draft;
  for (const [i, step] of steps.entries()) {
    // a list grows by the entry after its last, and what is missing on the way begins as an object
    if (typeof inside !== "object" || inside === null || step === "" || !fits(inside, step)) {
      const example = "field=value, such as version=1.0.0 or metrics/0/unit=fraction";
      throw cliError("VALUE_INVALID", {
        value: assignment,
        expected: "a field of a card and its value",
        name: "--set",
        example,
      });
    }
    if (i === steps.length - 1) define(inside, step, valueOf(assignment.slice(at + 1)));
    else if (own(inside, step) === undefined) define(inside, step, {});
    inside = own(inside, step);
  }
}

const own = (holder: object, step: string): unknown =>
  Object.hasOwn(holder, step) ? (holder as never)[step] : undefined;

/** Whether a list or an object can have such an entry. */
const fits = (holder: object, step: string): boolean =>
  !Array.isArray(holder) || (/^\d{1,3}$/.test(step) && Number(step) <= holder.length);

/** Sets an own field, also one with the name of something that every object has. */
function define(holder: object, step: string, value: unknown): void {
  Object.defineProperty(holder, step, { value, writable: true, enumerable: true, configurable: true });
}

/** A list, a number, an object or a quoted text in JSON; anything else is the text itself. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const textOf = (draft: CardDraft): string => `${JSON.stringify(draft, null, 2)}\n`;
const lineOf = ({ message, fix }: CardProblem): string => `${message} ${fix}`;

function next(path: string, problems: readonly CardProblem[]): string[] {
  if (problems.length === 0) return [`Next: isonomy list ${quoted(path)}`];
  return [
    "Still to write:",
    ...problems.map((problem) => `  ${lineOf(problem)}`),
    `Then: isonomy card ${quoted(path)} --check`,
  ];
}
