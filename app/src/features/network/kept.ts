import { eraseKept, keptNames } from "../../chain/keep";
import { BURNER_KEPT } from "../../wallet/burner";
import { FOLDER } from "../files";

/** What the page keeps in a browser, by what losing it would mean. */
export interface KeptHere {
  /** Settings, and what was read of a chain: it comes again. */
  readonly settings: readonly string[];
  /** Sealed and opened files, which can be fetched again. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** Keys: those of files, and the page's own wallet. */
  readonly keys: readonly string[];
}

export type Kind = keyof KeptHere;

const KEYRING = "isonomy-keyring";

type Entries = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };

async function folder(): Promise<Entries | undefined> {
  const root = await navigator.storage?.getDirectory?.().catch(() => undefined);
  return (await root?.getDirectoryHandle(FOLDER).catch(() => undefined)) as Entries | undefined;
}

export async function keptHere(): Promise<KeptHere> {
  const own = Object.keys(localStorage);
  const databases = (await indexedDB.databases?.().catch(() => [])) ?? [];
  const files: { name: string; size: number }[] = [];
  for await (const handle of (await folder())?.values() ?? []) {
    if (handle.kind !== "file") continue;
    files.push({ name: handle.name, size: (await (handle as FileSystemFileHandle).getFile()).size });
  }
  return {
    settings: [...own.filter((name) => name !== BURNER_KEPT), ...(await keptNames())].sort(),
    files: files.sort((a, b) => a.name.localeCompare(b.name)),
    keys: [
      ...own.filter((name) => name === BURNER_KEPT),
      ...databases.flatMap(({ name }) => (name === KEYRING ? [name] : [])),
    ],
  };
}

const ERASE: Readonly<Record<Kind, () => Promise<void>>> = {
  settings: async () => {
    for (const name of Object.keys(localStorage)) if (name !== BURNER_KEPT) localStorage.removeItem(name);
    await eraseKept();
  },
  files: async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
  },
  keys: async () => {
    localStorage.removeItem(BURNER_KEPT);
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(KEYRING);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error ?? new Error(KEYRING));
      // another tab holds it: it is erased when that is closed
      request.onblocked = () => resolve();
    });
  },
};

export const eraseHere = (kind: Kind): Promise<void> => ERASE[kind]();
