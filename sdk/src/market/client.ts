import {
  ZeroAddress,
  ZeroHash,
  toBeHex,
  type ContractTransaction,
  type ContractTransactionReceipt,
  type Provider,
  type Signer,
} from "ethers";

import type { ILicenseToken, IMarket, IModelRegistry, IRevenueLedger } from "../../../typechain-types";
import type { VersionDataStruct } from "../../../typechain-types/contracts/registry/IModelRegistry";
import { IERC20__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { IRevenueLedger__factory } from "../../../typechain-types/factories/contracts/ledger/IRevenueLedger__factory";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { canonicalAddress, canonicalFields, isZeroAddress } from "../addresses/address";
import type { ModelCard } from "../card";
import { Chain, type ClientOptions } from "../chain/chain";
import { connected } from "../chain/connected";
import type { Expected } from "../chain/deployed";
import { chainError } from "../chain/errors";
import { eventIn, eventsIn, missing } from "../chain/events";
import { explainFailures } from "../chain/explain";
import { isProtocolError } from "../errors/codes";
import { explained } from "../errors/explain";
import type { IsonomyError } from "../errors/error";
import type { FileCommitment } from "../fairexchange";
import type { BlobStore } from "../store";
import { marketError } from "./errors";
import { requireOwnKey } from "./keys";
import {
  canonicalOffer,
  completeOffer,
  hashOffer,
  offerDigest,
  plainOffer,
  signTerms,
  type Hex,
  type Offer,
  type OfferTerms,
} from "./offer";
import { delegateOf, signatureFor } from "./signature";

/** Where the contracts of one deployment are. */
export interface MarketAddresses {
  readonly ModelRegistry: string;
  readonly LicenseToken: string;
  readonly RevenueLedger: string;
  readonly Market: string;
  /** Markets that this one replaced: a seller still delivers updates to the licences they sold. */
  readonly formerMarkets?: readonly string[];
  /** The block of the deployment: events are read from here on. */
  readonly fromBlock?: number;
  /** The chain of the deployment: nothing is sent on another. */
  readonly chainId?: number | bigint;
}

export interface PublishedVersion {
  readonly modelId: bigint;
  readonly versionId: bigint;
  readonly metadataHash: string;
  /** Content identifier of the card. */
  readonly cid: string;
  readonly receipt: ContractTransactionReceipt;
}

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

export interface PurchaseOptions {
  /** The most to pay, in the token's smallest unit; the offer's own price when left out. */
  readonly maxPrice?: bigint;
  /** Who receives the licence; the payer when left out. */
  readonly recipient?: string;
  readonly referrer?: string;
  /** With the escrow: the fresh key's x coordinate and the pad. */
  readonly key?: { readonly buyerKey: string; readonly pad: string };
  /** The creator's signature, for an offer that was never listed. */
  readonly signature?: string;
}

export interface Purchase {
  readonly licenseId: bigint;
  readonly price: bigint;
  /** The approval that had to be given first, when there was one. */
  readonly approval?: ContractTransactionReceipt;
  readonly receipt: ContractTransactionReceipt;
}

/** A key and a pad for asking whether a purchase would go through: the escrow only wants that there are some. */
const STAND_IN = { buyerKey: toBeHex(1, 32), pad: toBeHex(1, 20) };

const CONTRACTS = ["ModelRegistry", "LicenseToken", "RevenueLedger", "Market", "formerMarkets"] as const;

const NO_FILE: FileCommitment = { root: ZeroHash, contentRoot: ZeroHash, keyX: 0n, size: 0n };

/**
 * Lists, sells, buys and uses licences. With a provider it reads; with a signer it also sends, as that account. Every
 * failure is an `IsonomyError` with a sentence, its reason and its fix. Cards and stores are loaded when they are first
 * needed: a page that buys does without the validator of cards.
 */
export class MarketClient {
  readonly addresses: MarketAddresses;
  readonly registry: IModelRegistry;
  readonly licenses: ILicenseToken;
  readonly ledger: IRevenueLedger;
  readonly market: IMarket;
  /** How the chain is reached; for clients that build on this one. */
  protected readonly chain: Chain;
  readonly #runner: Signer | Provider;

  constructor(addresses: MarketAddresses, runner: Signer | Provider, options: ClientOptions = {}) {
    explainFailures(this);
    this.addresses = canonicalFields(addresses, CONTRACTS);
    this.#runner = runner;
    this.registry = connected(IModelRegistry__factory, addresses, "ModelRegistry", runner);
    this.licenses = connected(ILicenseToken__factory, addresses, "LicenseToken", runner);
    this.ledger = connected(IRevenueLedger__factory, addresses, "RevenueLedger", runner);
    this.market = connected(IMarket__factory, addresses, "Market", runner);
    const { chainId } = addresses;
    this.chain = new Chain(runner, this.contracts(), chainId === undefined ? options : { ...options, chainId });
  }

  /** The same deployment on the same chain, as another account. */
  connect(runner: Signer | Provider): MarketClient {
    return new MarketClient(this.addresses, runner, this.chain.options);
  }

  /** Puts a card into a store and publishes it as the first version of a new model, whose title the signer holds. */
  async listModel(
    card: ModelCard,
    store: BlobStore,
    options: { royaltyBps?: bigint; file?: FileCommitment } = {},
  ): Promise<PublishedVersion> {
    return this.#publish(card, store, options.file, undefined, (data) =>
      this.registry.createModel.populateTransaction(data, options.royaltyBps ?? 0n),
    );
  }

  /** Publishes the next version of a model whose title the signer holds. */
  async publishVersion(
    modelId: bigint,
    card: ModelCard,
    store: BlobStore,
    options: { file?: FileCommitment } = {},
  ): Promise<PublishedVersion> {
    return this.#publish(card, store, options.file, modelId, (data) =>
      this.registry.publishVersion.populateTransaction(modelId, data),
    );
  }

  /** The card of a version, checked against the hash that the registry keeps. */
  async card(versionId: bigint, store: BlobStore): Promise<ModelCard> {
    const [{ MAX_CARD_BYTES, verifiedCard }, { readAll }] = await Promise.all([import("../card"), import("../store")]);
    const [data] = await explained(() => this.registry.versionData(versionId));
    const bytes = await readAll(store, data.uri.replace(/^ipfs:\/\//i, ""), MAX_CARD_BYTES);
    return verifiedCard(bytes, data.metadataHash);
  }

  /**
   * Lists an offer as the signer, who must hold the version's title. Of a version with a file it has to be said whether
   * the key is owed (`deliveryWindow`, 0 for a licence alone), and its key must open nothing else: see `requireOwnKey`.
   * @param options `bond` is posted for the offer in the same transaction, in wei. An offer whose terms name a bond cannot be
   * bought before at least that much is there.
   */
  async createOffer(
    terms: OfferTerms,
    { bond = 0n }: { readonly bond?: bigint } = {},
  ): Promise<ListedOffer & { receipt: ContractTransactionReceipt }> {
    const { offer, termsHash } = await this.#decided(terms);
    const receipt = await this.chain.send(this.market, () =>
      this.market.createOffer.populateTransaction(offer, { value: bond }),
    );
    eventIn(this.market, receipt, "OfferListed", { termsHash, creator: offer.creator });
    return { termsHash, offer, receipt };
  }

  /**
   * Signs an offer that is never listed, as the signer, who must hold the version's title: anyone with the signature can buy
   * under it from this market on this chain. What is asked before an offer is listed is asked here too, and the market is
   * asked whether it would list it. Without an `epoch` it is for the creator's present one. Sends nothing. Where the account
   * is delegated (EIP-7702) to code that does not accept the signature, it is refused as `SIGNATURE_DELEGATED`.
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
    await explained(() => this.market.createOffer.staticCall(offer, { from: creator }));
    const signature = await signTerms(this.chain.signer, this.addresses.Market, chainId, offer);
    return { termsHash, offer, signature };
  }

  /** The epoch for which a creator's signatures count now. */
  async epochOf(creator: string): Promise<bigint> {
    return explained(() => this.market.epochOf(canonicalAddress(creator, "creator")));
  }

  /**
   * Throws `KEY_SHARED` when the key of a version opens another version too, and a sale under an offer of this seller
   * would give away both. Asked before an offer is listed; ask it before one is signed.
   */
  async requireOwnKey(versionId: bigint, seller: string): Promise<void> {
    await requireOwnKey(this.chain, this.registry, versionId, seller, this.addresses.fromBlock ?? 0);
  }

  /** Revokes every offer that the signer has signed and not listed, by starting a new epoch of signatures. */
  async revokeAllSigned(): Promise<{ epoch: bigint; receipt: ContractTransactionReceipt }> {
    const creator = await this.chain.account();
    const receipt = await this.chain.send(this.market, () => this.market.revokeAllSigned.populateTransaction());
    return { epoch: eventIn(this.market, receipt, "EpochStarted", { creator }).args.epoch as bigint, receipt };
  }

  /** Revokes an offer of the signer, listed or signed, permanently. */
  async revokeOffer(named: Offer): Promise<ContractTransactionReceipt> {
    const offer = canonicalOffer(named);
    const receipt = await this.chain.send(this.market, () => this.market.revokeOffer.populateTransaction(offer));
    eventIn(this.market, receipt, "OfferRevoked", { termsHash: hashOffer(offer), creator: offer.creator });
    return receipt;
  }

  /** The offers that were listed for a version, read back from events, oldest first, with the state of each. */
  async offersOf(versionId: bigint): Promise<OfferStanding[]> {
    const listed = this.market.filters.OfferListed(undefined, versionId);
    const events = await this.chain.logs(this.market, listed, this.addresses.fromBlock);
    const offers = events.map(({ args }) => plainOffer(args.offer));
    return Promise.all(
      offers.map(async (offer) => {
        // The hash is computed from the terms: an event's word for it is not taken.
        const termsHash = hashOffer(offer);
        return { termsHash, offer, ...(await this.offerState(termsHash)) };
      }),
    );
  }

  /** How often was sold under an offer, listed or signed, and whether it was revoked. */
  async offerState(termsHash: string): Promise<{ sold: bigint; revoked: boolean }> {
    const { sold, revoked } = await explained(() => this.market.offerState(termsHash));
    return { sold, revoked };
  }

  /**
   * Buys one licence under exactly these terms, at no higher price than the bound. A pay token is approved first, for
   * the price and no more, when the market may not spend as much yet.
   */
  async purchase(named: Offer, options: PurchaseOptions = {}): Promise<Purchase> {
    const offer = canonicalOffer(named);
    const payer = await this.chain.account();
    const order = orderFor(offer, payer, options);
    const native = isZeroAddress(offer.payToken);
    await this.chain.require();
    await this.tryPurchase(offer, options);
    const approval = native ? undefined : await this.chain.approve(offer.payToken, this.addresses.Market, offer.price);
    const overrides = { value: native ? offer.price : 0n };
    const signature = await this.signatureOn(offer, options.signature);
    const receipt = await this.chain.send(this.market, () =>
      signature === undefined
        ? this.market.purchase.populateTransaction(offer, order, overrides)
        : this.market.purchaseSigned.populateTransaction(offer, order, signature, overrides),
    );
    return { licenseId: this.licensesIn(receipt, payer, [order])[0]!, price: offer.price, approval, receipt };
  }

  /**
   * Asks the node whether a purchase would go through, and throws the reason when it would not. Sends nothing, so that no
   * allowance is given for a purchase that cannot be. With the escrow, a key that is left out is stood in for.
   */
  async tryPurchase(named: Offer, options: PurchaseOptions = {}): Promise<void> {
    const offer = canonicalOffer(named);
    const payer = await this.chain.account();
    const stand = offer.deliveryWindow === 0n ? undefined : STAND_IN;
    const order = orderFor(offer, payer, { ...options, key: options.key ?? stand });
    const native = isZeroAddress(offer.payToken);
    const overrides = { value: native ? offer.price : 0n };
    const signature = await this.signatureOn(offer, options.signature);
    try {
      await explained(() =>
        signature === undefined
          ? this.market.purchase.staticCall(offer, order, overrides)
          : this.market.purchaseSigned.staticCall(offer, order, signature, overrides),
      );
    } catch (error) {
      if ((error as IsonomyError).code === "Market_BadSignature") await this.#explainDelegated(offer.creator, error);
      // the token comes last: its refusal is a missing allowance, which is given next, or a missing balance
      if (native || isProtocolError((error as IsonomyError).code)) throw error;
      const erc20 = IERC20__factory.connect(offer.payToken, this.#runner);
      const [allowance, balance] = await explained(() =>
        Promise.all([erc20.allowance(payer, this.addresses.Market), erc20.balanceOf(payer)]),
      );
      if (balance < offer.price) {
        throw chainError("TOKEN_BALANCE_TOO_LOW", {
          token: offer.payToken,
          account: payer,
          balance,
          needed: offer.price,
        });
      }
      if (allowance >= offer.price) throw error;
    }
  }

  /** Whether an account may use a licence now: the one question an integrator asks. */
  async isAuthorized(licenseId: bigint, account: string): Promise<boolean> {
    return explained(() => this.licenses.isAuthorized(licenseId, canonicalAddress(account, "account")));
  }

  /** Whether a licence covers a version. */
  async covers(licenseId: bigint, versionId: bigint): Promise<boolean> {
    return explained(() => this.licenses.covers(licenseId, versionId));
  }

  /** What an account may withdraw of a token; the zero address is the native coin. */
  async earned(token: string, account: string): Promise<bigint> {
    return explained(() =>
      this.ledger.balanceOf(canonicalAddress(token, "token"), canonicalAddress(account, "account")),
    );
  }

  /** Withdraws what the signer earned in a token: everything to the signer, or an amount to any address. */
  async withdraw(
    named: string,
    options?: { to: string; amount: bigint },
  ): Promise<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    const token = canonicalAddress(named, "token");
    const to = options === undefined ? undefined : canonicalAddress(options.to, "to");
    const account = await this.chain.account();
    const receipt = await this.chain.send(this.ledger, () =>
      options === undefined || to === undefined
        ? this.ledger.withdraw.populateTransaction(token)
        : this.ledger.withdrawTo.populateTransaction(token, to, options.amount),
    );
    const { args } = eventIn(this.ledger, receipt, "Withdrawn", { token, account, to: to ?? account });
    return { amount: args.amount as bigint, receipt };
  }

  /** The contracts that this client relies on, and how they know one another; looked for before anything is sent. */
  protected contracts(): Expected[] {
    const { Market, ModelRegistry: REGISTRY, LicenseToken: LICENSES, RevenueLedger: LEDGER } = this.addresses;
    return [
      { name: "Market", address: Market, refersTo: { REGISTRY, LICENSES, LEDGER } },
      { name: "ModelRegistry", address: REGISTRY },
      { name: "LicenseToken", address: LICENSES, refersTo: { REGISTRY } },
      { name: "RevenueLedger", address: LEDGER },
    ];
  }

  /**
   * The licences that a receipt shows for these orders of one payer, in their order. A transaction may carry purchases
   * of others: the terms, the payer and the recipient have to be those of the order, and the token has to have issued it.
   */
  protected licensesIn(
    receipt: ContractTransactionReceipt,
    payer: string,
    orders: readonly Pick<Order, "termsHash" | "recipient">[],
  ): bigint[] {
    const taken = new Set<bigint>();
    return orders.map(({ termsHash, recipient }) => {
      const sold = eventsIn(this.market, receipt, "LicenseSold", { termsHash, payer }).find(({ args }) => {
        const issued = { from: ZeroAddress, to: recipient, tokenId: args.licenseId as bigint };
        return !taken.has(issued.tokenId) && eventsIn(this.licenses, receipt, "Transfer", issued).length > 0;
      });
      if (sold === undefined) throw missing(this.market, receipt, "LicenseSold");
      taken.add(sold.args.licenseId as bigint);
      return sold.args.licenseId as bigint;
    });
  }

  /** The creator's signature in the form that the market verifies; undefined where there is none. */
  protected async signatureOn(offer: Offer, signature: string | undefined): Promise<string | undefined> {
    if (signature === undefined || signature === "0x") return signature;
    const digest = offerDigest(this.addresses.Market, await this.chain.require(), offer);
    return signatureFor(offer.creator, digest, signature);
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
    const [, , size] = await explained(() => this.registry.saleInfo(offer.versionId));
    if (size > 0n && terms.deliveryWindow === undefined) {
      throw marketError("DELIVERY_UNDECIDED", { versionId: offer.versionId, size });
    }
    if (offer.deliveryWindow > 0n) await this.requireOwnKey(offer.versionId, creator);
    return { termsHash: hashOffer(offer), offer };
  }

  async #publish(
    card: ModelCard,
    store: BlobStore,
    file: FileCommitment = NO_FILE,
    model: bigint | undefined,
    publish: (data: VersionDataStruct) => Promise<ContractTransaction>,
  ): Promise<PublishedVersion> {
    await this.chain.require();
    const { cardBytes, metadataHash } = await import("../card");
    const bytes = cardBytes(card);
    const cid = await store.put(bytes);
    const hash = metadataHash(card);
    const { root, contentRoot, keyX, size } = file;
    const data = { root, contentRoot, keyX: toBeHex(keyX, 32), size, metadataHash: hash, uri: `ipfs://${cid}` };
    const creator = await this.chain.account();
    const receipt = await this.chain.send(this.registry, () => publish(data));
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
  }
}

/** What a payer agrees to by buying under some terms. */
export interface Order {
  readonly termsHash: Hex;
  readonly maxPrice: bigint;
  readonly recipient: Hex;
  readonly referrer: Hex;
  readonly buyerKey: Hex;
  readonly pad: Hex;
}

/** The order for an offer: what a payer agrees to by buying under these terms. */
export function orderFor(offer: Offer, payer: string, options: PurchaseOptions = {}): Order {
  return {
    termsHash: hashOffer(offer),
    maxPrice: options.maxPrice ?? offer.price,
    recipient: canonicalAddress(options.recipient ?? payer, "recipient") as Hex,
    referrer: canonicalAddress(options.referrer ?? ZeroAddress, "referrer") as Hex,
    buyerKey: (options.key?.buyerKey ?? ZeroHash) as Hex,
    pad: canonicalAddress(options.key?.pad ?? ZeroAddress, "pad") as Hex,
  };
}

export { eventIn, eventsIn } from "../chain/events";
