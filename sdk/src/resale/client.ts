import type { ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, IModelRegistry, IResale } from "../../../typechain-types";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { IResale__factory } from "../../../typechain-types/factories/contracts/resale/IResale__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { canonicalDeal, type Deal } from "../deals/deal";
import { resaleError } from "../domains/resale/errors";
import { decodingErrors } from "../errors/explain";
import { ZERO_ADDRESS, ZERO_HASH } from "../market/offer";
import { requireAccepted, signatureFor } from "../market/signature";
import { ASK_BITS, ASK_TYPES, askDigest, nextBit, plainAsk, resaleDomain, type Ask, type SignedAsk } from "./ask";

/** The contracts that resales go through. */
export type ResaleContract = "Resale" | "LicenseToken" | "ModelRegistry";

const LINKS = {
  Resale: { LICENSES: "LicenseToken", REGISTRY: "ModelRegistry" },
  LicenseToken: { REGISTRY: "ModelRegistry" },
  ModelRegistry: {},
} as const satisfies Links<ResaleContract>;

/** The highest protocol fee that the contract allows, in basis points. */
const MAX_FEE_BPS = 500n;

/** An ask as its seller decides on it: what is left out is filled in by `signAsk`. */
export type AskTerms = Pick<Ask, "licenseId" | "price" | "expiresAt"> & Partial<Omit<Ask, "seller" | "epoch">>;

/** What a buyer may add to an ask. */
export interface ResaleOptions {
  /** The least that must be left of the licence: the Unix time at which it expires, or units. Nothing when left out. */
  readonly minMeasure?: bigint;
  /** Who receives the licence; the payer when left out. */
  readonly recipient?: string;
  /** With delivery: the fresh key's x coordinate and the pad, from `DealClient.newPad`. */
  readonly key?: { readonly buyerKey: string; readonly pad: string };
}

/** A licence that was bought from its holder. */
export interface Resold {
  readonly licenseId: bigint;
  /** In the smallest unit of the ask's pay token. */
  readonly price: bigint;
  /** The deal that was opened; undefined for a sale at once. */
  readonly dealId?: bigint;
  /** The approval that had to be given first, when there was one. */
  readonly approval?: ContractTransactionReceipt;
  readonly receipt: ContractTransactionReceipt;
}

/** A key and a pad for asking whether a purchase would go through: the escrow only wants that there are some. */
const STAND_IN = { buyerKey: `0x${"1".padStart(64, "0")}`, pad: `0x${"1".padStart(40, "0")}` };

/**
 * Sells licences that somebody holds, and buys them: at once, or with a new delivery of the file's key through the escrow.
 * @example
 * ```ts
 * const resale = new ResaleClient(deploymentOn(chainId), signer);
 * await resale.approve();
 * const ask = await resale.signAsk({ licenseId, price: 5_000_000n, payToken, expiresAt: validUntil });
 * ```
 */
export class ResaleClient extends Client<ResaleContract> {
  /** The contract of resales, for calls of your own. */
  readonly resale: IResale;
  readonly #licenses: ILicenseToken;
  readonly #registry: IModelRegistry;

  constructor(deployment: PartialDeployment<ResaleContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.resale = this.contract(IResale__factory, "Resale");
    this.#licenses = this.contract(ILicenseToken__factory, "LicenseToken");
    this.#registry = this.contract(IModelRegistry__factory, "ModelRegistry");
  }

