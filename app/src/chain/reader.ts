import { wrap } from "comlink";

import type { Network } from "../network";
import type { Source } from "./source";
import type { Reader } from "./worker";

/** The source of what the page shows, in a thread of its own. */
export function openSource(network: Network): Source {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const reader = wrap<Reader>(worker);
  void reader.open(network);
  return new Proxy({} as Source, {
    get:
      (_none, name: keyof Source) =>
      (...args: readonly unknown[]) =>
        reader.ask(name, args),
  });
}
