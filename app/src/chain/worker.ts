// Reads the chain and the stores apart from the page, so that the page answers while much is read.
import { expose } from "comlink";
import type { JsonRpcProvider } from "ethers";

import type { Network } from "../network";
import { LogSource, providerOf } from "./logSource";
import { problemOf } from "./thread/problem";
import { SnapshotSource } from "./snapshotSource";
import type { MarketSource, Source } from "./source";

let source: Promise<Source>;

/** What is needed by some screens alone comes with the first question to it. */
function later<T extends object>(open: () => Promise<T>): <R>(ask: (opened: T) => Promise<R>) => Promise<R> {
  let opened: Promise<T> | undefined;
  return async (ask) => {
    opened ??= open();
    opened.catch(() => (opened = undefined));
    return ask(await opened);
  };
}

/** Everything that the page reads: the market by `market`, the rest from the chain itself. */
function whole(network: Network, provider: JsonRpcProvider, market: MarketSource): Source {
  const government = later(async () => new (await import("./daoSource")).DaoSource(network, provider));
  const deals = later(async () => new (await import("./dealSource")).ChainDeals(network, provider));
  return {
    models: (filter, page) => market.models(filter, page),
    model: (modelId, buyer) => market.model(modelId, buyer),
    offer: (termsHash, modelId, buyer) => market.offer(termsHash, modelId, buyer),
    licences: (account) => market.licences(account),
    dao: (account) => government((one) => one.dao(account)),
    proposals: (page) => government((one) => one.proposals(page)),
    proposal: (id, account) => government((one) => one.proposal(id, account)),
    concentration: () => government((one) => one.concentration()),
    file: (versionId) => market.file(versionId),
    deal: (licenceId) => deals((one) => one.deal(licenceId)),
  };
}

const isProblem = (error: unknown): boolean => !(error instanceof Error) && "code" in Object(error);

/** A snapshot that cannot be read is no reason to show nothing: the chain can be read by itself. */
async function marketOf(network: Network, provider: JsonRpcProvider): Promise<MarketSource> {
  if (network.snapshot === undefined) return new LogSource(network, { provider });
  try {
    const response = await fetch(network.snapshot);
    if (!response.ok) throw new Error(`${network.snapshot}: ${response.status}`);
    return new SnapshotSource(network, await response.text(), { provider });
  } catch (error) {
    console.warn(error);
    return new LogSource(network, { provider });
  }
}

export interface Reader {
  open(network: Network): void;
  ask(name: keyof Source, args: readonly unknown[]): Promise<unknown>;
}

expose({
  open: (network) => {
    const provider = providerOf(network);
    source = marketOf(network, provider).then((market) => whole(network, provider, market));
  },
  ask: async (name, args) => {
    try {
      return await ((await source)[name] as (...given: readonly unknown[]) => Promise<unknown>)(...args);
    } catch (error) {
      // failures cross threads as values
      throw isProblem(error) ? error : problemOf(error);
    }
  },
} satisfies Reader);
