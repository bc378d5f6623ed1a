import { argumentError } from "../base/checked";

/** Which part of a list is wanted. */
export interface PageOptions<After> {
  /** `next` of the page before; without it the list begins. */
  readonly after?: After | undefined;
  /** The most items of a page: 50 where nothing is said, and at most 200. */
  readonly limit?: number | undefined;
  /** Whether the list begins with what is oldest, as where nothing is said, or with what is newest. */
  readonly order?: "oldest" | "newest" | undefined;
}

/** A part of a list, as it was in one block. */
export interface Page<Item, After> {
  readonly items: readonly Item[];
  /** Where the next page begins: `after` of the next call. Undefined when there is nothing more; the next page may be empty. */
  readonly next: After | undefined;
  /** The block whose state the items show. */
  readonly block: BlockMark;
}

/** A block, known again by its hash: after a reorg another one has its number. */
export interface BlockMark {
  readonly number: number;
  readonly hash: string;
}

const LIMIT = 50;
export const MAX_LIMIT = 200;

/** How many questions are asked at once, so that no endpoint refuses them for their number. */
export const WIDTH = 20;

/** The limit of a page, and its order. */
export function pageOf({ limit = LIMIT, order = "oldest" }: PageOptions<unknown>): { limit: number; newest: boolean } {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw argumentError("ARGUMENT_INVALID", { detail: `limit is ${String(limit)}, and not from 1 to ${MAX_LIMIT}.` });
  }
  if (order !== "oldest" && order !== "newest") {
    throw argumentError("ARGUMENT_INVALID", { detail: `order is "oldest" or "newest", not ${String(order)}.` });
  }
  return { limit, newest: order === "newest" };
}
