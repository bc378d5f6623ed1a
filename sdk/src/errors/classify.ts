import { codeSet } from "../base/codes";
import { IsonomyError, isIsonomyError, type ErrorArgs } from "../base/error";
import { fill, type Entry } from "../base/template";
import { redact } from "../text/redact";
import { chainErrors } from "./chainErrors";
import { isHexData, layersOf, type Layer } from "./layers";
import type { nodeErrors } from "./nodeErrors";
import { REFUSAL_CODES, refusalOf } from "./nodePhrases";
import { isNodesFailure, readRefusalOf, type ReadRefusal } from "./refusals";
import type { sendErrors } from "./sendErrors";

/** The codes of what a node, a wallet or a contract says. */
export type NodeErrorCode = keyof typeof chainErrors | keyof typeof sendErrors | keyof typeof nodeErrors;

/** What a failure is, before it has its sentences. */
export interface Finding {
  readonly code: NodeErrorCode;
  readonly args: ErrorArgs;
  /** What a contract gave back; it takes the tables of custom errors to read. */
  readonly revert?: string;
}

/** Failures that ethers or a node names, with the code they get here. */
const NAMED: Readonly<Record<string, NodeErrorCode>> = {
  INSUFFICIENT_FUNDS: "INSUFFICIENT_FUNDS",
  NONCE_EXPIRED: "NONCE_EXPIRED",
  REPLACEMENT_UNDERPRICED: "REPLACEMENT_UNDERPRICED",
  ACTION_REJECTED: "USER_REJECTED",
  NETWORK_ERROR: "NETWORK_UNREACHABLE",
  SERVER_ERROR: "NETWORK_UNREACHABLE",
  ECONNREFUSED: "NETWORK_UNREACHABLE",
  ECONNRESET: "NETWORK_UNREACHABLE",
  ENOTFOUND: "NETWORK_UNREACHABLE",
  EHOSTUNREACH: "NETWORK_UNREACHABLE",
  EPIPE: "NETWORK_UNREACHABLE",
  UND_ERR_SOCKET: "NETWORK_UNREACHABLE",
  TIMEOUT: "TIMEOUT",
  ETIMEDOUT: "TIMEOUT",
  UND_ERR_HEADERS_TIMEOUT: "TIMEOUT",
  UND_ERR_CONNECT_TIMEOUT: "TIMEOUT",
};

/** What wallets and transports say in words; what nodes say of a transaction is in `nodePhrases`. */
const WORDS: readonly [RegExp, NodeErrorCode][] = [
  [/user (rejected|denied)/i, "USER_REJECTED"],
  [/timed? ?out/i, "TIMEOUT"],
  [
    /fetch failed|failed to fetch|could not detect network|socket hang up|cannot connect to the network/i,
    "NETWORK_UNREACHABLE",
  ],
];

/** What a node that refuses to read is called. */
const READ_CODES: Readonly<Record<ReadRefusal, NodeErrorCode>> = {
  later: "NODE_BUSY",
  unclear: "NODE_BUSY",
  behind: "NODE_BEHIND",
  "too-much": "RANGE_REFUSED",
  batch: "BATCH_REFUSED",
};

/** Codes of what a contract, or an address without one, answers. */
const ANSWERS = codeSet(
  "NOT_A_CONTRACT",
  "CONTRACT_REVERTED",
  "CONTRACT_REVERTED_SILENTLY",
  "CONTRACT_ERROR_UNKNOWN",
  "CONTRACT_PANICKED",
);

/** How much of what a stranger says is repeated. */
const MAX_DETAIL = 300;

/** What is told where the tables of sentences cannot be loaded. */
const UNTOLD: Entry = {
  message: "The node, the wallet or a contract refused the call.",
  reason: "What it means could not be loaded; the code of this error names it.",
  fix: "Look the code up in the list of errors. A transaction that was on its way may have been taken: look it up before sending it again.",
};

/**
 * Turns whatever a call threw into an error with its code, at once. What the SDK itself says of the chain has its sentences;
 * of what nodes, wallets and contracts say, `explainError` loads them.
 */
export function decodeAtOnce(error: unknown): IsonomyError {
  return isIsonomyError(error) ? error : toldAtOnce(classify(error), error);
}

/** The same for a failure that was classified already. */
export function toldAtOnce({ code, args }: Finding, cause: unknown): IsonomyError {
  return new IsonomyError(fill(code, isToldAtOnce(code) ? chainErrors[code] : UNTOLD, args), cause);
}

/** Whether the sentences of a code are there without loading any. */
export function isToldAtOnce(code: NodeErrorCode): code is keyof typeof chainErrors {
  return code in chainErrors;
}

/** Says what a call failed of. The data of a contract is found however deep a wallet, a node or ethers has wrapped it. */
export function classify(error: unknown): Finding {
  const layers = layersOf(error);
  for (const layer of layers) {
    const data = revertData(layer);
    if (data === "0x") return found("CONTRACT_REVERTED_SILENTLY");
    if (data !== undefined) return { code: "CONTRACT_ERROR_UNKNOWN", args: { data }, revert: data };
  }
  if (isError(error, "TRANSACTION_REPLACED")) return replacedBy(error);
  const changed = layers.map(networksIn).find((pair) => pair !== undefined);
  if (changed !== undefined) return found("NETWORK_CHANGED", changed);
  const named = layers
    .map(({ code }) => NAMED[String(code)] ?? (code === 4001 ? "USER_REJECTED" : undefined))
    .find((code) => code !== undefined);
  // a status of HTTP says less than the words beside it
  const status = named === "NETWORK_UNREACHABLE";
  if (named !== undefined && !status) return found(named);
  const refusal = status ? undefined : refusalOf(error);
  if (refusal !== undefined) return found(REFUSAL_CODES[refusal]);
  const readRefusal = readRefusalOf(error);
  if (readRefusal !== undefined) return found(READ_CODES[readRefusal], { detail: wordsOf(layers) });
  if (named !== undefined) return found(named);
  for (const layer of layers) {
    const text = String(layer.message ?? "");
    const match = WORDS.find(([pattern]) => pattern.test(text));
    if (match !== undefined) return found(match[1]);
  }
  return classifyRest(error);
}

