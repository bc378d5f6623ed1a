import { JsonRpcProvider, type Provider } from "ethers";
import { rpcRequest } from "isonomy/reading";
import { GatewayStore, type BlobStore } from "isonomy/store";

import type { Network } from "../network";
import { modelIdOf } from "./ids";
import { Catalogue } from "./thread/catalogue";
import type { Cards } from "./thread/cards";
import { Follower } from "./thread/follower";
import { Keep, keepName } from "./keep";
import { Opened } from "./thread/opened";
import { problemOf } from "./thread/problem";
import { snapshotOf } from "./thread/snapshot";
import type { ModelFilter, ModelRow, ModelsFound, Problem, MarketSource } from "./source";

/** What a source reads with, where it is not what the network names. */
export interface Means {
  readonly provider?: Provider;
  readonly store?: BlobStore;
  readonly databases?: IDBFactory;
  /** Milliseconds between two looks at the chain, however often something is asked. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_500;
/** The market is asked again about an offer that is shown after so long. */
const STATUS_MS = 10_000;
/** Questions to the market at a time. */
const WIDTH = 8;
/** Cards that came are written down this much later, together. */
const WRITE_MS = 500;

export function providerOf({ deployment, rpcUrls }: Network): JsonRpcProvider {
  return new JsonRpcProvider(rpcRequest(rpcUrls[0]!), deployment.chainId, { staticNetwork: true });
}

export function storeOf({ stores }: Network): BlobStore | undefined {
  return stores.length === 0 ? undefined : new GatewayStore(stores);
}

/**
 * Reads the chain itself, by the events of its contracts, and cards from the stores. What was read is kept in the browser: a list is
 * shown as it was known, and goes on from there.
 */
export class LogSource extends Opened implements MarketSource {
  readonly #network: Network;
  readonly #catalogue: Catalogue;
  readonly #follower: Follower;
  readonly #keep: Keep;
  readonly #loaded: Promise<void>;
  readonly #everyMs: number;
  #sync: Promise<void> | undefined;
  #synced = -Infinity;
  #problem: Problem | undefined;
  /** Told of the next step of what is read. */
  #waiting: (() => void)[] = [];
  #newCards: string[] = [];
  #writing: ReturnType<typeof setTimeout> | undefined;
  #statuses: Promise<void> | undefined;

  constructor(network: Network, means: Means = {}) {
    const { provider = providerOf(network), store = storeOf(network), everyMs = EVERY_MS } = means;
    super(network, provider);
    const { chainId, block, contracts } = network.deployment;
    this.#network = network;
    this.#everyMs = everyMs;
    this.#catalogue = new Catalogue(
      store,
      () => true,
      (hash) => this.#writeCard(hash),
    );
    this.#follower = new Follower(this.reading, provider, this.#catalogue.book, () => this.#onStep());
    this.#catalogue.rows.now = () => {
      const { timestamp, seen } = this.#follower.head ?? { timestamp: 0, seen: 0 };
      return timestamp + (Date.now() - seen) / 1_000;
    };
    this.#keep = new Keep(keepName(chainId, contracts.Market, block), means.databases);
    this.#loaded = this.#load();
  }

  async models(filter: ModelFilter, page: { offset: number; limit: number }): Promise<ModelsFound> {
    await this.#loaded;
    this.#look();
    // with nothing to show yet, an empty answer would be a wrong one
    while (this.#isEmpty && this.#sync !== undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isEmpty && this.#problem !== undefined) throw this.#problem;
    const { book } = this.#catalogue;
    const found = this.#catalogue.find(filter, page);
    this.#attend(found.rows);
    const reading = this.#sync !== undefined || this.#statuses !== undefined || found.read < found.of;
    return { ...found, reading, block: book.cursor?.number ?? 0, problem: this.#problem };
  }

  protected override get cards(): Cards {
    return this.#catalogue.cards;
  }

  /** Waits until there is nothing more to read for now, and everything is written down. */
  async settled(): Promise<void> {
    await this.#loaded;
    this.#look();
    await this.#sync;
    while (this.#statuses !== undefined || this.#catalogue.cards.isBusy || this.#writing !== undefined) {
      await (this.#statuses ?? new Promise((resolve) => setTimeout(resolve, 10)));
    }
    await this.#keep.write(this.#catalogue.book.takeChanges());
  }

  /** What is known, for others to read: `SnapshotSource` shows it. */
  async snapshot(): Promise<string> {
    await this.settled();
    if (this.#problem !== undefined) throw this.#problem;
    return snapshotOf(this.#network.deployment, this.#catalogue.book, this.#catalogue.cards.all);
  }

  async #load(): Promise<void> {
    const { state, cards } = await this.#keep.load();
    this.#catalogue.cards.load(cards);
    if (state === undefined) return;
    this.#catalogue.book.load(state);
    this.#follower.doubt();
  }

  /** Looks whether there is something new, unless that was just done; nobody waits for it. */
  #look(): void {
    if (this.#sync !== undefined || Date.now() - this.#synced < this.#everyMs) return;
    this.#sync = this.#follower
      .sync()
      .then(() => (this.#problem = undefined))
      .catch((error: unknown) => void (this.#problem = problemOf(error)))
      .then(() => {
        this.#sync = undefined;
        this.#synced = Date.now();
        this.#onStep();
      });
  }

  #onStep(): void {
    void this.#keep.write(this.#catalogue.book.takeChanges());
    this.#wantCards();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  get #isEmpty(): boolean {
    return this.#catalogue.book.models.size === 0 && !this.#follower.hasCounted;
  }

  /** All cards are fetched, the newest first. */
  #wantCards(): void {
    const { book, cards } = this.#catalogue;
    for (const { model } of book.models.values()) cards.want(model.newest);
  }

  /** What is shown comes before the rest: its cards, and how its offers stand. */
  #attend(rows: readonly ModelRow[]): void {
    const { cards, rows: known } = this.#catalogue;
    for (const { model } of rows) cards.want(model.newest, true);
    const due = rows.flatMap(({ model }) => known.possible(model)).filter((one) => known.isDue(one, STATUS_MS));
    if (due.length === 0 || this.#statuses !== undefined) return;
    const ask = async (): Promise<void> => {
      for (let one = due.pop(); one !== undefined; one = due.pop()) {
        const { termsHash, offer } = one;
        const before = known.asked.get(termsHash);
        const answer = await this.reading.offerStatus(offer).catch(() => undefined);
        // the node is away: what is known stays, and the next look says so
        if (answer === undefined) return;
        known.asked.set(termsHash, { status: answer.status, sold: answer.sold, at: Date.now() });
        if (before?.status === answer.status && before.sold === answer.sold) continue;
        this.#catalogue.changed(modelIdOf(offer.versionId));
      }
    };
    this.#statuses = Promise.all(Array.from({ length: WIDTH }, ask)).then(() => (this.#statuses = undefined));
  }

  #writeCard(hash: string): void {
    this.#newCards.push(hash);
    this.#writing ??= setTimeout(() => {
      const { cards } = this.#catalogue;
      const some = this.#newCards.splice(0).map((one) => [one, cards.get(one)!] as const);
      void this.#keep.writeCards(some).then(() => (this.#writing = undefined));
    }, WRITE_MS);
  }
}
