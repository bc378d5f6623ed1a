import {
  AbstractSigner,
  Transaction,
  type BaseWallet,
  type Block,
  type FeeData,
  type Provider,
  type TransactionReceipt,
  type TransactionRequest,
  type TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { fateOf, minedAmong, providerFates } from "../chain/fate";
import { requireFees, type FeeBound } from "../chain/fees";
import type { TransactionKeeper } from "../chain/send";
import { deadlineClock } from "../deals/finality";
import { dealError } from "../domains/escrow/errors";
import { chainError } from "../errors/chainErrors";
import { decodeError } from "../errors/decode";
import { nodeError } from "../errors/nodeErrors";
import { REFUSAL_CODES, type TransactionRefusal } from "../errors/nodePhrases";
import { broadcast, wasNeverSent } from "../rpc/broadcast";
import { sleep } from "../rpc/patient";
import { sellerError } from "./errors";
import {
  EMPTY,
  nothingShared,
  type Journal,
  type JournalSettings,
  type Outcome,
  type Purpose,
  type Shared,
} from "./journal";
import { Resigner, worthPerGas } from "./resigner";
import type { JournalEntry } from "./state";

/** How long a node may show neither our receipt nor the transaction that used the number, before ours counts as replaced. */
const UNCLEAR_MS = 60_000;

/**
 * Signs one transaction for each label and keeps it before it is sent. A second call for the same label, after a
 * crash or a lost connection, sends the very same transaction with the very same number: it cannot be mined twice. What was
 * sent once may be read by everybody: `advance` sends it again and raises its fee until it is mined or of no use any more,
 * and with it whatever has a lower number.
 * @example
 * ```ts
 * const journalSigner = new JournalSigner(wallet, provider, journal, journalSettings);
 * const receipt = await deals.connect(journalSigner.labelled(`deliver ${deal.id}`)).deliver(deal);
 * ```
 */
export class JournalSigner extends AbstractSigner<Provider> implements FeeBound, TransactionKeeper {
  /** Tells the clients that this signer looks at its own fees. */
  readonly boundsFees = true;
  /** Tells the clients that this signer keeps what it sends, and sends it again by itself. */
  readonly keepsTransactions = true;
  readonly #wallet: BaseWallet;
  readonly #journal: Journal;
  readonly #settings: JournalSettings;
  readonly #label: string;
  readonly #purpose: Purpose;
  readonly #shared: Shared;
  readonly #resigner: Resigner;

  constructor(
    wallet: BaseWallet,
    provider: Provider,
    journal: Journal,
    settings: JournalSettings,
    label = "",
    purpose: Purpose = {},
    shared: Shared = nothingShared(),
  ) {
    super(provider);
    this.#wallet = wallet;
    this.#journal = journal;
    this.#settings = settings;
    this.#label = label;
    this.#purpose = purpose;
    this.#shared = shared;
    this.#resigner = new Resigner(wallet, provider, journal, settings, shared);
  }

  /**
   * The same signer, for one purpose.
   * @param label At most one transaction is pending for each.
   * @example
   * ```ts
   * const forThisDeal = journalSigner.labelled(`deliver ${deal.id}`, { until: deal.deliverBy });
   * ```
   */
  labelled(label: string, purpose: Purpose = {}): JournalSigner {
    return this.#like(this.provider, label, purpose);
  }

  /**
   * The same journal at another node.
   * @example
   * ```ts
   * const elsewhere = journalSigner.connect(provider);
   * ```
   */
  override connect(provider: Provider): JournalSigner {
    return this.#like(provider, this.#label, this.#purpose);
  }

  #like(provider: Provider, label: string, purpose: Purpose): JournalSigner {
    return new JournalSigner(this.#wallet, provider, this.#journal, this.#settings, label, purpose, this.#shared);
  }

  /**
   * The account that signs.
   * @example
   * ```ts
   * const account = await journalSigner.getAddress();
   * ```
   */
  override async getAddress(): Promise<string> {
    return this.#wallet.address;
  }

  /**
   * Signs a transaction, without keeping it; its fees are bounded as everywhere.
   * @example
   * ```ts
   * const raw = await journalSigner.signTransaction(transaction);
   * ```
   */
  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#wallet.signTransaction(transaction);
  }

  /**
   * Signs a message by EIP-191.
   * @example
   * ```ts
   * const signature = await journalSigner.signMessage("hello");
   * ```
   */
  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#wallet.signMessage(message);
  }

  /**
   * Signs typed data by EIP-712.
   * @example
   * ```ts
   * const domain = marketDomain(deployment.contracts.Market, chainId);
   * const signature = await journalSigner.signTypedData(domain, { Thing: [{ name: "size", type: "uint256" }] }, { size: 3n });
   * ```
   */
  override signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#wallet.signTypedData(domain, types, value);
  }

  /**
   * Sends the label's transaction and returns once it is mined. Where one is kept for the label, that one is sent and the request is
   * ignored.
   * @throws `FEE_CEILING`, `DEADLINE_TOO_CLOSE`, `DELIVERY_UNCONFIRMED`, and what a node refuses it with.
   * @example
   * ```ts
   * const { hash } = await journalSigner.labelled("pay the rent").sendTransaction(transaction);
   * ```
   */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    await this.#inTurn(() => this.#broadcast(request));
    return this.mined(this.#settings.patience);
  }

  /**
   * Whether the label's transaction may have left this machine: it may be read by everybody, and be mined.
   * @example
   * ```ts
   * if (!journalSigner.isPublic("pay the rent")) await journalSigner.abandon("pay the rent");
   * ```
   */
  isPublic(label: string): boolean {
    return this.#journal.entries().some((entry) => entry.label === label && entry.sent !== false);
  }

  /**
   * Sends again whatever was sent and is not mined, in the order of the numbers, and raises what waits too long or offers
   * too little. A number that nothing holds any more is used up for nothing, so that none above it waits for ever.
   * @throws What a node fails with.
   * @example
   * ```ts
   * for (const { label, state } of await journalSigner.advance()) console.log(`${label}: ${state}`);
   * ```
   */
  advance(): Promise<Outcome[]> {
    return this.#inTurn(() => this.#advance());
  }

  /**
   * The label's transaction is wanted no more. What was never sent is forgotten; the rest gives its number back in `advance`.
   * @example
   * ```ts
   * await journalSigner.abandon("pay the rent");
   * ```
   */
  async abandon(label: string): Promise<void> {
    const entry = this.#entryOf(label);
    if (entry === undefined) return;
    await (entry.sent === false ? this.#journal.forget(label) : this.#journal.put({ ...entry, until: 0n }));
  }

  /**
   * Waits until the label's transaction is mined.
   * @param patience In milliseconds.
   * @throws `DELIVERY_UNCONFIRMED` after that; the transaction stays in the journal.
   * @example
   * ```ts
   * const { blockNumber } = await journalSigner.labelled("pay the rent").mined(60_000);
   * ```
   */
  async mined(patience: number): Promise<TransactionResponse> {
    const until = Date.now() + patience;
    for (;;) {
      const entry = this.#entryOf(this.#label);
      const known = entry && (await minedAmong(providerFates(this.provider), entry.hashes));
      if (known !== undefined) {
        const response = await this.provider.getTransaction(known.receipt.hash);
        if (response !== null) return response;
      }
      if (this.#settings.signal?.aborted) throw chainError("TIMEOUT");
      if (Date.now() > until) {
        throw sellerError("DELIVERY_UNCONFIRMED", { label: this.#label, seconds: patience / 1_000 });
      }
      await sleep(this.#settings.pollIntervalMs);
    }
  }

  /** One after another: a number must be kept before the next is chosen. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#shared.last.then(work);
    this.#shared.last = turn.catch(() => undefined);
    return turn;
  }

  async #broadcast(request: TransactionRequest): Promise<void> {
    let known = this.#entryOf(this.#label);
    const next = await this.#next();
    if (known?.sent === false) {
      // nobody has heard of it, so nothing binds us to the gas and the fee of then
      await this.#journal.forget(this.#label);
      known = undefined;
    }
    if (known !== undefined) {
      if (known.nonce >= next) {
        const { block, fees } = await this.#market();
        await this.#closeGaps(next, known.nonce);
        // one that was given up and is wanted again
        const { until, worth } = this.#purpose;
        await this.#send((await this.#resigner.raisedIfDue({ ...known, until, worth }, block, fees)).entry);
        return;
      }
      const end = await this.#fateOf(known);
      if (end === "unclear")
        throw chainError("NODE_BEHIND", { detail: `it does not show what used number ${known.nonce}.` });
      if (end !== "replaced" && end.status !== 0) return;
      // its number went to another transaction, so this one can never be mined; or it was mined and did nothing
      await this.#journal.forget(this.#label);
    }

    const taken = new Set(this.#journal.entries().map(({ nonce }) => nonce));
    let nonce = next;
    while (taken.has(nonce)) nonce++;
    await this.#send(await this.#signed({ ...request, nonce }));
  }

  async #advance(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    if (this.#journal.entries().length === 0) return outcomes;
    const next = await this.#next();
    for (const entry of this.#inOrder().filter(({ nonce }) => nonce < next)) {
      const outcome = await this.#endOf(entry);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    const last = this.#inOrder()
      .filter(({ sent }) => sent !== false)
      .at(-1);
    if (last === undefined || last.nonce < next) return outcomes;

    await this.#closeGaps(next, last.nonce);
    const { block, fees } = await this.#market();
    for (const entry of this.#inOrder().filter(({ nonce, sent }) => nonce >= next && sent !== false)) {
      const late = entry.until !== undefined && BigInt(block.timestamp) > entry.until;
      const outcome: { label: string; state: "waiting"; capped?: boolean } = { label: entry.label, state: "waiting" };
      try {
        if (late && entry.sent === "maybe" && (await this.#isUnknown(entry))) {
          // it hardly ever left; if it did, it waits under a number that the next transaction takes by paying more
          await this.#journal.forget(entry.label);
          continue;
        }
        const { entry: ready, capped } = await (late
          ? this.#resigner.emptied(entry, fees)
          : this.#resigner.raisedIfDue(entry, block, fees));
        outcome.capped = capped;
        await this.#send(ready);
        outcomes.push(outcome);
      } catch (thrown) {
        const error = decodeError(thrown);
        // the next ones are as good as this one, but not while the node is away
        if (error.code === "NETWORK_UNREACHABLE" || error.code === "TIMEOUT") throw error;
        outcomes.push({ ...outcome, error });
      }
    }
    return outcomes;
  }

  /** What became of a transaction whose number is used. One that was mined stays in the journal: a reorg may undo it. */
  async #endOf(entry: JournalEntry): Promise<Outcome | undefined> {
    const { label, until } = entry;
    const { mined } = this.#shared;
    if (label.startsWith(EMPTY) || until === 0n) {
      await this.#journal.forget(label);
      mined.delete(label);
      return undefined;
    }
    if (mined.has(label)) return undefined;
    const end = await this.#fateOf(entry);
    if (end === "unclear") return { label, state: "waiting" };
    if (end === "replaced" || end.status === 0) await this.#journal.forget(label);
    if (end === "replaced") return { label, state: "replaced" };
    if (end.status !== 0) mined.add(label);
    return { label, state: end.status === 0 ? "failed" : "mined", receipt: end };
  }

  /**
   * What became of a transaction whose number is used: its receipt, or that another one has the number. A node that shows
   * neither is behind another one, or keeps no older blocks: the first passes.
   */
  async #fateOf({ label, nonce, hashes }: JournalEntry): Promise<TransactionReceipt | "replaced" | "unclear"> {
    const { unclear } = this.#shared;
    const fate = await fateOf(providerFates(this.provider), { account: this.#wallet.address, nonce, hashes });
    if (fate.state === "mined" || fate.state === "replaced") {
      unclear.delete(label);
      return fate.state === "mined" ? fate.receipt : "replaced";
    }
    const since = unclear.get(label) ?? Date.now();
    unclear.set(label, since);
    if (fate.state === "free" || Date.now() - since < UNCLEAR_MS) return "unclear";
    unclear.delete(label);
    return "replaced";
  }

  /** Numbers below `above` that no public transaction holds: what is signed for them and was never sent gives its own back. */
  async #closeGaps(next: number, above: number): Promise<void> {
    for (let nonce = next; nonce < above; nonce++) {
      const holders = this.#journal.entries().filter((entry) => entry.nonce === nonce);
      if (holders.some(({ sent }) => sent !== false)) continue;
      for (const { label } of holders) await this.#journal.forget(label);
      await this.labelled(`${EMPTY}${nonce}`).#sendEmpty({ ...(await this.#resigner.nothing()), nonce });
    }
  }

  async #sendEmpty(request: TransactionRequest): Promise<void> {
    await this.#send(await this.#signed(request)).catch((error: unknown) => {
      // one of another's that is there already does as well
      if (decodeError(error).code === "NETWORK_UNREACHABLE") throw error;
    });
  }

  /** Signs and keeps a transaction; nobody has heard of it yet. */
  async #signed(request: TransactionRequest): Promise<JournalEntry> {
    const unsigned = await this.populateTransaction(request);
    const ceiling = this.#resigner.ceiling(worthPerGas(this.#purpose.worth ?? 0n, BigInt(unsigned.gasLimit ?? 1n)));
    const fee = BigInt(unsigned.maxFeePerGas ?? unsigned.gasPrice ?? 0n);
    if (fee > ceiling) {
      const { block } = await this.#market();
      const asked = block.baseFeePerGas ?? fee;
      if (asked > ceiling) throw sellerError("FEE_CEILING", { asked: gwei(asked), ceiling: gwei(ceiling) });
      if (unsigned.type === 2) {
        const tip = BigInt(unsigned.maxPriorityFeePerGas ?? 0n);
        Object.assign(unsigned, { maxFeePerGas: ceiling, maxPriorityFeePerGas: tip > ceiling ? ceiling : tip });
      } else {
        unsigned.gasPrice = ceiling;
      }
    }
    // the tip is what a node could name for its own profit, and nothing is lost yet by signing nothing
    requireFees(unsigned, this.#resigner.limits);
    const raw = await this.#wallet.signTransaction(unsigned);
    const signed = Transaction.from(raw);
    const { until, worth } = this.#purpose;
    const entry: JournalEntry = {
      label: this.#label,
      nonce: signed.nonce,
      raw,
      hashes: [signed.hash!],
      maxFeePerGas: signed.maxFeePerGas ?? signed.gasPrice ?? 0n,
      maxPriorityFeePerGas: signed.maxPriorityFeePerGas ?? 0n,
      signedAt: Date.now(),
      sent: false,
      ...(until === undefined ? {} : { until }),
      ...(worth === undefined ? {} : { worth }),
    };
    await this.#journal.put(entry);
    return entry;
  }

  /** Sends a kept transaction. Before the first time the clock is asked again: all that came before took its time. */
  async #send(entry: JournalEntry): Promise<void> {
    const first = entry.sent === false;
    if (first) {
      await this.#requireTime(entry);
      // from here on it may be public, whatever the answer is, and also when this process ends here
      await this.#journal.put({ ...entry, sent: "maybe" });
    }
    let refusal: TransactionRefusal | undefined;
    try {
      refusal = await broadcast(this.provider, entry.raw);
    } catch (error) {
      // it did not leave, so it is not public, and the clock counts for it again
      if (first && wasNeverSent(this.provider, error)) await this.#journal.put(entry);
      throw error;
    }
    this.#shared.low.delete(entry.label);
    this.#shared.short.delete(entry.label);
    switch (refusal) {
      case undefined:
      case "known":
        if (entry.sent !== true) await this.#journal.put({ ...entry, sent: true });
        return;
      // the chain has it, or another one under its number: the receipts tell
      case "nonceUsed":
      // sent again later, when there is room or what comes before it is there
      case "later":
      case "nonceTooHigh":
        return;
      case "replacement":
      case "feeTooLow":
        this.#shared.low.add(entry.label);
        return;
      default:
        if (refusal === "gasTooLow" && !first) this.#shared.short.add(entry.label);
        // the node kept it to itself, so it is not public, and the clock counts for it again
        if (first) await this.#journal.put(entry);
        throw nodeError(REFUSAL_CODES[refusal]);
    }
  }

  async #requireTime({ label, until }: JournalEntry): Promise<void> {
    if (until === undefined) return;
    const { margin = 0n } = this.#purpose;
    const [block, { chainId }] = await Promise.all([this.#latest(), this.provider.getNetwork()]);
    if (deadlineClock(block, chainId) + margin <= until) return;
    await this.#journal.forget(label);
    throw dealError("DEADLINE_TOO_CLOSE", { id: label.split(":").at(-1), deliverBy: until, margin });
  }

  /** Whether the node has heard of none of its versions. */
  async #isUnknown({ hashes }: JournalEntry): Promise<boolean> {
    for (const hash of hashes) if ((await this.provider.getTransaction(hash)) !== null) return false;
    return true;
  }

  async #market(): Promise<{ block: Block; fees: FeeData }> {
    const [block, fees] = await Promise.all([this.#latest(), this.provider.getFeeData()]);
    return { block, fees };
  }

  async #latest(): Promise<Block> {
    const block = await this.provider.getBlock("latest");
    if (block === null) throw chainError("TIMEOUT");
    return block;
  }

  #next(): Promise<number> {
    return this.provider.getTransactionCount(this.#wallet.address, "latest");
  }

  #entryOf(label: string): JournalEntry | undefined {
    return this.#journal.entries().find((entry) => entry.label === label);
  }

  #inOrder(): JournalEntry[] {
    return [...this.#journal.entries()].sort((a, b) => a.nonce - b.nonce);
  }
}

function gwei(wei: bigint): string {
  return `${Number(wei) / 1e9} gwei`;
}
