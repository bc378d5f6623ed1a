import { isZeroAddress, sameAddress } from "../addresses";
import type { Facet, ModelFilter, ModelRow } from "./source";

/** What is searched. */
export type Known = ModelRow;

/** The rows that fit a filter, in its order, with what else could be asked for among them. */
export function search(all: readonly Known[], filter: ModelFilter): { rows: ModelRow[]; facets: Facets } {
  const rows = all.filter((row) => fits(row, filter));
  return {
    rows: rows.sort(filter.order === "sold" ? bySold : byAge),
    facets: {
      license: counted(all, { ...filter, license: undefined }, ({ card }) => licenseOf(card)),
      tag: counted(all, { ...filter, tag: undefined }, ({ card }) => card?.tags ?? []),
    },
  };
}

interface Facets {
  readonly license: Facet;
  readonly tag: Facet;
}

/** Values that are offered of one facet. */
const SHOWN = 12;

function counted(all: readonly Known[], filter: ModelFilter, valuesOf: (row: Known) => readonly string[]): Facet {
  const counts = new Map<string, number>();
  for (const row of all) {
    if (!fits(row, filter)) continue;
    for (const value of new Set(valuesOf(row))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value))
    .slice(0, SHOWN);
}

const licenseOf = (card: Known["card"]): string[] =>
  card === undefined ? [] : ["spdx" in card.license ? card.license.spdx : card.license.name];

function fits({ model, card, offers }: Known, filter: ModelFilter): boolean {
  const { text, license, tag, payToken, file, onSale } = filter;
  if (onSale === true && offers.length === 0) return false;
  if (file !== undefined && (model.newest.file !== undefined) !== file) return false;
  if (payToken !== undefined && !offers.some(({ offer }) => isToken(offer.payToken, payToken))) return false;
  if (license !== undefined && !licenseOf(card).includes(license)) return false;
  if (tag !== undefined && !card?.tags?.includes(tag)) return false;
  if (text === undefined || text.trim() === "") return true;
  const words = [
    ...[card?.name, card?.description, ...(card?.tags ?? []), ...(card?.capabilities ?? [])],
    ...[...(card?.authors ?? []).map(({ name }) => name), String(model.modelId), model.creator, model.holder],
  ]
    .join("\n")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

const isToken = (a: string, b: string): boolean => (isZeroAddress(b) ? isZeroAddress(a) : sameAddress(a, b));
const bySold = (a: Known, b: Known): number => Number(b.sold - a.sold) || byAge(a, b);
const byAge = (a: Known, b: Known): number => Number(b.model.modelId - a.model.modelId);
