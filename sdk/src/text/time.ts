/** Digits in the order of ISO 8601, and a zone that a person knows. */
const CALENDAR = /* @__PURE__ */ new Intl.DateTimeFormat("en-GB", {
  ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  hourCycle: "h23",
  timeZoneName: "short",
});

/** A point in time for people, on the clock of this machine: "2026-11-30 15:04:05 CET". One that no calendar has is shown as its number. */
export function localTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1_000);
  if (Number.isNaN(date.getTime())) return `second ${seconds}`;
  const { year, month, day, hour, minute, second, timeZoneName } = Object.fromEntries(
    CALENDAR.formatToParts(date).map(({ type, value }) => [type, value]),
  ) as Record<string, string>;
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}
