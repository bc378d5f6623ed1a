import {
  AbstractSigner,
  Transaction,
  getNumber,
  type ContractTransaction,
  type Provider,
  type Signer,
  type TransactionReceipt,
  type TransactionRequest,
} from "ethers";

import { sameAddress } from "../addresses/address";
import { isIsonomyError, type IsonomyError } from "../base/error";
import { isAway, isUndecided } from "../errors/away";
import { chainError } from "../errors/chainErrors";
import { explainError } from "../errors/explain";
import { layersOf } from "../errors/layers";
import { refusalOf, type TransactionRefusal } from "../errors/nodePhrases";
import { sendError } from "../errors/sendErrors";
import { hasSend, sendRaw, wasNeverSent } from "../rpc/broadcast";
import { inTime } from "../rpc/patient";
import { FEE_LIMITS, requireFees, type FeeLimits } from "./fees";
import { WAIT_PATIENCE, mined, waitsByItself, type Submitted, type MiningWatch } from "./wait";

/** What a transaction does: another one with the same nonce that does the same is its replacement. */
type Meant = Pick<Submitted, "to" | "data" | "value">;

/** A signer that keeps what it signed and follows it by itself, as the one of the seller's agent does. */
export interface TransactionKeeper {
  readonly keepsTransactions: true;
}

/** Words by which a node surely does not have a transaction, unless it has it by an earlier attempt. */
const PLAIN: ReadonlySet<TransactionRefusal> = new Set<TransactionRefusal>([
  "nonceTooHigh",
  "replacement",
  "feeTooLow",
  "feeTooHigh",
  "insufficientFunds",
  "gasTooLow",
  "gasTooHigh",
]);

/** Codes by which a node says that it takes no transactions from anybody: JSON-RPC and EIP-1474. */
const NO_METHOD = new Set<unknown>([-32_601, -32_004]);

/** Codes by which a wallet says that it did not even try: EIP-1193, EIP-1474 and JSON-RPC. */
const NOT_TRIED = new Set<unknown>([4001, 4100, 4200, 4900, 4901, -32_600, -32_601, -32_602, -32_002, -32_003]);

/** After this an answer to a transaction is waited for no longer: the chain is asked instead. */
const ANSWER_MS = 20_000;

/**
 * Sends one transaction on one chain and waits until it, or the same one sped up, is mined.
 *
 * An answer may be lost after the node took the transaction, and a second one would then do the same twice. Where the key is
 * here the transaction is signed first: its hash is known before anybody hears of it, and whatever the answer is, that
 * hash is followed. Where it is not here, a failure that leaves the outcome open is `TRANSACTION_MAYBE_SENT`.
 */
export async function sendTransaction(
  signer: Signer,
  provider: Provider,
  transaction: ContractTransaction,
  chainId: bigint,
  patience: MiningWatch = WAIT_PATIENCE,
  limits: FeeLimits = FEE_LIMITS,
): Promise<TransactionReceipt> {
  const account = await signer.getAddress();
  // a wallet that switched networks since the check refuses a transaction for another chain
  const request = { ...transaction, chainId };
  const meant: Meant = { to: transaction.to, data: transaction.data, value: BigInt(transaction.value ?? 0n) };
  const { sendUncheckedTransaction, _sendUncheckedTransaction, boundsFees, keepsTransactions } =
    signer as unknown as Record<string, unknown>;

  if (typeof sendUncheckedTransaction === "function") {
    // the wallet chooses the number; what can fail before it is asked to send fails here, and nothing was sent then
    const [likelyNonce, gasLimit] = await Promise.all([
      numberPastCache(provider, account),
      request.gasLimit ?? provider.estimateGas({ ...request, from: account }),
    ]);
    const hash = await elsewhere<string>(
      () => sendUncheckedTransaction.call(signer, { ...request, gasLimit }) as Promise<string>,
      account,
      likelyNonce,
    );
    patience.onSent?.(hash);
    // ethers would wait without end for a hash that the node never shows
    return mined(provider, { hash, from: account, likelyNonce, ...meant }, patience);
  }

  if (signsHere(signer)) {
    const populated = await numbered(signer, account, provider, request, boundsFees === true ? undefined : limits);
    delete populated.from;
    const raw = await signer.signTransaction(Transaction.from(populated as never));
    return sendSigned(provider, raw, meant, patience);
  }

  // a wallet shows its fees to its owner, and a node that signs with keys of its own needs nobody's word
  const bounds = boundsFees === true || _sendUncheckedTransaction !== undefined;
  const prepared = bounds ? request : await within(signer, request, limits);
  const send = () => signer.sendTransaction(prepared);
  const response =
    keepsTransactions === true
      ? await send()
      : await elsewhere(send, account, prepared.nonce ?? (await numberPastCache(provider, account)));
  const { hash, from, nonce } = response;
  patience.onSent?.(hash);
  if (waitsByItself(response)) {
    const receipt = await response.wait(1, patience.minedMs);
    if (receipt !== null) return receipt;
    throw sendError("TRANSACTION_UNCONFIRMED", { hash, account, nonce, seconds: patience.minedMs / 1_000 });
  }
  const carried = !sameAddress(from, account);
  return mined(provider, { hash, from, nonce, carried, ...meant }, patience);
}

/** Whether a signer sends as ethers does, by signing and handing on: only then may its signature be sent from here. */
function signsHere(signer: Signer): boolean {
  if (isNumbering(signer)) return signsHere(signer.signer);
  if (signer.sendTransaction === AbstractSigner.prototype.sendTransaction) return true;
  const { signingKey } = signer as { signingKey?: unknown };
  return typeof signingKey === "object" && isEthersOwn(signer, "sendTransaction");
}

