import {
  MaxUint256,
  Signature,
  concat,
  type ContractTransactionReceipt,
  type Signer,
  type TypedDataDomain,
} from "ethers";

import type { Forwarder, IUpdateDesk } from "../../../typechain-types";
import type { PermitStruct } from "../../../typechain-types/contracts/market/IMarket";
import { IUpdateDesk__factory } from "../../../typechain-types/factories/contracts/escrow/IUpdateDesk__factory";
import { Forwarder__factory } from "../../../typechain-types/factories/contracts/market/Forwarder__factory";
import { canonicalAddress, canonicalFields, isZeroAddress, sameAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, eventsIn, missing } from "../chain/events";
import type { Sent } from "../chain/sent";
import { exchangeError } from "../domains/exchange/errors";
import { marketError } from "../domains/market/errors";
import { decodingErrors } from "../errors/explain";
import { ExchangeClient, upperBound } from "../exchange/client";
import { MarketClient, type Purchase } from "./client";
import { ecdsaSignature } from "./ecdsa";
import { MARKET_LINKS, type MarketContract } from "./links";
import { canonicalOffer, type Offer } from "./offer";
import { announcedDomain, permitOf } from "./permit";
import { PERMIT_TYPES } from "./permitData";
import { orderFor, priceOf, type Order, type PurchaseOptions } from "./order";
import { licensesIn, signatureOn } from "./sale";

/** The contracts that the ways to pay go through. */
export type PaymentContract = MarketContract | "Exchange" | "Forwarder" | "UpdateDesk";

const LINKS = {
  ...MARKET_LINKS,
  Market: { ...MARKET_LINKS.Market, EXCHANGE: "Exchange", trustedForwarder: "Forwarder" },
  Exchange: {},
  Forwarder: {},
  UpdateDesk: { REGISTRY: "ModelRegistry", LICENSES: "LicenseToken" },
} as const satisfies Links<PaymentContract>;

/** One offer of a cart, with what its buyer adds. */
export interface CartLine extends PurchaseOptions {
  readonly offer: Offer;
}

/** What bounds a purchase in another token. */
export interface SwapOptions extends Omit<PurchaseOptions, "signature"> {
  /** How much more than the quote the swap may cost, in basis points; 50 when left out. */
  readonly slippageBps?: bigint;
  /** Refuse to spend more of the token that is paid in, in its smallest unit: a quote of a shallow pool bounds little. */
  readonly maxSpent?: bigint;
  /** Seconds until the purchase is refused; 20 minutes when left out. */
  readonly validFor?: number;
}

/** A licence that was bought in another token. */
export interface SwappedPurchase extends Purchase {
  /** What was spent of the token that was paid in. */
  readonly spent: bigint;
}

/** A purchase that its buyer signed and anybody may send. Nothing in it can be changed. */
export interface SponsoredRequest {
  readonly from: string;
  readonly to: string;
  readonly value: bigint;
  readonly gas: bigint;
  readonly deadline: bigint;
  readonly data: string;
  readonly signature: string;
  readonly price: bigint;
}

const DEFAULT_VALID_FOR = 1_200;
/** Gas on top of the estimate: state may change until the request is sent. */
const GAS_MARGIN = 2n;
/** More than any purchase takes, twice over: what a stranger's recipient does with the rest is not the sponsor's to pay. */
const MAX_SPONSORED_GAS = 2_000_000n;

const FORWARD_TYPES = {
  ForwardRequest: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "gas", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
    { name: "data", type: "bytes" },
  ],
};

/**
 * Buys in other ways than by the buyer's own allowance: by signature, several at once, through a sponsor, in another token.
 * Everything else about the market is in `market`.
 * @example
 * ```ts
 * const payments = new PaymentClient(deploymentOn(chainId), signer);
 * const { licenseId, spent } = await payments.purchaseWithSwap(offer, ZeroAddress);
 * ```
 */
