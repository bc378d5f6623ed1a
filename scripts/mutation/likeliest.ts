/** Tests that killed a mutant of a function, the latest first. */
export type Killers = Map<string, string[]>;

const MEMORY = 4;

/** The tests in three parts: those that killed mutants of the function before, those that name it, and the others. */
export function likeliestFirst(titles: readonly string[], scope: string, killers: Killers): string[][] {
  const known = new Set(killers.get(scope)?.slice(0, MEMORY));
  const word = new RegExp(`\\b${scope.replace(/^_/, "")}\\b`, "i");
  const proven = titles.filter((title) => known.has(title));
  const named = titles.filter((title) => !known.has(title) && word.test(title));
  const others = titles.filter((title) => !known.has(title) && !word.test(title));
  return [proven, named, others].filter((part) => part.length > 0);
}
