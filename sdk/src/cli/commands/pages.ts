import type { EventCursor } from "../../reading";
import { cliError } from "../errors";
import { small } from "../values";

/** Options of a list that comes in pages. */
export interface PageFlags {
  readonly after?: string;
  readonly limit: string;
  readonly newest?: boolean;
}

/** How many items are wanted, and which come first. */
export function pageFlags({ limit, newest }: PageFlags): { limit: number; order: "oldest" | "newest" } {
  return { limit: small(limit, "--limit", 1, 200), order: newest === true ? "newest" : "oldest" };
}

/** The place that a list goes on after, as the page before it named it. */
export function placeIn(text: string | undefined): EventCursor | undefined {
  if (text === undefined) return undefined;
  const [, block, index] = /^(\d{1,15}):(-1|\d{1,16})$/.exec(text) ?? [];
  if (block !== undefined) return { blockNumber: Number(block), index: Number(index) };
  const expected = "the place in a list";
  throw cliError("VALUE_INVALID", {
    value: text,
    name: "--after",
    expected,
    example: "the page before names it, such as 123:4",
  });
}

export function placeText({ blockNumber, index }: EventCursor): string {
  return `${blockNumber}:${index}`;
}
