import type { Provider } from "ethers";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { PartialDeployment } from "../../sdk/src/addresses";
import { LicenseGate, expressAccess, expressGuard, type VoucherBook } from "../../sdk/src/server";
import { listen } from "../lib/listen";
import type { Analyse, Analysis } from "./model";

export interface InferenceOptions {
  /** The model that is served. */
  readonly analyse: Analyse;
  /** The licences, with the id of their chain. */
  readonly deployment: PartialDeployment<"LicenseToken">;
  readonly provider: Provider;
  /** What is served here; a right to another model opens nothing. */
  readonly versionId: bigint;
  /** Counts requests, of licences that are sold by the unit. */
  readonly book?: VoucherBook<unknown>;
  /** 0 takes any free port. */
  readonly port?: number;
}

export interface InferenceServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** What a refused request is told. */
interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
}

export const MAX_BODY_BYTES = 65_536;
export const MAX_SENTENCES = 100;
const REQUEST_MS = 10_000;

/** Serves a model to the holder of its licence, who opens a session by signing in: docs/serve.md. */
export async function serveInference(options: InferenceOptions): Promise<InferenceServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS });
  await listen(server, options.port ?? 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { deployment, provider, versionId } = options;
  // a local chain has a new block only when something is sent
  const gate = new LicenseGate({ origin, deployment, provider, versionId, maxLagSeconds: Infinity });
  const [access, guard] = [
    expressAccess(gate),
    expressGuard(gate, options.book === undefined ? {} : { book: options.book }),
  ];

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const done = (work: () => unknown): void => {
      Promise.resolve()
        .then(work)
        .then(
          (body) => send(response, 200, body),
          (error: unknown) => {
            const refused = error instanceof Refused ? error : new Refused(500, FAILED);
            send(response, refused.status, { error: refused.refusal });
          },
        );
    };
    access(request, response, () => {
      const refusal = misdirected(request);
      if (refusal !== undefined) return done(() => Promise.reject(refusal));
      // the right is checked before the body is read, so that strangers cannot make the server work
      guard(request, response, () => {
        done(async () => {
          const sentences = parseSentences(await readJson(request));
          return { results: sentences.map((sentence): Analysis[] => options.analyse(sentence)) };
        });
      });
    });
  });

  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function misdirected({ url = "/", method = "This method" }: IncomingMessage): Refused | undefined {
  if (url.split("?")[0] !== "/infer") {
    return new Refused(404, {
      code: "NOT_FOUND",
      message: "There is nothing at this address.",
      reason: "This server answers at /access/challenge, /access/session and /infer only.",
      fix: "Open a session first, then post to /infer.",
    });
  }
  if (method === "POST") return undefined;
  return new Refused(405, {
    code: "METHOD_NOT_ALLOWED",
    message: `${method} is not answered here.`,
    reason: "This address takes a POST with a JSON body.",
    fix: "Send the request as POST.",
  });
}

function parseSentences(body: unknown): string[] {
  const { sentences } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(sentences) || sentences.length === 0 || sentences.length > MAX_SENTENCES) {
    throw malformed(`sentences must be a list of 1 to ${MAX_SENTENCES} texts.`);
  }
  if (!sentences.every((sentence) => typeof sentence === "string" && sentence.trim() !== "")) {
    throw malformed("Every entry of sentences must be a text that says something.");
  }
  return sentences as string[];
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  // A body that is too long stays unread: closing the stream would close the connection before the reply.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) {
      throw new Refused(413, {
        code: "BODY_TOO_LARGE",
        message: `The body is longer than ${MAX_BODY_BYTES} bytes.`,
        reason: "The server bounds what it reads.",
        fix: "Send fewer or shorter sentences at a time.",
      });
    }
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw malformed("The body is not JSON.");
  }
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message);
  }
}

const FAILED: Refusal = {
  code: "FAILED",
  message: "The server failed to answer.",
  reason: "Something unexpected happened inside it.",
  fix: "Try again; if it fails again, tell its operator.",
};

function malformed(message: string): Refused {
  return new Refused(400, {
    code: "REQUEST_MALFORMED",
    message,
    reason: "The request's body does not have the expected form.",
    fix: 'Post {"sentences": ["…"]} to /infer.',
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  // A refused request may leave a body unread, which must not be taken for the next request.
  const headers = { "content-type": "application/json", "cache-control": "no-store", connection: "close" };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
