/** Tests that killed a mutant of a function, the latest first. */
export type Killers = Map<string, string[]>;

const MEMORY = 4;

/** What a test may take, in milliseconds, before it waits for the quicker ones. */
const QUICK = 2_000;

/** How many words a title shares with a statement before it is likely to be about it. */
const RELATED = 2;

/** The words of a text or of its names, without the plural. */
const wordsOf = (text: string): Set<string> =>
  new Set((text.replace(/([a-z])([A-Z])/g, "$1 $2").match(/[A-Za-z]{4,}/g) ?? []).map(stem));
const stem = (word: string): string => word.toLowerCase().replace(/s$/, "");

/**
 * The tests in parts: those that killed mutants of the function before, those that name it, those that speak of the statement, and the
 * others, of which those that took long when they passed are last: a kill is a kill by whatever test, and most are found by a quick one.
 */
export function likeliestFirst(
  titles: readonly string[],
  { scope, statement }: { readonly scope: string; readonly statement: string },
  killers: Killers,
  took: ReadonlyMap<string, number> = new Map(),
): string[][] {
  const known = new Set(killers.get(scope)?.slice(0, MEMORY));
  const name = new RegExp(`\\b${scope.replace(/^_/, "")}\\b`, "i");
  const said = wordsOf(statement);
  const partOf = (title: string): number => {
    if (known.has(title)) return 0;
    if (name.test(title)) return 1;
    if ([...wordsOf(title)].filter((word) => said.has(word)).length >= RELATED) return 2;
    return (took.get(title) ?? 0) > QUICK ? 4 : 3;
  };
  const parts: string[][] = [[], [], [], [], []];
  for (const title of titles) parts[partOf(title)].push(title);
  return parts.filter((part) => part.length > 0);
}
