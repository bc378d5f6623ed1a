import type { Provider } from "ethers";
import { ReadClient, versionId, type OfferOnSale } from "isonomy/reading";

import type { Network } from "../../network";
import type { Cards } from "./cards";
import { problemOf } from "./problem";
import type { LicenceRow, ModelDetail, SoldFile } from "../source";

/** Versions whose offers a node is asked for by name. */
const NAMED = 50n;

/** What every source reads alike: what is opened is read from the chain as it is now, whatever is kept. */
export abstract class Opened {
  protected readonly reading: ReadClient;

  constructor({ deployment }: Network, provider: Provider) {
    this.reading = new ReadClient(deployment, provider);
  }

  protected abstract get cards(): Pick<Cards, "fetch">;

  async model(modelId: bigint, buyer?: string): Promise<ModelDetail> {
    const model = await this.reading.model(modelId);
    const [publications, offers] = await Promise.all([
      this.reading.publications(modelId),
      this.#offers(modelId, model.versionCount, buyer),
    ]);
    const others = publications
      .map((one) => one.versionId)
      .filter((id) => id !== model.newest.versionId)
      .map((id) => this.reading.version(id));
    const [versions, card] = await Promise.all([
      Promise.all(others),
      this.cards.fetch(model.newest).catch((error: unknown) => problemOf(error)),
    ]);
    const all = [...versions, model.newest].sort((a, b) => Number(b.number - a.number));
    return {
      ...{ model, publications, versions: all, offers },
      ...("code" in card ? { card: undefined, cardProblem: card } : { card, cardProblem: undefined }),
    };
  }

  async offer(termsHash: string, modelId: bigint, buyer?: string): Promise<OfferOnSale | undefined> {
    const { versionCount } = await this.reading.model(modelId);
    return (await this.#offers(modelId, versionCount, buyer)).find((one) => one.termsHash === termsHash);
  }

  async licences(account: string): Promise<LicenceRow[]> {
    const held = [];
    let after;
    do {
      const page = await this.reading.licensesOf(account, { after });
      held.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return Promise.all(
      held.reverse().map(async (licence) => ({
        licence,
        card: await this.reading
          .version(licence.versionId)
          .then((version) => this.cards.fetch(version))
          .catch(() => undefined),
      })),
    );
  }

  async file(id: bigint): Promise<SoldFile> {
    const version = await this.reading.version(id);
    const { file } = await this.cards.fetch(version);
    if (version.file === undefined || file === undefined) throw new Error(`Version ${id} has no file.`);
    return { versionId: id, blob: file.blob, name: file.name, commitment: version.file };
  }

  /** All offers of a model that are listed, with their status for a buyer. */
  async #offers(modelId: bigint, versionCount: bigint, buyer?: string): Promise<OfferOnSale[]> {
    const numbers = Array.from({ length: Number(versionCount) }, (_, at) => BigInt(at + 1));
    // a node looks for named versions itself, and sends nothing else
    const which =
      versionCount > NAMED ? { modelId } : { versionId: numbers.map((number) => versionId({ modelId, number })) };
    const offers: OfferOnSale[] = [];
    let after;
    do {
      const page = await this.reading.offers({ ...which, all: true, buyer }, { after, limit: 200 });
      offers.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return offers;
  }
}
