/**
 * How many people of a crowd act in one transaction. The chain keeps every step of a transaction until its answer is collected: a hundred
 * people in one would take a gigabyte.
 */
const AT_ONCE = 10;

/** Splits the people from `from` to `to` (excluded) into those of each transaction. */
export function* batches(from: number, to: number): Generator<[start: number, end: number]> {
  for (let start = from; start < to; start += AT_ONCE) yield [start, Math.min(start + AT_ONCE, to)];
}
