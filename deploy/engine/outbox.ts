import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

import { toQuantity, Transaction, type Wallet } from "ethers";

import { minedAmong, takerOf } from "../../sdk/src/chain/fate";
import { raised, requireFees, type FeeLimits } from "../../sdk/src/chain/fees";
import { isIsonomyError } from "../../sdk/src/errors";
import { refusalOf } from "../../sdk/src/errors/nodePhrases";
import { DEPLOY_FEE_LIMITS, feesNow } from "./fees";
import { RpcError, type Rpc, type RpcRequest } from "./rpc";

/** A signed transaction, on record before anybody hears of it. */
interface Entry {
  readonly nonce: number;
  readonly hash: string;
  readonly raw: string;
}

/** The parameters of `eth_sendTransaction` as Ignition gives them. */
interface Request {
  readonly to?: string;
  readonly data?: string;
  readonly value?: string;
  readonly nonce: string;
  readonly gas: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
}

/** Five times a quarter more is three times the fee: past it something else is wrong. */
const MAX_RAISES = 5;
/** How far back the transaction that took a nonce is looked for: 50 days of blocks of one second. Each doubling is two questions. */
const BLOCKS_BACK = 4_194_304;
/** Rebroadcasts at the same fee before the fee is raised. */
const MAX_REBROADCASTS = 3;

/**
 * The deployer's side of the chain. Every transaction is signed here and written to a file before it is sent, so that after a crash the very
 * same transaction can be looked up or sent again: whatever happens, a nonce of ours carries one transaction.
 */
export class Outbox {
  readonly address: string;
  readonly #entries = new Map<string, Entry>();
  /** Since when the first transaction in line waits, and how often its fee was raised. */
  readonly #waiting = new Map<number, { readonly since: number; readonly raised: number }>();
  /** How often each nonce's transaction was found missing. */
  readonly #forgotten = new Map<number, number>();
  /** Nonces whose transaction may not offer more, and of which that was said. */
  readonly #capped = new Set<number>();

  constructor(
    readonly rpc: Rpc,
    private readonly wallet: Wallet,
    private readonly chainId: number,
    private readonly file: string,
    private readonly say: (sentence: string) => void,
    /** Milliseconds before a waiting transaction is offered more. */
    private readonly bumpMs: number,
    /** What a transaction may cost in gas, whatever the endpoint asks for. */
    private readonly limits: FeeLimits = DEPLOY_FEE_LIMITS,
    /** Throws when another deployment has taken over the folder: nothing more may be signed here. */
    private readonly requireHeld: () => Promise<void> = async () => undefined,
  ) {
    this.address = wallet.address;
    for (const entry of readEntries(file)) this.#entries.set(entry.hash, entry);
  }

  /** An EIP-1193 request, with the deployer as the only account. */
  async request({ method, params = [] }: RpcRequest): Promise<unknown> {
    switch (method) {
      case "eth_accounts":
        return [this.address];
      case "eth_sendTransaction":
        return this.#send(params[0] as Request);
      case "eth_getTransactionByHash":
        return this.#find(String(params[0]));
      case "eth_getTransactionReceipt":
        return this.#receipt(String(params[0]));
      case "eth_getTransactionCount":
        if (params[1] === "pending") await this.sendForgotten();
        return this.rpc.request({ method, params });
      default:
        return this.rpc.request({ method, params });
    }
  }

