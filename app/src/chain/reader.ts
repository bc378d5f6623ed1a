import { wrap } from "comlink";

import type { Network } from "../network";
import type { Source } from "./source";
import type { Reader } from "./worker";

/** The source of what the page shows, in a thread of its own. */
export function openSource(network: Network): Source {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const reader = wrap<Reader>(worker);
  void reader.open(network);
  const ask = <K extends keyof Source>(name: K, ...args: Parameters<Source[K]>): ReturnType<Source[K]> =>
    reader.ask(name, args) as ReturnType<Source[K]>;
  return {
    models: (filter, page) => ask("models", filter, page),
    model: (modelId, buyer) => ask("model", modelId, buyer),
    offer: (termsHash, modelId, buyer) => ask("offer", termsHash, modelId, buyer),
    licences: (account) => ask("licences", account),
    dao: (account) => ask("dao", account),
    proposals: (page) => ask("proposals", page),
    proposal: (id, account) => ask("proposal", id, account),
    concentration: () => ask("concentration"),
    file: (versionId) => ask("file", versionId),
    deal: (licenceId) => ask("deal", licenceId),
  };
}
