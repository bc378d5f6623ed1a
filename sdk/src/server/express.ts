import { concatBytes } from "@noble/hashes/utils.js";

import { cutShort, parsed } from "./body";
import { serverError } from "./errors";
import type { LicenseGate, Reply } from "./gate";
import { UNITS_HEADER, VOUCHER_HEADER, charged, requireGuardOptions, unitsText, type GuardOptions } from "./guard";
import type { Visit } from "./sessions";

/** What is asked of a request of Express, of Connect, or of Node itself. */
export interface ServedRequest extends AsyncIterable<unknown> {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What a parser of bodies that came before has read. */
  readonly body?: unknown;
}

/** What is asked of a response. */
export interface ServedResponse {
  readonly statusCode: number;
  readonly writableFinished?: boolean;
  /** What it was destroyed with; null while nobody on this side did. */
  readonly errored?: Error | null | undefined;
  setHeader(name: string, value: string): unknown;
  once(event: "finish" | "close", tell: () => void): unknown;
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(text: string): unknown;
}

/** A middleware, as Express and Connect call one. */
export type Middleware = (request: ServedRequest, response: ServedResponse, next: (error?: unknown) => void) => void;

const visits = new WeakMap<object, Visit>();

/**
 * Answers the two requests that open a session, and lets all others pass. It works before and after `express.json()`.
 * @example
 * ```ts
 * app.use(expressAccess(gate));
 * ```
 */
export function expressAccess(gate: LicenseGate): Middleware {
  return (request, response, next) => {
    const [pathname] = (request.url ?? "/").split("?");
    gate
      .answer(request.method ?? "GET", pathname!, (limit) => bodyOf(request, limit))
      .then((reply) => (reply === undefined ? next() : send(response, reply)))
      .catch(next);
  };
}

/**
 * Lets the requests of licensees pass, and answers all others itself. With a book it charges them first; an answer of 500 or above is not
 * charged, nor is one that the handler destroys before its end. One whose client leaves before the end is. Put it before what reads the body, so that strangers cannot make the server read; only where the units depend on the body does
 * it come after.
 * @throws `ARGUMENT_INVALID` for units without a book.
 * @example
 * ```ts
 * app.post("/infer", expressGuard(gate), (asked, response) => void response.send(`Hello, ${visitOf(asked).user}.`));
 * ```
 */
export function expressGuard(gate: LicenseGate, options: GuardOptions<ServedRequest> = {}): Middleware {
  requireGuardOptions(options);
  const admit = async (request: ServedRequest, response: ServedResponse): Promise<Visit> => {
    const visit = await gate.admit(oneOf(request.headers.authorization));
    const charge = await charged(options, request, visit, oneOf(request.headers[VOUCHER_HEADER]));
    if (charge !== undefined) {
      response.setHeader(UNITS_HEADER, unitsText(charge));
      const settle = (): void => {
        if (response.statusCode >= 500 || isBroken(response)) charge.undo();
      };
      response.once("finish", settle);
      // the only one of the two for an answer without an end
      response.once("close", settle);
    }
    return visit;
  };
  return (request, response, next) => {
    admit(request, response)
      .then(
        (visit) => {
          visits.set(request, visit);
          next();
        },
        (error: unknown) => send(response, gate.refusal(error)),
      )
      .catch(next);
  };
}

/**
 * Whom a request is served to.
 * @throws `SESSION_MISSING` for a request that no guard let pass.
 * @example
 * ```ts
 * app.get("/me", expressGuard(gate), (asked, response) => void response.json({ user: visitOf(asked).user }));
 * ```
 */
export function visitOf(request: object): Visit {
  const visit = visits.get(request);
  if (visit === undefined) throw serverError("SESSION_MISSING");
  return visit;
}

/** Whether this side destroyed the answer; a client that leaves before the last byte has had all that it wants. */
const isBroken = (response: ServedResponse): boolean =>
  response.writableFinished !== true && "errored" in response && response.errored !== null;

const oneOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === "string" ? header : undefined;

function send(response: ServedResponse, { status, headers, body }: Reply): void {
  // a refused request may leave a body unread, which must not be taken for the next request
  response.writeHead(status, status < 400 ? headers : { ...headers, connection: "close" });
  response.end(body);
}

/** The body in JSON: what a parser has read, or the stream itself, up to a limit in bytes. */
async function bodyOf(request: ServedRequest, limit: number): Promise<unknown> {
  if (request.body !== undefined) return request.body;
  const pieces: Uint8Array[] = [];
  let length = 0;
  // by hand: leaving a `for await` would end the stream, and with it the connection, before the answer
  const steps = request[Symbol.asyncIterator]();
  const next = (): Promise<IteratorResult<unknown>> => steps.next().catch(() => Promise.reject(cutShort()));
  for (let step = await next(); step.done !== true; step = await next()) {
    const piece = typeof step.value === "string" ? new TextEncoder().encode(step.value) : (step.value as Uint8Array);
    length += piece.length;
    if (length > limit) throw serverError("REQUEST_TOO_LARGE", { limit });
    pieces.push(piece);
  }
  return parsed(concatBytes(...pieces));
}
