import {
  AbstractSigner,
  Transaction,
  TransactionResponse,
  type BaseWallet,
  type Provider,
  type TransactionReceipt,
  type TransactionRequest,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { fail } from "../errors/catalogue";
import { decodeError } from "../errors/decode";
import { sellerFail } from "./errors";
import type { JournalEntry } from "./state";

/** Keeps signed transactions. `put` returns when the entry is safe. */
export interface Journal {
  entries(): readonly JournalEntry[];
  put(entry: JournalEntry): Promise<void>;
  forget(label: string): Promise<void>;
}

export interface JournalSettings {
  /** Milliseconds to wait for a transaction before giving back; it stays in the journal. */
  readonly patience: number;
  /** Milliseconds between two looks at the chain. */
  readonly every: number;
  /** Milliseconds after which the same transaction is signed again with a higher fee. */
  readonly raiseAfter: number;
  readonly signal?: AbortSignal;
}

/** Nodes ask for a tenth more; a little above that is taken by all of them. */
const RAISE_PERCENT = 125n;
/** Times the market's fee from which on it is not the fee that keeps a transaction waiting, but that there are no blocks. */
const ENOUGH = 4n;

/**
 * Signs one transaction for each label and keeps it before it is sent. Whoever asks again for the same label, after a
 * crash or a lost connection, sends the very same transaction with the very same number: it cannot be mined twice.
 */
export class JournalSigner extends AbstractSigner<Provider> {
  readonly #wallet: BaseWallet;
  readonly #journal: Journal;
  readonly #settings: JournalSettings;
  readonly #label: string;
  readonly #turn: { last: Promise<unknown> };

  constructor(
    wallet: BaseWallet,
    provider: Provider,
    journal: Journal,
    settings: JournalSettings,
    label = "",
    turn: { last: Promise<unknown> } = { last: Promise.resolve() },
  ) {
    super(provider);
    this.#wallet = wallet;
    this.#journal = journal;
    this.#settings = settings;
    this.#label = label;
    this.#turn = turn;
  }

  /** The same signer, for one purpose. */
  labelled(label: string): JournalSigner {
    return new JournalSigner(this.#wallet, this.provider, this.#journal, this.#settings, label, this.#turn);
  }

  override connect(provider: Provider): JournalSigner {
    return new JournalSigner(this.#wallet, provider, this.#journal, this.#settings, this.#label, this.#turn);
  }

  override async getAddress(): Promise<string> {
    return this.#wallet.address;
  }

  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#wallet.signTransaction(transaction);
  }

  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#wallet.signMessage(message);
  }

  override signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#wallet.signTypedData(domain, types, value);
  }

  /** Sends the label's transaction and returns once it is mined. */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    // one after another: a number must be kept before the next is chosen
    const turn = this.#turn.last.then(() => this.#broadcast(request));
    this.#turn.last = turn.catch(() => undefined);
    return this.#mined(await turn);
  }

  async #broadcast(request: TransactionRequest): Promise<JournalEntry> {
    const known = this.#journal.entries().find(({ label }) => label === this.#label);
    const next = await this.provider.getTransactionCount(this.#wallet.address, "latest");
    if (known !== undefined) {
      if (known.nonce < next) {
        const receipt = await this.#receiptOf(known);
        if (receipt !== undefined && receipt.status !== 0) return known;
        // its number went to another transaction, so this one can never be mined; or it was mined and did nothing
        await this.#journal.forget(this.#label);
      } else {
        // a number below that nothing holds any more would keep this one waiting for ever
        if (next < known.nonce && !this.#taken().has(next)) await this.#fill(next);
        const waited = Date.now() - known.signedAt;
        return this.#send(waited < this.#settings.raiseAfter ? known : await this.#raised(known));
      }
    }

    const taken = this.#taken();
    let nonce = next;
    while (taken.has(nonce)) nonce++;
    const unsigned = await this.populateTransaction({ ...request, nonce });
    const raw = await this.#wallet.signTransaction(unsigned);
    const signed = Transaction.from(raw);
    const entry: JournalEntry = {
      label: this.#label,
      nonce,
      raw,
      hashes: [signed.hash!],
      maxFeePerGas: signed.maxFeePerGas ?? signed.gasPrice ?? 0n,
      maxPriorityFeePerGas: signed.maxPriorityFeePerGas ?? 0n,
      signedAt: Date.now(),
    };
    await this.#journal.put(entry);
    return this.#send(entry);
  }

  /** Uses a number up for nothing: what was signed for it is wanted no more. */
  async #fill(nonce: number): Promise<void> {
    const { address } = this.#wallet;
    const raw = await this.#wallet.signTransaction(await this.populateTransaction({ to: address, value: 0n, nonce }));
    await this.provider.broadcastTransaction(raw).catch((error: unknown) => {
      // one that is there already does as well
      if (decodeError(error).code === "NETWORK_UNREACHABLE") throw error;
    });
  }

  #taken(): Set<number> {
    return new Set(this.#journal.entries().map(({ nonce }) => nonce));
  }

  async #send(entry: JournalEntry): Promise<JournalEntry> {
    try {
      await this.provider.broadcastTransaction(entry.raw);
    } catch (error) {
      // a node that has it already, or whose chain has it, is as good as one that took it
      const known = /already (known|imported)|known transaction/i.test(textOf(error));
      if (!known && decodeError(error).code !== "NONCE_EXPIRED") throw error;
    }
    return entry;
  }

  async #raised(entry: JournalEntry): Promise<JournalEntry> {
    const { maxFeePerGas, gasPrice, maxPriorityFeePerGas: priority } = await this.provider.getFeeData();
    const fee = maxFeePerGas ?? gasPrice;
    if (fee !== null && entry.maxFeePerGas >= ENOUGH * fee) return entry;
    const higher = (value: bigint, market: bigint | null): bigint => {
      const raised = (value * RAISE_PERCENT) / 100n + 1n;
      return market !== null && market > raised ? market : raised;
    };
    const transaction = Transaction.from(entry.raw).clone();
    const raisedFee = higher(entry.maxFeePerGas, fee);
    const raisedPriority = higher(entry.maxPriorityFeePerGas, priority);
    if (transaction.type === 2) {
      Object.assign(transaction, { maxFeePerGas: raisedFee, maxPriorityFeePerGas: raisedPriority });
    } else {
      transaction.gasPrice = raisedFee;
    }
    transaction.signature = this.#wallet.signingKey.sign(transaction.unsignedHash);
    const raised: JournalEntry = {
      ...entry,
      raw: transaction.serialized,
      hashes: [...entry.hashes, transaction.hash!],
      maxFeePerGas: raisedFee,
      maxPriorityFeePerGas: raisedPriority,
      signedAt: Date.now(),
    };
    await this.#journal.put(raised);
    return raised;
  }

  async #receiptOf({ hashes }: JournalEntry): Promise<TransactionReceipt | undefined> {
    for (const hash of hashes) {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
    }
    return undefined;
  }

  async #mined(entry: JournalEntry): Promise<TransactionResponse> {
    const { patience, every, signal } = this.#settings;
    const until = Date.now() + patience;
    for (;;) {
      const receipt = await this.#receiptOf(entry);
      if (receipt !== undefined) {
        const response = await this.provider.getTransaction(receipt.hash);
        if (response !== null) return response;
      }
      if (signal?.aborted) throw fail("TIMEOUT");
      if (Date.now() > until) {
        throw sellerFail("DELIVERY_UNCONFIRMED", { label: entry.label, seconds: patience / 1_000 });
      }
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  }
}

function textOf(error: unknown): string {
  const inner = (error as { error?: { message?: string } }).error?.message ?? "";
  return `${error instanceof Error ? error.message : String(error)} ${inner}`;
}
