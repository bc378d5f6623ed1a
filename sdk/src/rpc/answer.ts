import { makeError, type FetchGetUrlFunc, type FetchRequest } from "ethers";

import { Watch, readAnswer } from "./bounded";
import { endpointError } from "./errors";

/**
 * The most that an answer of a node may have, in bytes: 64 MiB. The largest that is asked for is a page of events, and nodes answer with 10,000
 * of them at most, of under 2 kB each; a block with all its transactions is smaller.
 */
export const MAX_ANSWER_BYTES = 64 * 2 ** 20;
/** The longest that one answer may take, in milliseconds, where its request has no longer timeout: the same as a timeout of ethers that nobody set. */
const LONGEST_MS = 300_000;
/** Statuses by which a server says that it is elsewhere. */
const REDIRECTS = new Set([301, 302, 307, 308]);
const MAX_REDIRECTS = 5;

/**
 * Asks a server as ethers does, and reads no more of its answer than a bound: a node that never stops sending would fill the memory. A
 * packed answer is counted as it is unpacked. A longer one is refused as `ANSWER_TOO_LARGE`.
 * A redirect is followed only to the same host: ethers would send the password of a node to any other.
 */
export function boundedGetUrl(limit = MAX_ANSWER_BYTES): FetchGetUrlFunc {
  return async (request, signal) => {
    if (signal?.cancelled === true) throw makeError("request cancelled before sending", "CANCELLED");
    requireSafe(request);
    const watch = new Watch(request.timeout, Math.max(request.timeout, LONGEST_MS));
    let cancelled = false;
    signal?.addListener(() => {
      cancelled = true;
      watch.abort();
    });
    const ask = (url: string, redirect: "manual" | "follow"): Promise<Response> =>
      fetch(url, {
        method: request.method,
        headers: headersOf(request),
        redirect,
        signal: watch.signal,
        ...(request.body === null ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
      });
    try {
      let url = request.url;
      let response = await ask(url, "manual");
      // a page is shown no redirect, and its browser sends a password nowhere else
      if (response.type === "opaqueredirect") response = await ask(url, "follow");
      for (let moved = movedTo(url, response), times = 0; moved !== undefined && times < MAX_REDIRECTS; times++) {
        await response.body?.cancel();
        response = await ask((url = moved), "manual");
        moved = movedTo(url, response);
      }
      watch.touch();
      const body = await readAnswer(response, limit, watch.touch);
      if (body.length > limit) {
        throw endpointError("ANSWER_TOO_LARGE", { address: new URL(request.url).host, limit: limit / 2 ** 20 });
      }
      const { status, statusText } = response;
      // ethers would follow it with the password, and read what comes without a bound
      const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "location"));
      return {
        statusCode: status,
        statusMessage: statusText,
        headers,
        body: body.length === 0 ? null : body,
      };
    } catch (error) {
      if (cancelled) throw makeError("request cancelled", "CANCELLED");
      if (watch.reason !== undefined) throw makeError("request timeout", "TIMEOUT");
      throw error;
    } finally {
      watch.stop();
    }
  };
}

/** Where a server says that it is, when it is the same host, and the connection is as safe. */
function movedTo(url: string, { status, headers }: Response): string | undefined {
  const location = headers.get("location");
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, url)) return undefined;
  const from = new URL(url);
  const to = new URL(location, url);
  const isSafe = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  return to.hostname === from.hostname && isSafe ? to.href : undefined;
}

/** A password goes over an encrypted connection, unless it was said that it need not. */
function requireSafe({ url, credentials, allowInsecureAuthentication }: FetchRequest): void {
  if (credentials === null || allowInsecureAuthentication || url.toLowerCase().startsWith("https:")) return;
  const operation = { operation: "request" };
  throw makeError("insecure authorized connections unsupported", "UNSUPPORTED_OPERATION", operation);
}

/** `fetch` counts the body and names what it unpacks by itself. */
function headersOf({ headers }: FetchRequest): Record<string, string> {
  const own = ["content-length", "accept-encoding"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
}
