import { JsonRpcProvider, type Filter, type FilterByBlockHash, type Log, type TransactionResponse } from "ethers";

import { broadcastOrFind } from "./broadcast";
import { LogPager } from "./logs";
import { patient } from "./patient";

/**
 * A provider that pages and waits by itself, for programs that read events without one of the clients: those do as much
 * with any provider.
 * @example
 * ```ts
 * const provider = new PagedProvider(rpcRequest("http://127.0.0.1:8545"));
 * const logs = await provider.getLogs({ address: deployment.contracts.Market, fromBlock: 0 });
 * ```
 */
export class PagedProvider extends JsonRpcProvider {
  /** Tells the clients that this provider pages its own reads. */
  readonly pagesLogs = true;
  readonly #pager = new LogPager(this, (filter) => super.getLogs(filter));

  constructor(...settings: ConstructorParameters<typeof JsonRpcProvider>) {
    super(...settings);
    patient(this);
  }

  /**
   * The logs of a filter, in the order of the chain, in as many requests as the node wants.
   * @throws What `LogPager.getLogs` throws.
   * @example
   * ```ts
   * const provider = new PagedProvider(rpcRequest("http://127.0.0.1:8545"));
   * const logs = await provider.getLogs({ address: account, fromBlock: 0, toBlock: "latest" });
   * ```
   */
  override async getLogs(filter: Filter | FilterByBlockHash): Promise<Log[]> {
    return this.#pager.getLogs(filter);
  }

  /**
   * A transaction that the node says it has already is looked up instead of being taken for a failure.
   * @example
   * ```ts
   * const provider = new PagedProvider(rpcRequest("http://127.0.0.1:8545"));
   * const { hash } = await provider.broadcastTransaction(raw);
   * ```
   */
  override broadcastTransaction(signedTx: string): Promise<TransactionResponse> {
    return broadcastOrFind(this, signedTx, (raw) => super.broadcastTransaction(raw));
  }
}