export class PaymentClient extends Client<PaymentContract> {
  /** The same market, as the same account. */
  readonly market: MarketClient;
  /** The exchange that a purchase in another token goes through. */
  readonly exchange: ExchangeClient;
  /** The contract that carries sponsored purchases, for calls of your own. */
  readonly forwarder: Forwarder;
  /** The desk for updates, for calls of your own. */
  readonly desk: IUpdateDesk;

  constructor(deployment: PartialDeployment<PaymentContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.market = new MarketClient(deployment, runner, options);
    this.exchange = new ExchangeClient(deployment, runner, options);
    this.forwarder = this.contract(Forwarder__factory, "Forwarder");
    this.desk = this.contract(IUpdateDesk__factory, "UpdateDesk");
  }

  /**
   * Buys with a signed allowance (ERC-2612) for the price and no more, in one transaction.
   * @throws `PERMIT_UNSUPPORTED` for a token without permits, and what `MarketClient.purchase` throws.
   * @example
   * ```ts
   * const { licenseId } = await payments.purchaseWithPermit(offer, { maxPrice: offer.price });
   * ```
   */
  purchaseWithPermit(named: Offer, options: Omit<PurchaseOptions, "signature"> = {}): Sent<Purchase> {
    return this.chain.write(async ({ send }) => {
      const { market } = this.market;
      const offer = canonicalOffer(named);
      const payer = await this.chain.account();
      const order = orderFor(offer, payer, options);
      const price = priceOf(offer, options);
      const permit = await this.#permit(offer.payToken, price, await this.#deadline());
      const receipt = await send(market, () => market.purchaseWithPermit.populateTransaction(offer, order, permit));
      return this.#bought(price, receipt, payer, order);
    });
  }

