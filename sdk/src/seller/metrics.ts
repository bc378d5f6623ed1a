/** Counts and gauges, written in the text format of Prometheus. */
export class Metrics {
  readonly #values = new Map<string, { help: string; type: "counter" | "gauge"; series: Map<string, number> }>();

  declare(name: string, type: "counter" | "gauge", help: string, labels: readonly string[] = [""]): void {
    this.#values.set(name, { help, type, series: new Map(labels.map((label) => [label, 0])) });
  }

  set(name: string, value: number, label = ""): void {
    this.#series(name).set(label, value);
  }

  add(name: string, value = 1, label = ""): void {
    const series = this.#series(name);
    series.set(label, (series.get(label) ?? 0) + value);
  }

  get(name: string, label = ""): number {
    return this.#series(name).get(label) ?? 0;
  }

  text(): string {
    return [...this.#values]
      .flatMap(([name, { help, type, series }]) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...[...series].map(([label, value]) => `${name}${label === "" ? "" : `{${label}}`} ${value}`),
      ])
      .join("\n")
      .concat("\n");
  }

  #series(name: string): Map<string, number> {
    const known = this.#values.get(name);
    if (known === undefined) throw new Error(`The metric ${name} was never declared.`);
    return known.series;
  }
}

const PREFIX = "isonomy_seller_";
const STATES = ["waiting", "refused", "delivered"] as const;

/** The figures of one agent. */
export class SellerMetrics {
  readonly #metrics = new Metrics();

  constructor() {
    const { declare } = { declare: this.#metrics.declare.bind(this.#metrics) };
    declare(`${PREFIX}up`, "gauge", "1 while the last look at the chain succeeded.");
    declare(
      `${PREFIX}deals`,
      "gauge",
      "Deals that are followed, by where they stand; delivered ones until that is final.",
      STATES.map((state) => `state="${state}"`),
    );
    declare(`${PREFIX}delivered_total`, "counter", "Keys delivered since the state was first written.");
    declare(`${PREFIX}windows_missed_total`, "counter", "Deals whose window ended without a delivery.");
    declare(`${PREFIX}rpc_errors_total`, "counter", "Looks at the chain that failed, since the start.");
    declare(`${PREFIX}reorgs_total`, "counter", "Reorgs that were noticed, since the start.");
    declare(`${PREFIX}alerts_total`, "counter", "Alerts that were raised, since the start.");
    declare(`${PREFIX}head_block`, "gauge", "The newest block that was seen.");
    declare(`${PREFIX}last_look_timestamp_seconds`, "gauge", "When the chain was last read in full.");
    declare(`${PREFIX}next_deadline_timestamp_seconds`, "gauge", "The nearest deadline of a waiting deal; 0 for none.");
    declare(`${PREFIX}balance_wei`, "gauge", "Native coin that is left for gas.");
  }

  set(name: string, value: number): void {
    this.#metrics.set(PREFIX + name, value);
  }

  add(name: string, value = 1): void {
    this.#metrics.add(PREFIX + name, value);
  }

  deals(state: (typeof STATES)[number], count: number): void {
    this.#metrics.set(`${PREFIX}deals`, count, `state="${state}"`);
  }

  text(): string {
    return this.#metrics.text();
  }
}
