import { barX, plot, text } from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value as it is written. */
  readonly text: string;
  readonly ours: boolean;
}

/** Bars that are compared with one another, and with no others. */
export interface Group {
  readonly label: string;
  readonly bars: readonly Bar[];
}

interface Line extends Bar {
  readonly key: string;
  readonly part: number;
  readonly label: string;
}

const WIDTH = 1000;
const LINE_HEIGHT = 19;
const LEFT = 370;
/** Room for the words behind the longest bar. */
const RIGHT = 350;
const OURS = "#0b6e4f";
const THEIRS = "#b9b9b9";

/** Groups of bars below one another, each as long as its part of the group's longest, as an SVG of its own. */
export function barChart(groups: readonly Group[]): string {
  const lines = groups.flatMap(({ label, bars }, group): Line[] => {
    const longest = Math.max(...bars.map(({ value }) => value));
    return bars.map((bar, i) => ({
      ...bar,
      key: `${group}.${i}`,
      part: bar.value / longest,
      label: i === 0 ? label : "",
    }));
  });
  const domain = groups
    .flatMap(({ bars }, group) => [...bars.map((_, i) => `${group}.${i}`), `${group}.gap`])
    .slice(0, -1);
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: never };
  const drawn = plot({
    document,
    width: WIDTH,
    height: domain.length * LINE_HEIGHT + 20,
    marginTop: 10,
    marginBottom: 10,
    marginLeft: LEFT,
    marginRight: RIGHT,
    style: { fontFamily: "sans-serif", fontSize: "13px", background: "#ffffff", color: "#333333" },
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain, padding: 0.15 },
    marks: [
      barX(lines, { x: "part", y: "key", fill: ({ ours }: Line) => (ours ? OURS : THEIRS) }),
      text(lines, { x: 0, y: "key", text: "label", textAnchor: "end", dx: -10, fill: "#333333" }),
      text(lines, {
        x: "part",
        y: "key",
        text: ({ name, text: value }: Line) => `${value}  ${name}`,
        textAnchor: "start",
        dx: 6,
        fill: "#333333",
      }),
    ],
  });
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  drawn.setAttribute("role", "img");
  return `${drawn.outerHTML}\n`;
}