  /**
   * Buys every line or none. Each token is approved first, for the sum of its prices. The licences are in the lines' order.
   * @throws `Market_BadCart`, and what `MarketClient.purchase` throws of any line; nothing is bought then.
   * @example
   * ```ts
   * const { licenseIds } = await payments.purchaseCart([{ offer }, { offer: another, recipient: colleague }]);
   * ```
   */
  purchaseCart(named: readonly CartLine[]): Sent<{ licenseIds: bigint[]; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send, approve }) => {
      const { market, licenses } = this.market;
      const { Market } = this.deployment.contracts;
      const payer = await this.chain.account();
      await this.chain.require();
      // what is refused by its form is refused before anything is approved
      const lines = await Promise.all(
        named.map(async (line) => {
          const offer = canonicalOffer(line.offer);
          return { ...line, offer, signature: await signatureOn(this.chain, Market, offer, line.signature) };
        }),
      );
      const sums = new Map<string, bigint>();
      for (const { offer, ...options } of lines) {
        sums.set(offer.payToken, (sums.get(offer.payToken) ?? 0n) + priceOf(offer, options));
      }
      for (const [token, sum] of sums) await approve(token, Market, sum);
      const items = lines.map(({ offer, ...options }) => ({
        offer,
        order: orderFor(offer, payer, options),
        signature: options.signature ?? "0x",
      }));
      const value = [...sums].find(([token]) => isZeroAddress(token))?.[1] ?? 0n;
      const receipt = await send(market, () => market.purchaseCart.populateTransaction(items, { value }));
      const orders = items.map(({ order }) => order);
      return { licenseIds: licensesIn(market, licenses, receipt, payer, orders), receipt };
    });
  }

  /**
   * Asks for a later version that the licence includes, as a free deal. The key is fresh, out of `DealClient.newPad`.
   * @throws `UpdateDesk_NotLicensee`, `UpdateDesk_NotAnUpdate`, `UpdateDesk_AlreadyRequested`, `UpdateDesk_VersionDefective`.
   * @example
   * ```ts
   * const { dealId } = await payments.requestUpdate(licenseId, versionId, await deals.newPad(versionId));
   * ```
   */
  requestUpdate(
    licenseId: bigint,
    versionId: bigint,
    key: { readonly buyerKey: string; readonly pad: string },
  ): Sent<{ dealId: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const receipt = await send(this.desk, () =>
        this.desk.requestUpdate.populateTransaction(licenseId, versionId, key.buyerKey, key.pad),
      );
      const { args } = eventIn(this.desk, receipt, "UpdateRequested", { licenseId, versionId });
      return { dealId: args.dealId as bigint, receipt };
    });
  }

  /**
   * Signs a purchase for somebody else to send: the terms, and a permit for the price. The signer needs the token and
   * no native coin. Tried first, so that a purchase that would fail is explained and not signed.
   * @param options `validFor` is in seconds.
   * @throws `PERMIT_UNSUPPORTED`, and what `MarketClient.purchase` throws.
   * @example
   * ```ts
   * const request = await payments.signSponsored(offer, { maxPrice: offer.price, validFor: 600 });
   * ```
   */
  async signSponsored(
    named: Offer,
    options: Omit<PurchaseOptions, "signature"> & { readonly validFor?: number } = {},
  ): Promise<SponsoredRequest> {
    const offer = canonicalOffer(named);
    const from = await this.chain.account();
    const deadline = await this.#deadline(options.validFor);
    const price = priceOf(offer, options);
    const permit = await this.#permit(offer.payToken, price, deadline);
    const order = orderFor(offer, from, options);
    const data = this.market.market.interface.encodeFunctionData("purchaseWithPermit", [offer, order, permit]);
    const { Market: to, Forwarder } = this.deployment.contracts;
    const tried = { from: Forwarder, to, data: concat([data, from]) };
    const gas = GAS_MARGIN * (await decodingErrors(() => this.chain.provider.estimateGas(tried)));
    const nonce = await decodingErrors(() => this.forwarder.nonces(from));
    const message = { from, to, value: 0n, gas, nonce, deadline, data };
    const domain = await announcedDomain(Forwarder, this.chain.provider, await this.chain.require());
    const signature = await this.#sign(domain, FORWARD_TYPES, message);
    return { from, to, value: 0n, gas, deadline, data, signature, price };
  }

  /**
   * Sends a purchase that somebody signed, and pays the gas for it; refuses a request for anything else.
   * @throws `SPONSORED_REQUEST_INVALID` for what is no purchase on this market; what the purchase fails with.
   * @example
   * ```ts
   * const request = await payments.signSponsored(offer);
   * const { licenseId } = await payments.connect(sponsor).sponsor(request);
   * ```
   */
  sponsor(signed: SponsoredRequest): Sent<Purchase> {
    return this.chain.write(async ({ send }) => {
      const request = { ...canonicalFields(signed, ["from", "to"]), signature: ecdsaSignature(signed.signature) };
      const { price, order } = this.#read(request);
      const receipt = await send(this.forwarder, () => this.forwarder.execute.populateTransaction(request));
      return this.#bought(price, receipt, request.from, order);
    });
  }

  /**
   * Signs a purchase as this client's account and sends it as the sponsor.
   * @throws What `signSponsored` and `sponsor` throw.
   * @example
   * ```ts
   * const { licenseId } = await payments.sponsoredPurchase(offer, sponsor);
   * ```
   */
  sponsoredPurchase(offer: Offer, sponsor: Signer, options: Omit<PurchaseOptions, "signature"> = {}): Sent<Purchase> {
    return this.chain.write(async ({ follow }) =>
      follow(this.connect(sponsor).sponsor(await this.signSponsored(offer, options))),
    );
  }

  /**
   * Buys in another token: finds the cheapest route to the price, and spends at most that and the slippage, and never more than
   * `maxSpent`. What native coin is not needed comes back; of a token only what is needed is taken.
   * @param token What is paid in; the zero address is native coin.
   * @throws `NO_ROUTE`, `SWAP_TOO_DEAR` above `maxSpent`, `SLIPPAGE_OUT_OF_RANGE`, `Market_SwapAboveBound`, and what
   * `MarketClient.purchase` throws.
   * @example
   * ```ts
   * const { spent } = await payments.purchaseWithSwap(offer, ZeroAddress, { maxSpent: parseEther("0.1") });
   * ```
   */
  purchaseWithSwap(named: Offer, token: string, options: SwapOptions = {}): Sent<SwappedPurchase> {
    return this.chain.write(async ({ send, approve }) => {
      const { market } = this.market;
      const { Market } = this.deployment.contracts;
      const { exchange } = this.exchange;
      const offer = canonicalOffer(named);
      const tokenIn = canonicalAddress(token, "tokenIn");
      const payer = await this.chain.account();
      const price = priceOf(offer, options);
      await this.chain.require();
      const route = await this.exchange.routeExactOut(tokenIn, offer.payToken, price);
      const most = options.maxSpent ?? MaxUint256;
      if (route.amountIn > most)
        throw exchangeError("SWAP_TOO_DEAR", { amountIn: route.amountIn, tokenIn, maxSpent: most });
      const bound = upperBound(route.amountIn, options.slippageBps);
      const maxSpent = bound < most ? bound : most;
      const native = isZeroAddress(tokenIn);
      const approval = await approve(tokenIn, Market, maxSpent);
      const payment = { tokenIn, maxSpent, deadline: await this.#deadline(options.validFor), hops: [...route.hops] };
      const order = orderFor(offer, payer, options);
      const receipt = await send(market, () =>
        market.purchaseWithSwap.populateTransaction(offer, order, payment, { value: native ? maxSpent : 0n }),
      );
      const bought = this.#bought(price, receipt, payer, order);
      // the market swaps right before it sells: the first hop is as many swaps before the sale as the route is long
      const sold = eventIn(market, receipt, "LicenseSold", { licenseId: bought.licenseId });
      const swaps = eventsIn(exchange, receipt, "Swapped", { payer: Market });
      const first = swaps.filter(({ index }) => index < sold.index).at(-route.hops.length);
      if (first === undefined) throw missing(exchange, receipt, "Swapped");
      const { amount0, amount1 } = first.args;
      const spent = (amount0 > 0n ? amount0 : amount1) as bigint;
      return { ...bought, approval, spent };
    });
  }

  #bought(price: bigint, receipt: ContractTransactionReceipt, payer: string, order: Order): Purchase {
    const { market, licenses } = this.market;
    return { licenseId: licensesIn(market, licenses, receipt, payer, [order])[0]!, price, receipt };
  }

  /** The purchase that a request asks for: it comes from a stranger, so only its data is believed. */
  #read({ to, value, gas, data }: SponsoredRequest): { price: bigint; order: Order } {
    const invalid = (detail: string) => marketError("SPONSORED_REQUEST_INVALID", { detail });
    if (!sameAddress(to, this.deployment.contracts.Market)) throw invalid(`it is for ${to}, not for the market.`);
    if (value !== 0n) throw invalid(`it asks for ${value} wei.`);
    if (gas > MAX_SPONSORED_GAS) throw invalid(`it asks for ${gas} gas, and ${MAX_SPONSORED_GAS} are enough.`);
    try {
      const [offer, order] = this.market.market.interface.decodeFunctionData("purchaseWithPermit", data);
      // an order that names no quantity is for one
      const quantity = BigInt((order as Order).quantity) || 1n;
      return { price: priceOf(offer as Offer, { quantity }), order: order as Order };
    } catch {
      throw invalid("it is not a purchase with a permit.");
    }
  }

  async #permit(token: string, value: bigint, deadline: bigint): Promise<PermitStruct> {
    const owner = await this.chain.account();
    const chainId = await this.chain.require();
    const { domain, nonce } = await permitOf(token, owner, this.chain.provider, chainId);
    const message = { owner, spender: this.deployment.contracts.Market, value, nonce, deadline };
    const { v, r, s } = Signature.from(await this.#sign(domain, PERMIT_TYPES, message));
    return { value, deadline, v, r, s };
  }

  /** What signs is a key: the forwarder and permits know no other signature. */
  async #sign(
    domain: TypedDataDomain,
    types: Parameters<Signer["signTypedData"]>[1],
    message: Record<string, unknown>,
  ): Promise<string> {
    const { signer } = this.chain;
    return ecdsaSignature(await decodingErrors(() => signer.signTypedData(domain, types, message)));
  }

  async #deadline(validFor = DEFAULT_VALID_FOR): Promise<bigint> {
    return BigInt((await this.chain.now()) + validFor);
  }
}
