/**
 * Counts and gauges, written in the text format of Prometheus.
 * @example
 * ```ts
 * const metrics = new Metrics();
 * metrics.declare("shop_sales_total", "counter", "Licences sold.");
 * metrics.add("shop_sales_total");
 * ```
 */
export class Metrics {
  readonly #values = new Map<string, { help: string; type: "counter" | "gauge"; series: Map<string, number> }>();

  /**
   * Adds a figure, at 0, with the sentence that explains it.
   * @param labels Its series, such as `state="open"`; one without a label when left out.
   * @example
   * ```ts
   * new Metrics().declare("shop_deals", "gauge", "Deals by where they stand.", ['state="open"', 'state="closed"']);
   * ```
   */
  declare(name: string, type: "counter" | "gauge", help: string, labels: readonly string[] = [""]): void {
    this.#values.set(name, { help, type, series: new Map(labels.map((label) => [label, 0])) });
  }

  /**
   * Sets a figure that was declared.
   * @example
   * ```ts
   * metrics.set("shop_deals", 3, 'state="open"');
   * ```
   */
  set(name: string, value: number, label = ""): void {
    this.#series(name).set(label, value);
  }

  /**
   * Adds to a figure that was declared; 1 when nothing is said.
   * @example
   * ```ts
   * metrics.add("shop_sales_total", 2);
   * ```
   */
  add(name: string, value = 1, label = ""): void {
    const series = this.#series(name);
    series.set(label, (series.get(label) ?? 0) + value);
  }

  /**
   * What a figure is now; 0 for a series that was never set.
   * @example
   * ```ts
   * const sales = metrics.get("shop_sales_total");
   * ```
   */
  get(name: string, label = ""): number {
    return this.#series(name).get(label) ?? 0;
  }

  /**
   * All figures, in the text format of Prometheus.
   * @example
   * ```ts
   * response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(metrics.text());
   * ```
   */
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

/**
 * The figures of one agent.
 * @example
 * ```ts
 * const { metrics } = new SellerAgent(sellerOptions);
 * console.log(metrics.text());
 * ```
 */
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

  /**
   * Sets one of the agent's figures, named without `isonomy_seller_`.
   * @example
   * ```ts
   * new SellerMetrics().set("head_block", 19_000_000);
   * ```
   */
  set(name: string, value: number): void {
    this.#metrics.set(PREFIX + name, value);
  }

  /**
   * Adds to one of the agent's figures, named without `isonomy_seller_`; 1 when nothing is said.
   * @example
   * ```ts
   * new SellerMetrics().add("rpc_errors_total");
   * ```
   */
  add(name: string, value = 1): void {
    this.#metrics.add(PREFIX + name, value);
  }

  /**
   * Sets how many deals stand where.
   * @example
   * ```ts
   * new SellerMetrics().deals("waiting", 2);
   * ```
   */
  deals(state: (typeof STATES)[number], count: number): void {
    this.#metrics.set(`${PREFIX}deals`, count, `state="${state}"`);
  }

  /**
   * All figures of the agent, in the text format of Prometheus.
   * @example
   * ```ts
   * console.log(new SellerMetrics().text());
   * ```
   */
  text(): string {
    return this.#metrics.text();
  }
}
