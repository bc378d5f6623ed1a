/** What a browser says of the room that it gives to a page. */
export interface Estimate {
  readonly quota?: number | undefined;
  readonly usage?: number | undefined;
}

/** Room that is left untouched: a database of the page needs some too. */
const SPARE = 1_048_576;

/** Bytes that are lacking for a sealed file, what it opens to, and some spare; 0 where they fit or the browser does not say. */
export function lacking({ quota, usage }: Estimate, needed: { blob: number; file: number; held: number }): number {
  if (quota === undefined || usage === undefined) return 0;
  const free = quota - usage;
  return Math.max(0, needed.blob - needed.held + needed.file + SPARE - free);
}
