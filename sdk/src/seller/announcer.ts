import { redactArgs } from "../text/redact";
import type { SellerMetrics } from "./metrics";
import type { LogLine, SellerOptions } from "./options";

/** The same alert comes again after so long. */
const REPEAT_MS = 900_000;

/** Writes what the agent has to say, without secrets: what the chain, a node or a stranger said ends in logs and webhooks. */
export class Announcer {
  readonly #log: (line: LogLine) => void;
  readonly #pass: ((line: LogLine) => Promise<void>) | undefined;
  readonly #metrics: SellerMetrics;
  readonly #alerted = new Map<string, number>();

  constructor({ log, alert }: Pick<SellerOptions, "log" | "alert">, metrics: SellerMetrics) {
    const clean = (line: LogLine): LogLine => redactArgs(line) as LogLine;
    this.#log = (line) => log(clean(line));
    this.#pass = alert && ((line) => alert(clean(line)));
    this.#metrics = metrics;
  }

  say(level: LogLine["level"], event: string, text: string, details: Record<string, unknown> = {}): void {
    this.#log({ level, event, text, ...details });
  }

  /** Says what the seller must know, and passes it on; the same key once in a while only. */
  async alert(key: string, text: string, details: Record<string, unknown> = {}): Promise<void> {
    if (Date.now() - (this.#alerted.get(key) ?? 0) < REPEAT_MS) return;
    this.#alerted.set(key, Date.now());
    this.#metrics.add("alerts_total");
    const line: LogLine = { level: "alert", event: key.split("-")[0]!, text, ...details };
    this.#log(line);
    try {
      await this.#pass?.(line);
    } catch (error) {
      this.say("warning", "alert-unheard", `an alert could not be passed on: ${String(error)}`);
    }
  }
}
