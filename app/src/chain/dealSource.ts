import { Contract, type JsonRpcProvider, type Result } from "ethers";
import { iEscrowAbi } from "isonomy/abis";
import type { Deployment } from "isonomy/addresses";
import { ReadClient } from "isonomy/reading";
import { DEAL_STATUS, LogPager, commitmentOf, plainDeal, type DealStruct } from "isonomy";

import { sameAddress } from "../addresses";
import type { Network } from "../network";
import type { DealSource, DealState } from "./source";

type Escrow = Parameters<typeof commitmentOf>[0];

/** Reads the deal behind a licence from the escrow's events, and holds it against the hash that the escrow keeps. */
export class DealReader {
  readonly #deployment: Deployment;
  readonly #provider: JsonRpcProvider;
  readonly #escrow: Contract;
  readonly #logs: LogPager;

  constructor(deployment: Deployment, provider: JsonRpcProvider) {
    this.#deployment = deployment;
    this.#provider = provider;
    this.#escrow = new Contract(deployment.contracts.Escrow, iEscrowAbi, provider);
    this.#logs = new LogPager(provider);
  }

  /** Undefined where no market of this deployment opened a deal for the licence. */
  async find(licenceId: bigint): Promise<Omit<DealState, "defectiveAt"> | undefined> {
    const markets = [this.#deployment.contracts.Market, ...(this.#deployment.formerMarkets ?? [])];
    const [opened, head] = await Promise.all([
      this.#events("DealOpened", [licenceId]),
      this.#provider.getBlock("latest"),
    ]);
    const [event] = opened
      .map((args) => plainDeal(args.deal as DealStruct))
      .filter(({ opener }) => markets.some((one) => sameAddress(one, opener)));
    if (event === undefined) return undefined;
    const { opener, id } = event;
    const [delivered, status, commitment] = await Promise.all([
      this.#events("KeyDelivered", [opener, id]),
      this.#escrow.getFunction("statusOf")(opener, id) as Promise<bigint>,
      this.#escrow.getFunction("commitmentOf")(opener, id) as Promise<string>,
    ]);
    const delivery = delivered[0] as unknown as undefined | { c: bigint; complainBy: bigint };
    const deal = { ...event, complainBy: delivery?.complainBy ?? 0n };
    if (commitmentOf(this.#escrow as unknown as Escrow, deal) !== commitment) {
      throw new Error(`The node shows other terms of deal ${id} than the escrow holds.`);
    }
    return {
      deal,
      status: DEAL_STATUS[Number(status)]!,
      scalar: delivery?.c,
      now: BigInt(head!.timestamp),
    };
  }

  async #events(name: string, indexed: readonly unknown[]): Promise<Result[]> {
    const logs = await this.#logs.getLogs({
      address: this.#deployment.contracts.Escrow,
      topics: await this.#escrow.filters[name]!(...indexed).getTopicFilter(),
      fromBlock: this.#deployment.block,
      toBlock: "latest",
    });
    return logs.map((log) => this.#escrow.interface.parseLog(log)!.args);
  }
}

/** Reads deals from the escrow. */
export class ChainDeals implements DealSource {
  readonly #reading: ReadClient;
  readonly #deals: DealReader;

  constructor({ deployment }: Network, provider: JsonRpcProvider) {
    this.#reading = new ReadClient(deployment, provider);
    this.#deals = new DealReader(deployment, provider);
  }

  async deal(licenceId: bigint): Promise<DealState | undefined> {
    const found = await this.#deals.find(licenceId);
    if (found === undefined) return undefined;
    const { defectiveAt } = await this.#reading.version(found.deal.versionId);
    return { ...found, defectiveAt };
  }
}