  /** The transaction of ours with this nonce that was signed last. */
  signedWith(nonce: number): { hash: string } | undefined {
    return [...this.#entries.values()].filter((entry) => entry.nonce === nonce).at(-1);
  }

  /**
   * Sends again what the network has forgotten of ours, in the order of the nonces.
   * @returns How many were sent again.
   */
  async sendForgotten(): Promise<number> {
    const count = Number(await this.#count("latest"));
    let sent = 0;
    for (const { nonce, hash } of this.#newest()) {
      if (nonce < count || (await this.#known(hash)) !== null) continue;
      if ((await this.#find(hash)) !== null) sent++;
    }
    return sent;
  }

  /** The newest of ours for each nonce. */
  #newest(): Entry[] {
    const newest = new Map<number, Entry>();
    for (const entry of this.#entries.values()) newest.set(entry.nonce, entry);
    return [...newest.values()].sort((a, b) => a.nonce - b.nonce);
  }

  async #send(request: Request): Promise<string> {
    const transaction = Transaction.from({
      type: request.gasPrice === undefined ? 2 : 0,
      chainId: this.chainId,
      to: request.to ?? null,
      data: request.data ?? "0x",
      value: BigInt(request.value ?? 0),
      nonce: Number(request.nonce),
      gasLimit: BigInt(request.gas),
      ...(request.gasPrice === undefined
        ? {
            maxFeePerGas: BigInt(request.maxFeePerGas ?? 0),
            maxPriorityFeePerGas: BigInt(request.maxPriorityFeePerGas ?? 0),
          }
        : { gasPrice: BigInt(request.gasPrice) }),
    });
    const entry = await this.#sign(transaction);
    await this.#broadcast(entry);
    return entry.hash;
  }

  /** Signs and puts on record. */
  async #sign(transaction: Transaction): Promise<Entry> {
    requireFees(transaction, this.limits);
    await this.requireHeld();
    const raw = await this.wallet.signTransaction(transaction);
    const entry = { nonce: transaction.nonce, hash: Transaction.from(raw).hash as string, raw };
    mkdirSync(dirname(this.file), { recursive: true });
    const descriptor = openSync(this.file, "a");
    // the line break comes first, so that a line which a power cut left unfinished cannot swallow this one
    writeSync(descriptor, `\n${JSON.stringify(entry)}`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.#entries.set(entry.hash, entry);
    return entry;
  }

  /** Sends a signed transaction; that the network knows it already is as good. */
  async #broadcast({ raw, hash, nonce }: Entry): Promise<void> {
    try {
      await this.rpc.request({ method: "eth_sendRawTransaction", params: [raw] });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const refusal = refusalOf(error);
      // whatever a node calls it: what the network has is asked for by its hash
      if (refusal === "known" || (await this.#known(hash)) !== null) return;
      if (refusal === "nonceUsed") {
        throw new NonceTaken(
          nonce,
          `Another transaction of ${this.address} took nonce ${nonce}: it was sent from elsewhere with the same key.`,
        );
      }
      if (refusal === "replacement") {
        throw new NonceTaken(
          nonce,
          `Another transaction of ${this.address} with nonce ${nonce} is waiting and pays more: it was sent from elsewhere with the same key.`,
        );
      }
      if (refusal === "insufficientFunds") {
        throw new Error(
          `${this.address} has too little to pay for the next transaction. Send it coin and run the same command again: ` +
            "it resumes where it stopped.",
        );
      }
      throw error;
    }
  }

  /** A transaction by its hash. One of ours that the network has forgotten is sent again, and for more when that does not help. */
  async #find(hash: string): Promise<unknown> {
    const known = await this.#known(hash);
    const entry = this.#versions(hash).at(-1);
    if (entry === undefined) return known;
    const { nonce } = entry;
    if (known !== null) {
      if (isWaiting(known)) await this.#hurry(entry);
      return known;
    }
    if (Number(await this.#count("latest")) > nonce) return null;
    const times = (this.#forgotten.get(nonce) ?? 0) + 1;
    this.#forgotten.set(nonce, times);
    let capped = false;
    try {
      if (times >= MAX_REBROADCASTS) {
        capped = !(await this.#offerMore(entry));
        if (capped) await this.#broadcast(entry);
      } else {
        if (times === 1)
          this.say(`The network has forgotten the transaction with nonce ${nonce}; the same one is sent again.`);
        await this.#broadcast(entry);
      }
    } catch (error) {
      if (error instanceof NonceTaken) return null;
      if (!(error instanceof RpcError) || refusalOf(error) !== "feeTooLow") throw error;
      capped ||= !(await this.#offerMore(entry));
    }
    const shown = await this.#known(hash);
    // what may not offer more waits until fees have fallen: it is neither lost nor replaced
    return shown ?? (capped ? pending(entry, hash) : null);
  }

  /** Looks after a transaction that waits: one below it may have been forgotten, or the first in line offers too little. */
  async #hurry(entry: Entry): Promise<void> {
    const next = Number(await this.#count("latest"));
    if (next < entry.nonce) {
      const gap = this.#newest().find(({ nonce }) => nonce === next);
      if (gap !== undefined && (await this.#known(gap.hash)) === null) await this.#find(gap.hash);
      return;
    }
    const waiting = this.#waiting.get(entry.nonce) ?? { since: Date.now(), raised: 0 };
    this.#waiting.set(entry.nonce, waiting);
    if (next > entry.nonce || waiting.raised === MAX_RAISES || Date.now() - waiting.since < this.bumpMs) return;
    this.#waiting.set(entry.nonce, { since: Date.now(), raised: waiting.raised + 1 });
    try {
      await this.#offerMore(entry);
    } catch (error) {
      // the version that waits is as good, and may have got in meanwhile
      if (!(error instanceof NonceTaken) && !(error instanceof RpcError)) throw error;
    }
  }

  /**
   * Offers a transaction for more.
   * @returns False when the limits allow no more; what was signed before is as good then, once fees have fallen.
   */
  async #offerMore(entry: Entry): Promise<boolean> {
    let replacement: Entry;
    try {
      replacement = await this.#replacementFor(entry);
    } catch (error) {
      if (!isIsonomyError(error, "FEE_ABOVE_LIMIT") && !isIsonomyError(error, "TIP_ABOVE_LIMIT")) throw error;
      if (!this.#capped.has(entry.nonce)) {
        this.say(
          `The transaction with nonce ${entry.nonce} waits for fees to fall. ${error.message} ` +
            "To pay more, end this, raise DEPLOY_MAX_FEE or DEPLOY_MAX_TIP and run the same command again.",
        );
      }
      this.#capped.add(entry.nonce);
      return false;
    }
    await this.#broadcast(replacement);
    return true;
  }

  /** The same step for a quarter more, or for what the chain asks now if that is more. */
  async #replacementFor({ raw, nonce }: Entry): Promise<Entry> {
    const replacement = Transaction.from(raw).clone();
    replacement.signature = null;
    const now = await this.currentFees();
    const asked = { fee: BigInt(now.maxFeePerGas ?? now.gasPrice ?? 0), tip: BigInt(now.maxPriorityFeePerGas ?? 0) };
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = replacement;
    const { fee, tip } = raised({ fee: maxFeePerGas ?? gasPrice ?? 0n, tip: maxPriorityFeePerGas ?? 0n }, asked);
    if (replacement.type === 2) Object.assign(replacement, { maxFeePerGas: fee, maxPriorityFeePerGas: tip });
    else replacement.gasPrice = fee;
    const signed = await this.#sign(replacement);
    this.say(
      `The fee of the transaction with nonce ${nonce} is too low by now; it is offered again with a higher fee.`,
    );
    return signed;
  }

  /** What a transaction should offer now, as parameters of `eth_sendTransaction`. */
  async currentFees(): Promise<Record<string, string | undefined>> {
    const { price, tip, hasBaseFee } = await feesNow(this.rpc);
    if (!hasBaseFee) return { gasPrice: toQuantity(price) };
    return { maxFeePerGas: toQuantity((price - tip) * 2n + tip), maxPriorityFeePerGas: toQuantity(tip) };
  }

  /** The hash under which the transaction, or a version of it with another fee, got into the chain. */
  async minedHash(hash: string): Promise<string> {
    const receiptOf = (version: string): Promise<object | null> =>
      this.rpc.request({ method: "eth_getTransactionReceipt", params: [version] });
    const versions = this.#versions(hash).map((version) => version.hash);
    return (await minedAmong({ receiptOf }, versions))?.hash ?? hash;
  }

  /** Versions of a transaction of ours: equal except for the fee, so that at most one is mined. */
  #versions(hash: string): Entry[] {
    const own = this.#entries.get(hash);
    if (own === undefined) return [];
    const step = stepIn(own);
    return [...this.#entries.values()].filter((entry) => entry.nonce === own.nonce && stepIn(entry) === step);
  }

  /** The transaction, or the version of it that the network knows, under the hash that was asked for. */
  async #known(hash: string): Promise<object | null> {
    const hashes = new Set([hash, ...this.#versions(hash).map((version) => version.hash)]);
    for (const version of hashes) {
      const found = await this.rpc.request<object | null>({ method: "eth_getTransactionByHash", params: [version] });
      if (found !== null) return { ...found, hash };
    }
    return null;
  }

  async #receipt(hash: string): Promise<object | null> {
    const mined = await this.minedHash(hash);
    const receipt = await this.rpc.request<object | null>({ method: "eth_getTransactionReceipt", params: [mined] });
    return receipt === null ? null : { ...receipt, transactionHash: hash };
  }

  #count(block: "latest" | "pending"): Promise<string> {
    return this.rpc.request<string>({ method: "eth_getTransactionCount", params: [this.address, block] });
  }
}

/** A nonce that we wanted belongs to a transaction that we did not sign here. */
export class NonceTaken extends Error {
  constructor(
    readonly nonce: number,
    message: string,
  ) {
    super(message);
    this.name = "NonceTaken";
  }
}

/** The transaction of an account with a nonce that is in a block already; undefined when it is too old to be looked up. */
export async function findByNonce(rpc: Rpc, account: string, nonce: number): Promise<string | undefined> {
  const quantity = (block: number | "latest"): string => (block === "latest" ? block : toQuantity(block));
  const reader = {
    head: async () => Number(await rpc.request<string>({ method: "eth_blockNumber" })),
    countAt: async (of: string, block: number | "latest") =>
      Number(await rpc.request<string>({ method: "eth_getTransactionCount", params: [of, quantity(block)] })),
    transactionsIn: async (block: number) => {
      const params = [quantity(block), true];
      const found = await rpc.request<{ transactions: readonly Shown[] } | null>({
        method: "eth_getBlockByNumber",
        params,
      });
      return (found?.transactions ?? []).map((one) => ({ ...one, nonce: Number(one.nonce) }));
    },
  };
  return (await takerOf(reader, account, nonce, BLOCKS_BACK))?.hash;
}

/** A transaction as a block shows it. */
interface Shown {
  readonly hash: string;
  readonly from: string;
  readonly nonce: string;
}

/** A transaction of ours that no node shows now, as one would. */
function pending({ raw }: Entry, hash: string): object {
  const { from, to, data, nonce, maxFeePerGas, maxPriorityFeePerGas, gasPrice, type } = Transaction.from(raw);
  const fees =
    type === 2
      ? {
          maxFeePerGas: toQuantity(maxFeePerGas ?? 0n),
          maxPriorityFeePerGas: toQuantity(maxPriorityFeePerGas ?? 0n),
        }
      : { gasPrice: toQuantity(gasPrice ?? 0n) };
  return { hash, from, to, input: data, nonce: toQuantity(nonce), blockNumber: null, blockHash: null, ...fees };
}

function isWaiting(transaction: object): boolean {
  return "blockNumber" in transaction && transaction.blockNumber === null;
}

/** What a transaction does, whatever it pays for it. */
function stepIn({ raw }: Entry): string {
  const { to, data, value } = Transaction.from(raw);
  return `${to} ${value} ${data}`;
}

/** A line that a power cut left unfinished belongs to a transaction that was never sent. */
function readEntries(file: string): Entry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Entry];
      } catch {
        return [];
      }
    });
}
