import type { Signer } from "ethers";

import type { PartialDeployment } from "../../sdk/src/addresses";
import { readAnswer } from "../../sdk/src/rpc/bounded";
import { AccessClient } from "../../sdk/src/server";
import type { Analysis } from "./model";

/** More than a server answers to the sentences of one request. */
const MAX_REPLY_BYTES = 1_048_576;

export interface InferenceRequest {
  readonly origin: string;
  readonly signer: Signer;
  readonly deployment: PartialDeployment<"LicenseToken">;
  readonly licenseId: bigint;
  readonly sentences: readonly string[];
}

/** Has a licensee's sentences read by a server: signs in, and sends them. */
export async function infer(request: InferenceRequest): Promise<Analysis[][]> {
  const { origin, signer, deployment, licenseId, sentences } = request;
  const access = new AccessClient({ origin, deployment, licenseId, licensee: { account: signer } });
  const response = await access.fetch("/infer", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sentences }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = new TextDecoder().decode(await readAnswer(response, MAX_REPLY_BYTES));
  if (!response.ok) throw new Error(`The server answered ${response.status} to a licensee: ${text}`);
  return (JSON.parse(text) as { results: Analysis[][] }).results;
}
