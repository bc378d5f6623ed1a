import { FetchRequest } from "ethers";

import { checked } from "../base/checked";
import { endpointOf } from "./endpoint";

/** The request of a provider: `new JsonRpcProvider(rpcRequest("https://name:password@host"))`. */
export const rpcRequest = /* @__PURE__ */ checked((address: string, timeoutMs?: number): FetchRequest => {
  const { url, headers } = endpointOf(address);
  const request = new FetchRequest(url);
  for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
  if (timeoutMs !== undefined) request.timeout = timeoutMs;
  return request;
});
