import {
  ZeroAddress,
  toBeHex,
  type ContractTransaction,
  type ContractTransactionReceipt,
  type Provider,
  type Signer,
} from "ethers";

import type { IEscrow, IModelRegistry } from "../../../typechain-types";
import { IEscrow__factory } from "../../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { IUpdateDesk__factory } from "../../../typechain-types/factories/contracts/escrow/IUpdateDesk__factory";
import { IArbitrator__factory } from "../../../typechain-types/factories/contracts/interfaces/IArbitration.sol/IArbitrator__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { canonicalAddress, sameAddress } from "../addresses/address";
import { Chain, type ClientOptions } from "../chain/chain";
import { connected } from "../chain/connected";
import { Deployed } from "../chain/deployed";
import { chainError } from "../chain/errors";
import { eventIn, eventsIn, missing, type EventMatch } from "../chain/events";
import { explainFailures } from "../chain/explain";
import { explained } from "../errors/explain";
import { isIsonomyError } from "../errors/error";
import {
  blobLength,
  buyerPad,
  complaintProves,
  isHonestPad,
  Pipe,
  requireBuyable,
  openBlob,
  recoverKey,
  sellerScalar,
  verifyBlob,
  type ByteSink,
  type Complaint,
  type FileCommitment,
  type Opened,
  type Platform,
  type Progress,
} from "../fairexchange";
import { fairExchangeError } from "../fairexchange/errors";
import type { MarketClient, Purchase, PurchaseOptions } from "../market/client";
import { isBefore, keyLure, type Place } from "../market/keys";
import { hashOffer, plainOffer, type Offer } from "../market/offer";
import type { BlobStore } from "../store";
import {
  DEAL_STATUS,
  canonicalDeal,
  commitmentOf,
  plainDeal,
  type Deal,
  type DealDispute,
  type DealStatus,
  type DealStruct,
} from "./deal";
import { dealError } from "./errors";
import type { Keyring } from "./keyring";

/** Where a blob is held by the one who uses it. */
export interface HeldBlob {
  readonly store: BlobStore;
  readonly cid: string;
}

/** When a seller's side delivers. */
export interface DeliveryPolicy {
  /**
   * When a purchase counts as final, because a reorg must not leave the key public and the money gone: this many blocks on
   * top of it, or once the node's block of that name has reached it.
   */
  readonly confirmations: number | "safe" | "finalized";
  /** Seconds that must be left before the deadline, so that the delivery cannot come too late. */
  readonly margin: bigint;
}

/** A deal of ours, with the block that opened it. */
export interface OpenedDeal {
  readonly deal: Deal;
  readonly blockNumber: number;
}

/** What became of a complaint that was to refund a deal. */
export interface ComplaintOutcome {
  readonly receipt: ContractTransactionReceipt;
  /** Whether the deal was refunded. When not, it was closed or delivered first, and the transaction left the proof alone. */
  readonly refunded: boolean;
}

/** Waits for two epochs' worth of blocks and keeps an hour in hand. */
export const SAFE_DELIVERY: DeliveryPolicy = { confirmations: 64, margin: 3_600n };

/**
 * Sells files: buys with the blob in hand, delivers, opens, complains, and one method for each way a deal can end.
 * Secrets go to the keyring before anything is sent.
 */
export class DealClient {
  readonly escrow: IEscrow;
  readonly #market: MarketClient;
  readonly #registry: IModelRegistry;
  readonly #runner: Signer | Provider;
  readonly #chain: Chain;
  readonly #sales: Deployed;
  readonly #platform: Platform;
  readonly #keyring: Keyring;
  readonly #updateDesk: string | undefined;

