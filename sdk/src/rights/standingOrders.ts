import type { ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, IStandingOrders } from "../../../typechain-types";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { IStandingOrders__factory } from "../../../typechain-types/factories/contracts/rights/IStandingOrders__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import { canonicalOffer, type Offer } from "../market/offer";

/** The contracts that a client of standing orders needs the addresses of. */
export type StandingOrderContract = "StandingOrders" | "LicenseToken" | "Market" | "Subscriptions";

/** What a payer allows for one licence. */
export interface StandingOrder {
  /** The most that one renewal may cost, in the smallest unit of the offer's token. */
  readonly maxPrice: bigint;
  /** Last second in which the licence may be renewed, in Unix time; 0 where there is no order. */
  readonly until: bigint;
  /** How long before the end of the term it may be renewed, in seconds: 10 minutes to 7 days, and at most half a period. */
  readonly ahead: bigint;
  /** What the sender of a renewal receives, in the smallest unit of the offer's token. */
  readonly tip: bigint;
}

/**
 * Standing orders: subscriptions that renew themselves. A payer allows it once; anyone may then send the renewal when it is due, and
 * receives the tip.
 * @example
 * ```ts
 * const standing = new StandingOrderClient(deploymentOn(chainId), signer);
 * await standing.set(offer, licenseId, { maxPrice: offer.price, until: validUntil, ahead: 86_400n, tip: 0n }, { periods: 12n });
 * ```
 */
export class StandingOrderClient extends Client<StandingOrderContract> {
  /** The contract, for calls of your own. */
  readonly standingOrders: IStandingOrders;
  readonly #licenses: ILicenseToken;

  constructor(deployment: PartialDeployment<StandingOrderContract>, runner: Runner, options: ClientOptions = {}) {
    const refersTo = { LICENSES: "LicenseToken", MARKET: "Market", SUBSCRIPTIONS: "Subscriptions" } as const;
    super(deployment, runner, options, { StandingOrders: refersTo });
    this.standingOrders = this.contract(IStandingOrders__factory, "StandingOrders");
    this.#licenses = this.contract(ILicenseToken__factory, "LicenseToken");
  }

  /**
   * A payer's order for a licence and its present holder.
   * @throws `ERC721NonexistentToken`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * const { until, maxPrice } = await standing.order(licenseId, buyer);
   * if (until === 0n) console.log("there is none");
   * ```
   */
  async order(licenseId: bigint, payer: string): Promise<StandingOrder> {
    const account = canonicalAddress(payer, "payer");
    const found = await decodingErrors(async () => {
      const holder = await this.#licenses.ownerOf(licenseId);
      return this.standingOrders.orderOf(licenseId, holder, account);
    });
    return { maxPrice: found.maxPrice, until: found.until, ahead: found.ahead, tip: found.tip };
  }

  /**
   * Allows renewals of a licence, paid by the signer, for as long as `holder` has it. Approves price and tip of the
   * periods first, unless as much is approved already; all orders of an account in one token share its allowance.
   * @param options `periods` to approve, 1 where nothing is said; the `holder` of the licence, who holds it now where nothing is said.
   * @throws `StandingOrders_NotHolder`, `StandingOrders_NotRenewable`, `StandingOrders_NativeCoin`, `StandingOrders_BadOrder`, `ERC721NonexistentToken`.
   * @example
   * ```ts
   * await standing.set(offer, licenseId, { maxPrice: offer.price, until: validUntil, ahead: 86_400n, tip: 0n }, { periods: 12n });
   * ```
   */
  set(
    named: Offer,
    licenseId: bigint,
    order: StandingOrder,
    { periods = 1n, holder }: { periods?: bigint; holder?: string } = {},
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send, approve }) => {
      const offer = canonicalOffer(named);
      const { standingOrders } = this;
      await this.chain.require();
      const of =
        holder === undefined
          ? await decodingErrors(() => this.#licenses.ownerOf(licenseId))
          : canonicalAddress(holder, "holder");
      await approve(offer.payToken, this.deployment.contracts.StandingOrders, (offer.price + order.tip) * periods);
      const receipt = await send(standingOrders, () =>
        standingOrders.set.populateTransaction(offer, licenseId, of, order),
      );
      eventIn(standingOrders, receipt, "StandingOrderSet", { licenseId, payer: await this.chain.account() });
      return receipt;
    });
  }

  /**
   * Takes the signer's order for a licence back. The allowance stays, and nothing can use it but the signer's other orders.
   * @param holder Under whom the order was set, where somebody else holds the licence now.
   * @throws `StandingOrders_NoOrder`, `ERC721NonexistentToken`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await standing.cancel(licenseId);
   * ```
   */
  cancel(licenseId: bigint, holder?: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { standingOrders } = this;
      const under =
        holder === undefined
          ? await decodingErrors(() => this.#licenses.ownerOf(licenseId))
          : canonicalAddress(holder, "holder");
      const receipt = await send(standingOrders, () => standingOrders.cancel.populateTransaction(licenseId, under));
      eventIn(standingOrders, receipt, "StandingOrderCancelled", { licenseId, payer: await this.chain.account() });
      return receipt;
    });
  }

  /**
   * Renews a licence for one period, paid by `payer`, when it is due. Anyone may, and the signer receives the tip.
   * @throws `StandingOrders_NoOrder`, `StandingOrders_NotDue`, `Subscriptions_NotRenewable`, `Market_NotItsOffer`,
   * `ERC20InsufficientAllowance`, `ERC20InsufficientBalance`, and what else a purchase fails with.
   * @example
   * ```ts
   * const { price, tip } = await standing.run(offer, licenseId, buyer);
   * ```
   */
  run(
    named: Offer,
    licenseId: bigint,
    payer: string,
  ): Sent<{ price: bigint; tip: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const account = canonicalAddress(payer, "payer");
      const { standingOrders } = this;
      const receipt = await send(standingOrders, () =>
        standingOrders.run.populateTransaction(offer, licenseId, account),
      );
      const { args } = eventIn(standingOrders, receipt, "StandingOrderRun", { licenseId, payer: account });
      return { price: args.price as bigint, tip: args.tip as bigint, receipt };
    });
  }
}
