import { isAddress, isHexString } from "ethers";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { canonicalAddress } from "../../sdk/src/addresses/address";
import { ChallengeDesk, signedByAccount, type Challenge } from "./challenge";
import type { Analyse, Analysis } from "./model";

export interface InferenceOptions {
  /** The model that is served. */
  readonly analyse: Analyse;
  /** Asks the chain whether an account may use a licence now. */
  readonly isAuthorized: (licenseId: bigint, account: string) => Promise<boolean>;
  /** Whether the licence is one for what is served here; a right to another model opens nothing. */
  readonly covers: (licenseId: bigint) => Promise<boolean>;
  readonly chainId: bigint;
  /** 0 takes any free port. */
  readonly port?: number;
  /** Seconds for which a challenge can be used. */
  readonly challengeSeconds?: number;
  /** Unix time, in seconds. */
  readonly now?: () => number;
}

export interface InferenceServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** What a refused request is told. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly fix: string;
}

export const MAX_BODY_BYTES = 65_536;
export const MAX_SENTENCES = 100;
const MAX_TOKEN_CHARACTERS = 2_048;
const REQUEST_MS = 10_000;

/**
 * Serves a model to the holder of its licence. A client asks for a challenge, signs it, and sends it with its
 * sentences; each signature is good for one answer.
 */
export async function serveInference(options: InferenceOptions): Promise<InferenceServer> {
  const { challengeSeconds = 120, now = () => Math.floor(Date.now() / 1_000) } = options;
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS });
  await listen(server, options.port ?? 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const desk = new ChallengeDesk(origin, challengeSeconds, now);

  server.on("request", (request, response) => {
    answer(request, options, desk).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const refused = error instanceof Refused ? error : new Refused(500, FAILED);
        send(response, refused.status, { error: refused.refusal });
      },
    );
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

async function answer(request: IncomingMessage, options: InferenceOptions, desk: ChallengeDesk): Promise<unknown> {
  const { pathname } = new URL(request.url ?? "/", "http://server");
  if (pathname !== "/challenge" && pathname !== "/infer") {
    throw new Refused(404, {
      code: "NOT_FOUND",
      message: `There is nothing at ${pathname}.`,
      reason: "This server answers at /challenge and /infer only.",
      fix: "Post to /challenge first, then to /infer.",
    });
  }
  if (request.method !== "POST") {
    throw new Refused(405, {
      code: "METHOD_NOT_ALLOWED",
      message: `${request.method ?? "This method"} is not answered here.`,
      reason: "Both addresses take a POST with a JSON body.",
      fix: "Send the request as POST.",
    });
  }
  if (pathname === "/challenge") {
    const { licenseId, account } = parseAsk(await readJson(request));
    return desk.issue(licenseId, account);
  }
  // The right is checked before the body is read, so that strangers cannot make the server work.
  await authorize(request, options, desk);
  const sentences = parseSentences(await readJson(request));
  return { results: sentences.map((sentence): Analysis[] => options.analyse(sentence)) };
}

/** Throws 401 when the request does not prove who sends it, 403 when that account has no right. */
async function authorize(request: IncomingMessage, options: InferenceOptions, desk: ChallengeDesk): Promise<void> {
  const { challenge, signature } = parseAuthorization(request.headers.authorization);
  if (!desk.issued(challenge)) {
    throw unauthorized(
      "CHALLENGE_UNKNOWN",
      "This server did not issue that challenge.",
      "One of its fields was changed, or it comes from another server or an earlier run of this one.",
    );
  }
  if (desk.expired(challenge)) {
    throw unauthorized("CHALLENGE_EXPIRED", "The challenge has expired.", "A challenge is good for a short time only.");
  }
  if (!signedByAccount(options.chainId, challenge, signature)) {
    throw unauthorized(
      "SIGNATURE_INVALID",
      `The challenge was not signed by ${challenge.account}.`,
      "It was signed by another account, for another chain, or over other fields.",
    );
  }
  if (!desk.use(challenge)) {
    throw unauthorized("CHALLENGE_USED", "The challenge was used before.", "Each challenge is good for one answer.");
  }
  // From here to the answer the challenge counts as used, so that two requests at once cannot share it.
  const licenseId = BigInt(challenge.licenseId);
  const allowed = await ask(options, licenseId, challenge.account).catch((error: unknown) => {
    desk.release(challenge);
    throw error;
  });
  if (!allowed) {
    desk.release(challenge);
    throw new Refused(403, {
      code: "NOT_LICENSED",
      message: `${challenge.account} may not use this model with licence ${challenge.licenseId}.`,
      reason: "The licence does not exist, belongs to somebody else, is in dispute, or is for another model.",
      fix: "Buy a licence of this model and name it in the challenge.",
    });
  }
}

async function ask(options: InferenceOptions, licenseId: bigint, account: string): Promise<boolean> {
  try {
    return (await options.covers(licenseId)) && (await options.isAuthorized(licenseId, account));
  } catch {
    throw new Refused(503, {
      code: "CHAIN_UNREACHABLE",
      message: "The right could not be checked.",
      reason: "The node that this server asks does not answer.",
      fix: "Try again shortly with the same challenge.",
    });
  }
}

/** The header is `Isonomy <challenge as base64url JSON>.<signature>`. */
export function authorizationHeader(challenge: Challenge, signature: string): string {
  return `Isonomy ${Buffer.from(JSON.stringify(challenge)).toString("base64url")}.${signature}`;
}

function parseAuthorization(header: string | undefined): { challenge: Challenge; signature: string } {
  const missing = unauthorized(
    "SIGNATURE_MISSING",
    "The request carries no signed challenge.",
    "Only licensees are served, and a signature shows who asks.",
  );
  const match = /^Isonomy ([\w-]+)\.(0x[0-9a-fA-F]+)$/.exec((header ?? "").slice(0, MAX_TOKEN_CHARACTERS));
  if (match === null) throw missing;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(match[1]!, "base64url").toString("utf8"));
  } catch {
    throw missing;
  }
  if (!isChallenge(value)) throw missing;
  return { challenge: { ...value, account: canonicalAddress(value.account) }, signature: match[2]! };
}

function isChallenge(value: unknown): value is Challenge {
  const { origin, licenseId, account, expiresAt, nonce } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof origin === "string" &&
    isNumberText(licenseId) &&
    isAddress(account) &&
    Number.isSafeInteger(expiresAt) &&
    isHexString(nonce, 32)
  );
}

function parseAsk(body: unknown): { licenseId: bigint; account: string } {
  const { licenseId, account } = (body ?? {}) as Record<string, unknown>;
  if (!isNumberText(licenseId)) throw malformed("licenseId must be a licence's number, written as text.");
  if (!isAddress(account)) throw malformed("account must be an address.");
  return { licenseId: BigInt(licenseId), account };
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

/** 78 digits hold every number of 256 bits; a few more do not fit and are refused as well. */
function isNumberText(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,78}$/.test(value) && BigInt(value) < 2n ** 256n;
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

function unauthorized(code: string, message: string, reason: string): Refused {
  return new Refused(401, { code, message, reason, fix: "Ask for a new challenge, sign it and send it once." });
}

function malformed(message: string): Refused {
  return new Refused(400, {
    code: "REQUEST_MALFORMED",
    message,
    reason: "The request's body does not have the expected form.",
    fix: 'Post {"licenseId": "…", "account": "0x…"} to /challenge and {"sentences": ["…"]} to /infer.',
  });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  // A refused request may leave a body unread, which must not be taken for the next request.
  const headers = { "content-type": "application/json", "cache-control": "no-store", connection: "close" };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
