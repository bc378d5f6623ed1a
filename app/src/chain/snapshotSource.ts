import type { Network } from "../network";
import { Catalogue } from "./thread/catalogue";
import { providerOf, storeOf, type Means } from "./logSource";
import type { Cards } from "./thread/cards";
import { Opened } from "./thread/opened";
import { readSnapshot, type Snapshot } from "./thread/snapshot";
import type { ModelDetail, ModelFilter, ModelsFound, MarketSource } from "./source";

/** What was read from the chain by this page is newer than any block of a snapshot. */
const BY_THIS_PAGE = { number: Number.MAX_SAFE_INTEGER, hash: "" };

/**
 * Lists what somebody else read of the chain and published. A row is not verified until its model is opened: that is read from the
 * chain, and the row shows from then on what the chain says.
 */
export class SnapshotSource extends Opened implements MarketSource {
  readonly #catalogue: Catalogue;
  readonly #verified = new Set<bigint>();
  readonly #block: Snapshot["block"];

  /** @param text The file, as `LogSource.snapshot` writes it. */
  constructor(network: Network, text: string, means: Means = {}) {
    const { provider = providerOf(network), store = storeOf(network) } = means;
    super(network, provider);
    const { block, cards, ...facts } = readSnapshot(text, network.deployment);
    this.#block = block;
    this.#catalogue = new Catalogue(store, (modelId) => this.#verified.has(modelId));
    this.#catalogue.cards.load(cards);
    const count = facts.models.reduce((most, { model }) => (model.modelId > most ? model.modelId : most), 0n);
    this.#catalogue.book.load({ ...facts, count, cursor: { ...block, before: [] }, undo: [], settled: block.number });
  }

  async models(filter: ModelFilter, page: { offset: number; limit: number }): Promise<ModelsFound> {
    const { cards } = this.#catalogue;
    const found = this.#catalogue.find(filter, page);
    for (const { model } of found.rows) cards.want(model.newest, true);
    return { ...found, reading: cards.isBusy, block: this.#block.number, problem: undefined };
  }

  override async model(modelId: bigint, buyer?: string): Promise<ModelDetail> {
    const detail = await super.model(modelId, buyer);
    const { book, rows } = this.#catalogue;
    const listed = detail.offers.filter(({ termsHash }) => !book.offers.has(termsHash));
    const events = listed.map(({ termsHash, offer, listedAt }) => ({
      ...{ kind: "listed" as const, block: this.#block.number },
      offer: { termsHash, offer, listedAt, blockHash: "" },
    }));
    book.apply(events, book.cursor!);
    for (const { termsHash } of book.offersOf(detail.model.newest.versionId)) {
      const now = detail.offers.find((one) => one.termsHash === termsHash);
      // one that the chain does not list is nobody's offer
      rows.asked.set(termsHash, { status: now?.status ?? "revoked", sold: now?.sold ?? 0n, at: Infinity });
    }
    this.#verified.add(modelId);
    book.putModels([detail.model], BY_THIS_PAGE);
    return detail;
  }

  protected override get cards(): Cards {
    return this.#catalogue.cards;
  }
}
