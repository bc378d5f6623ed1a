// Reads the chain and the stores apart from the page, so that the page answers while much is read.
import { expose } from "comlink";

import type { Network } from "../network";
import { LogSource, problemOf } from "./logSource";
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
        throw problemOf(error);
      }
    },
});

export interface Reader {
  open(network: Network): void;
  ask(name: keyof Source, args: readonly unknown[]): Promise<unknown>;
}

expose({
  open: (network) => {
    source = Promise.resolve(new LogSource(network));
  },
  ask: (name, args) => (guarded[name] as (...given: readonly unknown[]) => Promise<unknown>)(...args),
} satisfies Reader);
