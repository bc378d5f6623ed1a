import { Transaction, ZeroAddress, type BaseWallet, type Block, type FeeData, type Provider } from "ethers";

import { FEE_LIMITS, raised, replaces, type FeeLimits } from "../chain/fees";
import { decodeError } from "../errors/decode";
import { EMPTY, type Journal, type JournalSettings, type Shared } from "./journal";
import type { JournalEntry } from "./state";

/** 1,000 gwei: a whole delivery for about 0.15 of the native coin. */
export const DEFAULT_CEILING = 1_000_000_000_000n;

/** Times the market's fee from which on it is not the fee that keeps a transaction waiting, but that there are no blocks. */
const ENOUGH = 4n;
/** A transaction whose time runs out is raised after this part of what is left. */
const PART_OF_TIME_LEFT = 8n;
/** What a transaction that does nothing takes where nothing but the rules of Ethereum is charged. */
const BASE_GAS = 21_000n;
/** What is added to an estimate, in per cent: a rollup charges for the data as well, and its price for that moves. */
const GAS_MARGIN_PERCENT = 150n;
/** The most gas that the rules of Ethereum let one transaction have (EIP-7825): a larger estimate is no estimate. */
const MOST_GAS = 16_777_216n;
/** A kept transaction, and whether its fee may not be raised any more. */
export interface Resigned {
  readonly entry: JournalEntry;
  readonly capped: boolean;
}

/** Signs kept transactions again: for a higher fee, for more gas, or so that they do nothing. */
export class Resigner {
  readonly #wallet: BaseWallet;
  readonly #provider: Provider;
  readonly #journal: Journal;
  readonly #settings: JournalSettings;
  readonly #shared: Shared;

  constructor(wallet: BaseWallet, provider: Provider, journal: Journal, settings: JournalSettings, shared: Shared) {
    this.#wallet = wallet;
    this.#provider = provider;
    this.#journal = journal;
    this.#settings = settings;
    this.#shared = shared;
  }

  get limits(): FeeLimits {
    return this.#settings.limits ?? FEE_LIMITS;
  }

  /** The most that is paid for one unit of gas, in wei, by a transaction that is worth so much for each. */
  ceiling(worth: bigint): bigint {
    return this.#settings.maxFeePerGas ?? max(DEFAULT_CEILING, worth);
  }

