/** A point in time for people, on the clock of this machine: "2026-11-30 15:04:05 CET". One that no calendar has is shown as its number. */
export function localTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(date.getTime())) return `second ${seconds}`;
  // Sweden writes ISO 8601, with a minus that is no hyphen
  return date.toLocaleString("sv", { dateStyle: "short", timeStyle: "long" }).replace("\u2212", "-");
}
