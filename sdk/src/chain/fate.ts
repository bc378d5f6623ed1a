import type { Provider } from "ethers";

import { sameAddress } from "../addresses/address";

/** What has to be read of a chain to say what became of a transaction. */
export interface FateReader<Receipt, Taker extends NumberedTransaction = NumberedTransaction> {
  receiptOf(hash: string): Promise<Receipt | null>;
  head(): Promise<number>;
  /** How many numbers an account had used at a block, or has used now. */
  countAt(account: string, block: number | "latest"): Promise<number>;
  /** The transactions of a block; none where this node does not show it. */
  transactionsIn(block: number): Promise<readonly Taker[]>;
}

export interface NumberedTransaction {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
}

/** Transactions of one account with one number, of which at most one can be mined. */
export interface Numbered {
  readonly account: string;
  readonly nonce: number;
  readonly hashes: readonly string[];
}

/**
 * What became of transactions that share a number:
 * - `mined`: one of them is in the chain, whatever it did there.
 * - `replaced`: another transaction has the number, so none of them can ever be mined.
 * - `free`: nothing has used the number yet.
 * - `unclear`: the number is used, and this node shows neither a receipt of ours nor the transaction that used it. It may be
 *   behind another node of the same endpoint, or keep no older blocks.
 */
export type Fate<Receipt, Taker> =
  | { readonly state: "mined"; readonly hash: string; readonly receipt: Receipt }
  | { readonly state: "replaced"; readonly taker: Taker }
  | { readonly state: "free" }
  | { readonly state: "unclear" };

/** Blocks in which the transaction that took a number is looked for, where nothing else is said. */
export const MAX_BLOCKS_BACK = 4_096;
/** Blocks at the head that are read whole where the node does not know the account's number at older ones. */
const NEWEST_BLOCKS = 3;

/** Asks a chain what became of transactions with one number; the account's number decides, and not who was waited for. */
export async function fateOf<Receipt, Taker extends NumberedTransaction>(
  reader: FateReader<Receipt, Taker>,
  { account, nonce, hashes }: Numbered,
  blocksBack = MAX_BLOCKS_BACK,
): Promise<Fate<Receipt, Taker>> {
  const mined = await minedAmong(reader, hashes);
  if (mined !== undefined) return { state: "mined", ...mined };
  if ((await reader.countAt(account, "latest")) <= nonce) return { state: "free" };
  const taker = await takerOf(reader, account, nonce, blocksBack);
  if (taker === undefined) return { state: "unclear" };
  const ours = hashes.some((hash) => hash.toLowerCase() === taker.hash.toLowerCase());
  // ours is in a block whose receipt this node does not show yet
  return ours ? { state: "unclear" } : { state: "replaced", taker };
}

/** The one of several versions of a transaction that is in the chain; undefined when the node shows none. */
export async function minedAmong<Receipt>(
  reader: Pick<FateReader<Receipt>, "receiptOf">,
  hashes: readonly string[],
): Promise<{ readonly hash: string; readonly receipt: Receipt } | undefined> {
  // the newest first: it paid most
  for (const hash of [...hashes].reverse()) {
    const receipt = await reader.receiptOf(hash);
    if (receipt !== null) return { hash, receipt };
  }
  return undefined;
}

/** The mined transaction of an account with a number; undefined when this node does not show it. */
export async function takerOf<Taker extends NumberedTransaction>(
  reader: Pick<FateReader<unknown, Taker>, "head" | "countAt" | "transactionsIn">,
  account: string,
  nonce: number,
  blocksBack = MAX_BLOCKS_BACK,
): Promise<Taker | undefined> {
  const head = await reader.head();
  const block = await blockOfNumber(reader, account, nonce, head, blocksBack);
  const newest = Array.from({ length: NEWEST_BLOCKS }, (_, back) => head - back);
  for (const number of block === undefined ? newest : [block]) {
    const transactions = number < 0 ? [] : await reader.transactionsIn(number);
    const taker = transactions.find((one) => one.nonce === nonce && sameAddress(one.from, account));
    if (taker !== undefined) return taker;
  }
  return undefined;
}

/**
 * The block in which an account's number was used, by the count at blocks: a full scan would read every transaction. Asks
 * about twice as often as `blocksBack` has binary digits at most, whatever the node answers.
 */
async function blockOfNumber(
  { countAt }: Pick<FateReader<unknown>, "countAt">,
  account: string,
  nonce: number,
  head: number,
  blocksBack: number,
): Promise<number | undefined> {
  const usedAt = async (block: number): Promise<boolean> => block >= 0 && (await countAt(account, block)) > nonce;
  try {
    if (!(await usedAt(head))) return undefined;
    let used = head;
    let back = 1;
    while (back <= blocksBack && (await usedAt(head - back))) {
      used = head - back;
      back *= 2;
    }
    if (back > blocksBack) return undefined;
    let unused = Math.max(head - back, -1);
    while (used - unused > 1) {
      const middle = Math.floor((used + unused) / 2);
      if (await usedAt(middle)) used = middle;
      else unused = middle;
    }
    return used;
  } catch {
    // a node without the state of older blocks
    return undefined;
  }
}

/** Reads by a provider of ethers. */
export function providerFates(provider: Provider) {
  return {
    receiptOf: (hash: string) => provider.getTransactionReceipt(hash),
    head: () => provider.getBlockNumber(),
    countAt: (account: string, block: number | "latest") => provider.getTransactionCount(account, block),
    transactionsIn: async (block: number) => (await provider.getBlock(block, true))?.prefetchedTransactions ?? [],
  } satisfies FateReader<unknown, NumberedTransaction>;
}
