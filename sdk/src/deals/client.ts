import { hexlify, randomBytes, toBeHex, type ContractTransaction, type ContractTransactionReceipt } from "ethers";

import { canonicalAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { isIsonomyError } from "../base/error";
import type { Runner } from "../chain/client";
import { Deployed } from "../chain/deployed";
import { eventIn, eventsIn, missing } from "../chain/events";
import type { Sent } from "../chain/sent";
import { dealError } from "../domains/escrow/errors";
import { decodingErrors } from "../errors/explain";
import {
  blobLength,
  buyerPad,
  complaintProves,
  isHonestPad,
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
import type { Purchase } from "../market/client";
import type { Offer } from "../market/offer";
import type { PurchaseOptions } from "../market/order";
import type { BlobStore } from "../store";
import { DealActs, type DealContract, type DealOptions } from "./acts";
import { plainDeal, type Deal, type DealStatus, type DealStruct } from "./deal";
import { SAFE_DELIVERY, requireFinal, type DeliveryPolicy } from "./finality";
import { dealHistory, openDeal } from "./history";
import type { Keyring } from "./keyring";
import { requireOurs } from "./obligations";
import { atMost, checked } from "./streams";

/** Where a blob is held by the one who uses it. */
export interface HeldBlob {
  readonly store: BlobStore;
  readonly cid: string;
}

/** What became of a complaint that was to refund a deal. */
export interface ComplaintOutcome {
  readonly receipt: ContractTransactionReceipt;
  /** Whether the deal was refunded. When not, it was closed or delivered first, and the transaction left the proof alone. */
  readonly refunded: boolean;
}

/**
 * Sells files: buys with the blob in hand, delivers, opens, complains, and one method for each way a deal can end.
 * Secrets go to the keyring before anything is sent.
 * @example
 * ```ts
 * const deals = new DealClient(deploymentOn(chainId), signer, { platform: nodePlatform(), keyring });
 * const held = await deals.hold(versionId, { store: gateway, cid }, store);
 * const { deal } = await deals.purchase(offer, held);
 * ```
 */
export class DealClient extends DealActs {
  readonly #sales: Deployed;
  readonly #platform: Platform;
  readonly #keyring: Keyring;

  constructor(deployment: PartialDeployment<DealContract>, runner: Runner, options: DealOptions) {
    super(deployment, runner, options);
    // a market of the past has deals of its escrow still; only who buys needs the one that sells now
    const { Market: address, Escrow: ESCROW } = this.deployment.contracts;
    this.#sales = new Deployed([{ name: "Market", address, refersTo: { ESCROW } }], this.deployment.chainId);
    this.#platform = options.platform;
    this.#keyring = options.keyring;
  }

  /**
   * What a version commits to about its file: two roots, the key's x coordinate and the size in bytes; all 0 for a version without a
   * file.
   * @throws `ModelRegistry_UnknownVersion`.
   * @example
   * ```ts
   * const { size } = await deals.fileOf(versionId);
   * console.log(`${size} bytes`);
   * ```
   */
  async fileOf(versionId: bigint): Promise<FileCommitment> {
    const [data] = await decodingErrors(() => this.market.registry.versionData(versionId));
    return { root: data.root, contentRoot: data.contentRoot, keyX: BigInt(data.keyX), size: data.size };
  }

  /**
   * Copies a blob into the buyer's own store and checks it against the chain, on its way and again once it is there.
   * Nothing is paid before this has passed: a blob that is missing, cut short or different from its roots ends here, and
   * nothing of it is left. No more is read than the chain says that it is long.
   * @throws `VERSION_INVALID`, `BLOB_TRUNCATED`, `BLOB_TOO_LONG`, `BLOB_ROOT_MISMATCH`, and what a store fails with.
   * @example
   * ```ts
   * const held = await deals.hold(versionId, { store: gateway, cid }, store, {
   *   onProgress: (bytes) => console.log(`${bytes} bytes checked`),
   * });
   * ```
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

  /**
   * Buys a file whose blob is held: checks the whole blob again, keeps a fresh secret, and pays.
   * @throws What `hold` and `MarketClient.purchase` throw; nothing is paid for a blob that is not as committed.
   * @example
   * ```ts
   * const { deal, licenseId } = await deals.purchase(offer, held, { maxPrice: offer.price });
   * console.log(`The key is due until ${new Date(Number(deal.deliverBy) * 1000)}.`);
   * ```
   */
  purchase(offer: Offer, held: HeldBlob, options: Omit<PurchaseOptions, "key"> = {}): Sent<Purchase & { deal: Deal }> {
    return this.chain.write(async ({ follow }) => {
      const requireContracts = async (): Promise<void> => {
        await this.chain.require();
        await this.#sales.require(this.chain.provider);
      };
      await requireContracts();
      const version = await this.fileOf(offer.versionId);
      await verifyBlob(held.store.get(held.cid), version, this.#platform);
      // a large file takes minutes, and the wallet may have moved meanwhile
      await requireContracts();
      const key = await this.#freshKey(offer.versionId, version.keyX, `purchase of version ${offer.versionId}`);
      const purchase = await follow(this.market.purchase(offer, { ...options, key }));
      return { ...purchase, deal: this.#dealIn(purchase.receipt, purchase.licenseId) };
    });
  }

  /**
   * A pad for a purchase or an update that is sent by other means; its secret is kept before it is returned.
   * @throws `KEYRING_UNWRITABLE` where the secret cannot be kept.
   * @example
   * ```ts
   * const key = await deals.newPad(versionId);
   * const { dealId } = await payments.requestUpdate(licenseId, versionId, key);
   * ```
   */
  async newPad(versionId: bigint): Promise<{ buyerKey: string; pad: string }> {
    return this.#freshKey(versionId, (await this.fileOf(versionId)).keyX, `pad for version ${versionId}`);
  }

  /**
   * Delivers the key, as the seller: only for a sale under an offer of the seller, or for an update of a version that
   * the seller published; only to a purchase that is final, while enough time is left, and when the buyer's pad is
   * honest. Refuses otherwise and sends nothing. Nothing but the deal's name is taken from the argument: the chain says
   * the rest.
   * @param name The deal, and a block from which it is looked for, for nodes that read few blocks at a time.
   * @param signed Offers that the seller signed and never listed.
   * @param policy How final a purchase has to be; `SAFE_DELIVERY`, 64 blocks and an hour left, when nothing is said.
   * @throws `DEAL_NOT_FINAL`, `DEADLINE_TOO_CLOSE`, `DEAL_NOT_OPEN`, `DEAL_NOT_OURS`, `DELIVERY_DECLINED` for a pad that the key does
   * not open, and what the keyring fails with.
   * @example
   * ```ts
   * try {
   *   await deals.deliver(deal);
   * } catch (error) {
   *   if (!isIsonomyError(error, "DELIVERY_DECLINED")) throw error;
   *   await deals.decline(deal);
   * }
   * ```
   */
  deliver(
    { opener, id, fromBlock }: Pick<Deal, "opener" | "id"> & { readonly fromBlock?: number },
    policy: DeliveryPolicy = SAFE_DELIVERY,
    signed: readonly Offer[] = [],
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      await this.chain.require();
      const reader = this.reader;
      const { deal, blockNumber } = await openDeal(reader, canonicalAddress(opener, "opener"), id, fromBlock);
      await requireOurs(reader, deal, signed, blockNumber);
      try {
        await requireFinal(this.chain, deal, blockNumber, policy);
      } catch (error) {
        // a pad that nobody can open is declined at once: nothing is public by that
        if (isIsonomyError(error, "DEAL_NOT_FINAL")) await this.#scalarFor(deal);
        throw error;
      }
      const scalar = await this.#scalarFor(deal);
      const receipt = await send(this.escrow, async () => {
        const gasLimit = await decodingErrors(() => this.escrow.deliver.estimateGas(deal, scalar));
        // the key was decrypted and the gas estimated meanwhile: the clock is asked again right before the key is sent
        await requireFinal(this.chain, deal, blockNumber, policy);
        return this.escrow.deliver.populateTransaction(deal, scalar, { gasLimit });
      });
      return this.left(receipt, deal, ["KeyDelivered"]);
    });
  }

  /**
   * Puts the key that was delivered to the buyer into the keyring, so that a reseller of the licence can deliver it again.
   * @throws `KEY_NOT_DELIVERED` before the delivery, `KEY_NOT_KEPT` where the keyring has not the purchase's secret,
   * `KEYRING_UNWRITABLE`.
   * @example
   * ```ts
   * await deals.keepKey(deal);
   * ```
   */
  async keepKey(deal: Deal): Promise<void> {
    const secret = await this.#deliveredKey(deal);
    await this.#keyring.add({
      ...{ kind: "version", secret, x: BigInt(deal.keyX) },
      note: `key of version ${deal.versionId}, bought`,
    });
  }

  /** The scalar that delivers a deal's key; throws `DELIVERY_DECLINED` for a pad that it does not open. */
  async #scalarFor(deal: Deal): Promise<bigint> {
    const { secret } = await this.#keyring.find(BigInt(deal.keyX));
    return sellerScalar(secret, { ...(await this.#context(deal)), buyerX: BigInt(deal.buyerKey) }, deal.pad);
  }

  /**
   * Decrypts a delivered file into a sink and verifies it on the way; a wrong chunk returns the ready complaint.
   * @throws `KEY_NOT_DELIVERED` before the delivery, `KEY_NOT_KEPT` where the keyring has not the purchase's secret, and what a store
   * or the sink fails with.
   * @example
   * ```ts
   * const result = await deals.open(deal, held, sink);
   * if (!result.ok) await deals.complainAndRefund(deal, result.complaint);
   * ```
   */
  async open(deal: Deal, held: HeldBlob, sink: ByteSink, options: Progress = {}): Promise<Opened> {
    const key = await this.#deliveredKey(deal);
    const version = await this.fileOf(deal.versionId);
    return openBlob(() => held.store.get(held.cid), key, version, sink, this.#platform, options);
  }

  /**
   * Proves a version defective. Checks the complaint here first: sending a false one would only publish the key.
   * @throws `COMPLAINT_FALSE`, and nothing is sent; `ModelRegistry_AlreadyDefective`.
   * @example
   * ```ts
   * const result = await deals.open(deal, held, sink);
   * if (!result.ok) await deals.complain(deal.versionId, result.complaint);
   * ```
   */
  complain(versionId: bigint, complaint: Complaint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      await this.chain.require();
      await this.#requireTrue(versionId, complaint);
      const receipt = await send(this.market.registry, async () =>
        this.#withGas(
          await this.market.registry.proveDefective.populateTransaction(versionId, complaint),
          COMPLAINT_GAS,
        ),
      );
      eventIn(this.market.registry, receipt, "VersionDefective", { versionId });
      return receipt;
    });
  }

  /**
   * Proves the version of a deal defective and gets the payer's money back, in one transaction: no ruling and no settlement
   * can come in between. Anyone who holds the key may. Refuses before anything is sent when the complaint is false, or when
   * the deal cannot be refunded any more; the version can then still be proven defective, by `complain`. A deal that somebody
   * closes or delivers while this is on its way does not stop the proof: `refunded` is false then.
   * @throws `COMPLAINT_FALSE` or `DEAL_NOT_REFUNDABLE`, and nothing is sent.
   * @example
   * ```ts
   * const { refunded } = await deals.complainAndRefund(deal, complaint);
   * // delivered in front of the proof: it refunds the deal as it is now
   * if (!refunded && (await deals.statusOf(deal)) === "delivered") await deals.refundDefective(deal);
   * ```
   */
  complainAndRefund({ opener, id }: Pick<Deal, "opener" | "id">, complaint: Complaint): Sent<ComplaintOutcome> {
    return this.chain.write(async ({ send }) => {
      await this.chain.require();
      const { deal, status } = await this.deal(opener, id);
      await this.#requireTrue(deal.versionId, complaint);
      if (!(await this.#isRefundable(deal, status))) throw dealError("DEAL_NOT_REFUNDABLE", { id, status });
      const receipt = await send(this.escrow, async () =>
        this.#withGas(
          await this.escrow.proveAndRefund.populateTransaction(deal, complaint),
          COMPLAINT_GAS + REFUND_GAS,
        ),
      );
      const refunded = eventsIn(this.escrow, receipt, "DealRefunded", { opener: deal.opener, id }).length !== 0;
      if (!refunded) eventIn(this.market.registry, receipt, "VersionDefective", { versionId: deal.versionId });
      return { receipt, refunded };
    });
  }

  /**
   * REFUNDED after the deadline, by any call, because nothing was delivered in time: shows with this buyer's kept secret
   * that the seller could have delivered, and has the miss counted. Refuses before the secret leaves this machine unless the
   * deal is refunded and its pad was honest. The secret is public afterwards: with it anybody can read the version's key out of a scalar that the
   * seller sent for this deal too late.
   * @throws `DEAL_NOT_MISSED`, and the secret stays here; `Escrow_NoMissToRecord`.
   * @example
   * ```ts
   * await deals.refundUndelivered(deal);
   * await deals.recordMissedDelivery(deal);
   * ```
   */
  recordMissedDelivery({ opener, id }: Pick<Deal, "opener" | "id">): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { deal, status } = await this.deal(opener, id);
      if (status !== "refunded") throw dealError("DEAL_NOT_MISSED", { id, status });
      const { secret } = await this.#keyring.find(BigInt(deal.buyerKey));
      const context = { ...(await this.#context(deal)), buyerX: BigInt(deal.buyerKey) };
      if (!isHonestPad(deal.pad, secret, BigInt(deal.keyX), context))
        throw dealError("DEAL_NOT_MISSED", { id, status });
      const receipt = await send(this.escrow, () => this.escrow.recordMissedDelivery.populateTransaction(deal, secret));
      return this.left(receipt, deal, ["DeliveryMissed"]);
    });
  }

  /**
   * Whether the version of a deal is proven defective, and the proof came in time for this deal.
   * @param status Where the deal stands, as `statusOf` says.
   * @example
   * ```ts
   * const { deal, status } = await deals.deal(deployment.contracts.Market, licenseId);
   * if (await deals.isDefective(deal, status)) await deals.refundDefective(deal);
   * ```
   */
  async isDefective(deal: Deal, status: DealStatus): Promise<boolean> {
    const provenAt = await decodingErrors(() => this.market.registry.defectiveAt(deal.versionId));
    return provenAt !== 0n && (await this.#isRefundable(deal, status, provenAt));
  }

  async #requireTrue(versionId: bigint, complaint: Complaint): Promise<void> {
    const version = await this.fileOf(versionId);
    if (!complaintProves(this.#platform.primitives, version, complaint)) {
      throw fairExchangeError("COMPLAINT_FALSE", { index: complaint.index });
    }
  }

  /** Whether a proof that comes now refunds a deal, or one that came before does. */
  async #isRefundable({ versionId, complainBy }: Deal, status: DealStatus, known?: bigint): Promise<boolean> {
    if (status !== "delivered") return status === "open" || status === "disputed";
    const provenAt = known ?? (await decodingErrors(() => this.market.registry.defectiveAt(versionId)));
    if (provenAt !== 0n) return provenAt <= complainBy;
    const latest = await decodingErrors(() => this.chain.provider.getBlock("latest"));
    return latest !== null && BigInt(latest.timestamp) < complainBy;
  }

  async #freshKey(versionId: bigint, keyX: bigint, note: string): Promise<{ buyerKey: string; pad: string }> {
    const payer = await this.chain.account();
    const context = { chainId: await this.chain.chainId(), escrow: await this.escrow.getAddress(), versionId, payer };
    const { secret, buyerX, pad } = buyerPad(this.#platform, keyX, context);
    await this.#keyring.add({ kind: "purchase", secret, x: buyerX, note });
    return { buyerKey: toBeHex(buyerX, 32), pad };
  }

  async #deliveredKey(deal: Deal): Promise<bigint> {
    const { delivered } = await dealHistory(this.reader, deal.opener, deal.id);
    if (delivered === undefined) throw dealError("KEY_NOT_DELIVERED", { id: deal.id, deliverBy: deal.deliverBy });
    const { secret } = await this.#keyring.find(BigInt(deal.buyerKey));
    return recoverKey(delivered.c, secret, BigInt(deal.keyX), await this.#context(deal));
  }

  #dealIn(receipt: ContractTransactionReceipt, id: bigint): Deal {
    const { Market: market } = this.deployment.contracts;
    const opened = eventsIn(this.escrow, receipt, "DealOpened", { id })
      .map(({ args }) => plainDeal(args.deal as DealStruct))
      .find(({ opener }) => sameAddress(opener, market));
    if (opened === undefined) throw missing(this.escrow, receipt, "DealOpened");
    return opened;
  }

  async #context(deal: Deal) {
    return {
      chainId: await this.chain.chainId(),
      escrow: await this.escrow.getAddress(),
      versionId: deal.versionId,
      payer: canonicalAddress(deal.payer, "payer"),
    };
  }

  /**
   * A complaint with a gas limit of its own: the node that would be asked for an estimate would be told the key. It is asked what
   * as many random bytes to nobody cost. Rollups charge for the bytes of a transaction, some of them in gas, and more than
   * all that is computed.
   */
  async #withGas(call: ContractTransaction, execution: bigint): Promise<ContractTransaction> {
    const bytes = (call.data.length - 2) / 2;
    const nobody = { to: hexlify(randomBytes(20)), data: hexlify(randomBytes(bytes)) };
    const carried = await this.chain.provider.estimateGas({ from: await this.chain.account(), ...nobody });
    return { ...call, gasLimit: execution + carried };
  }
}

/** Enough for a path of 64 hashes and a whole chunk, without what the chain charges for the bytes. */
const COMPLAINT_GAS = 600_000n;

/** What a refund takes, and what the escrow wants to be left for the licence to be burned. */
const REFUND_GAS = 600_000n;
