import { layersOf } from "./layers";
import type { nodeErrors } from "./nodeErrors";

/** Why a node does not take a transaction. */
export type TransactionRefusal =
  /** It has the very same transaction: ask for it by its hash. */
  | "known"
  /** The chain has another transaction, or this one, under the same number. */
  | "nonceUsed"
  /** The number is too far ahead of the account's next one. */
  | "nonceTooHigh"
  /** Another transaction waits under the same number and pays as much or more. */
  | "replacement"
  /** It pays less than the next block, or the pool, asks for. */
  | "feeTooLow"
  /** It pays more than the node's operator lets through. */
  | "feeTooHigh"
  /** The account cannot pay for it. */
  | "insufficientFunds"
  /** Its gas limit does not even cover the start of the call. */
  | "gasTooLow"
  /** Its gas limit is above the block's or the node's. */
  | "gasTooHigh"
  /** The pool has no room, or the node is not ready: the same transaction may be taken later. */
  | "later";

interface Row {
  readonly clients: string;
  readonly phrase: string;
  readonly refusal: TransactionRefusal;
  /** The message is this and nothing else; the word alone is too common to look for. */
  readonly whole?: true;
}

const row = (refusal: TransactionRefusal, clients: string, phrase: string, whole?: true): Row =>
  whole === undefined ? { clients, phrase, refusal } : { clients, phrase, refusal, whole };

/**
 * What nodes say when they refuse a transaction, in their own words. JSON-RPC has no codes for it, so that these sentences
 * are the interface. Read from the sources of go-ethereum's `core/txpool` and `core/error.go`, Nethermind's
 * `AcceptTxResult`, Besu's `RpcErrorType`, Erigon's `DiscardReason`, reth's `rpc-eth-types`, anvil and Hardhat's EDR.
 * A node that says something else is asked for the transaction by its hash before anything is concluded.
 */
export const TRANSACTION_PHRASES: readonly Row[] = [
  row("known", "geth, Erigon, reth, Nethermind, Hardhat (older)", "already known"),
  row("known", "Nethermind (older)", "AlreadyKnown"),
  row("known", "Besu, Hardhat", "known transaction"),
  row("known", "anvil, OpenEthereum", "already imported"),
  row("known", "Erigon", "existing txn with same hash"),
  row("known", "Erigon (older)", "existing tx with same hash"),
  row("known", "rollups' sequencers", "already in mempool"),
  row("known", "rollups' sequencers", "tx already exists"),

  row("nonceUsed", "geth, Nethermind, Besu, Erigon, reth, anvil, Hardhat", "nonce too low"),
  row("nonceUsed", "Nethermind (older)", "OldNonce"),
  row("nonceUsed", "Nethermind (older)", "OwnNonceAlreadyUsed"),
  row("nonceUsed", "OpenEthereum", "nonce is too low"),
  row("nonceUsed", "Erigon", "mined", true),
  row("nonceUsed", "ethers", "nonce has already been used"),

  row("nonceTooHigh", "geth, Nethermind, Besu, reth, anvil, Hardhat", "nonce too high"),
  row("nonceTooHigh", "Nethermind (older)", "NonceGap"),
  row("nonceTooHigh", "Nethermind", "nonce too far in future"),
  row("nonceTooHigh", "Nethermind (older)", "NonceTooFarInFuture"),
  row("nonceTooHigh", "Besu", "nonce is too distant from current sender nonce"),
  row("nonceTooHigh", "geth", "gapped-nonce tx from delegated accounts"),

  row("replacement", "geth, Nethermind, Besu, Erigon, reth, anvil, Hardhat", "replacement transaction underpriced"),
  row("replacement", "Besu (older)", "transaction replacement underpriced"),
  row("replacement", "Nethermind (older)", "ReplacementNotAllowed"),
  row("replacement", "Erigon", "could not replace existing tx"),
  row("replacement", "Erigon", "replaced by transaction with higher tip"),
  row("replacement", "reth", "insufficient gas price to replace existing transaction"),
  row("replacement", "geth", "future transaction tries to replace pending transaction"),
  row("replacement", "OpenEthereum", "another transaction with same nonce in the queue"),
  row("replacement", "ethers", "replacement fee too low"),

  row("feeTooLow", "geth, reth, anvil", "max fee per gas less than block base fee"),
  row("feeTooLow", "geth, Nethermind, reth", "transaction underpriced"),
  row("feeTooLow", "Erigon", "underpriced", true),
  row("feeTooLow", "Erigon", "fee too low"),
  row("feeTooLow", "geth", "gas price below minimum"),
  row("feeTooLow", "Nethermind (older)", "FeeTooLow"),
  row("feeTooLow", "Besu", "gas price below configured minimum gas price"),
  row("feeTooLow", "Besu", "gas price below current base fee"),
  row("feeTooLow", "Hardhat", "is too low for the next block, which has a baseFeePerGas of"),
  row("feeTooLow", "reth", "below chain minimum"),
  row("feeTooLow", "rollups, Erigon", "fee cap less than"),
  row("feeTooLow", "rollups", "lower than the current base fee"),
  row("feeTooLow", "rollups", "below base fee"),
  row("feeTooLow", "rollups", "below basefee"),
  row("feeTooLow", "rollups", "less than block base fee"),
  row("feeTooLow", "OpenEthereum", "transaction gas price supplied is too low"),

  row("feeTooHigh", "geth, reth", "exceeds the configured cap"),
  row("feeTooHigh", "Besu", "transaction fee cap exceeded"),

  row("insufficientFunds", "geth, Nethermind, reth, anvil", "insufficient funds"),
  row("insufficientFunds", "Nethermind (older)", "InsufficientFunds"),
  row("insufficientFunds", "Nethermind", "insufficient sender balance"),
  row("insufficientFunds", "Nethermind", "insufficient MaxFeePerGas for sender balance"),
  row("insufficientFunds", "geth (calls)", "insufficient balance for transfer"),
  row("insufficientFunds", "Besu", "upfront cost exceeds account balance"),
  row("insufficientFunds", "Hardhat", "doesn't have enough funds to send tx"),
  row("insufficientFunds", "Conflux, others", "out of balance"),
  row("insufficientFunds", "others", "sender balance too low"),

  row("gasTooLow", "geth, reth, anvil", "intrinsic gas too low"),
  row("gasTooLow", "Erigon", "IntrinsicGas", true),
  row("gasTooLow", "Besu", "intrinsic gas exceeds gas limit"),
  row("gasTooLow", "geth", "insufficient gas for floor data gas cost"),
  row("gasTooLow", "Nethermind", "gas limit below intrinsic gas"),
  row("gasTooLow", "OpenEthereum", "transaction gas is too low"),
  row("gasTooLow", "Hardhat", "transaction requires at least"),
  row("gasTooLow", "Hardhat", "requires gas floor of"),

  row("gasTooHigh", "geth, Besu, reth, Hardhat", "exceeds block gas limit"),
  row("gasTooHigh", "Nethermind (older)", "GasLimitExceeded"),
  row("gasTooHigh", "Erigon", "gas limit is too high"),
  row("gasTooHigh", "reth", "gas limit too high"),
  row("gasTooHigh", "anvil, reth", "intrinsic gas too high"),
  row("gasTooHigh", "Hardhat", "exceeds transaction gas cap"),
  row("gasTooHigh", "geth, Nethermind", "gas limit reached"),

  row("later", "geth, reth", "txpool is full"),
  row("later", "Erigon", "sub-pool is full"),
  row("later", "others", "transaction pool is full"),
  row("later", "geth", "account limit exceeded"),
  row("later", "geth", "in-flight transaction limit reached"),
  row("later", "geth, Erigon", "already reserved"),
  row("later", "Nethermind (older)", "FeeTooLowToCompete"),
  row("later", "Nethermind", "node is syncing"),
  row("later", "Besu", "initial sync is still in progress"),
  row("later", "Besu", "transaction pool not enabled"),
  row("later", "Besu", "an invalid transaction with a lower nonce exists"),
  row("later", "Erigon", "spammer", true),
];

