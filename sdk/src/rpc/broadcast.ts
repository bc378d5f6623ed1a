import { Transaction, type Provider, type TransactionResponse } from "ethers";

import { refusalOf, type TransactionRefusal } from "../errors/nodePhrases";

/**
 * Sends a signed transaction, and asks for it by its hash when the node refuses it: what a node calls a failure often says
 * only that it has the transaction already, and each client says so in other words.
 * @returns Undefined when the node has it now; else why it was refused. Throws what is no refusal of the transaction.
 */
export async function broadcast(provider: Provider, raw: string): Promise<TransactionRefusal | undefined> {
  try {
    await sendRaw(provider, raw);
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if ((await foundByHash(provider, raw)) !== null) return undefined;
    // "known" without being found: another node behind the same address has it
    if (refusal === "known") return undefined;
    if (refusal !== undefined) return refusal;
    throw error;
  }
}

/** What a provider's `broadcastTransaction` should answer: the transaction, also when the node only says that it has it. */
export async function broadcastOrFind(
  provider: Provider,
  raw: string,
  send: (raw: string) => Promise<TransactionResponse>,
): Promise<TransactionResponse> {
  try {
    return await send(raw);
  } catch (error) {
    const found = await foundByHash(provider, raw);
    if (found !== null) return found;
    throw error;
  }
}

/**
 * The bare request: a provider's `broadcastTransaction` asks for the newest block beside it, and which of the two failed
 * could not be told.
 */
async function sendRaw(provider: Provider, raw: string): Promise<void> {
  const { send } = provider as { send?: (method: string, params: unknown[]) => Promise<unknown> };
  if (typeof send === "function") await send.call(provider, "eth_sendRawTransaction", [raw]);
  else await provider.broadcastTransaction(raw);
}

async function foundByHash(provider: Provider, raw: string): Promise<TransactionResponse | null> {
  // a node that is out of reach cannot be asked either: then the first failure is what is told
  return provider.getTransaction(Transaction.from(raw).hash!).catch(() => null);
}
