import { parse } from "yaml";

import { checked } from "../base/checked";
import { withoutMark } from "../text/decode";
import { emptyCard, type CardDraft } from "./draft";
import { cardError } from "./errors";
import { spdxOf } from "./spdx";

/** What the pages of a model card hold where its writer has not written anything yet. */
const UNWRITTEN = /\[more information needed\]/i;
const USES = /\b(intended|direct|downstream)\b.*\buses?\b|^uses?\b|\bhow to use\b/i;
const LIMITS = /limitation|\bbias|\brisks?\b|out[- ]of[- ]scope/i;
const SITE = "https://huggingface.co/";
/** The longest of the texts that a card takes apart from its description. */
const MAX_SENTENCE = 2_000;
const MAX_DESCRIPTION = 10_000;
const MAX_HEADING = 300;
const MAX_ENTRIES = 100;
const MAX_TAGS = 50;

type Fields = Readonly<Record<string, unknown>>;

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/**
 * Begins a card from a model card of Hugging Face: the YAML between the two `---` at the top of a README, and the text below it. What the
 * README does not say stays empty, so that `checkCard` names it: nothing is guessed but the name, from the first heading.
 * @param readme The text of the README.
 * @returns A card to complete, with what was found in it.
 * @throws `CARD_YAML_INVALID` when the YAML cannot be read.
 * @example
 * ```ts
 * const draft = cardFromHuggingFace(await readFile("README.md", "utf8"));
 * for (const { message, fix } of checkCard(draft)) console.log(message, fix);
 * ```
 */
export const cardFromHuggingFace = /* @__PURE__ */ checked((readme: string): CardDraft => {
  const { fields, text } = split(withoutMark(readme));
  const sections = sectionsOf(text);
  const index = records(fields["model-index"])[0];
  const name = textOf(index?.name) ?? sections.find(({ title }) => title !== "")?.title ?? "";
  const metrics = records(index?.results).flatMap(metricsOf).slice(0, MAX_ENTRIES);
  const known: CardDraft = {
    name: name.slice(0, 120),
    description: descriptionOf(sections),
    capabilities: orEmpty(texts(fields.pipeline_tag).map(sentence)),
    intendedUses: orEmpty(entriesUnder(sections, (title) => USES.test(title))),
    // "Intended uses and limitations" begins with the uses
    limits: orEmpty(entriesUnder(sections, (title) => LIMITS.test(title) && !USES.test(title))),
    license: licenseOf(fields),
    image: texts(fields.thumbnail).find((address) => /^(https|ipfs):\/\//.test(address)),
    authors: authorsOf(text),
    tags: tagsOf(fields),
    languages: languagesOf(fields),
    baseModels: baseModelsOf(fields),
  };
  const draft = emptyCard();
  for (const [field, value] of Object.entries(known)) {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) draft[field] = value;
  }
  if (metrics.length > 0) draft.metrics = metrics;
  return draft;
});

/** The YAML at the top, and what comes after it. */
function split(readme: string): { fields: Fields; text: string } {
  const found = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(readme);
  if (found === null) return { fields: {}, text: readme };
  const [, yaml, text] = found;
  let fields: unknown;
  try {
    // an alias is a way to write ten bytes and mean ten gigabytes; no model card needs one
    fields = parse(yaml!, { maxAliasCount: 0 });
  } catch (error) {
    const [detail] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw cardError("CARD_YAML_INVALID", { detail: detail! }, error);
  }
  return { fields: isRecord(fields) ? fields : {}, text: text! };
}

/** The text by its headings; what comes before the first has none. */
function sectionsOf(text: string): Section[] {
  const sections: { title: string; lines: string[] }[] = [{ title: "", lines: [] }];
  for (const line of proseOf(text)) {
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(line.slice(0, MAX_HEADING));
    if (heading === null) sections.at(-1)!.lines.push(line);
    else sections.push({ title: plain(heading[1]!), lines: [] });
  }
  return sections;
}

