import { getAddress, type Signer } from "ethers";

import { IsonomyError, decodeError } from "../../sdk/src/errors";
import { readAnswer } from "../../sdk/src/rpc/bounded";
import { signChallenge, type Challenge } from "./challenge";
import { authorizationHeader, type Refusal } from "./inference";
import type { Analysis } from "./model";

/** More than a server answers to the sentences of one request. */
const MAX_REPLY_BYTES = 1_048_576;

export interface InferenceRequest {
  readonly origin: string;
  readonly signer: Signer;
  readonly chainId: bigint;
  readonly licenseId: bigint;
  readonly sentences: readonly string[];
}

/** Has a licensee's sentences read by a server: asks for a challenge, signs it, and sends both. */
export async function infer(request: InferenceRequest): Promise<Analysis[][]> {
  const { origin, signer, chainId, licenseId, sentences } = request;
  const account = getAddress(await signer.getAddress());
  const challenge = (await post(`${origin}/challenge`, { licenseId: licenseId.toString(), account })) as Challenge;
  checkChallenge(challenge, { origin, licenseId: licenseId.toString(), account });
  const signature = await signChallenge(signer, chainId, challenge);
  const headers = { authorization: authorizationHeader(challenge, signature) };
  const { results } = (await post(`${origin}/infer`, { sentences }, headers)) as { results: Analysis[][] };
  return results;
}

/** A server could pass on another server's challenge, to be served there in the licensee's name. */
function checkChallenge(challenge: Challenge, expected: Pick<Challenge, "origin" | "licenseId" | "account">): void {
  const fields = ["origin", "licenseId", "account"] as const;
  const wrong = fields.find((field) => challenge[field] !== expected[field]);
  if (wrong !== undefined) {
    throw new IsonomyError({
      code: "CHALLENGE_FOREIGN",
      message: `The server asks for a signature with ${wrong} ${String(challenge[wrong])}, not ${expected[wrong]}.`,
      reason: "The challenge was made for another server, licence or account.",
      fix: "Sign nothing, and do not use this server.",
      args: { ...challenge },
    });
  }
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  } catch (error) {
    throw decodeError(error);
  }
  const reply = JSON.parse(new TextDecoder().decode(await readAnswer(response, MAX_REPLY_BYTES))) as {
    error?: Refusal;
  };
  if (!response.ok) {
    const refusal = reply.error ?? {
      code: "REFUSED",
      message: response.statusText,
      reason: "Unknown.",
      fix: "Try again.",
    };
    throw new IsonomyError({ ...refusal, args: { status: response.status } });
  }
  return reply;
}
