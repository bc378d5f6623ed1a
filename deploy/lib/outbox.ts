import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

import { toQuantity, Transaction, type Wallet } from "ethers";

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

const KNOWN = /already known|already imported|known transaction|already exists|already in/i;
const USED = /nonce too low|nonce has already been used|old nonce|invalid nonce/i;
const UNDERPRICED = /underpriced|fee too low|replacement/i;
const NO_FUNDS = /insufficient funds|insufficient balance/i;

/**
 * The deployer's side of the chain. Every transaction is signed here and written to a file before it is sent, so that after a crash the very
 * same transaction can be looked up or sent again: whatever happens, a nonce of ours carries one transaction.
 */
export class Outbox {
  readonly address: string;
  readonly #entries = new Map<string, Entry>();

  constructor(
    readonly rpc: Rpc,
    private readonly wallet: Wallet,
    private readonly chainId: number,
    private readonly file: string,
    private readonly say: (sentence: string) => void,
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
    const raw = await this.wallet.signTransaction(transaction);
    const entry = { nonce: transaction.nonce, hash: Transaction.from(raw).hash as string, raw };
    this.#record(entry);
    await this.#broadcast(entry);
    return entry.hash;
  }

  #record(entry: Entry): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const descriptor = openSync(this.file, "a");
    // the line break comes first, so that a line which a power cut left unfinished cannot swallow this one
    writeSync(descriptor, `\n${JSON.stringify(entry)}`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.#entries.set(entry.hash, entry);
  }

  /** Sends a signed transaction; that the network knows it already is as good. */
  async #broadcast({ raw, hash, nonce }: Entry): Promise<void> {
    try {
      await this.rpc.request({ method: "eth_sendRawTransaction", params: [raw] });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (KNOWN.test(error.message) || (await this.#known(hash)) !== null) return;
      if (USED.test(error.message)) {
        throw new NonceTaken(
          nonce,
          `Another transaction of ${this.address} took nonce ${nonce}: it was sent from elsewhere with the same key.`,
        );
      }
      if (UNDERPRICED.test(error.message)) {
        throw new NonceTaken(
          nonce,
          `Another transaction of ${this.address} with nonce ${nonce} is waiting and pays more: it was sent from elsewhere with the same key.`,
        );
      }
      if (NO_FUNDS.test(error.message)) {
        throw new Error(
          `${this.address} has too little to pay for the next transaction. Send it coin and run the same command again: ` +
            "it goes on where it stopped.",
        );
      }
      throw error;
    }
  }

  /** A transaction by its hash. One of ours that the network has forgotten is sent again. */
  async #find(hash: string): Promise<unknown> {
    const known = await this.#known(hash);
    const entry = this.#entries.get(hash);
    if (known !== null || entry === undefined) return known;
    if (Number(await this.#count("latest")) > entry.nonce) return null;
    this.say(`The network has forgotten the transaction with nonce ${entry.nonce}; the same one is sent again.`);
    try {
      await this.#broadcast(entry);
    } catch (error) {
      if (error instanceof NonceTaken) return null;
      throw error;
    }
    return this.#known(hash);
  }

  #known(hash: string): Promise<unknown> {
    return this.rpc.request({ method: "eth_getTransactionByHash", params: [hash] });
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
  const countAt = async (block: number): Promise<number> =>
    Number(await rpc.request<string>({ method: "eth_getTransactionCount", params: [account, toQuantity(block)] }));
  let high = Number(await rpc.request<string>({ method: "eth_blockNumber" }));
  if ((await countAt(high)) <= nonce) return undefined;
  try {
    // back from the newest block in growing steps, because endpoints forget the state of old blocks
    let low = high;
    for (let step = 1; low > 0 && (await countAt(low)) > nonce; step *= 2) {
      high = low;
      low = Math.max(0, low - step);
    }
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await countAt(middle)) > nonce) high = middle;
      else low = middle;
    }
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
  const block = await rpc.request<{ transactions: { hash: string; from: string; nonce: string }[] }>({
    method: "eth_getBlockByNumber",
    params: [toQuantity(high), true],
  });
  return block.transactions.find(
    (transaction) => transaction.from.toLowerCase() === account.toLowerCase() && Number(transaction.nonce) === nonce,
  )?.hash;
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
