import { redact } from "../../sdk/src/errors";
import { refusalOf } from "../../sdk/src/errors/nodePhrases";
import { sleep } from "../../sdk/src/rpc/patient";
import { readRefusalOf } from "../../sdk/src/errors/refusals";
import { endpointOf, type Endpoint } from "../../sdk/src/rpc";
import { readAnswer } from "../../sdk/src/rpc/bounded";

/** What an endpoint answered as an error of JSON-RPC: the request itself is at fault, so it is not repeated. */
export class RpcError extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly data?: unknown,
  ) {
    super(message);
    this.name = "RpcError";
  }
}

/** The endpoint could not be used, however often it was tried. */
export class RpcUnreachable extends Error {
  /** As ethers names it: no smaller request helps. */
  readonly code = "NETWORK_ERROR";

  constructor(message: string) {
    super(message);
    this.name = "RpcUnreachable";
  }
}

export interface RpcOptions {
  /** How often a request is tried in all. */
  readonly attempts?: number;
  /** Milliseconds that the endpoint may take to answer. */
  readonly timeoutMs?: number;
  /** Milliseconds before the second attempt; each further one waits twice as long, up to 15 s. */
  readonly firstWaitMs?: number;
  /** Is told in a sentence why a request has to be repeated. */
  readonly onRetry?: (sentence: string) => void;
}

export interface RpcRequest {
  readonly method: string;
  readonly params?: readonly unknown[];
}

const LONGEST_WAIT_MS = 15_000;
/** Words for "not now" beside those that the clients know: this one can also repeat what took a node too long. */
const BUSY_WORDS = /request timeout|timed out|header not found|capacity/i;
/** No answer to what is asked here is longer: the events of a deployment, or a block with all its transactions. */
const MAX_ANSWER_BYTES = 33_554_432;

/** A JSON-RPC endpoint over HTTP that is asked again when it is slow, busy or out of reach. */
export class Rpc {
  readonly #attempts: number;
  readonly #timeoutMs: number;
  readonly #firstWaitMs: number;
  readonly #onRetry: (sentence: string) => void;
  readonly #endpoint: Endpoint;
  #id = 0;

  /** @param url With a name and a password before its host where the endpoint asks for them. */
  constructor(
    url: string,
    { attempts = 8, timeoutMs = 20_000, firstWaitMs = 500, onRetry = () => undefined }: RpcOptions = {},
  ) {
    this.#endpoint = endpointOf(url);
    this.#attempts = attempts;
    this.#timeoutMs = timeoutMs;
    this.#firstWaitMs = firstWaitMs;
    this.#onRetry = onRetry;
  }

  /** The endpoint without what may be a key in its path or query. */
  get host(): string {
    return new URL(this.#endpoint.url).host;
  }

  async request<T = unknown>({ method, params = [] }: RpcRequest): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const { answer, problem, waitMs } = await this.#ask<T>(method, params);
      if (problem === undefined) return answer as T;
      if (attempt === this.#attempts) {
        throw new RpcUnreachable(
          `The endpoint at ${this.host} ${problem}, ${attempt} times in a row (${method}). ` +
            "Nothing is lost: run the same command again later, or set another endpoint in .env.",
        );
      }
      const wait = waitMs ?? Math.min(this.#firstWaitMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      this.#onRetry(
        `The endpoint at ${this.host} ${problem} (${method}); trying again in ${(wait / 1_000).toFixed(1)} s, ` +
          `attempt ${attempt + 1} of ${this.#attempts}.`,
      );
      await sleep(wait);
    }
  }

  /** Throws an RpcError for what repeating does not help, and describes what it does. */
  async #ask<T>(
    method: string,
    params: readonly unknown[],
  ): Promise<{ answer?: T; problem?: string; waitMs?: number | undefined }> {
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await fetch(this.#endpoint.url, {
        method: "POST",
        headers: { ...this.#endpoint.headers, "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      bytes = await readAnswer(response, MAX_ANSWER_BYTES);
    } catch (error) {
      const { name } = error as Error;
      if (name === "TimeoutError") return { problem: `did not answer within ${this.#timeoutMs / 1_000} s` };
      return { problem: "cannot be reached" };
    }
    if (response.status === 429)
      return { problem: "says that there are too many requests", waitMs: retryAfter(response) };
    if (response.status === 401 || response.status === 403) {
      throw new RpcUnreachable(
        `The endpoint at ${this.host} refuses us (status ${response.status}). Check the key in its URL in .env.`,
      );
    }
    // the words by which nodes refuse a range that is too wide: the caller then asks for less
    if (response.status === 413) throw new RpcError("status 413: the request, or its result, is too large", 413);
    if (bytes.length > MAX_ANSWER_BYTES) {
      throw new RpcError(`the result is too large: it has more than ${MAX_ANSWER_BYTES} bytes`, 413);
    }
    const parsed = parse<T>(new TextDecoder().decode(bytes));
    if (parsed === undefined || (parsed.error === undefined && !("result" in parsed))) {
      return { problem: `answered with status ${response.status} and no JSON-RPC` };
    }
    if (parsed.error === undefined) return { answer: parsed.result as T };
    const { code, data } = parsed.error;
    // an endpoint may repeat what it was asked, which may be a signed transaction
    const message = redact(String(parsed.error.message ?? "no reason"));
    if (isBusy(method, message, code, data)) return { problem: `says "${message}"` };
    throw new RpcError(message, code, data);
  }
}

/** Whether the same request is answered later. A range that is too wide never is, and a transaction has its own reasons. */
function isBusy(method: string, message: string, code: number, data: unknown): boolean {
  if (data !== undefined || /revert/i.test(message)) return false;
  if (method === "eth_sendRawTransaction" && refusalOf(message) !== undefined) return false;
  const refusal = readRefusalOf({ message, code });
  // of events less is asked for where a limit is reached and it does not say which
  if (refusal === "unclear") return method !== "eth_getLogs";
  return refusal === "later" || (refusal !== "too-much" && BUSY_WORDS.test(message));
}

interface Answer<T> {
  readonly result?: T;
  readonly error?: { readonly code: number; readonly message?: unknown; readonly data?: unknown };
}

function parse<T>(body: string): Answer<T> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? (parsed as Answer<T>) : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds that the endpoint asks us to wait, when it says so. */
function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? "none");
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, 60_000) : undefined;
}
