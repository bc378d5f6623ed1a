import { JsonRpcProvider, type Filter, type FilterByBlockHash, type Log, type TransactionResponse } from "ethers";

import { broadcastOrFind } from "./broadcast";
import { LogPager } from "./logs";
import { patient } from "./patient";

/**
 * A provider that pages and waits by itself, for programs that read events without one of the clients: those do as much
 * with any provider.
 */
export class PagedProvider extends JsonRpcProvider {
  readonly pagesLogs = true;
  readonly #pager = new LogPager(this, (filter) => super.getLogs(filter));

  constructor(...settings: ConstructorParameters<typeof JsonRpcProvider>) {
    super(...settings);
    patient(this);
  }

  override async getLogs(filter: Filter | FilterByBlockHash): Promise<Log[]> {
    return this.#pager.getLogs(filter);
  }

  /** A transaction that the node says it has already is looked up instead of being taken for a failure. */
  override broadcastTransaction(signedTx: string): Promise<TransactionResponse> {
    return broadcastOrFind(this, signedTx, (raw) => super.broadcastTransaction(raw));
  }
}
