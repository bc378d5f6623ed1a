import Table from "cli-table3";
import type { Bar, Entry, Verdict } from "./types";

/** Holds each bar against the entries; a bar of a measurement that did not run has no actual value. */
export function judge(bars: readonly Bar[], entries: readonly Entry[]): Verdict[] {
  return bars.map((bar) => {
    const actual = actualOf(bar, entries);
    return { ...bar, actual, met: actual !== null && actual <= bar.limit };
  });
}

function actualOf(bar: Bar, entries: readonly Entry[]): number | null {
  const entry = entries.find(({ id, peer }) => id === bar.id && (bar.peer === undefined || bar.peer === peer));
  if (entry === undefined) return null;
  if (bar.peer !== undefined) return entry.ratio;
  if (bar.as === undefined) return entry.ours;
  const other = entries.find(({ id }) => id === bar.as);
  return other === undefined ? null : entry.ours / other.ours;
}

function describe({ peer, as, limit }: Bar): string {
  if (peer !== undefined) return `<= ${limit} x ${peer}`;
  if (as !== undefined) return `as ${as}`;
  return `<= ${number(limit)}`;
}

export function number(value: number | null): string {
  if (value === null) return "";
  return Number.isInteger(value) ? value.toLocaleString("en-GB") : value.toFixed(2);
}

const style = { head: [], border: [] };
const chars = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** One line for each comparison. */
export function entriesTable(entries: readonly Entry[]): string {
  const table = new Table({
    head: ["measurement", "unit", "ours", "peer", "peer's", "ratio", "floor", "above floor"],
    colAligns: ["left", "left", "right", "left", "right", "right", "right", "right"],
    style,
    chars,
  });
  let previous = "";
  for (const { id, unit, ours, peer, peerValue, ratio, floor } of entries) {
    const first = id !== previous;
    previous = id;
    table.push([
      first ? id : "",
      first ? unit : "",
      first ? number(ours) : "",
      peer ?? "",
      number(peerValue),
      ratio === null ? "" : ratio.toFixed(3),
      first ? number(floor) : "",
      first && floor !== null ? `${(((ours - floor) / floor) * 100).toFixed(1)} %` : "",
    ]);
  }
  return table.toString();
}

/** One line for each bar that was measured. */
export function barsTable(verdicts: readonly Verdict[]): string {
  const table = new Table({
    head: ["measurement", "bar", "measured", ""],
    colAligns: ["left", "left", "right", "left"],
    style,
    chars,
  });
  for (const verdict of verdicts) {
    if (verdict.actual === null) continue;
    const relative = verdict.peer !== undefined || verdict.as !== undefined;
    const actual = relative ? `${verdict.actual.toFixed(3)} x` : number(verdict.actual);
    table.push([verdict.id, describe(verdict), actual, verdict.met ? "met" : "MISSED"]);
  }
  return table.toString();
}

/** One line for each figure of a peer, beside what it was when its artifact was chosen. */
export function figuresTable(
  figures: readonly { peer: string; operation: string; gas: number; known?: number }[],
): string {
  const table = new Table({
    head: ["peer", "operation", "gas", "known", ""],
    colAligns: ["left", "left", "right", "right", "left"],
    style,
    chars,
  });
  for (const { peer, operation, gas, known } of figures) {
    table.push([
      peer,
      operation,
      number(gas),
      number(known ?? null),
      known === undefined || known === gas ? "" : "MOVED",
    ]);
  }
  return table.toString();
}
