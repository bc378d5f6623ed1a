import { FetchRequest } from "ethers";

import { checked } from "../base/checked";
import { boundedGetUrl } from "./answer";
import { endpointOf } from "./endpoint";

/**
 * The request of a provider: `new JsonRpcProvider(rpcRequest("https://name:password@host"))`. It reads no more than 64 MiB of an
 * answer: what a node sends beyond that is refused as `ANSWER_TOO_LARGE`, where a provider of ethers would keep all of it. A redirect is
 * followed only to the same host, because it would get the password too.
 * @param timeoutMs Milliseconds without a sign of the node after which a request fails; five minutes where nothing is said.
 * @throws `ENDPOINT_INVALID` for what is no address by http or https.
 * @example
 * ```ts
 * const provider = new JsonRpcProvider(rpcRequest("https://name:password@node.example"));
 * ```
 */
export const rpcRequest = /* @__PURE__ */ checked((address: string, timeoutMs?: number): FetchRequest => {
  const { url, headers } = endpointOf(address);
  const request = new FetchRequest(url);
  request.getUrlFunc = boundedGetUrl();
  for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
  if (timeoutMs !== undefined) request.timeout = timeoutMs;
  return request;
});
