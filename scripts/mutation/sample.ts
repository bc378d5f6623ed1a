import { createHash } from "node:crypto";

/** The fewest mutants of a file in a sample, if it has as many. */
const FEWEST = 3;

/**
 * How many mutants of each file a sample of `size` takes: in proportion to how many there are, and a few of the smallest file. The sum is
 * `size`, or all when there are fewer.
 */
export function quotas(available: Readonly<Record<string, number>>, size: number): Record<string, number> {
  const files = Object.keys(available).sort();
  const all = files.reduce((sum, file) => sum + available[file], 0);
  if (size >= all) return { ...available };
  const least = (file: string): number => Math.min(FEWEST, available[file]);
  const exact = (file: string): number => (available[file] * size) / all;
  const quota = Object.fromEntries(files.map((file) => [file, Math.max(least(file), Math.floor(exact(file)))]));
  let missing = size - files.reduce((sum, file) => sum + quota[file], 0);
  // the contract that is furthest from its exact share gives or takes the next one; the name decides between equals
  while (missing !== 0) {
    const step = Math.sign(missing);
    const next = files
      .filter((file) => (step > 0 ? quota[file] < available[file] : quota[file] > least(file)))
      .sort((a, b) => step * (exact(b) - quota[b] - (exact(a) - quota[a])) || (a < b ? -1 : 1))[0];
    if (next === undefined) break;
    quota[next] += step;
    missing -= step;
  }
  return quota;
}

/** The same order for the same seed, whatever else there is: a mutant's place depends on its id alone. */
export function shuffled<T extends { readonly id: string }>(items: readonly T[], seed: number): T[] {
  const rank = ({ id }: T): string => createHash("sha256").update(`${seed} ${id}`).digest("hex");
  return items
    .map((item) => ({ item, key: rank(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
