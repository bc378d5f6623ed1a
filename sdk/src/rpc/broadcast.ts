import { Transaction, type Provider, type TransactionResponse } from "ethers";

import { refusalOf, type TransactionRefusal } from "../errors/nodePhrases";
import { neverLeft } from "./neverLeft";

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
export async function sendRaw(provider: Provider, raw: string): Promise<void> {
  if (hasSend(provider)) await provider.send("eth_sendRawTransaction", [raw]);
  else await provider.broadcastTransaction(raw);
}

/**
 * Whether a transaction certainly never left this machine, by what `sendRaw` threw. Of a provider that asks something beside
 * it, or several nodes at once, nobody can tell: what failed may be another request.
 */
export function wasNeverSent(provider: Provider, error: unknown): boolean {
  return hasSend(provider) && neverLeft(error);
}

/** Whether a provider hands on a bare request, past what it keeps itself. */
export function hasSend(provider: Provider): provider is Provider & Sending {
  return typeof (provider as Partial<Sending>).send === "function";
}

interface Sending {
  send(method: string, params: unknown[]): Promise<unknown>;
}

async function foundByHash(provider: Provider, raw: string): Promise<TransactionResponse | null> {
  // a node that is out of reach cannot be asked either: then the first failure is what is told
  return provider.getTransaction(Transaction.from(raw).hash!).catch(() => null);
}