  /**
   * Whether the resale may move an account's licences; only what the account signs is ever moved.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * if (!(await resale.isApproved(account))) await resale.approve();
   * ```
   */
  async isApproved(named: string): Promise<boolean> {
    const account = canonicalAddress(named, "account");
    return decodingErrors(() => this.#licenses.isApprovedForAll(account, this.deployment.contracts.Resale));
  }

  /**
   * Lets the resale move the signer's licences on asks that the signer signs: once, for all licences.
   * @throws What a node or the wallet fails with.
   * @example
   * ```ts
   * await resale.approve();
   * ```
   */
  approve(): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { Resale: operator } = this.deployment.contracts;
      const owner = await this.chain.account();
      const receipt = await send(this.#licenses, () =>
        this.#licenses.setApprovalForAll.populateTransaction(operator, true),
      );
      eventIn(this.#licenses, receipt, "ApprovalForAll", { owner, operator });
      return receipt;
    });
  }

  /**
   * Signs an ask for a licence that the signer holds. Nothing is sent. Anyone with the ask can buy, once, until it expires or is
   * cancelled; the resale must be approved by then. What is left out is: any buyer, the royalty of now, the highest fee that the
   * contract allows, the seller's present epoch, the licence's next bit, and a sale at once.
   * @param terms The price is in the smallest unit of `payToken`, native coin when left out; windows are in seconds, `expiresAt` in Unix
   * time.
   * @throws `LICENSE_NOT_HELD`, `ASK_BITS_USED`, `SIGNATURE_DELEGATED`, `USER_REJECTED`.
   * @example
   * ```ts
   * const ask = await resale.signAsk({ licenseId, price: 5_000_000n, payToken, expiresAt: validUntil });
   * ```
   */
  async signAsk(terms: AskTerms): Promise<SignedAsk> {
    const chainId = await this.chain.require();
    const seller = await this.chain.account();
    await this.#requireHeld(terms.licenseId, seller);
    const { epoch, used } = await this.bitsOf(seller);
    const bit = terms.bit ?? nextBit(used, terms.licenseId);
    if (bit === undefined) throw resaleError("ASK_BITS_USED", { seller, epoch, bits: ASK_BITS });
    const ask = plainAsk({
      ...{ payToken: ZERO_ADDRESS, buyer: ZERO_ADDRESS, maxFeeBps: MAX_FEE_BPS },
      ...{ versionId: 0n, deliveryWindow: 0n, complaintWindow: 0n },
      ...terms,
      maxRoyaltyBps: terms.maxRoyaltyBps ?? (await this.royaltyBps(terms.licenseId)),
      ...{ seller, epoch, bit },
    });
    const { Resale } = this.deployment.contracts;
    const digest = askDigest(Resale, chainId, ask);
    const signed = await decodingErrors(() =>
      this.chain.signer.signTypedData(resaleDomain(Resale, chainId), ASK_TYPES, ask),
    );
    await requireAccepted(this.chain.provider, seller, digest, signed);
    return { ...ask, signature: signatureFor(seller, digest, signed) };
  }

  /**
   * The royalty on a resale of a licence, in basis points.
   * @throws What a node fails with; of a licence that there never was it is 0.
   * @example
   * ```ts
   * const royalty = (ask.price * (await resale.royaltyBps(ask.licenseId))) / 10_000n;
   * ```
   */
  async royaltyBps(licenseId: bigint): Promise<bigint> {
    return decodingErrors(async () => {
      const { versionId } = await this.#licenses.licenseInfo(licenseId);
      return (await this.#registry.modelInfo(versionId >> 16n)).royaltyBps;
    });
  }

  /**
   * The epoch for which a seller's asks count now, and the bits that are used up in it.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const { epoch, used } = await resale.bitsOf(account);
   * ```
   */
  async bitsOf(named: string): Promise<{ epoch: bigint; used: bigint }> {
    const { epoch, used } = await decodingErrors(() => this.resale.bitsOf(canonicalAddress(named, "seller")));
    return { epoch, used };
  }

  /**
   * Buys a licence on the terms of an ask. A pay token is approved first, for the price and no more. With delivery the licence lies with
   * the resale until the deal has ended; then `claim`.
   * @throws `Resale_Used`, `Resale_Expired`, `Resale_WrongEpoch`, `Resale_BadSignature`, `Resale_Worn`, `Resale_VersionDefective`,
   * `ERC721IncorrectOwner` where the seller gave it away, `TOKEN_BALANCE_TOO_LOW`, `INSUFFICIENT_FUNDS`, `USER_REJECTED`.
   * @example
   * ```ts
   * const { licenseId } = await resale.buy(ask);
   * ```
   */
  buy(named: SignedAsk, options: ResaleOptions = {}): Sent<Resold> {
    return this.chain.write(async ({ send, approve }) => {
      const ask = plainAsk(named);
      const { licenseId, price, payToken } = ask;
      await this.chain.require();
      await this.simulateBuy(named, options);
      const { Resale } = this.deployment.contracts;
      const approval = isZeroAddress(payToken) ? undefined : await approve(payToken, Resale, price);
      const bid = await this.#bidFor(options, options.key);
      const signature = await this.#signatureOf(named);
      const value = isZeroAddress(payToken) ? price : 0n;
      const receipt = await send(this.resale, () =>
        this.resale.buy.populateTransaction(ask, bid, signature, { value }),
      );
      const to = ask.deliveryWindow === 0n ? bid.recipient : Resale;
      eventIn(this.#licenses, receipt, "Transfer", { from: ask.seller, to, tokenId: licenseId });
      const bought = { licenseId, price, ...(approval === undefined ? {} : { approval }), receipt };
      if (ask.deliveryWindow === 0n) {
        eventIn(this.resale, receipt, "Resold", { licenseId, seller: ask.seller });
        return bought;
      }
      const { args } = eventIn(this.resale, receipt, "ResaleOpened", { licenseId });
      return { ...bought, dealId: args.dealId as bigint };
    });
  }

  /**
   * Asks the node whether a purchase would go through, and throws the reason when it would not. Sends nothing. With delivery, a key that
   * is left out is replaced by a dummy.
   * @throws What `buy` would throw before anything is sent.
   * @example
   * ```ts
   * await resale.simulateBuy(ask);
   * ```
   */
  async simulateBuy(named: SignedAsk, options: ResaleOptions = {}): Promise<void> {
    const ask = plainAsk(named);
    const { payToken, price } = ask;
    const value = isZeroAddress(payToken) ? price : 0n;
    const bid = await this.#bidFor(options, options.key ?? (ask.deliveryWindow === 0n ? undefined : STAND_IN));
    const signature = await this.#signatureOf(named);
    try {
      await decodingErrors(() => this.resale.buy.staticCall(ask, bid, signature, { value }));
    } catch (error) {
      await this.chain.requirePayable(error, payToken, this.deployment.contracts.Resale, price);
    }
  }

  /**
   * The deals of a licence's resales with delivery, oldest first.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const newest = (await resale.dealsOf(licenseId)).at(-1);
   * if (newest !== undefined) await resale.claim((await deals.deal(deployment.contracts.Resale, newest)).deal);
   * ```
   */
  async dealsOf(licenseId: bigint): Promise<bigint[]> {
    const filter = this.resale.filters.ResaleOpened(undefined, licenseId);
    const opened = await this.chain.logs(this.resale, filter, this.deployment.block);
    return opened.map(({ args: { dealId } }) => dealId);
  }

  /**
   * Hands out the licence of a resale whose deal has ended: to the recipient when it was settled, to the seller when it was refunded and
   * the licence did not return by itself. Anyone may.
   * @param deal The deal as it is now, from `DealClient.deal`.
   * @throws `Resale_NotClosed` while the deal is open, and when the licence went out before.
   * @example
   * ```ts
   * await deals.accept(deal);
   * await resale.claim((await deals.deal(deal.opener, deal.id)).deal);
   * ```
   */
  claim(deal: Deal): Sent<{ licenseId: bigint; to: string; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const receipt = await send(this.resale, () => this.resale.claim.populateTransaction(canonicalDeal(deal)));
      const { args } = eventIn(this.resale, receipt, "ResaleClosed", { dealId: deal.id });
      return { licenseId: args.licenseId as bigint, to: canonicalAddress(args.to as string, "to"), receipt };
    });
  }

  /**
   * Cancels the signer's asks with this bit in the present epoch.
   * @throws `Resale_Used` when the bit was used up before, `Resale_BadTerms` for a bit that there is not.
   * @example
   * ```ts
   * await resale.cancel(ask.bit);
   * ```
   */
  cancel(bit: bigint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const seller = await this.chain.account();
      const receipt = await send(this.resale, () => this.resale.cancel.populateTransaction(bit));
      eventIn(this.resale, receipt, "AskCancelled", { seller, bit });
      return receipt;
    });
  }

  /**
   * Cancels everything that the signer signed so far, by starting a new epoch, and frees all bits. Deals that are open go on.
   * @throws What a node or the wallet fails with.
   * @example
   * ```ts
   * const { epoch } = await resale.cancelAll();
   * ```
   */
  cancelAll(): Sent<{ epoch: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const seller = await this.chain.account();
      const receipt = await send(this.resale, () => this.resale.cancelAll.populateTransaction());
      return { epoch: eventIn(this.resale, receipt, "AskEpochStarted", { seller }).args.epoch as bigint, receipt };
    });
  }

  async #requireHeld(licenseId: bigint, seller: string): Promise<void> {
    const [{ owner, locked }, { transferable }] = await decodingErrors(() =>
      Promise.all([this.#licenses.stateOf(licenseId), this.#licenses.licenseInfo(licenseId)]),
    );
    const refuse = (detail: string): never => {
      throw resaleError("LICENSE_NOT_HELD", { seller, licenseId, detail });
    };
    if (isZeroAddress(owner)) refuse("there is no such licence.");
    if (!sameAddress(owner, seller)) refuse(`${canonicalAddress(owner)} holds it.`);
    if (!transferable) refuse("it was sold to stay with its holder.");
    if (locked) refuse("its deal is not finished.");
  }

  async #bidFor({ minMeasure = 0n, recipient }: ResaleOptions, key: ResaleOptions["key"]) {
    return {
      minMeasure,
      recipient: canonicalAddress(recipient ?? (await this.chain.account()), "recipient"),
      buyerKey: key?.buyerKey ?? ZERO_HASH,
      pad: canonicalAddress(key?.pad ?? ZERO_ADDRESS, "pad"),
    };
  }

  async #signatureOf(ask: SignedAsk): Promise<string> {
    const digest = askDigest(this.deployment.contracts.Resale, await this.chain.chainId(), ask);
    return signatureFor(canonicalAddress(ask.seller, "seller"), digest, ask.signature);
  }
}
