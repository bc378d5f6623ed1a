import type { Abi, Address, Hex, TransactionReceipt } from "viem";
import { getBlock, getTransactionReceipt, waitForTransactionReceipt } from "viem/actions";
import type { Config } from "wagmi";
import { getConnection, simulateContract, writeContract } from "wagmi/actions";

import { sameAddress } from "../addresses";
import type { TxEvent } from "./machine";

/** A call of a contract that an account sends. */
export interface Call {
  readonly abi: Abi | readonly unknown[];
  readonly address: Hex;
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly value?: bigint;
  /** Gas that is given along: no node is asked before it is sent then, because the call holds what nobody may see earlier. */
  readonly gas?: bigint;
}

/** A receipt that did not come in this time is asked for once more by hand, because a node may have forgotten the transaction. */
const PATIENCE_MS = 180_000;

/**
 * Sends a call and says each step: it is tried first, then the wallet is asked, then it is followed into a block. Returns the receipt of
 * what succeeded, and undefined otherwise; the last event says why.
 */
export async function send(
  config: Config,
  call: Call,
  account: Address,
  say: (event: TxEvent) => void,
): Promise<TransactionReceipt | undefined> {
  const client = config.getClient();
  say({ type: "check" });
  let hash: Hex;
  try {
    if (call.gas === undefined) await simulateContract(config, { ...call, abi: call.abi as Abi, account });
    const { address: now } = getConnection(config);
    if (now === undefined || !sameAddress(now, account)) {
      say({ type: "switchAccount", then: account, now: now ?? "-" });
      return undefined;
    }
    say({ type: "ask" });
    hash = await writeContract(config, { ...call, abi: call.abi as Abi, account, chainId: client.chain.id });
  } catch (error) {
    say(isRejection(error) ? { type: "reject" } : { type: "fail", error });
    return undefined;
  }
  say({ type: "send", hash });
  return follow(config, hash, say);
}

/** Follows a transaction that was sent into a block. */
export async function follow(
  config: Config,
  hash: Hex,
  say: (event: TxEvent) => void,
): Promise<TransactionReceipt | undefined> {
  const client = config.getClient();
  let other: { reason: "replaced" | "repriced" | "cancelled"; hash: Hex } | undefined;
  try {
    const receipt = await waitForTransactionReceipt(client, {
      hash,
      timeout: PATIENCE_MS,
      onReplaced: ({ reason, transaction }) => (other = { reason, hash: transaction.hash }),
    });
    if (other !== undefined && other.reason !== "repriced") {
      say({ type: other.reason === "replaced" ? "replace" : "cancel", by: other.hash });
      return undefined;
    }
    if (receipt.status === "reverted") {
      say({ type: "fail", error: new Error(`The transaction ${receipt.transactionHash} reverted in its block.`) });
      return undefined;
    }
    say({ type: "include", hash: receipt.transactionHash, block: receipt.blockNumber });
    return receipt;
  } catch (error) {
    const gone = await getTransactionReceipt(client, { hash }).then(
      () => false,
      () => true,
    );
    say(gone ? { type: "drop" } : { type: "fail", error });
    return undefined;
  }
}

/** Says once whether the block of a transaction is final, or was replaced; nothing while neither is so. */
export async function settle(config: Config, receipt: TransactionReceipt): Promise<TxEvent | undefined> {
  const client = config.getClient();
  const found = await getTransactionReceipt(client, { hash: receipt.transactionHash }).catch(() => undefined);
  if (found === undefined) return { type: "reorg" };
  if (found.blockHash !== receipt.blockHash) {
    return { type: "include", hash: found.transactionHash, block: found.blockNumber };
  }
  const final = await getBlock(client, { blockTag: "finalized" }).catch(() => undefined);
  return final !== undefined && final.number !== null && final.number >= receipt.blockNumber
    ? { type: "finalize" }
    : undefined;
}

function isRejection(error: unknown): boolean {
  for (let one = error as { code?: unknown; cause?: unknown } | undefined, depth = 0; one && depth < 8; depth += 1) {
    if (one.code === 4001 || one.code === "ACTION_REJECTED") return true;
    one = one.cause as typeof one;
  }
  return false;
}
