// Reads the chain and the stores apart from the page, so that the page answers while much is read.
import { expose } from "comlink";

import type { Network } from "../network";
import { LogSource } from "./logSource";
import { problemOf } from "./thread/problem";
import { SnapshotSource } from "./snapshotSource";
import type { Source } from "./source";

let source: Promise<Source>;

/** Every method of a source, with failures as values that cross threads. */
const guarded = new Proxy({} as Source, {
  get:
    (_target, name: keyof Source) =>
    async (...args: never[]): Promise<unknown> => {
      try {
        const method = (await source)[name] as (...given: never[]) => Promise<unknown>;
        return await method.apply(await source, args);
      } catch (error) {
        throw isProblem(error) ? error : problemOf(error);
      }
    },
});

const isProblem = (error: unknown): boolean => !(error instanceof Error) && "code" in Object(error);

/** A snapshot that cannot be read is no reason to show nothing: the chain can be read by itself. */
async function sourceOf(network: Network): Promise<Source> {
  if (network.snapshot === undefined) return new LogSource(network);
  try {
    const response = await fetch(network.snapshot);
    if (!response.ok) throw new Error(`${network.snapshot}: ${response.status}`);
    return new SnapshotSource(network, await response.text());
  } catch (error) {
    console.warn(error);
    return new LogSource(network);
  }
}

export interface Reader {
  open(network: Network): void;
  ask(name: keyof Source, args: readonly unknown[]): Promise<unknown>;
}

expose({
  open: (network) => {
    source = sourceOf(network);
  },
  ask: (name, args) => (guarded[name] as (...given: readonly unknown[]) => Promise<unknown>)(...args),
} satisfies Reader);
