import type { ContractTransactionReceipt } from "ethers";

import type { ISubscriptions } from "../../../typechain-types";
import { ISubscriptions__factory } from "../../../typechain-types/factories/contracts/rights/ISubscriptions__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import type { Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { canonicalOffer, type Offer } from "../market/offer";
import { SeatClient, type SeatContract } from "./seats";

/** Whether a subscription can be renewed, and otherwise why not, by the contract's numbers. */
export const RENEWAL = [
  "possible",
  "notItsOffer",
  "unknown",
  "locked",
  "promiseOver",
  "holderOnly",
  "releaseFirst",
  "versionDefective",
  "tooFarAhead",
] as const;
/** Whether a subscription can be renewed, and otherwise why not. */
export type Renewal = (typeof RENEWAL)[number];

/** A subscription as it stands. */
export interface Subscription {
  /** Last second in which it may be used, in Unix time; 0 for one that was never sold. */
  readonly expiresAt: bigint;
  /** Of one that can be cancelled: until when its price is paid out, in Unix time, to come after an early cancellation; otherwise 0. */
  readonly releasedTo: bigint;
  /** Of one that can be cancelled: the protocol's share, in basis points; otherwise 0. */
  readonly feeBps: bigint;
}

/**
 * Subscriptions: how they stand, and what their holders do. They are bought and renewed like any licence, with `MarketClient.purchase` or
 * another way to pay, and `renews`.
 * @example
 * ```ts
 * const subscriptions = new SubscriptionClient(deploymentOn(chainId), signer);
 * const { expiresAt } = await subscriptions.subscription(licenseId);
 * const { possible, reason } = await subscriptions.isRenewable(offer, licenseId, account);
 * if (possible) await market.purchase(offer, { renews: licenseId, quantity: 12n });
 * else console.log(reason);
 * ```
 */
export class SubscriptionClient extends SeatClient<"Subscriptions"> {
  /** The rights module, for calls of your own. */
  readonly subscriptions: ISubscriptions;

  constructor(
    deployment: PartialDeployment<SeatContract<"Subscriptions">>,
    runner: Runner,
    options: ClientOptions = {},
  ) {
    super(deployment, runner, options, "Subscriptions");
    this.subscriptions = this.contract(ISubscriptions__factory, "Subscriptions");
  }

  /**
   * A subscription as it stands.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const { expiresAt } = await subscriptions.subscription(licenseId);
   * ```
   */
  async subscription(licenseId: bigint): Promise<Subscription> {
    const [expiresAt, [releasedTo, feeBps]] = await decodingErrors(() =>
      Promise.all([this.subscriptions.expiresAt(licenseId), this.subscriptions.releasedTo(licenseId)]),
    );
    return { expiresAt, releasedTo, feeBps };
  }

  /**
   * Whether a subscription could be renewed now by a payer, and otherwise the first reason against it. Whether the payer has the money, and
   * meets the offer's policy, the purchase says.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const { possible } = await subscriptions.isRenewable(offer, licenseId, account);
   * ```
   */
  async isRenewable(named: Offer, licenseId: bigint, payer: string): Promise<{ possible: boolean; reason: Renewal }> {
    const offer = canonicalOffer(named);
    const account = canonicalAddress(payer, "payer");
    const [possible, number] = await decodingErrors(() => this.subscriptions.isRenewable(offer, licenseId, account));
    const reason = RENEWAL[Number(number)];
    if (reason === undefined) throw nodeError("NODE_INCONSISTENT", { detail: `there is no reason ${number}.` });
    return { possible, reason };
  }

  /**
   * Pays out what the time that has passed of a cancellable subscription earned. Anyone may.
   * @returns What was paid out, in the smallest unit of the offer's token.
   * @throws `Rights_NotItsOffer`, `Subscriptions_NotCancellable`.
   * @example
   * ```ts
   * const { amount } = await subscriptions.release(offer, licenseId);
   * ```
   */
  release(named: Offer, licenseId: bigint): Sent<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const { subscriptions } = this;
      const receipt = await send(subscriptions, () => subscriptions.release.populateTransaction(offer, licenseId));
      return { amount: eventIn(subscriptions, receipt, "Released", { licenseId }).args.amount as bigint, receipt };
    });
  }

  /**
   * Ends a cancellable subscription of the signer, and credits the signer with what is left. It ends now, or when the first part of its
   * period is over (a thirtieth, at least an hour): that is paid for in any case.
   * @returns The refund, in the smallest unit of the offer's token; `MarketClient.withdraw` takes it out.
   * @throws `Rights_NotOwner`, `Rights_NotItsOffer`, `Subscriptions_NotCancellable`.
   * @example
   * ```ts
   * const { refund } = await subscriptions.cancel(offer, licenseId);
   * ```
   */
  cancel(named: Offer, licenseId: bigint): Sent<{ refund: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const { subscriptions } = this;
      const receipt = await send(subscriptions, () => subscriptions.cancel.populateTransaction(offer, licenseId));
      return { refund: eventIn(subscriptions, receipt, "Cancelled", { licenseId }).args.refund as bigint, receipt };
    });
  }
}
