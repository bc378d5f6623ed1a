import {
  BaseWallet,
  SigningKey,
  formatEther,
  formatUnits,
  parseEther,
  parseUnits,
  type Provider,
  type TransactionLike,
  type TransactionRequest,
} from "ethers";
import { checked } from "../base/checked";
import { sendError } from "../errors/sendErrors";

/**
 * What may be spent on the gas of one transaction. The bounds are absolute, because everything else that could be compared with, the
 * fees of other blocks too, is known from the same node. The price of gas is what a node could lie about for its own
 * profit only through the tip: the rest is burnt, and charged as the chain has it.
 */
export interface FeeLimits {
  /** The most that one transaction may cost in gas, in wei: its gas limit at its highest price. */
  readonly maxFee: bigint;
  /** The most that a unit of gas may pay beyond what the chain asks for, in wei; on a chain without a base fee, in all. */
  readonly maxTip: bigint;
}

/** One coin, which is where go-ethereum stops too, and a tip above those of the busiest hours. */
export const FEE_LIMITS: FeeLimits = { maxFee: parseEther("1"), maxTip: parseUnits("100", "gwei") };

/**
 * Throws when a transaction could cost more than the limits allow. Asked before it is signed: what is signed can be sent by anyone.
 * @throws `FEE_ABOVE_LIMIT` when the gas limit at the highest price costs more than `maxFee`, `TIP_ABOVE_LIMIT` above `maxTip`; both
 * are in wei.
 * @example
 * ```ts
 * requireFees({ gasLimit: 200_000n, maxFeePerGas: 30_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n }, FEE_LIMITS);
 * ```
 */
export const requireFees = /* @__PURE__ */ checked((transaction: TransactionLike<unknown>, limits: FeeLimits): void => {
  const { gasLimit, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const price = BigInt(maxFeePerGas ?? gasPrice ?? 0n);
  const tip = BigInt(maxPriorityFeePerGas ?? gasPrice ?? 0n);
  // a limit that is missing bounds nothing, and must not let everything through
  if (!(tip <= limits.maxTip)) {
    throw sendError("TIP_ABOVE_LIMIT", { tip: formatUnits(tip, "gwei"), limit: formatUnits(limits.maxTip, "gwei") });
  }
  const fee = BigInt(gasLimit ?? 0n) * price;
  if (!(fee <= limits.maxFee))
    throw sendError("FEE_ABOVE_LIMIT", { fee: formatEther(fee), limit: formatEther(limits.maxFee) });
});

const signingKeyOf = /* @__PURE__ */ checked((privateKey: string) => new SigningKey(privateKey));

/** What a transaction pays for a unit of gas, in wei: in all, and the part that the block builder gets; 0 where no base fee is told apart. */
export interface GasPrice {
  readonly fee: bigint;
  readonly tip: bigint;
}

/** Nodes ask a tenth more of a transaction that takes the place of another; a little above that is taken by all of them. */
const RAISE_PERCENT = 125n;
const LEAST_PERCENT = 110n;

/** What is offered for a transaction that waits: a quarter more, or what the chain asks now where that is more. No bound is kept here. */
export function raised(paid: GasPrice, asked: GasPrice): GasPrice {
  const higher = (value: bigint, market: bigint): bigint => {
    const more = (value * RAISE_PERCENT) / 100n + 1n;
    return more > market ? more : market;
  };
  return { fee: higher(paid.fee, asked.fee), tip: higher(paid.tip, asked.tip) };
}

/** Whether nodes accept a transaction that replaces the one that pays this: both parts have to be a tenth more. */
export function replaces(offered: GasPrice, paid: GasPrice): boolean {
  const isEnough = (now: bigint, before: bigint): boolean => now * 100n >= before * LEAST_PERCENT;
  return isEnough(offered.fee, paid.fee) && isEnough(offered.tip, paid.tip);
}

/** A signer that looks at its own fees. */
export interface FeeBound {
  readonly boundsFees: true;
}

/**
 * A wallet that signs no transaction above its limits, whatever created it.
 * @example
 * ```ts
 * const wallet = new BoundedWallet(privateKey, FEE_LIMITS, provider);
 * const market = new MarketClient(deployment, wallet);
 * ```
 */
export class BoundedWallet extends BaseWallet implements FeeBound {
  /** Tells the clients that this signer looks at its own fees. */
  readonly boundsFees = true;
  /** The limits, in wei. */
  readonly limits: FeeLimits;

  constructor(privateKey: string, limits: FeeLimits = FEE_LIMITS, provider?: Provider | null) {
    super(signingKeyOf(privateKey), provider);
    this.limits = limits;
  }

  /**
   * The same wallet with the same limits, at another node.
   * @example
   * ```ts
   * const elsewhere = new BoundedWallet(privateKey).connect(provider);
   * ```
   */
  override connect(provider: Provider | null): BoundedWallet {
    return new BoundedWallet(this.privateKey, this.limits, provider);
  }

  /**
   * Signs a transaction, unless it could cost more than the limits allow.
   * @throws `FEE_ABOVE_LIMIT` or `TIP_ABOVE_LIMIT`; nothing is signed then.
   * @example
   * ```ts
   * const raw = await new BoundedWallet(privateKey, FEE_LIMITS, provider).signTransaction(transaction);
   * ```
   */
  override async signTransaction(transaction: TransactionRequest): Promise<string> {
    requireFees(transaction as TransactionLike<unknown>, this.limits);
    return super.signTransaction(transaction);
  }
}
