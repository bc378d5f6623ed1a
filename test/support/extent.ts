/** What repeats one rule at length runs at a tenth, unless `npm run test:full` asks for the whole. */
const FULL = process.env.TEST_EXTENT === "full";

/** How often to repeat: a tenth of `whole` in `npm test`, all of it in `npm run test:full`. */
export function times(whole: number): number {
  return FULL ? whole : Math.ceil(whole / 10);
}
