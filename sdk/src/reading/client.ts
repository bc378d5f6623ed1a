import { IEscrow__factory } from "../../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { IUpdateDesk__factory } from "../../../typechain-types/factories/contracts/escrow/IUpdateDesk__factory";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { IOfferPolicies__factory } from "../../../typechain-types/factories/contracts/market/IOfferPolicies.sol/IOfferPolicies__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { MARKET_LINKS } from "../market/links";
import type { Offer } from "../market/offer";
import { DEAL_ROLES, readDeals, type DealOf, type DealRole } from "./deals";
import type { EventName } from "./events";
import { readLicenses, type LicenseHeld } from "./licenses";
import { newestBlock, type EventCursor } from "./logs";
import { modelAt, readModels, readPublications, versionAt, type Model, type Publication, type Version } from "./models";
import { readOfferStatus, readOffers, type OfferFilter, type OfferOnSale, type OfferStatus } from "./offers";
import type { Page, PageOptions } from "./page";
import type { ReadContract, Reader } from "./reader";
import { watchEvents, type UndoneEvents, type WatchOptions, type WatchedEvents } from "./watch";

const LINKS = {
  ...MARKET_LINKS,
  Market: { ...MARKET_LINKS.Market, POLICIES: "OfferPolicies" },
  Escrow: { REGISTRY: "ModelRegistry", LEDGER: "RevenueLedger" },
  OfferPolicies: { LICENSES: "LicenseToken" },
} as const satisfies Partial<Links<ReadContract>>;

/**
 * Reads what there is: models, offers, the licences and deals of an account, and what happens. A provider is enough, and nothing is
 * sent. Lists come in pages, each as it was in one block. What a node says is checked as far as it can be: terms and deals are hashed
 * here and compared with the contracts, events have to be what was asked for, and the number of an account's licences has
 * to be the token's. What does not fit is refused as `NODE_INCONSISTENT`; a node that lies about everything in the same way is not found out.
 * @example
 * ```ts
 * const reading = new ReadClient(deploymentOn(chainId), provider);
 * const { items } = await reading.offers({ payToken: ZeroAddress }, { limit: 10 });
 * for (const { offer } of items) console.log(`version ${offer.versionId} for ${offer.price} wei`);
 * ```
 */
export class ReadClient extends Client<ReadContract> {
  readonly #reader: Reader;

