import { proxy, wrap } from "comlink";

import type { Network } from "../../network";
import type { FileKeeper, Tell } from "./api";

let opened: FileKeeper | undefined;

/** What fetches and opens files, in a thread of its own, which is started by the first who needs it. */
export function fileKeeper({ stores, deployment }: Network): FileKeeper {
  if (opened !== undefined) return opened;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<FileKeeper>(worker) as unknown as FileKeeper;
  remote.begin(stores, deployment.chainId, deployment.contracts.Escrow);
  const told = (tell: Tell): Tell => proxy(tell);
  opened = {
    begin: () => undefined,
    held: (file) => remote.held(file),
    fetch: (file, tell) => remote.fetch(file, told(tell)),
    stop: (file) => remote.stop(file),
    newPad: (purchase, note) => remote.newPad(purchase, note),
    keyFile: (password) => remote.keyFile(password),
    restore: (text, password) => remote.restore(text, password),
    hasKey: (buyerKey) => remote.hasKey(buyerKey),
    open: (file, deal, scalar, tell) => remote.open(file, deal, scalar, told(tell)),
    complaint: (file) => remote.complaint(file),
    forget: (file) => remote.forget(file),
  };
  return opened;
}

/** Asks the browser not to clear the page's files and keys when it runs out of space; false where it will not promise it. */
export const persist = (): Promise<boolean> =>
  navigator.storage?.persist?.().catch(() => false) ?? Promise.resolve(false);
