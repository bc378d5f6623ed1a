import {
  ZeroAddress,
  ZeroHash,
  toBeHex,
  type BaseContract,
  type ContractTransactionReceipt,
  type ContractTransactionResponse,
  type LogDescription,
  type Provider,
  type Signer,
} from "ethers";

import type { VersionDataStruct } from "../../../typechain-types/contracts/market/IModelRegistry";
import type { ILicenseToken, IMarket, IModelRegistry, IRevenueLedger } from "../../../typechain-types";
import { IERC20__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/IERC20__factory";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/market/ILicenseToken.sol/ILicenseToken__factory";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/market/IModelRegistry__factory";
import { IRevenueLedger__factory } from "../../../typechain-types/factories/contracts/market/IRevenueLedger__factory";
import { canonicalAddress, canonicalFields, isZeroAddress, sameAddress } from "../addresses/address";
import type { ModelCard } from "../card";
import { fail } from "../errors/catalogue";
import { explained } from "../errors/decode";
import type { IsonomyError } from "../errors/error";
import type { FileCommitment } from "../fairexchange";
import type { BlobStore } from "../store";
import { canonicalOffer, completeOffer, hashOffer, plainOffer, type Hex, type Offer, type OfferTerms } from "./offer";

/** Where the contracts of one deployment are. */
export interface MarketAddresses {
  readonly ModelRegistry: string;
  readonly LicenseToken: string;
  readonly RevenueLedger: string;
  readonly Market: string;
  /** Markets that this one replaced: a seller still brings updates to the licences they sold. */
  readonly formerMarkets?: readonly string[];
  /** The block of the deployment: events are read from here on. */
  readonly fromBlock?: number;
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

/** A listed offer with where it stands now. */
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

/** A transaction that is not mined for so long may have been dropped: whoever waits is told instead of kept. */
const PATIENCE_MS = 600_000;

const CONTRACTS = ["ModelRegistry", "LicenseToken", "RevenueLedger", "Market", "formerMarkets"] as const;

const NO_FILE: FileCommitment = { root: ZeroHash, contentRoot: ZeroHash, keyX: 0n, size: 0n };

/**
 * Lists, sells, buys and uses licences. With a provider it reads; with a signer it also sends, as that account. Every
 * failure is an `IsonomyError` with a sentence, its cause and its cure. Cards and stores are loaded when they are first
 * needed: a page that buys does without the validator of cards.
 */
export class MarketClient {
  readonly addresses: MarketAddresses;
  readonly registry: IModelRegistry;
  readonly licenses: ILicenseToken;
  readonly ledger: IRevenueLedger;
  readonly market: IMarket;
  readonly #runner: Signer | Provider;

  constructor(addresses: MarketAddresses, runner: Signer | Provider) {
    this.addresses = canonicalFields(addresses, CONTRACTS);
    this.#runner = runner;
    this.registry = IModelRegistry__factory.connect(this.addresses.ModelRegistry, runner);
    this.licenses = ILicenseToken__factory.connect(this.addresses.LicenseToken, runner);
    this.ledger = IRevenueLedger__factory.connect(this.addresses.RevenueLedger, runner);
    this.market = IMarket__factory.connect(this.addresses.Market, runner);
  }

  /** The same deployment, as another account. */
  connect(runner: Signer | Provider): MarketClient {
    return new MarketClient(this.addresses, runner);
  }

  /** Puts a card into a store and publishes it as the first version of a new model, whose title the signer holds. */
  async listModel(
    card: ModelCard,
    store: BlobStore,
    options: { royaltyBps?: bigint; file?: FileCommitment } = {},
  ): Promise<PublishedVersion> {
    return this.#publish(card, store, options.file, (data) =>
      this.registry.createModel(data, options.royaltyBps ?? 0n),
    );
  }

  /** Publishes the next version of a model whose title the signer holds. */
  async publishVersion(
    modelId: bigint,
    card: ModelCard,
    store: BlobStore,
    options: { file?: FileCommitment } = {},
  ): Promise<PublishedVersion> {
    return this.#publish(card, store, options.file, (data) => this.registry.publishVersion(modelId, data));
  }

  /** The card of a version, checked against the hash that the registry keeps. */
  async card(versionId: bigint, store: BlobStore): Promise<ModelCard> {
    const [{ MAX_CARD_BYTES, verifiedCard }, { readAll }] = await Promise.all([import("../card"), import("../store")]);
    const [data] = await explained(() => this.registry.versionData(versionId));
    const bytes = await readAll(store, data.uri.replace(/^ipfs:\/\//, ""), MAX_CARD_BYTES);
    return verifiedCard(bytes, data.metadataHash);
  }

  /** Lists an offer as the signer, who must hold the version's title. */
  async createOffer(terms: OfferTerms): Promise<ListedOffer & { receipt: ContractTransactionReceipt }> {
    const offer = completeOffer(await accountOf(this.#runner), terms);
    const receipt = await sent(() => this.market.createOffer(offer));
    return { termsHash: hashOffer(offer), offer, receipt };
  }

  /** The epoch for which a creator's signatures count now. */
  async epochOf(creator: string): Promise<bigint> {
    return explained(() => this.market.epochOf(canonicalAddress(creator, "creator")));
  }

  /** Revokes an offer of the signer, listed or signed, for good. */
  async revokeOffer(offer: Offer): Promise<ContractTransactionReceipt> {
    return sent(() => this.market.revokeOffer(canonicalOffer(offer)));
  }

  /** The offers that were listed for a version, read back from events, oldest first, with where each stands. */
  async offersOf(versionId: bigint): Promise<OfferStanding[]> {
    const events = await explained(() =>
      this.market.queryFilter(this.market.filters.OfferListed(undefined, versionId), this.addresses.fromBlock ?? 0),
    );
    const offers = events.map(({ args }) => plainOffer(args.offer));
    return Promise.all(
      offers.map(async (offer) => {
        // The hash is computed from the terms: an event's word for it is not taken.
        const termsHash = hashOffer(offer);
        const { sold, revoked } = await explained(() => this.market.offerState(termsHash));
        return { termsHash, offer, sold, revoked };
      }),
    );
  }

  /**
   * Buys one licence under exactly these terms, at no higher price than the bound. A pay token is approved first, for
   * the price and no more, when the market may not spend as much yet.
   */
  async purchase(named: Offer, options: PurchaseOptions = {}): Promise<Purchase> {
    const offer = canonicalOffer(named);
    const payer = await accountOf(this.#runner);
    const order = orderFor(offer, payer, options);
    const native = isZeroAddress(offer.payToken);
    await this.tryPurchase(offer, options);
    const approval = native
      ? undefined
      : await approveUpTo(offer.payToken, this.addresses.Market, offer.price, payer, this.#runner);
    const overrides = { value: native ? offer.price : 0n };
    const { signature } = options;
    const receipt = await sent(() =>
      signature === undefined
        ? this.market.purchase(offer, order, overrides)
        : this.market.purchaseSigned(offer, order, signature, overrides),
    );
    // The token's own event is what makes a licence, whichever module sold it.
    const { tokenId } = eventIn(this.licenses, receipt, "Transfer").args;
    return { licenseId: tokenId as bigint, price: offer.price, approval, receipt };
  }

  /**
   * Asks the node whether a purchase would go through, and throws the reason when it would not. Sends nothing, so that no
   * allowance is given for a purchase that cannot be. With the escrow, a key that is left out is stood in for.
   */
  async tryPurchase(named: Offer, options: PurchaseOptions = {}): Promise<void> {
    const offer = canonicalOffer(named);
    const payer = await accountOf(this.#runner);
    const stand = offer.deliveryWindow === 0n ? undefined : STAND_IN;
    const order = orderFor(offer, payer, { ...options, key: options.key ?? stand });
    const native = isZeroAddress(offer.payToken);
    const overrides = { value: native ? offer.price : 0n };
    const { signature } = options;
    try {
      await explained(() =>
        signature === undefined
          ? this.market.purchase.staticCall(offer, order, overrides)
          : this.market.purchaseSigned.staticCall(offer, order, signature, overrides),
      );
    } catch (error) {
      // the token comes last: its refusal is a missing allowance, which is given next, or a missing balance
      const ours = /^(Market|Escrow|LicenseToken|ModelRegistry)_/.test((error as IsonomyError).code);
      if (native || ours) throw error;
      const erc20 = IERC20__factory.connect(offer.payToken, this.#runner);
      const [allowance, balance] = await explained(() =>
        Promise.all([erc20.allowance(payer, this.addresses.Market), erc20.balanceOf(payer)]),
      );
      if (balance < offer.price) {
        throw fail("TOKEN_BALANCE_TOO_LOW", { token: offer.payToken, account: payer, balance, needed: offer.price });
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
    const receipt = await sent(() =>
      options === undefined
        ? this.ledger.withdraw(token)
        : this.ledger.withdrawTo(token, canonicalAddress(options.to, "to"), options.amount),
    );
    return { amount: eventIn(this.ledger, receipt, "Withdrawn").args.amount as bigint, receipt };
  }

  async #publish(
    card: ModelCard,
    store: BlobStore,
    file: FileCommitment = NO_FILE,
    publish: (data: VersionDataStruct) => Promise<ContractTransactionResponse>,
  ): Promise<PublishedVersion> {
    const { cardBytes, metadataHash } = await import("../card");
    const bytes = cardBytes(card);
    const cid = await store.put(bytes);
    const hash = metadataHash(card);
    const { root, contentRoot, keyX, size } = file;
    const data = { root, contentRoot, keyX: toBeHex(keyX, 32), size, metadataHash: hash, uri: `ipfs://${cid}` };
    const receipt = await sent(() => publish(data));
    const { modelId, versionId } = eventIn(this.registry, receipt, "VersionPublished").args;
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

/** Approves exactly an amount, unless the spender may take as much already. */
export async function approveUpTo(
  token: string,
  spender: string,
  amount: bigint,
  owner: string,
  runner: Signer | Provider,
): Promise<ContractTransactionReceipt | undefined> {
  const erc20 = IERC20__factory.connect(token, runner);
  const allowance = await explained(() => erc20.allowance(owner, spender));
  if (allowance >= amount) return undefined;
  // Some tokens change an allowance only from zero.
  if (allowance > 0n) await sent(() => erc20.approve(spender, 0n));
  return sent(() => erc20.approve(spender, amount));
}

/** The account that signs for a runner. */
export async function accountOf(runner: Signer | Provider): Promise<string> {
  if (!("getAddress" in runner)) throw fail("SIGNER_MISSING");
  return canonicalAddress(await runner.getAddress(), "signer");
}

/** The events of one name that a contract left in a receipt, in order. */
export function eventsIn(contract: BaseContract, receipt: ContractTransactionReceipt, name: string): LogDescription[] {
  return receipt.logs.flatMap((log) => {
    const parsed = sameAddress(log.address, contract.target as string) ? contract.interface.parseLog(log) : null;
    return parsed?.name === name ? [parsed] : [];
  });
}

/** The first of them, which has to be there. */
export function eventIn(contract: BaseContract, receipt: ContractTransactionReceipt, name: string): LogDescription {
  const [event] = eventsIn(contract, receipt, name);
  if (event === undefined) {
    throw fail("EVENT_MISSING", { event: name, address: contract.target as string, hash: receipt.hash });
  }
  return event;
}

/** Sends a transaction and waits until it is mined. */
export async function sent(send: () => Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  return explained(async () => {
    const receipt = await (await send()).wait(1, PATIENCE_MS);
    if (receipt === null) throw fail("TIMEOUT");
    return receipt;
  });
}