/** The lines that are neither comments nor code. */
function proseOf(text: string): string[] {
  const [before, ...comments] = text.split("<!--");
  const visible = comments.map((comment) => {
    const end = comment.indexOf("-->");
    return end === -1 ? "" : comment.slice(end + 3);
  });
  let fence: string | undefined;
  return [before!, ...visible]
    .join("")
    .split(/\r?\n/)
    .map((line) => line.slice(0, MAX_DESCRIPTION))
    .filter((line) => {
      const [mark] = /^(```|~~~)/.exec(line) ?? [];
      if (mark === undefined || (fence !== undefined && mark !== fence)) return fence === undefined;
      fence = fence === undefined ? mark : undefined;
      return false;
    });
}

/** A line without the marks of Markdown and HTML. */
function plain(line: string): string {
  return line
    .replace(/!\[[^[\]]*\]\([^()]*\)/g, "")
    .replace(/\[([^[\]]+)\]\([^()]*\)/g, "$1")
    .replace(/<[^<>]*>/g, "")
    .replace(/(\*\*|__|`)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The paragraphs and the entries of lists of a section. */
function partsOf({ lines }: Section): string[] {
  const parts: string[] = [];
  let open = false;
  for (const line of lines) {
    const [, entry] = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line) ?? [];
    // tables hold figures, not sentences
    const words = /^\s*\|/.test(line) ? "" : plain(entry ?? line.replace(/^\s*>\s?/, ""));
    if (words === "") open = false;
    else if (open && entry === undefined) parts.push(`${parts.pop()!} ${words}`);
    else {
      parts.push(words);
      open = true;
    }
  }
  return parts.filter((part) => /\p{L}/u.test(part) && !UNWRITTEN.test(part));
}

function descriptionOf(sections: readonly Section[]): string {
  for (const section of sections) {
    const [first] = partsOf(section);
    if (first !== undefined) return first.slice(0, MAX_DESCRIPTION);
  }
  return "";
}

function entriesUnder(sections: readonly Section[], wanted: (title: string) => boolean): string[] {
  const parts = sections.filter(({ title }) => wanted(title)).flatMap(partsOf);
  return [...new Set(parts.map((part) => part.slice(0, MAX_SENTENCE)))].slice(0, MAX_ENTRIES);
}

/** Hugging Face names licences in lower case; one that is not on the SPDX list needs its text. */
function licenseOf(fields: Fields): unknown {
  const names = texts(fields.license).slice(0, MAX_ENTRIES);
  const ids = names.map(spdxOf);
  if (ids.length > 0 && ids.every((id) => id !== undefined)) return { spdx: ids.join(" AND ") };
  const name = textOf(fields.license_name) ?? names.find((one) => one.toLowerCase() !== "other");
  return name === undefined ? undefined : { name, text: "" };
}

function metricsOf(result: Fields): unknown[] {
  const task = textOf(isRecord(result.task) ? (result.task.name ?? result.task.type) : undefined);
  const data = isRecord(result.dataset) ? result.dataset : {};
  const dataset = [data.name ?? data.type, data.config, data.split, data.revision].flatMap(
    (part) => textOf(part) ?? [],
  );
  const source = isRecord(result.source) ? textOf(result.source.url) : undefined;
  return records(result.metrics).map((metric) => ({
    name: textOf(metric.name ?? metric.type) ?? "",
    value: numberOf(metric.value),
    // a model card does not say whether 0.9 is a fraction or a percentage
    unit: "",
    dataset: dataset.join(", "),
    method: task === undefined ? "" : `${task}, as its makers report it`,
    ...(source !== undefined && /^https?:\/\//.test(source) && { source }),
  }));
}

function authorsOf(text: string): unknown[] {
  const [, names] = /developed by:?(?:\*\*)?:?[ \t]*(.+)$/im.exec(text) ?? [];
  const name = names === undefined || UNWRITTEN.test(names) ? "" : plain(names);
  return name === "" ? [] : [{ name: name.slice(0, 120) }];
}

function tagsOf(fields: Fields): string[] {
  const words = ["tags", "pipeline_tag", "library_name"].flatMap((field) => texts(fields[field]));
  const others = texts(fields.language).filter((language) => !isLanguage(language));
  const tags = [...words, ...others].map((word) =>
    word
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 64)
      .replace(/-$/, ""),
  );
  return [...new Set(tags.filter((tag) => tag !== ""))].slice(0, MAX_TAGS);
}

/** Hugging Face also has words there that are no language, such as `code` and `multilingual`. */
const isLanguage = (word: string): boolean => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(word);

function languagesOf(fields: Fields): string[] {
  return [...new Set(texts(fields.language).filter(isLanguage))];
}

function baseModelsOf(fields: Fields): unknown[] {
  const relation = textOf(fields.base_model_relation);
  const known = ["finetune", "adapter", "quantized", "merge"].find((one) => one === relation);
  return [...new Set(texts(fields.base_model))].slice(0, 20).map((name) => ({
    name: name.slice(0, 200),
    ...(known !== undefined && { relation: known }),
    ...(/^[\w.-]+\/[\w.-]+$/.test(name) && { source: `${SITE}${name}` }),
  }));
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const records = (value: unknown): Fields[] => (Array.isArray(value) ? value : [value]).filter(isRecord);

/** A text or a number as text; YAML reads `1.0` and `no` as something else. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" && !UNWRITTEN.test(text) ? text.trim() : undefined;
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one) => textOf(one) ?? []);

function numberOf(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** "text-generation" as a sentence. */
function sentence(tag: string): string {
  const words = tag.replace(/[-_]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An empty entry is one that `checkCard` names. */
const orEmpty = (entries: readonly string[]): readonly string[] => (entries.length === 0 ? [""] : entries);
