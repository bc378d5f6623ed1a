import type { ContractTransaction, ContractTransactionReceipt } from "ethers";

import type { IEscrow } from "../../../typechain-types";
import { IEscrow__factory } from "../../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { IArbitrator__factory } from "../../../typechain-types/factories/contracts/interfaces/IArbitration.sol/IArbitrator__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, withEvent } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import type { Platform } from "../fairexchange";
import { MarketClient } from "../market/client";
import type { MarketContract } from "../market/links";
import { DEAL_STATUS, canonicalDeal, plainDeal, type Deal, type DealDispute, type DealStatus } from "./deal";
import { dealHistory, openerKind, type DealReader, type OpenedDeal } from "./history";
import type { Keyring } from "./keyring";

/** What a client for deals takes beside a deployment: where secrets are kept, and who computes. */
export interface DealOptions extends ClientOptions {
  /** `nodePlatform()` in Node, `portablePlatform` in a page. */
  readonly platform: Platform;
  /** Where the secrets of versions and purchases are: without its secret a delivered key cannot be read. */
  readonly keyring: Keyring;
}

const LINKS = {
  Escrow: { REGISTRY: "ModelRegistry", LEDGER: "RevenueLedger" },
  ModelRegistry: {},
} as const satisfies Partial<Links<DealContract>>;

/** The contracts that a `DealClient` or a `ReadClient` needs the addresses of. */
export type DealContract = MarketContract | "Escrow" | "UpdateDesk";

/** Every way in which a deal ends. */
const CLOSED = ["DealSettled", "DealSplit", "DealRefunded"] as const;

/** What the escrow itself does with a deal: where it stands, the acts of its parties that need no secret, and the bonds behind it. */
export abstract class DealActs extends Client<DealContract, DealOptions> {
  /** The escrow's contract, for calls of your own. */
  readonly escrow: IEscrow;
  /** The same market, as the same account. */
  readonly market: MarketClient;

  protected constructor(deployment: PartialDeployment<DealContract>, runner: Runner, options: DealOptions) {
    super(deployment, runner, options, LINKS);
    this.market = new MarketClient(deployment, runner, options);
    this.escrow = this.contract(IEscrow__factory, "Escrow");
  }

  /**
   * Reads a deal back from the chain, with what has changed since it was opened.
   * @param named Who opened it: the market, or the desk for an update.
   * @param id The licence of a sale; the deal of an update.
   * @throws `DEAL_UNKNOWN` where no such deal was opened, and what a node fails with.
   * @example
   * ```ts
   * const { deal, status } = await deals.deal(deployment.contracts.Market, licenseId);
   * if (status === "delivered") console.log(`Complain until ${new Date(Number(deal.complainBy) * 1000)}.`);
   * ```
   */
  async deal(named: string, id: bigint): Promise<{ deal: Deal; status: DealStatus }> {
    const opener = canonicalAddress(named, "opener");
    const { openedAt, delivered } = await dealHistory(this.reader, opener, id);
    const deal = { ...openedAt, complainBy: delivered?.complainBy ?? 0n };
    const status = await decodingErrors(() => this.escrow.statusOf(opener, id));
    return { deal, status: DEAL_STATUS[Number(status)] };
  }

  /**
   * The open deals of a seller, oldest first: what a seller has to deliver. Those that strangers opened in the seller's
   * name, past the market, are left out.
   * @throws What a node fails with.
   * @example
   * ```ts
   * for (const deal of await deals.toDeliver(account)) await deals.deliver(deal);
   * ```
   */
  async toDeliver(seller: string): Promise<Deal[]> {
    const opened = await this.openedFor(seller, this.deployment.block ?? 0);
    const deals = opened.map(({ deal }) => deal);
    const statuses = await Promise.all(deals.map((deal) => this.statusOf(deal)));
    return deals.filter((_, i) => statuses[i] === "open");
  }