  constructor(deployment: PartialDeployment<ReadContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.#reader = {
      chain: this.chain,
      runner,
      deployment: this.deployment,
      registry: this.contract(IModelRegistry__factory, "ModelRegistry"),
      licenses: this.contract(ILicenseToken__factory, "LicenseToken"),
      market: this.contract(IMarket__factory, "Market"),
      escrow: this.contract(IEscrow__factory, "Escrow"),
      desk: this.contract(IUpdateDesk__factory, "UpdateDesk"),
      policies: this.contract(IOfferPolicies__factory, "OfferPolicies"),
    };
  }

  /**
   * The models in the order of their ids, each with its newest version.
   * @throws `ARGUMENT_INVALID` for a limit or an id that there cannot be, and what a node fails with.
   * @example
   * ```ts
   * let after: bigint | undefined;
   * do {
   *   const page = await reading.models({ after, limit: 100 });
   *   for (const { modelId, newest } of page.items) console.log(`model ${modelId}: ${newest.uri}`);
   *   after = page.next;
   * } while (after !== undefined);
   * ```
   */
  async models(options: PageOptions<bigint> = {}): Promise<Page<Model, bigint>> {
    return readModels(this.#reader, options);
  }

  /**
   * One model.
   * @throws `ERC721NonexistentToken` where there is none with this id.
   * @example
   * ```ts
   * const { holder, versionCount } = await reading.model(1n);
   * ```
   */
  async model(modelId: bigint): Promise<Model> {
    await this.chain.require();
    return modelAt(this.#reader, modelId, (await newestBlock(this.chain)).number);
  }

  /**
   * One version.
   * @throws `ModelRegistry_UnknownVersion` where there is none with this id.
   * @example
   * ```ts
   * const { file, defectiveAt } = await reading.version(versionId({ modelId: 1n, number: 1n }));
   * ```
   */
  async version(id: bigint): Promise<Version> {
    await this.chain.require();
    return versionAt(this.#reader.registry, id, (await newestBlock(this.chain)).number);
  }

  /**
   * When the versions of a model were published, the first first. Empty for a model that there is not.
   * @throws `ARGUMENT_INVALID` for what is no model's id, `NODE_INCONSISTENT`, and what a node fails with.
   * @example
   * ```ts
   * const publications = await reading.publications(1n);
   * const newest = publications.at(-1)?.publishedAt;
   * ```
   */
  async publications(modelId: bigint): Promise<Publication[]> {
    return readPublications(this.#reader, modelId);
  }

  /**
   * The listed offers under which a licence can be bought now, in the order in which they were listed. Those that cannot be bought
   * are left out: revoked, expired, sold out, of a defective version, by somebody who no longer holds the title, with a
   * token or a fee that is no longer accepted, without the bond that they promise, or for another buyer. While the whole market is
   * paused they are listed as `paused`. With `all` each is listed with its status. An offer that was signed and never listed is nowhere to be found.
   * @param filter Which offers are wanted; `maxPrice` is in the smallest unit of `payToken`.
   * @throws `ARGUMENT_INVALID` for a `maxPrice` without its `payToken`, `NODE_INCONSISTENT`, and what a node fails with.
   * @example
   * ```ts
   * const { items, next } = await reading.offers({ versionId, buyer: account });
   * const cheapest = items.reduce((a, b) => (b.offer.price < a.offer.price ? b : a));
   * const rest = next === undefined ? undefined : await reading.offers({ versionId, buyer: account }, { after: next });
   * ```
   */
  async offers(
    filter: OfferFilter = {},
    options: PageOptions<EventCursor> = {},
  ): Promise<Page<OfferOnSale, EventCursor>> {
    return readOffers(this.#reader, filter, options);
  }

  /**
   * Whether a licence can be bought under an offer now, and otherwise why not; of a signed offer too, except for its signature.
   * @param buyer Who wants to buy; without it an offer for one account alone is `reserved`.
   * @example
   * ```ts
   * const { status } = await reading.offerStatus(offer, buyer);
   * if (status !== "open") console.log(`not for sale: ${status}`);
   * ```
   */
  async offerStatus(offer: Offer, buyer?: string): Promise<{ status: OfferStatus; sold: bigint; listed: boolean }> {
    return readOfferStatus(this.#reader, offer, buyer);
  }

  /**
   * The licences that an account holds, in the order in which it got them; it does not matter who paid for them.
   * @throws `NODE_INCONSISTENT` where the events show other licences than the token counts, and what a node fails with.
   * @example
   * ```ts
   * const { items } = await reading.licensesOf(account);
   * const usable = items.filter((one) => one.usable).map((one) => one.licenseId);
   * ```
   */
  async licensesOf(account: string, options: PageOptions<EventCursor> = {}): Promise<Page<LicenseHeld, EventCursor>> {
    return readLicenses(this.#reader, account, options);
  }

  /**
   * The deals of an account, in the order in which they were opened: what it bought, was given, or sold, as each stands. Deals that
   * a stranger's contract opened in its name are left out.
   * @param options `roles` are those that are wanted; all where nothing is said.
   * @throws `NODE_INCONSISTENT` for a deal whose hash is not the escrow's, and what a node fails with.
   * @example
   * ```ts
   * const { items } = await reading.dealsOf(account, { roles: ["buyer"] });
   * for (const { deal, status } of items) console.log(`licence ${deal.id}: ${status}`);
   * ```
   */
  async dealsOf(
    account: string,
    { roles = DEAL_ROLES, ...page }: PageOptions<EventCursor> & { readonly roles?: readonly DealRole[] } = {},
  ): Promise<Page<DealOf, EventCursor>> {
    return readDeals(this.#reader, account, roles, page);
  }

  /**
   * What happens on the market, in the registry and in the escrow, from a block or a cursor on, until the signal or a `break`.
   *
   * Events are told once they have 64 confirmations, as deliveries are made, so that hardly any is ever undone; with fewer, as a page
   * that shows the newest wants it, more are. Waiting alone would not be safe, because no number of blocks is final on every chain, and
   * telling what was undone alone would make every program handle it every day. So both are done: each page comes with
   * a cursor that holds the hashes of blocks, each look begins by comparing them with the chain, and where a reorg replaced
   * some, an `undone` page names the last block that still stands. All that was told of later blocks did not happen;
   * what happened instead follows. Keep the cursor in the same transaction as what you make of a page, and give it as
   * `after`: no event is left out and none is told twice.
   *
   * A node that is away or behind is waited for. Blocks near the newest are read by their hash, because a node that is behind answers
   * a range without the events that it has not seen.
   * @throws `HISTORY_REPLACED` where none of the cursor's blocks is on the chain, `NODE_INCONSISTENT`, and what a node fails with for longer
   * than `patienceMs`.
   * @example
   * ```ts
   * let cursor: WatchCursor | undefined; // kept with what you make of the pages
   * for await (const page of reading.watch({ after: cursor, events: ["LicenseSold"], signal })) {
   *   if (page.kind === "undone") console.log(`what was told of blocks after ${page.after} did not happen`);
   *   else for (const { args } of page.events) console.log(`licence ${args.licenseId} was sold for ${args.price}`);
   *   cursor = page.cursor;
   * }
   * ```
   */
  watch<N extends EventName = EventName>(
    options: WatchOptions<N> = {},
  ): AsyncGenerator<WatchedEvents<N> | UndoneEvents, void, void> {
    return watchEvents(this.#reader, options);
  }
}