/** What ethers names an error with this code. */
interface NamedError {
  readonly hash?: string;
  readonly reason?: string | null;
  readonly replacement?: unknown;
  readonly shortMessage?: string;
}

/** Whether an error has a code of ethers, of whichever copy. */
function isError(error: unknown, code: string): error is NamedError {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === code;
}

function found(code: NodeErrorCode, args: ErrorArgs = {}): Finding {
  return { code, args };
}

/** The networks before and after a wallet's switch, as ethers names them in words. */
function networksIn({ code, shortMessage, message }: Layer): { before: string; after: string } | undefined {
  if (code !== "NETWORK_ERROR") return undefined;
  const [, before, after] = /network changed: (\d+) => (\d+)/.exec(String(shortMessage ?? message)) ?? [];
  return before === undefined || after === undefined ? undefined : { before, after };
}

function replacedBy(error: NamedError): Finding {
  const replacement = (error.replacement as { hash?: string } | undefined)?.hash ?? "another one";
  const code = error.reason === "cancelled" ? "TRANSACTION_CANCELLED" : "TRANSACTION_REPLACED";
  return found(code, { hash: error.hash ?? "that was sent", replacement });
}

/** The innermost words: those of the node, not of what wrapped them. */
function wordsOf(layers: readonly Layer[]): string {
  const said = layers
    .map(({ message, shortMessage }) => shortMessage ?? message)
    .filter((text): text is string => typeof text === "string" && text !== "");
  return redact(said.at(-1) ?? "it gave no reason").slice(0, MAX_DETAIL);
}

function classifyRest(error: unknown): Finding {
  // a request without an answer is the node's fault; data that cannot be read is the contract's
  if (isError(error, "BAD_DATA") && /^missing response/.test(error.shortMessage ?? "")) {
    return found("ANSWER_MISSING");
  }
  if (isError(error, "BAD_DATA") || isError(error, "UNCONFIGURED_NAME")) return found("NOT_A_CONTRACT");
  if (isError(error, "UNSUPPORTED_OPERATION") && /provider|runner/.test(error.shortMessage ?? "")) {
    return found("PROVIDER_MISSING");
  }
  // ethers names every failed call so, also one that never got as far as the contract
  if (isNodesFailure(layersOf(error))) return found("NODE_FAILED", { detail: wordsOf(layersOf(error)) });
  if (isError(error, "CALL_EXCEPTION")) {
    // A receipt that says "reverted" carries no reason; a message from the node may.
    return error.reason === null || error.reason === undefined
      ? found("CONTRACT_REVERTED_SILENTLY")
      : found("CONTRACT_REVERTED", { reason: error.reason });
  }
  if (
    isError(error, "INVALID_ARGUMENT") ||
    isError(error, "MISSING_ARGUMENT") ||
    isError(error, "NUMERIC_FAULT") ||
    isError(error, "UNEXPECTED_ARGUMENT")
  ) {
    return found("ARGUMENT_INVALID", { detail: error.shortMessage });
  }
  // nodes that send no data say in words that it was the contract
  const words = layersOf(error).map(({ message }) => String(message ?? ""));
  const said = words.find((text) => /\brevert(ed)?\b|invalid opcode|vm execution error/i.test(text));
  if (said !== undefined) {
    const [, quoted, bare] = /reverted with reason string '(.*)'|execution reverted: (.+)/s.exec(said) ?? [];
    const reason = quoted ?? bare;
    return reason === undefined
      ? found("CONTRACT_REVERTED_SILENTLY")
      : found("CONTRACT_REVERTED", { reason: redact(reason).slice(0, MAX_DETAIL) });
  }
  return found("UNEXPECTED", { detail: describe(error) });
}

/**
 * Whether a failure is the answer of the contract that was called: it refused, or it has no such function. A node that is away, busy
 * or at fault says nothing about the contract, though ethers calls each failed call a call exception.
 * @example
 * ```ts
 * try {
 *   await market.market.epochOf(account);
 * } catch (error) {
 *   if (isContractsAnswer(error)) console.log("No market is at this address.");
 * }
 * ```
 */
export function isContractsAnswer(error: unknown): boolean {
  const { code } = isIsonomyError(error) ? error : classify(error);
  // only contracts have names with small letters
  return ANSWERS.has(code) || /[a-z]/.test(code);
}

/** What an error says, and what the node said inside it: libraries put their own sentence around that. */
function describe(error: unknown): string {
  const said = layersOf(error)
    .flatMap(({ shortMessage, message }) => [shortMessage ?? message])
    .filter((text): text is string => typeof text === "string" && text !== "")
    .map((text) => redact(text).slice(0, MAX_DETAIL));
  const others = said.slice(1).filter((text) => !said[0]!.includes(text));
  return said.length === 0 ? textOf(error) : [said[0], ...new Set(others)].slice(0, 3).join(": ");
}

/** An object without a prototype has no text, and asking for it throws. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "it gave no reason";
  }
}

function revertData(layer: Layer): string | undefined {
  const { data } = layer;
  if (!isHexData(data)) return undefined;
  // "0x" beside a code of the transport is "no data", not "reverted without a reason".
  if (data === "0x") return layer.code === "CALL_EXCEPTION" || layer.code === 3 ? data : undefined;
  return data.length >= 10 ? data : undefined;
}