/** The longest phrase that fits decides: "underpriced" is also a part of "replacement transaction underpriced". */
const BY_LENGTH = TRANSACTION_PHRASES.map((one) => ({ ...one, phrase: one.phrase.toLowerCase() })).sort(
  (a, b) => b.phrase.length - a.phrase.length,
);

/** The codes by which ethers names a refusal that it recognised itself. */
const ETHERS: Readonly<Record<string, TransactionRefusal>> = {
  NONCE_EXPIRED: "nonceUsed",
  REPLACEMENT_UNDERPRICED: "replacement",
  INSUFFICIENT_FUNDS: "insufficientFunds",
};

/** What a refusal is called in the catalogue of errors. */
export const REFUSAL_CODES: Readonly<Record<TransactionRefusal, keyof typeof nodeErrors>> = {
  known: "TRANSACTION_KNOWN",
  nonceUsed: "NONCE_EXPIRED",
  nonceTooHigh: "NONCE_TOO_HIGH",
  replacement: "REPLACEMENT_UNDERPRICED",
  feeTooLow: "FEE_TOO_LOW",
  feeTooHigh: "FEE_ABOVE_NODE_CAP",
  insufficientFunds: "INSUFFICIENT_FUNDS",
  gasTooLow: "GAS_LIMIT_TOO_LOW",
  gasTooHigh: "GAS_LIMIT_TOO_HIGH",
  later: "POOL_FULL",
};

/**
 * What a node's sentence says about a transaction; undefined when it is about something else.
 * @example
 * ```ts
 * const refusal = refusalIn("nonce too low: next nonce 7, tx nonce 5");
 * ```
 */
export function refusalIn(text: string): TransactionRefusal | undefined {
  // what a contract says about its own funds or fees is no word of the pool's
  if (/revert/i.test(text)) return undefined;
  const plain = text
    .replace(/^INTERNAL_ERROR: /, "")
    .trim()
    .toLowerCase();
  return BY_LENGTH.find(({ phrase, whole }) => (whole === true ? plain === phrase : plain.includes(phrase)))?.refusal;
}

/**
 * Why a node refused a transaction, by whatever a call threw, however deep it is wrapped; undefined for any other failure.
 * @example
 * ```ts
 * try {
 *   await signer.sendTransaction(transaction);
 * } catch (error) {
 *   if (refusalOf(error) === undefined) throw error;
 * }
 * ```
 */
export function refusalOf(error: unknown): TransactionRefusal | undefined {
  const layers = layersOf(typeof error === "string" ? new Error(error) : error);
  // the node's own words are nearest to the truth, and they are innermost
  for (const { message, data } of [...layers].reverse()) {
    for (const text of [message, data]) {
      const refusal = typeof text === "string" && !text.startsWith("0x") ? refusalIn(text) : undefined;
      if (refusal !== undefined) return refusal;
    }
  }
  for (const { code } of layers) {
    const refusal = ETHERS[String(code)];
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
