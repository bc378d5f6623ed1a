import { readAnswer } from "../rpc/bounded";
import { cutShort, parsed } from "./body";
import { serverError } from "./errors";
import type { LicenseGate, Reply } from "./gate";
import type { Visit } from "./sessions";

/** Serves a licensee. */
export type Serve = (request: Request, visit: Visit) => Response | Promise<Response>;

/**
 * A handler for servers that take a `Request` and give a `Response`: Hono, Next, Bun, Deno. It answers the two requests that open a
 * session, and hands on those of licensees.
 * @example
 * ```ts
 * const handler = fetchGuard(gate, (asked, { user }) => new Response(`Hello, ${user}.`));
 * const response = await handler(request);
 * ```
 */
export function fetchGuard(gate: LicenseGate, serve: Serve): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const reply = await gate.answer(request.method, new URL(request.url).pathname, (limit) => bodyOf(request, limit));
      if (reply !== undefined) return responseOf(reply);
      return await serve(request, await gate.admit(request.headers.get("authorization")));
    } catch (error) {
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
