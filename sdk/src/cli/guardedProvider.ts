import {
  keccak256,
  type FetchRequest,
  type JsonRpcApiProviderOptions,
  type JsonRpcPayload,
  type JsonRpcResult,
} from "ethers";

import { PagedProvider } from "../rpc/pagedProvider";
import type { Interruption } from "./interruption";

/**
 * The provider of a command: it notes each transaction at the last moment before it leaves, and lets none leave once the
 * command was told to stop. Every client sends through it, so no command can forget to ask.
 */
export class GuardedProvider extends PagedProvider {
  readonly #interruption: Interruption;

  constructor(request: FetchRequest, chainId: number, options: JsonRpcApiProviderOptions, interruption: Interruption) {
    super(request, chainId, options);
    this.#interruption = interruption;
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    for (const { method, params } of Array.isArray(payload) ? payload : [payload]) {
      if (method === "eth_sendRawTransaction") this.#interruption.leaving(keccak256(String((params as unknown[])[0])));
    }
    return super._send(payload);
  }
}