  /** The transaction as it is, or for more where it has waited too long, its time runs out or it offers too little. */
  async raisedIfDue(entry: JournalEntry, block: Block, fees: FeeData): Promise<Resigned> {
    if (this.#shared.short.has(entry.label)) return this.#withMoreGas(entry, fees);
    const waited = Date.now() - entry.signedAt;
    const left = entry.until === undefined ? undefined : entry.until - BigInt(block.timestamp);
    const soon = left === undefined ? Infinity : Number((left * 1_000n) / PART_OF_TIME_LEFT);
    const offersTooLittle = this.#shared.low.has(entry.label) || entry.maxFeePerGas < (block.baseFeePerGas ?? 0n);
    if (!offersTooLittle && waited < Math.min(this.#settings.raiseAfter, soon)) return { entry, capped: false };
    const market = fees.maxFeePerGas ?? fees.gasPrice;
    if (!offersTooLittle && market !== null && entry.maxFeePerGas >= ENOUGH * market) return { entry, capped: false };
    return this.#atHigherFee(entry, fees, Transaction.from(entry.raw).clone());
  }

  /** The same transaction with the gas that it takes by now, which is what a node refused it for. */
  async #withMoreGas(entry: JournalEntry, fees: FeeData): Promise<Resigned> {
    const transaction = Transaction.from(entry.raw).clone();
    const { to, data, value, gasLimit } = transaction;
    const needed = entry.label.startsWith(EMPTY)
      ? await this.nothing()
      : { gasLimit: await this.#gasFor({ to, data, value }, gasLimit) };
    if (needed.gasLimit <= gasLimit) return { entry, capped: false };
    return this.#atHigherFee(entry, fees, Object.assign(transaction, needed));
  }

  /** The same number, used up for nothing: what it was signed for is of no use any more, and would only fail. */
  async emptied(entry: JournalEntry, fees: FeeData): Promise<Resigned> {
    const { label } = entry;
    const nothing = Transaction.from(entry.raw).clone();
    Object.assign(nothing, await this.nothing());
    const useless = { ...entry, until: undefined, worth: undefined, label: `${EMPTY}${entry.nonce}` };
    const emptied = await this.#atHigherFee(useless, fees, nothing);
    if (!emptied.capped) await this.#journal.forget(label);
    return emptied.capped ? { entry, capped: true } : emptied;
  }

  /** Signs the transaction again for more, within the ceiling and what the account has. */
  async #atHigherFee(
    entry: JournalEntry,
    { maxFeePerGas, gasPrice, maxPriorityFeePerGas: tip }: FeeData,
    transaction: Transaction,
  ): Promise<Resigned> {
    const balance = await this.#provider.getBalance(this.#wallet.address);
    const affordable = (balance - transaction.value) / transaction.gasLimit;
    // a cheap transaction with a lower nonce holds back a valuable one: the values above it count for it too
    const above = this.#journal.entries().filter(({ nonce }) => nonce >= entry.nonce);
    const worths = above.map(({ worth = 0n, raw }) => worthPerGas(worth, Transaction.from(raw).gasLimit));
    const { maxFee, maxTip } = this.limits;
    const worth = worths.reduce(max, 0n);
    const bounds = [this.ceiling(worth), affordable, max(maxFee / transaction.gasLimit, worth)];
    // without a base fee nothing is burnt, so the whole price is what a node could name for its own profit
    const most = (transaction.type === 2 ? bounds : [...bounds, maxTip]).reduce(min);
    const paid = { fee: entry.maxFeePerGas, tip: entry.maxPriorityFeePerGas };
    const offered = raised(paid, { fee: maxFeePerGas ?? gasPrice ?? 0n, tip: tip ?? 0n });
    const fee = min(offered.fee, most);
    const within = { fee, tip: [offered.tip, fee, maxTip].reduce(min) };
    if (!replaces(within, paid)) return { entry, capped: true };

    if (transaction.type === 2) {
      Object.assign(transaction, { maxFeePerGas: within.fee, maxPriorityFeePerGas: within.tip });
    } else {
      transaction.gasPrice = within.fee;
    }
    transaction.signature = this.#wallet.signingKey.sign(transaction.unsignedHash);
    const replacement: JournalEntry = {
      ...entry,
      raw: transaction.serialized,
      hashes: [...entry.hashes, transaction.hash!],
      maxFeePerGas: within.fee,
      maxPriorityFeePerGas: within.tip,
      signedAt: Date.now(),
    };
    await this.#journal.put(replacement);
    return { entry: replacement, capped: false };
  }

  /**
   * A call that does nothing. Its gas is asked for: on a rollup it includes what the data costs below, and a chain may charge
   * more than Ethereum. An account that runs the code of a contract (EIP-7702) calls nobody in place of itself.
   */
  async nothing(): Promise<{ to: string; data: string; value: bigint; gasLimit: bigint }> {
    const { address } = this.#wallet;
    const isDelegated = (await this.#provider.getCode(address)) !== "0x";
    const call = { to: isDelegated ? ZeroAddress : address, data: "0x", value: 0n };
    return { ...call, gasLimit: await this.#gasFor(call) };
  }

  async #gasFor(call: { to: string | null; data: string; value: bigint }, otherwise = BASE_GAS): Promise<bigint> {
    try {
      const estimate = await this.#provider.estimateGas({ ...call, from: this.#wallet.address });
      return estimate === BASE_GAS ? estimate : min((estimate * GAS_MARGIN_PERCENT) / 100n, MOST_GAS);
    } catch (thrown) {
      const { code } = decodeError(thrown);
      // a node that refuses to say is no reason to leave the number unused
      if (code.startsWith("CONTRACT_") || code === "INSUFFICIENT_FUNDS" || code === "UNEXPECTED") return otherwise;
      throw thrown;
    }
  }
}

/** What a transaction is worth for one unit of its gas, in wei, rounded down. */
export function worthPerGas(worth: bigint, gas: bigint): bigint {
  return worth / max(gas, 1n);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
