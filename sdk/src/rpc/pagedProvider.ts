import {
  JsonRpcProvider,
  toBeHex,
  toQuantity,
  type Filter,
  type FilterByBlockHash,
  type Log,
  type TransactionResponse,
} from "ethers";

import { decodeError } from "../errors/decode";
import { broadcastOrFind } from "./broadcast";

/** What says that the node is away, not that it was asked for too much. */
const AWAY = new Set(["NETWORK_UNREACHABLE", "TIMEOUT"]);

/** Answers in a row after which a wider range is tried: a node that reads only so many blocks refuses one request in nine. */
const PATIENCE = 8;

/**
 * A provider for nodes that read only so many blocks, or answer only so many events, at a time: a range that is refused is
 * asked for in halves, and what worked is remembered. It grows again: events may be crowded in one place, and anyone can
 * crowd them there.
 */
export class PagedProvider extends JsonRpcProvider {
  #span = Number.MAX_SAFE_INTEGER;
  #answers = 0;

  override async getLogs(filter: Filter | FilterByBlockHash): Promise<Log[]> {
    if ("blockHash" in filter && filter.blockHash !== undefined) return super.getLogs(filter);
    const { fromBlock, toBlock, ...rest } = filter as Filter;
    const last = await this.#numberOf(toBlock ?? "latest");
    const logs: Log[] = [];
    for (let from = await this.#numberOf(fromBlock ?? 0); from <= last;) {
      const to = Math.min(from + this.#span - 1, last);
      try {
        logs.push(...(await super.getLogs({ ...rest, fromBlock: toQuantity(from), toBlock: toQuantity(to) })));
        from = to + 1;
        if (++this.#answers % PATIENCE === 0) this.#span = Math.min(2 * this.#span, Number.MAX_SAFE_INTEGER);
      } catch (error) {
        if (from === to || AWAY.has(decodeError(error).code)) throw error;
        this.#span = Math.ceil((to - from + 1) / 2);
        this.#answers = 0;
      }
    }
    return logs;
  }

  /** A transaction that the node says it has already is looked up instead of being taken for a failure. */
  override broadcastTransaction(signedTx: string): Promise<TransactionResponse> {
    return broadcastOrFind(this, signedTx, (raw) => super.broadcastTransaction(raw));
  }

  async #numberOf(tag: NonNullable<Filter["toBlock"]>): Promise<number> {
    if (typeof tag === "string" && !tag.startsWith("0x")) {
      if (tag === "earliest") return 0;
      const block = tag === "latest" ? await this.getBlockNumber() : (await this.getBlock(tag))?.number;
      return block ?? 0;
    }
    return Number(toBeHex(tag));
  }
}
