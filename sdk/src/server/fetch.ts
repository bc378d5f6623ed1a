import { readAnswer } from "../rpc/bounded";
import { cutShort, parsed } from "./body";
import { serverError } from "./errors";
import type { LicenseGate, Reply } from "./gate";
import { UNITS_HEADER, VOUCHER_HEADER, charged, requireGuardOptions, unitsText, type GuardOptions } from "./guard";
import type { Visit } from "./sessions";
import type { Charge } from "./voucherBook";

/** Serves a licensee. */
export type Serve = (request: Request, visit: Visit) => Response | Promise<Response>;

/**
 * A handler for servers that take a `Request` and give a `Response`: Hono, Next, Bun, Deno. It answers the two requests that open a
 * session, and hands on those of licensees. With a book it charges them first; an answer of 500 or above is not charged.
 * @throws `ARGUMENT_INVALID` for units without a book.
 * @example
 * ```ts
 * const handler = fetchGuard(gate, (asked, { user }) => new Response(`Hello, ${user}.`));
 * const response = await handler(request);
 * ```
 */
export function fetchGuard(
  gate: LicenseGate,
  serve: Serve,
  options: GuardOptions<Request> = {},
): (request: Request) => Promise<Response> {
  requireGuardOptions(options);
  return async (request) => {
    let charge: Charge | undefined;
    try {
      const reply = await gate.answer(request.method, new URL(request.url).pathname, (limit) => bodyOf(request, limit));
      if (reply !== undefined) return responseOf(reply);
      const visit = await gate.admit(request.headers.get("authorization"));
      charge = await charged(options, request, visit, request.headers.get(VOUCHER_HEADER));
      const response = await serve(request, visit);
      if (charge === undefined) return response;
      if (response.status >= 500) charge.undo();
      const headers = new Headers(response.headers);
      headers.set(UNITS_HEADER, unitsText(charge));
      return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
    } catch (error) {
      charge?.undo();
      return responseOf(gate.refusal(error));
    }
  };
}

function responseOf({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers });
}

async function bodyOf(request: Request, limit: number): Promise<unknown> {
  const bytes = await readAnswer(request, limit).catch(() => Promise.reject(cutShort()));
  if (bytes.length > limit) throw serverError("REQUEST_TOO_LARGE", { limit });
  return parsed(bytes);
}