  /**
   * Every deal that a sale or an update opened for a seller in these blocks, whatever has become of it.
   * @param fromBlock The first block that is searched; `toBlock` is the last, the newest one when left out.
   * @example
   * ```ts
   * const opened = await deals.openedFor(account, deployment.block ?? 0);
   * console.log(`${opened.length} deals were opened for you.`);
   * ```
   */
  async openedFor(seller: string, fromBlock: number, toBlock?: number): Promise<OpenedDeal[]> {
    const filter = this.escrow.filters.DealOpened(undefined, canonicalAddress(seller, "seller"));
    const events = await this.chain.logs(this.escrow, filter, fromBlock, toBlock);
    return events
      .map(({ args, blockNumber }) => ({ deal: plainDeal(args.deal), blockNumber }))
      .filter(({ deal }) => openerKind(this.reader, deal.opener) !== undefined);
  }

  /**
   * The status of a deal now, or in a block.
   * @param block A node that has not this block fails instead of answering from an older one.
   * @throws What a node fails with; a deal that there never was is `none`.
   * @example
   * ```ts
   * const status = await deals.statusOf(deal);
   * ```
   */
  async statusOf({ opener, id }: Pick<Deal, "opener" | "id">, block?: number): Promise<DealStatus> {
    const account = canonicalAddress(opener, "opener");
    const at = block === undefined ? {} : { blockTag: block };
    return DEAL_STATUS[Number(await decodingErrors(() => this.escrow.statusOf(account, id, at)))];
  }

  /**
   * OPEN: the seller gives the money back instead of delivering. Until the deadline that is held against nobody; after it, the
   * delivery was missed, and the buyer can have the miss counted.
   * @throws `Escrow_WrongStatus` unless the deal is open, `Escrow_NotParty` unless the signer is the seller.
   * @example
   * ```ts
   * await deals.decline(deal);
   * ```
   */
  decline(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealRefunded"], (opened) => this.escrow.decline.populateTransaction(opened), "opened");
  }

  /**
   * OPEN, past the deadline: anyone returns the payer's money.
   * @throws `Escrow_WrongStatus` unless the deal is open, `Escrow_TooEarly` until `deliverBy` is over.
   * @example
   * ```ts
   * await deals.refundUndelivered(deal);
   * ```
   */
  refundUndelivered(deal: Deal): Sent<ContractTransactionReceipt> {
    const { refundUndelivered } = this.escrow;
    return this.act(deal, ["DealRefunded"], (opened) => refundUndelivered.populateTransaction(opened), "opened");
  }

  /**
   * DELIVERED: the recipient is content, and the payee is paid at once.
   * @throws `Escrow_WrongStatus` unless the deal is delivered, `Escrow_NotParty` unless the signer is the recipient,
   * `Escrow_VersionDefective` where a proof was found.
   * @example
   * ```ts
   * const result = await deals.open(deal, held, sink);
   * if (result.ok) await deals.accept(deal);
   * ```
   */
  accept(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealSettled"], (now) => this.escrow.accept.populateTransaction(now));
  }

  /**
   * DELIVERED, past the complaint window: anyone has the payee paid.
   * @throws `Escrow_WrongStatus` unless the deal is delivered, `Escrow_TooEarly` until `complainBy` is over.
   * @example
   * ```ts
   * await deals.settle(deal);
   * ```
   */
  settle(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealSettled"], (now) => this.escrow.settle.populateTransaction(now));
  }

  /**
   * DELIVERED: the seller gives the money back.
   * @throws `Escrow_WrongStatus` unless the deal is delivered, `Escrow_NotParty` unless the signer is the seller.
   * @example
   * ```ts
   * await deals.refundBySeller(deal);
   * ```
   */
  refundBySeller(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealRefunded"], (now) => this.escrow.refundBySeller.populateTransaction(now));
  }

  /**
   * Any open deal of a version that was proven defective: anyone returns the payer's money.
   * @throws `Escrow_NotDefective` where nothing was proven, or too late for this deal; `Escrow_WrongStatus` for a deal that is closed.
   * @example
   * ```ts
   * if (await deals.isDefective(deal, await deals.statusOf(deal))) await deals.refundDefective(deal);
   * ```
   */
  refundDefective(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealRefunded"], (now) => this.escrow.refundDefective.populateTransaction(now));
  }

