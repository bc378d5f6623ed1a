// Draws docs/images/units.svg: what a balance weighs, for a citizen and without a credential. With CHECK=true it writes nothing and fails when
// the picture is stale.
import { unitsCurve, unitsOf } from "../../sdk/src/governance/units";
import { generate, keep } from "./lib/keep";

const SUPPLY = 1_000_000_000n;
const ISO = 10n ** 18n;
const curve = unitsCurve((SUPPLY * ISO * 75n) / 10_000n);
const FILE = "docs/images/units.svg";

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 70;
const BOTTOM = 360;
const RIGHT = 690;
const TOP = 30;
/** The axes end at this balance and these units, in millions of tokens and of units. */
const BALANCE = 15;
const UNITS = 24;

const x = (millions: number) => LEFT + ((RIGHT - LEFT) * millions) / BALANCE;
const y = (millions: number) => BOTTOM - ((BOTTOM - TOP) * millions) / UNITS;

function line(citizen: boolean): string {
  const points: string[] = [];
  for (let step = 0; step <= 300; step++) {
    // Closer together where the curve is steep.
    const millions = BALANCE * (step / 300) ** 2;
    const balance = BigInt(Math.round(millions * 1e6)) * ISO;
    const units = Number(unitsOf(balance, citizen, curve) / ISO) / 1e6;
    points.push(`${x(millions).toFixed(1)},${y(units).toFixed(1)}`);
  }
  return points.join(" ");
}

const ticks = [
  ...[0, 3, 6, 9, 12, 15].map(
    (value) =>
      `<line x1="${x(value)}" y1="${BOTTOM}" x2="${x(value)}" y2="${BOTTOM + 5}" stroke="#666"/>` +
      `<text x="${x(value)}" y="${BOTTOM + 20}" text-anchor="middle">${value}</text>`,
  ),
  ...[0, 6, 12, 18, 24].map(
    (value) =>
      `<line x1="${LEFT}" y1="${y(value)}" x2="${RIGHT}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  ),
];

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#333" role="img" aria-label="Units by balance">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${ticks.join("\n")}
<line x1="${x(7.5)}" y1="${TOP}" x2="${x(7.5)}" y2="${BOTTOM}" stroke="#999" stroke-dasharray="4 4"/>
<text x="${x(7.5) + 6}" y="${TOP + 12}">X = 0.75 % of the genesis supply</text>
<polyline points="${line(true)}" fill="none" stroke="#0b6e4f" stroke-width="2.5"/>
<polyline points="${line(false)}" fill="none" stroke="#b04a2f" stroke-width="2.5"/>
<text x="${x(4)}" y="${y(13.6)}" text-anchor="end" fill="#0b6e4f">a citizen who votes for itself</text>
<text x="${x(11)}" y="${y(9)}" fill="#b04a2f">anybody else</text>
<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">balance, millions of tokens of 1,000 million</text>
<text transform="translate(18 ${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">units, millions</text>
</svg>
`;

generate(() => keep({ [FILE]: svg }, "docs:units"));
