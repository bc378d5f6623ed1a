const EXTENT = process.env.TEST_EXTENT;

/** What repeats one rule at length runs at a tenth, unless `npm run test:full` asks for the whole. */
export const FULL = EXTENT === "full" || EXTENT === "deep";

/** How often to repeat: a tenth of `whole` in `npm test`, all of it in `npm run test:full`, ten times that in `npm run test:deep`. */
export function times(whole: number): number {
  if (EXTENT === "deep") return whole * 10;
  return FULL ? whole : Math.ceil(whole / 10);
}

/**
 * The rows of a table that asks the same of many: in `npm test` each third from the nth on, so that rows of a second table beside
 * it that differ in `nth` take all of them in turn; all of them in `npm run test:full`.
 */
export function rows<T>(all: readonly T[], nth = 0): readonly T[] {
  return FULL ? all : all.filter((_, index) => index % 3 === nth % 3);
}
