/** A point of the curve: the lightest `people` have `units`, both as parts of one. */
export interface Point {
  readonly people: number;
  readonly units: number;
}

/** Points that are drawn at most: more are not seen. */
const DRAWN = 200;

/** The curve of what the lightest have, from nobody to all. */
export function lorenzOf(units: readonly bigint[], drawn = DRAWN): Point[] {
  const sorted = units.map(Number).sort((a, b) => a - b);
  const total = sorted.reduce((sum, one) => sum + one, 0);
  if (total === 0) return [];
  const every = Math.max(1, Math.ceil(sorted.length / drawn));
  const points: Point[] = [{ people: 0, units: 0 }];
  let sum = 0;
  for (const [at, one] of sorted.entries()) {
    sum += one;
    const count = at + 1;
    if (count % every === 0 || count === sorted.length) {
      points.push({ people: count / sorted.length, units: count === sorted.length ? 1 : sum / total });
    }
  }
  return points;
}

/** The curve between its points, at every tenth of the people: what a table says of it. */
export function tenthsOf(points: readonly Point[]): Point[] {
  if (points.length === 0) return [];
  return Array.from({ length: 11 }, (_, tenth) => {
    const people = tenth / 10;
    const after = points.findIndex((point) => point.people >= people - 1e-9);
    const [b, a] = [points[after]!, points[Math.max(0, after - 1)]!];
    const part = b.people === a.people ? 0 : (people - a.people) / (b.people - a.people);
    return { people, units: a.units + (b.units - a.units) * Math.min(1, part) };
  });
}

/** Who has how many units, for a visitor's own table: the heaviest first, units in the token's smallest unit. */
export function csvOf(delegates: readonly { readonly account: string; readonly units: bigint }[]): string {
  return ["account,units", ...delegates.map(({ account, units }) => `${account},${units}`), ""].join("\r\n");
}
