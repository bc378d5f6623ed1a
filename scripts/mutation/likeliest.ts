/** Tests that killed a mutant of a function, the latest first. */
export type Killers = Map<string, string[]>;

const MEMORY = 4;

/** What a test may take, in milliseconds, before it waits for the quicker ones. */
const QUICK = 2_000;

/**
 * The tests in parts: those that killed mutants of the function before, those that name it, and the others, of which those that took long when
 * they passed are last: a kill is a kill by whatever test, and most are found by a quick one.
 */
export function likeliestFirst(
  titles: readonly string[],
  scope: string,
  killers: Killers,
  took: ReadonlyMap<string, number> = new Map(),
): string[][] {
  const known = new Set(killers.get(scope)?.slice(0, MEMORY));
  const word = new RegExp(`\\b${scope.replace(/^_/, "")}\\b`, "i");
  const proven = titles.filter((title) => known.has(title));
  const named = titles.filter((title) => !known.has(title) && word.test(title));
  const others = titles.filter((title) => !known.has(title) && !word.test(title));
  const isSlow = (title: string): boolean => (took.get(title) ?? 0) > QUICK;
  const parts = [proven, named, others.filter((title) => !isSlow(title)), others.filter(isSlow)];
  return parts.filter((part) => part.length > 0);
}
