import { JsonRpcProvider } from "ethers";
import { MAX_CARD_BYTES, verifiedCard, type ModelCard } from "isonomy/card";
import { ReadClient, rpcRequest, versionId, type OfferOnSale, type Version } from "isonomy/reading";
import { decodeError } from "isonomy/errors";
import { GatewayStore, readAll, type BlobStore } from "isonomy/store";

import type { Network } from "../network";
import { DealReader } from "./dealSource";
import { search, type Known } from "./search";
import type {
  DealState,
  LicenceRow,
  ModelDetail,
  ModelFilter,
  ModelRow,
  ModelsFound,
  Problem,
  SoldFile,
  Source,
} from "./source";

/** Models of one request. */
const PAGE = 100;
/** Cards that are fetched at a time. */
const WIDTH = 8;

/** Reads the chain itself, by the events of its contracts, and cards from the stores. */
export class LogSource implements Source {
  readonly #reading: ReadClient;
  readonly #deals: DealReader;
  readonly #store: BlobStore | undefined;
  readonly #cards = new Map<string, Promise<ModelCard>>();
  readonly #known = new Map<bigint, ModelRow>();
  #total = 0;
  #block = 0;
  #refreshing: Promise<void> | undefined;

  constructor(network: Network) {
    const { deployment, rpcUrls, stores } = network;
    const provider = new JsonRpcProvider(rpcRequest(rpcUrls[0]!), deployment.chainId, { staticNetwork: true });
    this.#reading = new ReadClient(deployment, provider);
    this.#deals = new DealReader(deployment, provider);
    this.#store = stores.length === 0 ? undefined : new GatewayStore(stores);
  }

  async models(filter: ModelFilter, { offset, limit }: { offset: number; limit: number }): Promise<ModelsFound> {
    await this.#refresh();
    const { rows, facets } = search([...this.#known.values()].map(known), filter);
    return {
      rows: rows.slice(offset, offset + limit),
      total: rows.length,
      facets,
      read: this.#known.size,
      of: this.#total,
      block: this.#block,
    };
  }

  async model(modelId: bigint, buyer?: string): Promise<ModelDetail> {
    const [model, publications, offers] = await Promise.all([
      this.#reading.model(modelId),
      this.#reading.publications(modelId),
      this.#offers(modelId, buyer),
    ]);
    const others = publications
      .map((one) => one.versionId)
      .filter((id) => id !== model.newest.versionId)
      .map((id) => this.#reading.version(id));
    const [versions, card] = await Promise.all([
      Promise.all(others),
      this.#card(model.newest).catch((error: unknown) => problemOf(error)),
    ]);
    const all = [...versions, model.newest].sort((a, b) => Number(b.number - a.number));
    return {
      ...{ model, publications, versions: all, offers },
      ...("code" in card ? { card: undefined, cardProblem: card } : { card, cardProblem: undefined }),
    };
  }

  async offer(termsHash: string, modelId: bigint, buyer?: string): Promise<OfferOnSale | undefined> {
    return (await this.#offers(modelId, buyer)).find((one) => one.termsHash === termsHash);
  }

  async licences(account: string): Promise<LicenceRow[]> {
    const held = [];
    let after;
    do {
      const page = await this.#reading.licensesOf(account, { after });
      held.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return Promise.all(
      held.reverse().map(async (licence) => ({
        licence,
        card: await this.#reading
          .version(licence.versionId)
          .then((version) => this.#card(version))
          .catch(() => undefined),
      })),
    );
  }

  async file(id: bigint): Promise<SoldFile> {
    const version = await this.#reading.version(id);
    const { file } = await this.#card(version);
    if (version.file === undefined || file === undefined) throw new Error(`Version ${id} has no file.`);
    return { versionId: id, blob: file.blob, name: file.name, commitment: version.file };
  }

  async deal(licenceId: bigint): Promise<DealState | undefined> {
    const found = await this.#deals.find(licenceId);
    if (found === undefined) return undefined;
    const { defectiveAt } = await this.#reading.version(found.deal.versionId);
    return { ...found, defectiveAt };
  }

  /** All offers of a model that are listed. */
  async #offers(modelId: bigint, buyer?: string): Promise<OfferOnSale[]> {
    const offers: OfferOnSale[] = [];
    let after;
    do {
      const page = await this.#reading.offers({ modelId, all: true, buyer }, { after, limit: 200 });
      offers.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return offers;
  }

  /** Reads the models that are not known yet, and the offers as they are now. */
  async #refresh(): Promise<void> {
    this.#refreshing ??= this.#readAll().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #readAll(): Promise<void> {
    const open = new Map<bigint, OfferOnSale[]>();
    let place;
    do {
      const page = await this.#reading.offers({}, { after: place, limit: 200 });
      for (const offer of page.items) {
        const list = open.get(offer.offer.versionId) ?? [];
        open.set(offer.offer.versionId, [...list, offer]);
      }
      place = page.next;
      this.#block = page.block.number;
    } while (place !== undefined);

    let after: bigint | undefined;
    const models = [];
    do {
      const page = await this.#reading.models({ after, limit: PAGE });
      models.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    this.#total = models.length;
    for (let at = 0; at < models.length; at += WIDTH) {
      const some = models.slice(at, at + WIDTH);
      const cards = await Promise.all(some.map(({ newest }) => this.#card(newest).catch(() => undefined)));
      for (const [index, model] of some.entries()) {
        const offers = (open.get(versionId({ modelId: model.modelId, number: model.versionCount })) ?? []).sort(
          (a, b) => (a.offer.price < b.offer.price ? -1 : 1),
        );
        const sold = offers.reduce((sum, one) => sum + one.sold, 0n);
        this.#known.set(model.modelId, { model, card: cards[index], offers, sold });
      }
    }
  }

  /** The card of a version, checked against its hash. One that could not be fetched is asked for again. */
  async #card({ uri, metadataHash }: Version): Promise<ModelCard> {
    const kept = this.#cards.get(metadataHash);
    if (kept !== undefined) return kept;
    const found = this.#fetchCard(uri, metadataHash);
    this.#cards.set(metadataHash, found);
    found.catch(() => this.#cards.delete(metadataHash));
    return found;
  }

  async #fetchCard(uri: string, metadataHash: string): Promise<ModelCard> {
    if (this.#store === undefined) throw new Error("No store of files is set.");
    const bytes = await readAll(this.#store, uri.replace(/^ipfs:\/\//i, ""), MAX_CARD_BYTES);
    return verifiedCard(bytes, metadataHash);
  }
}

const known = (row: ModelRow): Known => row;

/** An error as another thread can take it. */
export function problemOf(error: unknown): Problem {
  const { code, message, reason, fix, args } = decodeError(error).toJSON();
  return { code, message, reason, fix, args };
}