  /** @param updateDesk Opens deals for updates, which are free; without it only sales are delivered. */
  constructor(
    named: string,
    market: MarketClient,
    runner: Signer | Provider,
    platform: Platform,
    keyring: Keyring,
    updateDesk?: string,
    options: ClientOptions = {},
  ) {
    explainFailures(this);
    const escrow = canonicalAddress(named, "escrow");
    this.escrow = IEscrow__factory.connect(escrow, runner);
    this.#market = market;
    const { ModelRegistry: REGISTRY, RevenueLedger: LEDGER, Market, chainId } = market.addresses;
    this.#registry = connected(IModelRegistry__factory, market.addresses, "ModelRegistry", runner);
    this.#runner = runner;
    const contracts = [
      { name: "Escrow", address: escrow, refersTo: { REGISTRY, LEDGER } },
      { name: "ModelRegistry", address: REGISTRY },
    ];
    this.#chain = new Chain(runner, contracts, chainId === undefined ? options : { ...options, chainId });
    // a market of the past has deals of its escrow still; only who buys needs the one that sells now
    this.#sales = new Deployed([{ name: "Market", address: Market, refersTo: { ESCROW: escrow } }], chainId);
    this.#platform = platform;
    this.#keyring = keyring;
    this.#updateDesk = updateDesk === undefined ? undefined : canonicalAddress(updateDesk, "updateDesk");
  }