  /**
   * DELIVERED: the recipient goes to the arbitrator and prepays a half of the fee.
   * @param half What is sent along, in wei; `disputeCost` says how much.
   * @throws `Escrow_NoArbitrator` where the offer names none, `Escrow_HalfTooSmall`, `Escrow_TooLate` after `complainBy`,
   * `Escrow_NotParty` unless the signer is the recipient.
   * @example
   * ```ts
   * await deals.dispute(deal, await deals.disputeCost(deal));
   * ```
   */
  dispute(deal: Deal, half: bigint): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DealDisputed"], (now) => this.escrow.dispute.populateTransaction(now, { value: half }));
  }

  /**
   * The dispute of a deal; all zero when there was none.
   * @returns The refund asked and the refund offered are in the smallest unit of the pay token; fees are in wei, times in Unix time.
   * @example
   * ```ts
   * const { refundAsked, refundOffered, ruleBy } = await deals.disputeOf(deal);
   * ```
   */
  async disputeOf({ opener, id }: Pick<Deal, "opener" | "id">): Promise<DealDispute> {
    const dispute = await decodingErrors(() => this.escrow.disputeOf(opener, id));
    const { disputeId, ruleBy, ruling, ruled, feeHeld, feeOfSeller } = dispute;
    const { refundAsked, refundOffered, cost, sellerHalf } = dispute;
    return { disputeId, ruleBy, ruling, ruled, feeHeld, feeOfSeller, refundAsked, refundOffered, cost, sellerHalf };
  }

  /**
   * What the recipient prepays for a dispute now, in wei: both halves of it are the arbitrator's price, and of the seller's
   * half the bond covers what it can. The winner gets a half back.
   * @throws What the arbitrator or the node fails with.
   * @example
   * ```ts
   * console.log(`${formatEther(await deals.disputeCost(deal))} of native coin are prepaid.`);
   * ```
   */
  async disputeCost({ arbitrator, bond }: Pick<Deal, "arbitrator" | "bond">): Promise<bigint> {
    const judge = IArbitrator__factory.connect(arbitrator, this.runner);
    const cost = await decodingErrors(() => judge.arbitrationCost("0x"));
    return 2n * cost - (bond < cost ? bond : cost);
  }

  /**
   * DISPUTED: a party moves its offer towards the other's. Where the two meet, the deal ends there.
   * @param refund What the payer gets back, in the smallest unit of the pay token.
   * @throws `Escrow_NotParty`, `Escrow_NotAConcession` for an offer that moves away from the other's, `Escrow_AlreadyRuled` after a
   * ruling.
   * @example
   * ```ts
   * const { refundAsked, refundOffered } = await deals.disputeOf(deal);
   * await deals.concede(deal, (refundAsked + refundOffered) / 2n);
   * ```
   */
  concede(deal: Deal, refund: bigint): Sent<ContractTransactionReceipt> {
    const names = ["OfferConceded", ...CLOSED];
    return this.act(deal, names, (now) => this.escrow.concede.populateTransaction(now, refund));
  }

  /**
   * DISPUTED, ruled 1 or 2: anyone has the ruling carried out.
   * @throws `Escrow_NotRuled` before the arbitrator has decided, `Escrow_WrongStatus` unless the deal is disputed.
   * @example
   * ```ts
   * const { ruled } = await deals.disputeOf(deal);
   * if (ruled) await deals.executeRuling(deal);
   * ```
   */
  executeRuling(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, CLOSED, (now) => this.escrow.executeRuling.populateTransaction(now));
  }

  /**
   * DISPUTED, not decided in time: anyone ends it at the midpoint of what is asked and offered.
   * @throws `Escrow_TooEarly` while the arbitrator has time, `Escrow_AlreadyRuled` where a side was chosen, `Escrow_WrongStatus` unless the deal is disputed.
   * @example
   * ```ts
   * await deals.resolveStale(deal);
   * ```
   */
  resolveStale(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, CLOSED, (now) => this.escrow.resolveStale.populateTransaction(now));
  }

  /**
   * CLOSED while the arbitrator had not decided: anyone fetches the arbitrator's fee, once the arbitrator's time is over. The
   * recipient gets what it paid of the fee, in the ledger; the seller's part goes back to its bond. Fails with
   * `Escrow_NoFeeToReclaim` where no fee is out, and with `Escrow_FeeNotReturned` while the arbitrator keeps it.
   * @example
   * ```ts
   * const { feeHeld } = await deals.disputeOf(deal);
   * if (feeHeld) await deals.reclaimFee(deal);
   * ```
   */
  reclaimFee(deal: Deal): Sent<ContractTransactionReceipt> {
    return this.act(deal, ["DisputeFeeReturned"], (now) => this.escrow.reclaimFee.populateTransaction(now));
  }

  /**
   * Adds native coin to a seller's bond for one offer of the market, in wei. Each offer has a bond of its own: a deal reserves
   * what its terms say, and without it the offer cannot be sold.
   * @throws `ADDRESS_INVALID`, `Escrow_ZeroParty` for the zero address.
   * @example
   * ```ts
   * await deals.postBond(termsHash, account, parseEther("0.1"));
   * ```
   */
  postBond(termsHash: string, seller: string, amount: bigint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { Market: opener } = this.deployment.contracts;
      const whose = canonicalAddress(seller, "seller");
      const receipt = await send(this.escrow, () =>
        this.escrow.postBond.populateTransaction(opener, whose, termsHash, { value: amount }),
      );
      eventIn(this.escrow, receipt, "BondChanged", { opener, seller: whose, termsHash });
      return receipt;
    });
  }

  /**
   * A seller's bond for one offer of the market, in wei: what is free for the next sales, and what open deals reserve.
   * @example
   * ```ts
   * const { free, reserved } = await deals.bondOf(termsHash, account);
   * console.log(`${formatEther(free)} free, ${formatEther(reserved)} reserved`);
   * ```
   */
  async bondOf(termsHash: string, seller: string): Promise<{ free: bigint; reserved: bigint }> {
    const { Market } = this.deployment.contracts;
    const { free, reserved } = await decodingErrors(() =>
      this.escrow.bondOf(Market, canonicalAddress(seller, "seller"), termsHash),
    );
    return { free, reserved };
  }

  /**
   * Takes a free part of the signer's bond for one offer back, in wei; it is in the ledger then, from where `withdraw` pays it out.
   * @throws `Escrow_BondExhausted` for more than is free.
   * @example
   * ```ts
   * const { free } = await deals.bondOf(termsHash, account);
   * await deals.withdrawBond(termsHash, free);
   * await deals.market.withdraw(ZeroAddress);
   * ```
   */
  withdrawBond(termsHash: string, amount: bigint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { Market: opener } = this.deployment.contracts;
      const receipt = await send(this.escrow, () =>
        this.escrow.withdrawBond.populateTransaction(opener, termsHash, amount),
      );
      eventIn(this.escrow, receipt, "BondChanged", { opener, termsHash });
      return receipt;
    });
  }

  /** What the parts of this client need to read deals back. */
  protected get reader(): DealReader {
    const { escrow, market, chain, runner } = this;
    return { escrow, market, chain, runner, deployment: this.deployment };
  }

  /**
   * Sends what changes a deal, which has to leave one of these events about it.
   * @param state Whether the call takes the deal as it was opened, or with the `complainBy` that the chain holds now.
   */
  protected act(
    deal: Deal,
    events: readonly string[],
    encode: (deal: Deal) => Promise<ContractTransaction>,
    state: "opened" | "now" = "now",
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const receipt = await send(this.escrow, async () => {
        const plain = canonicalDeal(deal);
        if (state === "opened") return encode(plain);
        const { delivered } = await dealHistory(this.reader, deal.opener, deal.id);
        return encode({ ...plain, complainBy: delivered?.complainBy ?? 0n });
      });
      return this.left(receipt, deal, events);
    });
  }

  /** The receipt of a call, which has to have left one of these events about a deal. */
  protected left(
    receipt: ContractTransactionReceipt,
    { opener, id }: Pick<Deal, "opener" | "id">,
    events: readonly string[],
  ): ContractTransactionReceipt {
    return withEvent(this.escrow, receipt, events, { opener, id });
  }
}
