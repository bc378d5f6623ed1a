import { isError, isHexString } from "ethers";

import { chainErrors } from "../chain/errors";
import { isNodesFailure, readRefusalOf, type ReadRefusal } from "../chain/refusals";
import { codeSet } from "./codes";
import { isIsonomyError, type IsonomyError } from "./error";
import { layersOf, type Layer } from "./layers";
import { nodeErrors } from "./nodeErrors";
import { REFUSAL_CODES, refusalOf } from "./nodePhrases";
import { redact } from "./redact";
import { errorsOf } from "./template";

const general = { ...chainErrors, ...nodeErrors };
type NodeErrorCode = keyof typeof general;
const failure = errorsOf(general);

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

/** Decodes what a contract gave back: one of the custom errors that are known, a reason in words, or a panic. */
export type RevertDecoder = (data: string, cause: unknown) => IsonomyError;

/** Whether a failure carries data of a contract, which takes the tables of custom errors to read. */
export function hasRevertData(error: unknown): boolean {
  return !isIsonomyError(error) && layersOf(error).some((layer) => (revertData(layer)?.length ?? 0) > 2);
}

/** Turns whatever a call threw into one sentence with its reason and fix. Without a decoder, data of a contract stays as it came. */
export function decodeBy(error: unknown, decodeRevert: RevertDecoder = unknownRevert): IsonomyError {
  if (isIsonomyError(error)) return error;

  const layers = layersOf(error);
  for (const layer of layers) {
    const data = revertData(layer);
    if (data === "0x") return failure("CONTRACT_REVERTED_SILENTLY", {}, error);
    if (data !== undefined) return decodeRevert(data, error);
  }
  if (isError(error, "TRANSACTION_REPLACED")) return decodeReplaced(error);
  const changed = layers.map(networksIn).find((pair) => pair !== undefined);
  if (changed !== undefined) return failure("NETWORK_CHANGED", changed, error);
  const named = layers
    .map(({ code }) => NAMED[String(code)] ?? (code === 4001 ? "USER_REJECTED" : undefined))
    .find((code) => code !== undefined);
  // a status of HTTP says less than the words beside it
  const status = named === "NETWORK_UNREACHABLE";
  if (named !== undefined && !status) return failure(named, {}, error);
  const refusal = status ? undefined : refusalOf(error);
  if (refusal !== undefined) return failure(REFUSAL_CODES[refusal], {}, error);
  const readRefusal = readRefusalOf(error);
  if (readRefusal !== undefined) return failure(READ_CODES[readRefusal], { detail: wordsOf(layers) }, error);
  if (named !== undefined) return failure(named, {}, error);
  for (const layer of layers) {
    const text = String(layer.message ?? "");
    const match = WORDS.find(([pattern]) => pattern.test(text));
    if (match !== undefined) return failure(match[1], {}, error);
  }
  return decodeRest(error);
}

/** The networks before and after a wallet's switch, as ethers names them in words. */
function networksIn({ code, shortMessage, message }: Layer): { before: string; after: string } | undefined {
  if (code !== "NETWORK_ERROR") return undefined;
  const [, before, after] = /network changed: (\d+) => (\d+)/.exec(String(shortMessage ?? message)) ?? [];
  return before === undefined || after === undefined ? undefined : { before, after };
}

function decodeReplaced(error: { hash?: string; reason?: string; replacement?: unknown }): IsonomyError {
  const replacement = (error.replacement as { hash?: string } | undefined)?.hash ?? "another one";
  const code = error.reason === "cancelled" ? "TRANSACTION_CANCELLED" : "TRANSACTION_REPLACED";
  return failure(code, { hash: error.hash ?? "that was sent", replacement }, error);
}

/** The innermost words: those of the node, not of what wrapped them. */
function wordsOf(layers: readonly Layer[]): string {
  const said = layers
    .map(({ message, shortMessage }) => shortMessage ?? message)
    .filter((text): text is string => typeof text === "string" && text !== "");
  return redact(said.at(-1) ?? "it gave no reason").slice(0, MAX_DETAIL);
}

function unknownRevert(data: string, cause: unknown): IsonomyError {
  return failure("CONTRACT_ERROR_UNKNOWN", { data }, cause);
}

function decodeRest(error: unknown): IsonomyError {
  // a request without an answer is the node's fault; data that cannot be read is the contract's
  if (isError(error, "BAD_DATA") && /^missing response/.test(error.shortMessage ?? "")) {
    return failure("ANSWER_MISSING", {}, error);
  }
  if (isError(error, "BAD_DATA") || isError(error, "UNCONFIGURED_NAME")) return failure("NOT_A_CONTRACT", {}, error);
  if (isError(error, "UNSUPPORTED_OPERATION") && /provider|runner/.test(error.shortMessage ?? "")) {
    return failure("PROVIDER_MISSING", {}, error);
  }
  // ethers names every failed call so, also one that never got as far as the contract
  if (isNodesFailure(layersOf(error))) return failure("NODE_FAILED", { detail: wordsOf(layersOf(error)) }, error);
  if (isError(error, "CALL_EXCEPTION")) {
    // A receipt that says "reverted" carries no reason; a message from the node may.
    return error.reason === null || error.reason === undefined
      ? failure("CONTRACT_REVERTED_SILENTLY", {}, error)
      : failure("CONTRACT_REVERTED", { reason: error.reason }, error);
  }
  if (
    isError(error, "INVALID_ARGUMENT") ||
    isError(error, "MISSING_ARGUMENT") ||
    isError(error, "NUMERIC_FAULT") ||
    isError(error, "UNEXPECTED_ARGUMENT")
  ) {
    return failure("ARGUMENT_INVALID", { detail: error.shortMessage }, error);
  }
  // nodes that send no data say in words that it was the contract
  const words = layersOf(error).map(({ message }) => String(message ?? ""));
  const said = words.find((text) => /\brevert(ed)?\b|invalid opcode|vm execution error/i.test(text));
  if (said !== undefined) {
    const [, quoted, bare] = /reverted with reason string '(.*)'|execution reverted: (.+)/s.exec(said) ?? [];
    const reason = quoted ?? bare;
    return reason === undefined
      ? failure("CONTRACT_REVERTED_SILENTLY", {}, error)
      : failure("CONTRACT_REVERTED", { reason: redact(reason).slice(0, MAX_DETAIL) }, error);
  }
  return failure("UNEXPECTED", { detail: describe(error) }, error);
}

/**
 * Whether a failure is the answer of the contract that was called: it refused, or it has no such function. A node that is away, busy
 * or at fault says nothing about the contract, though ethers calls each failed call a call exception.
 */
export function isContractsAnswer(error: unknown): boolean {
  const { code } = decodeBy(error);
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
  if (typeof data !== "string" || !isHexString(data)) return undefined;
  // "0x" beside a code of the transport is "no data", not "reverted without a reason".
  if (data === "0x") return layer.code === "CALL_EXCEPTION" || layer.code === 3 ? data : undefined;
  return data.length >= 10 ? data : undefined;
}