/** Whether a method is that of every signer of ethers, also of another copy, such as one that was loaded by `require`. */
function isEthersOwn(signer: Signer, method: "sendTransaction" | "getNonce"): boolean {
  let owner: object | null = signer;
  while (owner !== null && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner) as object;
  return owner !== null && Object.hasOwn(owner, "populateCall");
}

/** The `NonceManager` of ethers, of any copy. */
interface Numbering extends Signer {
  readonly signer: Signer;
  increment(): void;
}

function isNumbering(signer: Signer): signer is Numbering {
  const { signer: inner, increment } = signer as Partial<Numbering>;
  return typeof inner === "object" && typeof increment === "function";
}

/** The request with its number, gas and fees, which are within the limits. */
async function numbered(
  signer: Signer,
  account: string,
  provider: Provider,
  request: TransactionRequest,
  limits?: FeeLimits,
): Promise<TransactionRequest> {
  if (!isNumbering(signer)) {
    // a wallet with a way of its own to count says its number
    const nonce = isEthersOwn(signer, "getNonce") ? await numberPastCache(provider, account) : undefined;
    return within(signer, nonce === undefined ? request : { ...request, nonce }, limits);
  }
  const populated = await within(signer, request, limits);
  // taken and counted in one step, so that two at once have two numbers
  const nonce = signer.getNonce("pending");
  signer.increment();
  return { ...populated, nonce: await numberPastCache(provider, account, await nonce) };
}

/** What this program sent last from an account over a provider. */
const lastSent = /* @__PURE__ */ new WeakMap<
  Provider,
  Map<string, { readonly hash: string; readonly nonce: number }>
>();

/**
 * The account's next number, at least `counted` where the wallet counts. A provider of ethers repeats for a moment what the node said
 * before: on a chain that mines at once that number is used, and the same purchase again would be the same transaction. One that
 * has `send` is asked past that; of one that has not, such as a `FallbackProvider`, what was sent over it and is there counts too.
 */
async function numberPastCache(provider: Provider, account: string, counted?: number): Promise<number> {
  const least = counted ?? 0;
  if (hasSend(provider)) {
    const count = (await provider.send("eth_getTransactionCount", [account, "pending"])) as string;
    return Math.max(least, getNumber(count, "nonce"));
  }
  const next = Math.max(least, await provider.getTransactionCount(account, "pending"));
  const last = lastSent.get(provider)?.get(account);
  if (last === undefined || next > last.nonce) return next;
  const found = await provider.getTransaction(last.hash);
  // of two at once the second may be there first: the number below it is free until it is mined
  return found === null || (counted !== undefined && found.blockNumber === null) ? next : last.nonce + 1;
}

async function within(signer: Signer, request: TransactionRequest, limits?: FeeLimits): Promise<TransactionRequest> {
  const populated = await signer.populateTransaction(request);
  if (limits !== undefined) requireFees(populated, limits);
  return populated;
}

/** Hands a signed transaction to the node and follows its hash, whatever the answer is. */
async function sendSigned(
  provider: Provider,
  raw: string,
  meant: Meant,
  patience: MiningWatch,
): Promise<TransactionReceipt> {
  const { hash, from, nonce } = Transaction.from(raw) as Transaction & { hash: string; from: string };
  const sent = { hash, from, nonce, ...meant };
  const longest = Math.min(ANSWER_MS, patience.silentMs);
  // that there is no answer in time is a failure too
  const failure = await inTime(longest, sendRaw(provider, raw), () => chainError("TIMEOUT")).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (failure === undefined) {
    sentNow();
    return mined(provider, sent, patience);
  }
  const { error } = failure;
  // a provider of ours that let nothing leave, such as the one of an interrupted command
  if (isIsonomyError(error) && !isAway(error.code)) throw error;
  if (wasNeverSent(provider, error)) throw await explainError(error);
  const refusal = refusalOf(error);
  const takesNone = layersOf(error).some(({ code }) => NO_METHOD.has(code));
  const decoded = await explainError(error);
  const known: IsonomyError = takesNone ? chainError("NODE_FAILED", { detail: detailOf(decoded) }, error) : decoded;
  if (takesNone || (refusal !== undefined && PLAIN.has(refusal))) {
    // an earlier attempt, which something on the way repeated, may have been taken all the same
    const found = await provider.getTransaction(hash).catch(() => undefined);
    if (found === null) throw known;
  }
  // it may be public by now, unless another transaction has its number
  if (refusal !== "nonceUsed") sentNow();
  return mined(provider, { ...sent, raw, ...(refusal === "nonceUsed" ? { refused: known } : {}) }, patience);

  function sentNow(): void {
    if (!lastSent.has(provider)) lastSent.set(provider, new Map());
    lastSent.get(provider)!.set(from, sent);
    patience.onSent?.(hash);
  }
}

/** Has somebody else sign and send. A failure that does not say whether it was sent is told as that. */
async function elsewhere<T>(send: () => Promise<T>, account: string, nonce: number): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (isIsonomyError(error)) throw error;
    const known = await explainError(error);
    const open = isUndecided(known.code) && !wasNotTried(error, known.code);
    throw open ? sendError("TRANSACTION_MAYBE_SENT", { account, nonce, detail: detailOf(known) }, error) : known;
  }
}

/** Whether a wallet or ethers says that nothing was asked of anybody yet. An answer that cannot be read is no such word. */
function wasNotTried(error: unknown, known: string): boolean {
  return layersOf(error).some(
    ({ code }) => NOT_TRIED.has(code) || (code === "UNSUPPORTED_OPERATION" && known !== "NODE_FAILED"),
  );
}

function detailOf({ args, message }: IsonomyError): string {
  return typeof args.detail === "string" ? args.detail : message;
}