  /** What a version commits to about its file. */
  async fileOf(versionId: bigint): Promise<FileCommitment> {
    const [data] = await explained(() => this.#registry.versionData(versionId));
    return { root: data.root, contentRoot: data.contentRoot, keyX: BigInt(data.keyX), size: data.size };
  }

  /**
   * Copies a blob into the buyer's own store and checks it against the chain, on its way and again once it is there.
   * Nothing is paid before this has passed: a blob that is missing, cut short or different from its roots ends here, and
   * nothing of it is left. No more is read than the chain says that it is long.
   */
  async hold(versionId: bigint, source: HeldBlob, own: BlobStore, options: Progress = {}): Promise<HeldBlob> {
    const version = await this.fileOf(versionId);
    requireBuyable(version);
    const limit = blobLength(version.size);
    const bytes = atMost(source.store.get(source.cid, { limit }), limit);
    const cid = await own.put(checked(bytes, (copy) => verifyBlob(copy, version, this.#platform, options)));
    await verifyBlob(own.get(cid, { limit }), version, this.#platform, { signal: options.signal });
    return { store: own, cid };
  }

  /** Buys a file whose blob is held: checks the whole blob again, keeps a fresh secret, and pays. */
  async purchase(
    offer: Offer,
    held: HeldBlob,
    options: Omit<PurchaseOptions, "key"> = {},
  ): Promise<Purchase & { deal: Deal }> {
    const version = await this.fileOf(offer.versionId);
    await verifyBlob(held.store.get(held.cid), version, this.#platform);
    await this.#chain.require();
    await this.#sales.require(this.#chain.provider);
    const key = await this.#freshKey(offer.versionId, version.keyX, `purchase of version ${offer.versionId}`);
    const purchase = await this.#market.purchase(offer, { ...options, key });
    return { ...purchase, deal: this.#dealIn(purchase.receipt, purchase.licenseId) };
  }

  /** A pad for a purchase or an update that is sent by other means; its secret is kept before it is returned. */
  async newPad(versionId: bigint): Promise<{ buyerKey: string; pad: string }> {
    return this.#freshKey(versionId, (await this.fileOf(versionId)).keyX, `pad for version ${versionId}`);
  }

  /** Reads a deal back from the chain, with what has changed since it was opened. */
  async deal(named: string, id: bigint): Promise<{ deal: Deal; status: DealStatus }> {
    const opener = canonicalAddress(named, "opener");
    const { openedAt, delivered } = await this.#history(opener, id);
    const deal = { ...openedAt, complainBy: delivered?.complainBy ?? 0n };
    const status = await explained(() => this.escrow.statusOf(opener, id));
    return { deal, status: DEAL_STATUS[Number(status)] };
  }

  /**
   * The open deals of a payee, oldest first: what a seller has to deliver. Those that strangers opened in the payee's
   * name, past the market, are left out.
   */
  async toDeliver(payee: string): Promise<Deal[]> {
    const opened = await this.openedFor(payee, this.#market.addresses.fromBlock ?? 0);
    const deals = opened.map(({ deal }) => deal);
    const statuses = await Promise.all(deals.map((deal) => this.statusOf(deal)));
    return deals.filter((_, i) => statuses[i] === "open");
  }

  /** Every deal that a sale or an update opened for a payee in these blocks, whatever has become of it. */
  async openedFor(payee: string, fromBlock: number, toBlock?: number): Promise<OpenedDeal[]> {
    const filter = this.escrow.filters.DealOpened(undefined, canonicalAddress(payee, "payee"));
    const events = await this.#chain.logs(this.escrow, filter, fromBlock, toBlock);
    return events
      .map(({ args, blockNumber }) => ({ deal: plainDeal(args.deal), blockNumber }))
      .filter(({ deal }) => this.#opens(deal.opener) !== undefined);
  }

  /**
   * The status of a deal now, or in a block.
   * @param block A node that has not this block fails instead of answering from an older one.
   */
  async statusOf({ opener, id }: Pick<Deal, "opener" | "id">, block?: number): Promise<DealStatus> {
    const account = canonicalAddress(opener, "opener");
    const at = block === undefined ? {} : { blockTag: block };
    return DEAL_STATUS[Number(await explained(() => this.escrow.statusOf(account, id, at)))];
  }

  /**
   * Delivers the key, as the seller: only for a sale under an offer of the seller, or for an update of a version that
   * the seller published; only to a purchase that is final, while enough time is left, and when the buyer's pad is
   * honest. Refuses otherwise and sends nothing. Nothing but the deal's name is taken from the argument: the chain says
   * the rest.
   * @param name The deal, and a block from which it is looked for, for nodes that read few blocks at a time.
   * @param signed Offers that the seller signed and never listed.
   */
  async deliver(
    { opener, id, fromBlock }: Pick<Deal, "opener" | "id"> & { readonly fromBlock?: number },
    policy: DeliveryPolicy = SAFE_DELIVERY,
    signed: readonly Offer[] = [],
  ): Promise<ContractTransactionReceipt> {
    await this.#chain.require();
    const { deal, blockNumber } = await this.#openDeal(canonicalAddress(opener, "opener"), id, fromBlock);
    await this.#requireOurs(deal, signed, blockNumber);
    try {
      await this.#requireFinal(deal, blockNumber, policy);
    } catch (error) {
      // a pad that nobody can open is declined at once: nothing is public by that
      if (isIsonomyError(error, "DEAL_NOT_FINAL")) await this.#scalarFor(deal);
      throw error;
    }
    const scalar = await this.#scalarFor(deal);
    return this.#act(deal, ["KeyDelivered"], async () => {
      const gasLimit = await explained(() => this.escrow.deliver.estimateGas(deal, scalar));
      // the key was decrypted and the gas estimated meanwhile: the clock is asked again right before the key is sent
      await this.#requireFinal(deal, blockNumber, policy);
      return this.escrow.deliver.populateTransaction(deal, scalar, { gasLimit });
    });
  }

  /** The scalar that delivers a deal's key; throws `DELIVERY_DECLINED` for a pad that it does not open. */
  async #scalarFor(deal: Deal): Promise<bigint> {
    const { secret } = await this.#keyring.find(BigInt(deal.keyX));
    return sellerScalar(secret, { ...(await this.#context(deal)), buyerX: BigInt(deal.buyerKey) }, deal.pad);
  }

  /** Decrypts a delivered file into a sink and verifies it on the way; a wrong chunk returns the ready complaint. */
  async open(deal: Deal, held: HeldBlob, sink: ByteSink, options: Progress = {}): Promise<Opened> {
    const key = await this.#deliveredKey(deal);
    const version = await this.fileOf(deal.versionId);
    return openBlob(() => held.store.get(held.cid), key, version, sink, this.#platform, options);
  }

  /** Proves a version defective. Checks the complaint here first: sending a false one would only publish the key. */
  async complain(versionId: bigint, complaint: Complaint): Promise<ContractTransactionReceipt> {
    await this.#chain.require();
    await this.#requireTrue(versionId, complaint);
    // a gas limit of its own keeps the key away from a node that would be asked for an estimate
    const receipt = await this.#chain.send(this.#registry, () =>
      this.#registry.proveDefective.populateTransaction(versionId, complaint, { gasLimit: COMPLAINT_GAS }),
    );
    eventIn(this.#registry, receipt, "VersionDefective", { versionId });
    return receipt;
  }

  /**
   * Proves the version of a deal defective and gets the payer's money back, in one transaction: no ruling and no settlement
   * can come in between. Anyone who holds the key may. Refuses before anything is sent when the complaint is false, or when
   * the deal cannot be refunded any more; the version can then still be proven defective, by `complain`. A deal that somebody
   * closes or delivers while this is on its way does not stop the proof: `refunded` is false then.
   * @example
   * ```ts
   * const { refunded } = await deals.complainAndRefund(deal, result.complaint);
   * // delivered in front of the proof: it refunds the deal as it is now
   * if (!refunded && (await deals.statusOf(deal)) === "delivered") await deals.refundDefective(deal);
   * ```
   */
  async complainAndRefund(
    { opener, id }: Pick<Deal, "opener" | "id">,
    complaint: Complaint,
  ): Promise<ComplaintOutcome> {
    await this.#chain.require();
    const { deal, status } = await this.deal(opener, id);
    await this.#requireTrue(deal.versionId, complaint);
    if (!(await this.#isRefundable(deal, status))) throw dealError("DEAL_NOT_REFUNDABLE", { id, status });
    const receipt = await this.#chain.send(this.escrow, () =>
      this.escrow.proveAndRefund.populateTransaction(deal, complaint, { gasLimit: COMPLAINT_GAS + REFUND_GAS }),
    );
    const refunded = eventsIn(this.escrow, receipt, "DealRefunded", { opener: deal.opener, id }).length !== 0;
    if (!refunded) eventIn(this.#registry, receipt, "VersionDefective", { versionId: deal.versionId });
    return { receipt, refunded };
  }

  /**
   * OPEN: the payee gives the money back instead of delivering. Until the deadline that is held against nobody; after it, the
   * delivery was missed, and the buyer can have the miss counted.
   */
  async decline(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealRefunded"], () => this.escrow.decline.populateTransaction(canonicalDeal(deal)));
  }

  /** OPEN, past the deadline: anyone returns the payer's money. */
  async refundUndelivered(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealRefunded"], () =>
      this.escrow.refundUndelivered.populateTransaction(canonicalDeal(deal)),
    );
  }

  /**
   * REFUNDED after the deadline, by any call, because nothing was delivered in time: shows with this buyer's kept secret
   * that the seller could have delivered, and has the miss counted. Refuses before the secret leaves this machine unless the
   * deal is refunded and its pad was honest. The secret is public afterwards: with it anybody can read the version's key out of a scalar that the
   * seller sent for this deal too late.
   */
  async recordMissedDelivery({ opener, id }: Pick<Deal, "opener" | "id">): Promise<ContractTransactionReceipt> {
    const { deal, status } = await this.deal(opener, id);
    if (status !== "refunded") throw dealError("DEAL_NOT_MISSED", { id, status });
    const { secret } = await this.#keyring.find(BigInt(deal.buyerKey));
    const context = { ...(await this.#context(deal)), buyerX: BigInt(deal.buyerKey) };
    if (!isHonestPad(deal.pad, secret, BigInt(deal.keyX), context)) throw dealError("DEAL_NOT_MISSED", { id, status });
    return this.#act(deal, ["DeliveryMissed"], () =>
      this.escrow.recordMissedDelivery.populateTransaction(deal, secret),
    );
  }

  /** DELIVERED: the recipient is content. */
  async accept(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealSettled"], async () =>
      this.escrow.accept.populateTransaction(await this.#current(deal)),
    );
  }

  /** DELIVERED, past the complaint window: anyone has the payee paid. */
  async settle(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealSettled"], async () =>
      this.escrow.settle.populateTransaction(await this.#current(deal)),
    );
  }

  /** DELIVERED: the payee gives the money back. */
  async refundBySeller(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealRefunded"], async () =>
      this.escrow.refundBySeller.populateTransaction(await this.#current(deal)),
    );
  }

  /** Whether the version of a deal is proven defective, and the proof came in time for this deal. */
  async isDefective(deal: Deal, status: DealStatus): Promise<boolean> {
    const provenAt = await explained(() => this.#registry.defectiveAt(deal.versionId));
    return provenAt !== 0n && (await this.#isRefundable(deal, status));
  }

  /** Any open deal of a version that was proven defective: anyone returns the payer's money. */
  async refundDefective(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealRefunded"], async () =>
      this.escrow.refundDefective.populateTransaction(await this.#current(deal)),
    );
  }

  /** DELIVERED: the recipient goes to the arbitrator, prepaying a half (in wei; see the interface). */
  async dispute(deal: Deal, half: bigint): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DealDisputed"], async () =>
      this.escrow.dispute.populateTransaction(await this.#current(deal), { value: half }),
    );
  }

  /** The dispute of a deal; all zero when there was none. */
  async disputeOf({ opener, id }: Pick<Deal, "opener" | "id">): Promise<DealDispute> {
    const dispute = await explained(() => this.escrow.disputeOf(opener, id));
    const { disputeId, ruleBy, ruling, ruled, feeHeld, feeOfPayee } = dispute;
    const { refundAsked, refundOffered, cost, payeeHalf } = dispute;
    return { disputeId, ruleBy, ruling, ruled, feeHeld, feeOfPayee, refundAsked, refundOffered, cost, payeeHalf };
  }

  /**
   * What the recipient prepays for a dispute now, in wei: both halves of it are the arbitrator's price, and of the seller's
   * half the bond covers what it can. The winner gets a half back.
   */
  async disputeCost({ arbitrator, bond }: Pick<Deal, "arbitrator" | "bond">): Promise<bigint> {
    const judge = IArbitrator__factory.connect(arbitrator, this.#runner);
    const cost = await explained(() => judge.arbitrationCost("0x"));
    return 2n * cost - (bond < cost ? bond : cost);
  }

  /** DISPUTED: a party moves its offer, given as a refund, towards the other's. */
  async concede(deal: Deal, refund: bigint): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["OfferConceded", ...CLOSED], async () =>
      this.escrow.concede.populateTransaction(await this.#current(deal), refund),
    );
  }

  /** DISPUTED, ruled 1 or 2: anyone has the ruling carried out. */
  async executeRuling(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, CLOSED, async () =>
      this.escrow.executeRuling.populateTransaction(await this.#current(deal)),
    );
  }

  /** DISPUTED, not decided in time: anyone ends it at the midpoint. */
  async resolveStale(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, CLOSED, async () => this.escrow.resolveStale.populateTransaction(await this.#current(deal)));
  }

  /**
   * CLOSED while the arbitrator had not decided: anyone fetches the arbitrator's fee, once the arbitrator's time is over. The
   * recipient gets what it paid of the fee, in the ledger; the payee's part goes back to its bond. Fails with
   * `Escrow_NoFeeToReclaim` where no fee is out, and with `Escrow_FeeNotReturned` while the arbitrator keeps it.
   * @example
   * ```ts
   * const { feeHeld } = await deals.disputeOf(deal);
   * if (feeHeld) await deals.reclaimFee(deal);
   * ```
   */
  async reclaimFee(deal: Deal): Promise<ContractTransactionReceipt> {
    return this.#act(deal, ["DisputeFeeReturned"], async () =>
      this.escrow.reclaimFee.populateTransaction(await this.#current(deal)),
    );
  }

  /**
   * Adds native coin to a seller's bond for one offer of the market, in wei. Each offer has a bond of its own: a deal reserves
   * what its terms say, and without it the offer cannot be sold.
   */
  async postBond(termsHash: string, payee: string, amount: bigint): Promise<ContractTransactionReceipt> {
    const opener = this.#market.addresses.Market;
    const receipt = await this.#chain.send(this.escrow, () =>
      this.escrow.postBond.populateTransaction(opener, canonicalAddress(payee, "payee"), termsHash, { value: amount }),
    );
    eventIn(this.escrow, receipt, "BondChanged", { opener, payee, termsHash });
    return receipt;
  }

  /** A seller's bond for one offer of the market, in wei: what is free for the next sales, and what open deals reserve. */
  async bondOf(termsHash: string, payee: string): Promise<{ free: bigint; reserved: bigint }> {
    const { Market } = this.#market.addresses;
    const { free, reserved } = await explained(() =>
      this.escrow.bondOf(Market, canonicalAddress(payee, "payee"), termsHash),
    );
    return { free, reserved };
  }

  /** Takes a free part of the signer's bond for one offer back, in wei; it waits in the ledger then. */
  async withdrawBond(termsHash: string, amount: bigint): Promise<ContractTransactionReceipt> {
    const opener = this.#market.addresses.Market;
    const receipt = await this.#chain.send(this.escrow, () =>
      this.escrow.withdrawBond.populateTransaction(opener, termsHash, amount),
    );
    eventIn(this.escrow, receipt, "BondChanged", { opener, termsHash });
    return receipt;
  }

  /** Sends what changes a deal, which has to leave one of these events about it. */
  async #act(
    { opener, id }: Pick<Deal, "opener" | "id">,
    names: readonly string[],
    encode: () => Promise<ContractTransaction>,
  ): Promise<ContractTransactionReceipt> {
    const receipt = await this.#chain.send(this.escrow, encode);
    const match: EventMatch = { opener, id };
    if (names.every((name) => eventsIn(this.escrow, receipt, name, match).length === 0)) {
      throw missing(this.escrow, receipt, names.join(" or "));
    }
    return receipt;
  }

  async #requireTrue(versionId: bigint, complaint: Complaint): Promise<void> {
    const version = await this.fileOf(versionId);
    if (!complaintProves(this.#platform.primitives, version, complaint)) {
      throw fairExchangeError("COMPLAINT_FALSE", { index: complaint.index });
    }
  }

  /** Whether a proof that comes now refunds a deal, or one that came before does. */
  async #isRefundable({ versionId, complainBy }: Deal, status: DealStatus): Promise<boolean> {
    if (status !== "delivered") return status === "open" || status === "disputed";
    const provenAt = await explained(() => this.#registry.defectiveAt(versionId));
    if (provenAt !== 0n) return provenAt <= complainBy;
    const latest = await explained(() => this.#chain.provider.getBlock("latest"));
    return latest !== null && BigInt(latest.timestamp) < complainBy;
  }

  async #freshKey(versionId: bigint, keyX: bigint, note: string): Promise<{ buyerKey: string; pad: string }> {
    const payer = await this.#chain.account();
    const context = { chainId: await this.#chain.chainId(), escrow: await this.escrow.getAddress(), versionId, payer };
    const { secret, buyerX, pad } = buyerPad(this.#platform, keyX, context);
    await this.#keyring.add({ kind: "purchase", secret, x: buyerX, note });
    return { buyerKey: toBeHex(buyerX, 32), pad };
  }

  async #deliveredKey(deal: Deal): Promise<bigint> {
    const { delivered } = await this.#history(deal.opener, deal.id);
    if (delivered === undefined) throw dealError("KEY_NOT_DELIVERED", { id: deal.id, deliverBy: deal.deliverBy });
    const { secret } = await this.#keyring.find(BigInt(deal.buyerKey));
    return recoverKey(delivered.c, secret, BigInt(deal.keyX), await this.#context(deal));
  }

  /** What opened a deal; undefined for a contract whose deals are not this market's. */
  #opens(opener: string): "sale" | "update" | undefined {
    if (sameAddress(opener, this.#market.addresses.Market)) return "sale";
    return this.#updateDesk !== undefined && sameAddress(opener, this.#updateDesk) ? "update" : undefined;
  }

  /** A deal that the escrow holds as open, as it was opened. */
  async #openDeal(opener: string, id: bigint, fromBlock?: number): Promise<OpenedDeal> {
    const { openedAt: deal, blockNumber } = await this.#history(opener, id, fromBlock);
    const [status, commitment] = await explained(() =>
      Promise.all([this.escrow.statusOf(opener, id), this.escrow.commitmentOf(opener, id)]),
    );
    const name = DEAL_STATUS[Number(status)];
    if (name !== "open") throw dealError("DEAL_NOT_OPEN", { id, status: name });
    if (commitment !== commitmentOf(this.escrow, deal)) throw dealError("DEAL_UNKNOWN", { opener, id });
    return { deal, blockNumber };
  }

  /** Refuses a deal for which the signer did not offer its file: the escrow opens deals for anyone, in any payee's name. */
  async #requireOurs(deal: Deal, signed: readonly Offer[], openedIn: number): Promise<void> {
    // an offer that is provided later can still make a sale of ours of it, unless that is what speaks against it
    const refuse = (detail: string, lasting = false): never => {
      throw dealError("DEAL_NOT_OURS", { opener: deal.opener, id: deal.id, detail, lasting });
    };
    const seller = await this.#chain.account();
    if (!sameAddress(deal.payee, seller)) refuse(`its payee is ${deal.payee}, not ${seller}.`);
    const kind = this.#opens(deal.opener) ?? refuse("its opener is neither the market nor the desk for updates.");
    if (kind === "update") {
      const reason = await this.#notPromised(deal, seller, openedIn);
      return reason === undefined ? undefined : refuse(reason);
    }

    const offer = signed.find((one) => hashOffer(one) === deal.termsHash) ?? (await this.#listedOffer(deal.termsHash));
    if (offer === undefined) return refuse("its offer was neither listed nor brought along.");
    if (!sameAddress(offer.creator, seller)) refuse(`its offer is by ${offer.creator}.`, true);
    if (offer.versionId !== deal.versionId) refuse("its offer is for another version.", true);
    if (offer.price !== deal.price || !sameAddress(offer.payToken, deal.payToken))
      refuse("it pays another price.", true);
    const { fromBlock = 0 } = this.#market.addresses;
    const lure = await keyLure(this.#chain, this.#registry, deal.versionId, seller, fromBlock);
    if (lure !== undefined) refuse(lure, true);
  }

  async #listedOffer(termsHash: string): Promise<Offer | undefined> {
    const { market, addresses } = this.#market;
    const [{ listed }, events] = await explained(() =>
      Promise.all([
        market.offerState(termsHash),
        this.#chain.logs(market, market.filters.OfferListed(termsHash), addresses.fromBlock),
      ]),
    );
    if (!listed) return undefined;
    const offer = events.map(({ args }) => plainOffer(args.offer)).find((one) => hashOffer(one) === termsHash);
    // two nodes behind one address: the one that was asked for the events has not read them all
    if (offer === undefined)
      throw chainError("NODE_BEHIND", { detail: `it has no event of the listed offer ${termsHash}.` });
    return offer;
  }

  /**
   * Why a seller owes nobody this update; undefined when it does. A title can be given away with a version that copies
   * another model's key; a temporary holder can sell licences with updates to themselves and give it back; a
   * sale can be refunded after its update was asked for; and a vote can let another contract than the market issue licences.
   */
  async #notPromised({ opener, id, versionId }: Deal, seller: string, openedIn: number): Promise<string | undefined> {
    const { licenses } = this.#market;
    const desk = IUpdateDesk__factory.connect(opener, this.#runner);
    const asked = desk.filters.UpdateRequested(undefined, versionId, id);
    // the request is in the transaction that opened the deal
    const [request] = await this.#chain.logs(desk, asked, openedIn, openedIn);
    if (request === undefined) return "nobody asked for it.";
    const { licenseId } = request.args;
    // what takes one call comes before what takes the whole history: anyone with a licence may ask, and for nothing
    if (!(await this.#isUsable(licenseId))) return `licence ${licenseId} gives no rights any more.`;
    const { module } = await explained(() => licenses.licenseInfo(licenseId));
    if (!this.#sellsThrough(module))
      return `licence ${licenseId} was issued by ${module}, which is no market of the seller's.`;

    const from = this.#market.addresses.fromBlock ?? 0;
    const { filters } = this.#registry;
    const [[version], titles, [issued]] = await Promise.all([
      this.#chain.logs(this.#registry, filters.VersionPublished(undefined, versionId), from),
      this.#chain.logs(this.#registry, filters.Transfer(undefined, undefined, versionId >> 16n), from),
      this.#chain.logs(licenses, licenses.filters.Transfer(ZeroAddress, undefined, licenseId), from),
    ]);
    // only the holder of a title publishes and sells, so its holder then is who did
    const holder = (event: Place): string => titles.filter((one) => isBefore(one, event)).at(-1)?.args.to ?? "nobody";
    if (version === undefined || !sameAddress(holder(version), seller)) return `${seller} did not publish its version.`;
    if (issued === undefined) return `licence ${licenseId} was never issued.`;
    // the version was published for the licences that existed before it, no matter who sold them
    if (isBefore(version, issued) && !sameAddress(holder(issued), seller)) {
      return `licence ${licenseId} was sold by ${holder(issued)}, who held the title then.`;
    }
    return undefined;
  }

  #sellsThrough(module: string): boolean {
    const { Market, formerMarkets = [] } = this.#market.addresses;
    return [Market, ...formerMarkets].some((one) => sameAddress(one, module));
  }

  /** Whether the holder of a licence may use it; not when its sale was refunded or is disputed. */
  async #isUsable(licenseId: bigint): Promise<boolean> {
    const { licenses } = this.#market;
    try {
      return await explained(async () => licenses.isAuthorized(licenseId, await licenses.ownerOf(licenseId)));
    } catch (error) {
      if (isIsonomyError(error, "ERC721NonexistentToken")) return false;
      throw error;
    }
  }

  async #requireFinal(deal: Deal, blockNumber: number, policy: DeliveryPolicy): Promise<void> {
    const { provider } = this.#chain;
    const latest = await explained(() => provider.getBlock("latest"));
    if (latest === null) throw chainError("TIMEOUT");
    const confirmations = latest.number - blockNumber;
    if (blockNumber > (await finalBlock(provider, latest.number, policy.confirmations))) {
      throw dealError("DEAL_NOT_FINAL", { id: deal.id, confirmations, needed: policy.confirmations });
    }
    // a stuck node shows an old time: a key sent by that time would be late, and public all the same
    const ours = (await this.#chain.chainId()) === DEVELOPMENT_CHAIN ? 0 : Math.floor(Date.now() / 1_000);
    if (BigInt(Math.max(latest.timestamp, ours)) + policy.margin > deal.deliverBy) {
      throw dealError("DEADLINE_TOO_CLOSE", { id: deal.id, deliverBy: deal.deliverBy, margin: policy.margin });
    }
  }

  /** The deal with the `complainBy` that the chain holds now. */
  async #current(deal: Deal): Promise<Deal> {
    const { delivered } = await this.#history(deal.opener, deal.id);
    return { ...canonicalDeal(deal), complainBy: delivered?.complainBy ?? 0n };
  }

  async #history(named: string, id: bigint, from = this.#market.addresses.fromBlock ?? 0) {
    const opener = canonicalAddress(named, "opener");
    const [opened, delivered] = await Promise.all([
      this.#chain.logs(this.escrow, this.escrow.filters.DealOpened(id), from),
      this.#chain.logs(this.escrow, this.escrow.filters.KeyDelivered(opener, id), from),
    ]);
    const event = opened.find(({ args }) => sameAddress(args.deal.opener, opener));
    if (event === undefined) throw dealError("DEAL_UNKNOWN", { opener, id });
    return {
      openedAt: plainDeal(event.args.deal),
      blockNumber: event.blockNumber,
      delivered: delivered.map(({ args }) => ({ c: args.c, complainBy: args.complainBy })).at(0),
    };
  }

  #dealIn(receipt: ContractTransactionReceipt, id: bigint): Deal {
    const market = this.#market.addresses.Market;
    const opened = eventsIn(this.escrow, receipt, "DealOpened", { id })
      .map(({ args }) => plainDeal(args.deal as DealStruct))
      .find(({ opener }) => sameAddress(opener, market));
    if (opened === undefined) throw missing(this.escrow, receipt, "DealOpened");
    return opened;
  }

  async #context(deal: Deal) {
    return {
      chainId: await this.#chain.chainId(),
      escrow: await this.escrow.getAddress(),
      versionId: deal.versionId,
      payer: canonicalAddress(deal.payer, "payer"),
    };
  }
}

/** The newest block that a policy takes for final; below 0 when there is none yet. */
export async function finalBlock(
  provider: Provider,
  latest: number,
  confirmations: DeliveryPolicy["confirmations"],
): Promise<number> {
  if (typeof confirmations === "number") return latest - confirmations;
  const block = await explained(() => provider.getBlock(confirmations));
  return block?.number ?? -1;
}

/** The number of local chains, whose time is set as a test or a person likes. */
const DEVELOPMENT_CHAIN = 31_337n;

/** Every way in which a deal ends. */
const CLOSED = ["DealSettled", "DealSplit", "DealRefunded"] as const;

/** Enough for a path of 64 hashes and a whole chunk. */
const COMPLAINT_GAS = 600_000n;

/** What a refund takes, and what the escrow wants to be left for the licence to be burned. */
const REFUND_GAS = 600_000n;

/** Hands a source on, and fails before a byte more than the limit. */
async function* atMost(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > limit) throw fairExchangeError("BLOB_TOO_LONG", { expected: limit });
    yield piece;
  }
}

/** Hands a source on while it is checked; ends well only when the check does. */
async function* checked(
  source: AsyncIterable<Uint8Array>,
  check: (copy: AsyncIterable<Uint8Array>) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const copy = new Pipe();
  const checking = check(copy);
  checking.catch((error: unknown) => copy.fail(error));
  try {
    for await (const piece of source) {
      await copy.write(piece);
      yield piece;
    }
    copy.end();
    await checking;
  } catch (error) {
    copy.fail(error);
    await checking.catch(() => undefined);
    throw error;
  }
}
