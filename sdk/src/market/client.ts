import { ZeroHash, toBeHex, type ContractTransaction, type ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, IMarket, IModelRegistry, IRevenueLedger } from "../../../typechain-types";
import type { VersionDataStruct } from "../../../typechain-types/contracts/registry/IModelRegistry";
import { IRevenueLedger__factory } from "../../../typechain-types/factories/contracts/ledger/IRevenueLedger__factory";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { canonicalAddress, isZeroAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { IsonomyError } from "../base/error";
import type { ModelCard } from "../card";
import type { ClientOptions } from "../chain/chain";
import { Client, type Runner } from "../chain/client";
import { eventIn, eventsIn, missing } from "../chain/events";
import type { Sent } from "../chain/sent";
import { marketError } from "../domains/market/errors";
import { decodingErrors } from "../errors/explain";
import type { FileCommitment } from "../fairexchange";
import type { BlobStore } from "../store";
import { requireOwnKey } from "./keys";
import { MARKET_LINKS, type MarketContract } from "./links";
import { canonicalOffer, completeOffer, hashOffer, toOffer, type Offer, type OfferTerms } from "./offer";
import { orderFor, priceOf, type PurchaseOptions } from "./order";
import { licensesIn, signatureOn } from "./sale";
import { signTerms } from "./signTerms";
import { delegateOf } from "./signature";

/** A version that was published, and where its card is. */
export interface PublishedVersion {
  readonly modelId: bigint;
  readonly versionId: bigint;
  readonly metadataHash: string;
  /** Content identifier of the card. */
  readonly cid: string;
  readonly receipt: ContractTransactionReceipt;
}

/** An offer with its id. */
export interface ListedOffer {
  readonly termsHash: string;
  readonly offer: Offer;
}

/** An offer that was signed and never listed. */
export interface SignedTerms extends ListedOffer {
  readonly signature: string;
}

/** A listed offer with its present state. */
export interface OfferStanding extends ListedOffer {
  readonly sold: bigint;
  readonly revoked: boolean;
}

/** A licence that was bought. The price is in the smallest unit of the offer's pay token. */
export interface Purchase {
  readonly licenseId: bigint;
  readonly price: bigint;
  /** The approval that had to be given first, when there was one. */
  readonly approval?: ContractTransactionReceipt;
  readonly receipt: ContractTransactionReceipt;
}

/** A key and a pad for asking whether a purchase would go through: the escrow only wants that there are some. */
const STAND_IN = { buyerKey: toBeHex(1, 32), pad: toBeHex(1, 20) };

const NO_FILE: FileCommitment = { root: ZeroHash, contentRoot: ZeroHash, keyX: 0n, size: 0n };

/**
 * Lists, sells, buys and uses licences. With a provider it reads; with a signer it also sends, as that account. Every
 * failure is an `IsonomyError` with a sentence, its reason and its fix. Cards and stores are loaded when they are first
 * needed: a page that buys does without the validator of cards.
 * @example
 * ```ts
 * const market = new MarketClient(deploymentOn(chainId), signer);
 * const [listed] = await market.offersOf(versionId);
 * if (listed) await market.purchase(listed.offer, { maxPrice: listed.offer.price });
 * ```
 */
export class MarketClient extends Client<MarketContract> {
  /** The registry of titles and versions, for calls of your own. */
  readonly registry: IModelRegistry;
  /** The token of the licences, for calls of your own. */
  readonly licenses: ILicenseToken;
  /** The ledger of what people earned, for calls of your own. */
  readonly ledger: IRevenueLedger;
  /** The market's contract, for calls of your own. */
  readonly market: IMarket;

  constructor(deployment: PartialDeployment<MarketContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, MARKET_LINKS);
    this.registry = this.contract(IModelRegistry__factory, "ModelRegistry");
    this.licenses = this.contract(ILicenseToken__factory, "LicenseToken");
    this.ledger = this.contract(IRevenueLedger__factory, "RevenueLedger");
    this.market = this.contract(IMarket__factory, "Market");
  }

  /**
   * Puts a card into a store and publishes it as the first version of a new model, whose title the signer holds.
   * @param options `royaltyBps` is what marketplaces are asked to pay on a resale, in basis points: of the title to its creator, of
   * licences to the model's payee. `file` is what `prepare` returned, for a version with a file.
   * @throws `CARD_INVALID`, `ModelRegistry_RoyaltyTooHigh`, `ModelRegistry_BadFile`, and what the store fails with.
   * @example
   * ```ts
   * const { modelId, versionId, cid } = await market.listModel(card, store);
   * ```
   */
  listModel(
    card: ModelCard,
    store: BlobStore,
    options: { royaltyBps?: bigint; file?: FileCommitment } = {},
  ): Sent<PublishedVersion> {
    return this.#publish(card, store, options.file, undefined, (data) =>
      this.registry.createModel.populateTransaction(data, options.royaltyBps ?? 0n),
    );
  }

  /**
   * Publishes the next version of a model whose title the signer holds.
   * @throws `ModelRegistry_NotTitleHolder`, `CARD_INVALID`, and what the store fails with.
   * @example
   * ```ts
   * const { versionId } = await market.publishVersion(modelId, { ...card, version: "2.0.0" }, store);
   * ```
   */
  publishVersion(
    modelId: bigint,
    card: ModelCard,
    store: BlobStore,
    options: { file?: FileCommitment } = {},
  ): Sent<PublishedVersion> {
    return this.#publish(card, store, options.file, modelId, (data) =>
      this.registry.publishVersion.populateTransaction(modelId, data),
    );
  }

  /**
   * The card of a version, checked against the hash that the registry keeps.
   * @throws `ModelRegistry_UnknownVersion`, `CARD_HASH_MISMATCH`, and what the store fails with.
   * @example
   * ```ts
   * const { name, license } = await market.card(versionId, new GatewayStore("https://trustless-gateway.link"));
   * ```
   */
  async card(versionId: bigint, store: BlobStore): Promise<ModelCard> {
    const [{ MAX_CARD_BYTES, verifiedCard }, { readAll }] = await Promise.all([import("../card"), import("../store")]);
    const [data] = await decodingErrors(() => this.registry.versionData(versionId));
    const bytes = await readAll(store, data.uri.replace(/^ipfs:\/\//i, ""), MAX_CARD_BYTES);
    return verifiedCard(bytes, data.metadataHash);
  }

  /**
   * Lists an offer as the signer, who must hold the version's title. Of a version with a file it has to be said whether
   * the key is owed (`deliveryWindow`, 0 for a licence alone), and its key must open nothing else: see `requireOwnKey`.
   * @param options `bond` is posted for the offer in the same transaction, in wei. An offer whose terms name a bond cannot be
   * bought before at least that much is there.
   * @param terms The price is in the smallest unit of `payToken`, native coin when left out; shares and fees are in basis points,
   * windows in seconds, `expiresAt` in Unix time.
   * @throws `Market_NotTitleHolder`, `Market_TokenNotListed`, `Market_BadTerms`, `Market_AlreadyListed`, `DELIVERY_UNDECIDED`,
   * `KEY_SHARED`.
   * @example
   * ```ts
   * const terms = { versionId, price: parseEther("0.05"), supply: 100n, deliveryWindow: 0n };
   * const { offer, termsHash } = await market.createOffer(terms);
   * ```
   */
  createOffer(
    terms: OfferTerms,
    { bond = 0n }: { readonly bond?: bigint } = {},
  ): Sent<ListedOffer & { receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const { offer, termsHash } = await this.#decided(terms);
      const receipt = await send(this.market, () =>
        this.market.createOffer.populateTransaction(offer, { value: bond }),
      );
      eventIn(this.market, receipt, "OfferListed", { termsHash, creator: offer.creator });
      return { termsHash, offer, receipt };
    });
  }

  /**
   * Signs an offer that is never listed, as the signer, who must hold the version's title: anyone with the signature can buy
   * under it from this market on this chain. What is asked before an offer is listed is asked here too, and the market is
   * asked whether it would list it. Without an `epoch` it is for the creator's present one. Sends nothing. Where the account
   * is delegated (EIP-7702) to code that does not accept the signature, it is refused as `SIGNATURE_DELEGATED`.
   * @throws `EPOCH_NOT_CURRENT`, `SIGNATURE_DELEGATED`, and what `createOffer` throws.
   * @example
   * ```ts
   * const { offer, signature } = await market.signOffer({ versionId, price: 5_000_000n, payToken, supply: 1n, buyer: account });
   * ```
   */
  async signOffer(terms: OfferTerms): Promise<SignedTerms> {
    const creator = await this.chain.account();
    // on another chain the epoch is another market's, or there is none
    const chainId = await this.chain.require();
    const current = await this.epochOf(creator);
    const { epoch = current } = terms;
    // of an epoch that has not begun it would count from the day on which all signed offers are revoked
    if (epoch !== current) throw marketError("EPOCH_NOT_CURRENT", { epoch, current });
    const { offer, termsHash } = await this.#decided({ ...terms, epoch });
    await decodingErrors(() => this.market.createOffer.staticCall(offer, { from: creator }));
    const signature = await signTerms(this.chain.signer, this.deployment.contracts.Market, chainId, offer);
    return { termsHash, offer, signature };
  }

  /**
   * The epoch for which a creator's signatures count now.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const epoch = await market.epochOf(account);
   * ```
   */
  async epochOf(creator: string): Promise<bigint> {
    return decodingErrors(() => this.market.epochOf(canonicalAddress(creator, "creator")));
  }

  /**
   * Throws `KEY_SHARED` when the key of a version opens another version too, and a sale under an offer of this seller
   * would give away both. Asked before an offer is listed; ask it before one is signed.
   * @throws `KEY_SHARED`, and what a node fails with.
   * @example
   * ```ts
   * await market.requireOwnKey(versionId, account);
   * ```
   */
  async requireOwnKey(versionId: bigint, seller: string): Promise<void> {
    await requireOwnKey(this.chain, this.registry, versionId, seller, this.deployment.block ?? 0);
  }

  /**
   * Revokes every offer that the signer has signed and not listed, by starting a new epoch of signatures.
   * @throws What a node or the wallet fails with.
   * @example
   * ```ts
   * const { epoch } = await market.revokeAllSigned();
   * ```
   */
  revokeAllSigned(): Sent<{ epoch: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const creator = await this.chain.account();
      const receipt = await send(this.market, () => this.market.revokeAllSigned.populateTransaction());
      return { epoch: eventIn(this.market, receipt, "EpochStarted", { creator }).args.epoch as bigint, receipt };
    });
  }

  /**
   * Revokes an offer of the signer, listed or signed, permanently.
   * @throws `Market_NotCreator` unless the signer made the offer.
   * @example
   * ```ts
   * const [standing] = await market.offersOf(versionId);
   * if (standing) await market.revokeOffer(standing.offer);
   * ```
   */
  revokeOffer(named: Offer): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const receipt = await send(this.market, () => this.market.revokeOffer.populateTransaction(offer));
      eventIn(this.market, receipt, "OfferRevoked", { termsHash: hashOffer(offer), creator: offer.creator });
      return receipt;
    });
  }

  /**
   * Fixes who is paid for the licences of a model, for all of its versions and under every holder of the title. Only the creator can, in the
   * model's first week and before a second version, and it can never be changed.
   * @throws `ModelRegistry_NotCreator`, `ModelRegistry_NotTitleHolder`, `ModelRegistry_PayeeFixed`, `ModelRegistry_PayeeWindowOver`,
   * `ModelRegistry_ZeroPayee`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await market.fixPayee(modelId, company);
   * ```
   */
  fixPayee(modelId: bigint, named: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const payee = canonicalAddress(named, "payee");
      const receipt = await send(this.registry, () => this.registry.fixPayee.populateTransaction(modelId, payee));
      eventIn(this.registry, receipt, "PayeeFixed", { modelId, payee });
      return receipt;
    });
  }

  /**
   * The offers that were listed for a version, read back from events, oldest first, with the state of each.
   * @throws What a node fails with. `ReadClient.offers` leaves out what cannot be bought.
   * @example
   * ```ts
   * const live = (await market.offersOf(versionId)).filter(({ revoked }) => !revoked);
   * ```
   */
  async offersOf(versionId: bigint): Promise<OfferStanding[]> {
    const listed = this.market.filters.OfferListed(undefined, versionId);
    const events = await this.chain.logs(this.market, listed, this.deployment.block);
    const offers = events.map(({ args }) => toOffer(args.offer));
    return Promise.all(
      offers.map(async (offer) => {
        // The hash is computed from the terms: an event's word for it is not taken.
        const termsHash = hashOffer(offer);
        return { termsHash, offer, ...(await this.offerState(termsHash)) };
      }),
    );
  }

  /**
   * How often was sold under an offer, listed or signed, and whether it was revoked.
   * @param termsHash What `hashOffer` returns of the offer.
   * @example
   * ```ts
   * const { sold, revoked } = await market.offerState(hashOffer(offer));
   * console.log(`${offer.supply - sold} left`);
   * ```
   */
  async offerState(termsHash: string): Promise<{ sold: bigint; revoked: boolean }> {
    const { sold, revoked } = await decodingErrors(() => this.market.offerState(termsHash));
    return { sold, revoked };
  }

  /**
   * Buys one licence under exactly these terms, at no higher price than the bound, or renews one that was sold under them. A pay
   * token is approved first, for the price and no more, when the market may not spend as much yet.
   * @throws `Market_PriceAboveBound`, `Market_SoldOut`, `Market_OfferExpired`, `Market_OfferRevoked`, `Market_VersionDefective`,
   * `Market_Paused`, `TOKEN_BALANCE_TOO_LOW`, `INSUFFICIENT_FUNDS`, `USER_REJECTED`.
   * @example
   * ```ts
   * const sent = market.purchase(offer, { maxPrice: 5_000_000n });
   * console.log(`sent as ${await sent.hash}`);
   * const { licenseId } = await sent;
   * await market.purchase(offer, { renews: licenseId });
   * ```
   */
  purchase(named: Offer, options: PurchaseOptions = {}): Sent<Purchase> {
    return this.chain.write(async ({ send, approve }) => {
      const offer = canonicalOffer(named);
      const payer = await this.chain.account();
      const order = orderFor(offer, payer, options);
      const native = isZeroAddress(offer.payToken);
      const price = priceOf(offer, options);
      await this.chain.require();
      await this.simulatePurchase(offer, options);
      const { Market } = this.deployment.contracts;
      const approval = native ? undefined : await approve(offer.payToken, Market, price);
      const overrides = { value: native ? price : 0n };
      const signature = await signatureOn(this.chain, Market, offer, options.signature);
      const receipt = await send(this.market, () =>
        signature === undefined
          ? this.market.purchase.populateTransaction(offer, order, overrides)
          : this.market.purchaseSigned.populateTransaction(offer, order, signature, overrides),
      );
      const [licenseId] = licensesIn(this.market, this.licenses, receipt, payer, [order]);
      return { licenseId: licenseId!, price, approval, receipt };
    });
  }

  /**
   * Asks the node whether a purchase would go through, and throws the reason when it would not. Sends nothing, so that no
   * allowance is given for a purchase that cannot be. With the escrow, a key that is left out is stood in for.
   * @throws What `purchase` would throw before anything is sent.
   * @example
   * ```ts
   * await market.simulatePurchase(offer, { maxPrice: offer.price });
   * ```
   */
  async simulatePurchase(named: Offer, options: PurchaseOptions = {}): Promise<void> {
    const offer = canonicalOffer(named);
    const payer = await this.chain.account();
    // a renewal delivers nothing
    const stand = offer.deliveryWindow === 0n || options.renews !== undefined ? undefined : STAND_IN;
    const order = orderFor(offer, payer, { ...options, key: options.key ?? stand });
    const price = priceOf(offer, options);
    const overrides = { value: isZeroAddress(offer.payToken) ? price : 0n };
    const signature = await signatureOn(this.chain, this.deployment.contracts.Market, offer, options.signature);
    try {
      await decodingErrors(() =>
        signature === undefined
          ? this.market.purchase.staticCall(offer, order, overrides)
          : this.market.purchaseSigned.staticCall(offer, order, signature, overrides),
      );
    } catch (error) {
      if ((error as IsonomyError).code === "Market_BadSignature") await this.#explainDelegated(offer.creator, error);
      await this.chain.requirePayable(error, offer.payToken, this.deployment.contracts.Market, price);
    }
  }

  /**
   * Whether an account may use a licence now: the one question an integrator asks. False for a licence that there is not.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * if (!(await market.isAuthorized(licenseId, account))) throw new Error("No licence.");
   * ```
   */
  async isAuthorized(licenseId: bigint, account: string): Promise<boolean> {
    return decodingErrors(() => this.licenses.isAuthorized(licenseId, canonicalAddress(account, "account")));
  }

  /**
   * Gives a licence of the signer to another account, which must be able to receive it. One that was sold to stay with its holder,
   * or whose deal is open, is refused.
   * @throws `LicenseToken_Soulbound`, `LicenseToken_Locked`, or `ERC721InvalidReceiver` for a contract that takes no licences.
   * @example
   * ```ts
   * await market.transferLicense(licenseId, colleague);
   * ```
   */
  transferLicense(licenseId: bigint, to: string): Sent<ContractTransactionReceipt> {
    return this.#transfer(this.licenses, licenseId, to);
  }

  /**
   * Gives the title of a model to another account, with the income of later sales; the signer's offers of it end.
   * @throws `ERC721IncorrectOwner` or `ERC721InsufficientApproval` where the signer does not hold it.
   * @example
   * ```ts
   * await market.transferTitle(modelId, company);
   * ```
   */
  transferTitle(modelId: bigint, to: string): Sent<ContractTransactionReceipt> {
    return this.#transfer(this.registry, modelId, to);
  }

  #transfer(token: ILicenseToken | IModelRegistry, tokenId: bigint, named: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const to = canonicalAddress(named, "to");
      const from = await this.chain.account();
      const transfer = token.getFunction("safeTransferFrom(address,address,uint256)");
      const receipt = await send(token, () => transfer.populateTransaction(from, to, tokenId));
      eventIn(token, receipt, "Transfer", { from, to, tokenId });
      return receipt;
    });
  }

  /**
   * Whether a licence covers a version.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const included = await market.covers(licenseId, versionId);
   * ```
   */
  async covers(licenseId: bigint, versionId: bigint): Promise<boolean> {
    return decodingErrors(() => this.licenses.covers(licenseId, versionId));
  }

  /**
   * What an account may withdraw of a token; the zero address is the native coin.
   * @returns In the token's smallest unit.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * console.log(formatEther(await market.earned(ZeroAddress, account)));
   * ```
   */
  async earned(token: string, account: string): Promise<bigint> {
    return decodingErrors(() =>
      this.ledger.balanceOf(canonicalAddress(token, "token"), canonicalAddress(account, "account")),
    );
  }

  /**
   * Withdraws what the signer earned in a token: everything to the signer, or an amount to any address.
   * @param options `amount` is in the token's smallest unit.
   * @throws `RevenueLedger_NothingToWithdraw`, `RevenueLedger_InsufficientBalance`, `RevenueLedger_ReceiverRefused`.
   * @example
   * ```ts
   * const { amount } = await market.withdraw(ZeroAddress);
   * await market.withdraw(payToken, { to: account, amount: 5_000_000n });
   * ```
   */
  withdraw(
    named: string,
    options?: { to: string; amount: bigint },
  ): Sent<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const token = canonicalAddress(named, "token");
      const to = options === undefined ? undefined : canonicalAddress(options.to, "to");
      const account = await this.chain.account();
      const receipt = await send(this.ledger, () =>
        options === undefined || to === undefined
          ? this.ledger.withdraw.populateTransaction(token)
          : this.ledger.withdrawTo.populateTransaction(token, to, options.amount),
      );
      const { args } = eventIn(this.ledger, receipt, "Withdrawn", { token, account, to: to ?? account });
      return { amount: args.amount as bigint, receipt };
    });
  }

  /** A signature that an account's key has made is refused where the account runs another's code. */
  async #explainDelegated(account: string, cause: unknown): Promise<void> {
    const delegate = await delegateOf(this.chain.provider, account);
    if (delegate !== undefined) throw marketError("SIGNATURE_DELEGATED", { account, delegate }, cause);
  }

  /** An offer of the signer with every term decided, checked in the same way whether it is listed or signed. */
  async #decided(terms: OfferTerms): Promise<ListedOffer> {
    const creator = await this.chain.account();
    const { deliveryWindow = 0n } = terms;
    const offer = completeOffer(creator, { ...terms, deliveryWindow });
    // on another chain the version is another's, or unknown
    await this.chain.require();
    const [, , size] = await decodingErrors(() => this.registry.saleInfo(offer.versionId));
    if (size > 0n && terms.deliveryWindow === undefined) {
      throw marketError("DELIVERY_UNDECIDED", { versionId: offer.versionId, size });
    }
    if (offer.deliveryWindow > 0n) await this.requireOwnKey(offer.versionId, creator);
    return { termsHash: hashOffer(offer), offer };
  }

  #publish(
    card: ModelCard,
    store: BlobStore,
    file: FileCommitment = NO_FILE,
    model: bigint | undefined,
    publish: (data: VersionDataStruct) => Promise<ContractTransaction>,
  ): Sent<PublishedVersion> {
    return this.chain.write(async ({ send }) => {
      await this.chain.require();
      const { cardBytes, metadataHash } = await import("../card");
      const bytes = cardBytes(card);
      const cid = await store.put(bytes);
      const hash = metadataHash(card);
      const { root, contentRoot, keyX, size } = file;
      const data = { root, contentRoot, keyX: toBeHex(keyX, 32), size, metadataHash: hash, uri: `ipfs://${cid}` };
      const creator = await this.chain.account();
      const receipt = await send(this.registry, () => publish(data));
      // of a new model the number is not known before: it is the one that was made for this account and has this card
      const models =
        model === undefined
          ? eventsIn(this.registry, receipt, "ModelCreated", { creator }).map(({ args }) => args.modelId as bigint)
          : [model];
      const published = models
        .flatMap((modelId) => eventsIn(this.registry, receipt, "VersionPublished", { modelId }))
        .find(({ args }) => (args.data as { metadataHash: string }).metadataHash === hash);
      if (published === undefined) throw missing(this.registry, receipt, "VersionPublished");
      const { modelId, versionId } = published.args;
      return { modelId: modelId as bigint, versionId: versionId as bigint, metadataHash: hash, cid, receipt };
    });
  }
}
