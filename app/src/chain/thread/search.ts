import MiniSearch from "minisearch";

import type { Facet, Facets, ModelFilter, ModelRow } from "../source";

/** Values that are offered of one facet. */
const SHOWN = 12;
/** A description may be ten pages long: what it is about is said before. */
const DESCRIBED = 1_000;

interface Indexed {
  readonly id: number;
  readonly name: string;
  readonly tags: string;
  readonly capabilities: string;
  readonly authors: string;
  readonly description: string;
  readonly who: string;
  /** What the rest follows from. */
  readonly hash: string;
}

const FIELDS = ["name", "tags", "capabilities", "authors", "description", "who"] as const;
/** Ids and addresses are meant as they are written. */
const isExact = (term: string): boolean => /^(0x|\d)/.test(term);

/** Finds models by words of their cards: by their beginnings, and with a slip of the pen. */
export class ModelIndex {
  readonly #index = new MiniSearch<Indexed>({
    fields: [...FIELDS],
    processTerm: (term) => term.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(),
    searchOptions: {
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (term.length > 3 && !isExact(term) ? 0.2 : false),
      combineWith: "AND",
      boost: { name: 4, tags: 2, authors: 2 },
    },
  });
  /** What was taken in of each model. */
  readonly #texts = new Map<number, string>();
  /** What has changed since it was taken in. */
  readonly #waiting = new Set<bigint>();

  /** A model has changed, or is gone. */
  put(modelId: bigint): void {
    this.#waiting.add(modelId);
  }

  /** How many changes were not taken in yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes in what changed, a part of the models at a time. */
  work(rowOf: (modelId: bigint) => ModelRow | undefined, limit = Infinity): void {
    let left = limit;
    for (const modelId of this.#waiting) {
      if (left-- <= 0) return;
      this.#waiting.delete(modelId);
      const id = Number(modelId);
      const row = rowOf(modelId);
      // most changes are of an offer, which no word is about
      const text = row && indexed(id, row);
      if (this.#texts.get(id) === text?.hash) continue;
      if (this.#texts.delete(id)) this.#index.discard(id);
      if (text === undefined) continue;
      this.#index.add(text);
      this.#texts.set(id, text.hash);
    }
  }

  /** How well each model fits a text; undefined for a text without a word. */
  scores(
    text: string | undefined,
    rowOf: (modelId: bigint) => ModelRow | undefined,
  ): ReadonlyMap<number, number> | undefined {
    if (text === undefined || text.trim() === "") return undefined;
    this.work(rowOf);
    return new Map(this.#index.search(text).map(({ id, score }) => [id as number, score]));
  }
}

function indexed(id: number, { model, card }: ModelRow): Indexed {
  const who = [...new Set([String(model.modelId), model.creator, model.holder])].join(" ");
  return {
    ...{ id, who, hash: `${who} ${card === undefined ? "" : model.newest.metadataHash}` },
    name: card?.name ?? "",
    tags: (card?.tags ?? []).join(" "),
    capabilities: (card?.capabilities ?? []).join(" ").slice(0, DESCRIBED),
    authors: (card?.authors ?? []).map(({ name }) => name).join(" "),
    description: (card?.description ?? "").slice(0, DESCRIBED),
  };
}

/** Each facet: what a row has of it, and what is wanted. */
const FACETS: {
  readonly [Name in keyof Facets]: {
    readonly of: (row: ModelRow) => readonly string[];
    readonly wanted: (filter: ModelFilter) => string | undefined;
  };
} = {
  license: {
    of: ({ card }) => (card === undefined ? [] : ["spdx" in card.license ? card.license.spdx : card.license.name]),
    wanted: ({ license }) => license,
  },
  tag: { of: ({ card }) => card?.tags ?? [], wanted: ({ tag }) => tag },
  kind: { of: ({ card }) => (card === undefined ? [] : [card.kind]), wanted: ({ kind }) => kind },
  token: {
    of: ({ offers }) => offers.map(({ offer }) => offer.payToken.toLowerCase()),
    wanted: ({ payToken }) => payToken?.toLowerCase(),
  },
  file: { of: ({ model }) => [yes(model.newest.file !== undefined)], wanted: ({ file }) => flag(file) },
  // nobody looks for what is not on sale by leaving a box empty
  onSale: {
    of: ({ offers }) => [yes(offers.length > 0)],
    wanted: ({ onSale }) => (onSale === true ? "yes" : undefined),
  },
};
const NAMES = Object.keys(FACETS) as (keyof Facets)[];

function yes(holds: boolean): string {
  return holds ? "yes" : "no";
}
function flag(wanted: boolean | undefined): string | undefined {
  return wanted === undefined ? undefined : yes(wanted);
}

/** The rows that fit a filter, in its order, with what else could be asked for among them. */
export function search(
  all: Iterable<ModelRow>,
  filter: ModelFilter,
  scores: ReadonlyMap<number, number> | undefined,
): { rows: ModelRow[]; facets: Facets } {
  const rows: ModelRow[] = [];
  const counts = new Map(NAMES.map((name) => [name, new Map<string, number>()]));
  const wanted = NAMES.map((name) => FACETS[name].wanted(filter));
  for (const row of all) {
    if (scores !== undefined && !scores.has(Number(row.model.modelId))) continue;
    const values = NAMES.map((name) => FACETS[name].of(row));
    const misses = NAMES.filter((_, at) => wanted[at] !== undefined && !values[at]!.includes(wanted[at]!));
    if (misses.length === 0) rows.push(row);
    if (misses.length > 1) continue;
    // a facet counts what would be found without it
    for (const [at, name] of NAMES.entries()) {
      if (misses.length === 1 && misses[0] !== name) continue;
      const count = counts.get(name)!;
      for (const value of new Set(values[at])) count.set(value, (count.get(value) ?? 0) + 1);
    }
  }
  const byScore = (a: ModelRow, b: ModelRow): number =>
    scores!.get(Number(b.model.modelId))! - scores!.get(Number(a.model.modelId))! || byAge(a, b);
  const { order } = filter;
  rows.sort(order === "sold" ? bySold : order === undefined && scores !== undefined ? byScore : byAge);
  const facets = Object.fromEntries(NAMES.map((name) => [name, most(counts.get(name)!)]));
  return { rows, facets: facets as unknown as Facets };
}

function most(counts: ReadonlyMap<string, number>): Facet {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value))
    .slice(0, SHOWN);
}

const bySold = (a: ModelRow, b: ModelRow): number => Number(b.sold - a.sold) || byAge(a, b);
const byAge = (a: ModelRow, b: ModelRow): number => Number(b.model.modelId - a.model.modelId);
