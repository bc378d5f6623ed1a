import { existsSync } from "node:fs";

import { isIsonomyError } from "../../base/error";
import { MAX_CARD_BYTES, cardFromBytes } from "../../card/card";
import { Chain } from "../../chain/chain";
import { readAll } from "../../store";
import { folderOf, type FolderStore, type StoredFile } from "../../store/folderStore";
import { localTime } from "../../text/time";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";
import { small } from "../values";

interface Options {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly olderThan: string;
}

/** Removes from the local store what no version and no keyring needs: says what, and asks. */
export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const { output } = session;
  const olderThanMs = 3_600_000 * small(options.olderThan, "--older-than", 0, 1_000_000);
  const store = folderOf(await session.store());
  if (store === undefined) {
    const value = session.options.store ?? "the store";
    throw cliError("VALUE_INVALID", { value, name: "--store", expected: "a folder", example: "./store" });
  }
  const found = await output.step("Look for what is needed", async (report) => {
    const needed = await neededIn(session, store);
    const unneeded = await store.unneeded(needed, { olderThanMs });
    report.say(`${unneeded.files.length} files, ${sizeOf(unneeded.bytes)}, are not`);
    return unneeded;
  });
  const files = found.files.map((file) => ({ ...file, modifiedAt: file.modifiedAt.toISOString() }));
  const { path } = store;
  if (found.files.length === 0 || options.dryRun === true) {
    const none = found.files.length === 0;
    if (options.dryRun !== true) await store.clearAbandoned();
    return output.result(
      none ? [`Nothing in ${path} is unneeded.`] : [...(await tableOf(store, found.files)), "Nothing was removed."],
      { store: path, files, bytes: found.bytes, removed: false },
    );
  }
  output.note(await tableOf(store, found.files));
  const what = `Removing ${found.files.length} files, ${sizeOf(found.bytes)}, from ${path}`;
  const means = "What no other store holds is lost; neither a version nor the keyring needs it.";
  if (options.yes !== true) {
    await output.agree(`${what}? ${means}`, {
      absent: cliError("NOT_CONFIRMED", { what, means, command: session.again("--yes") }),
      refused: cliError("NOT_AGREED", { what }),
    });
  }
  const freed = await output.step("Remove them", async (report) => {
    await store.clearAbandoned();
    const { signal } = session.interruption;
    return store.remove(found, { signal, onProgress: (done, total) => report.at(`${done} of ${total} blocks`) });
  });
  output.result([`Removed ${found.files.length} files, ${sizeOf(freed)}, from ${path}.`], {
    ...{ store: path, files, bytes: freed, removed: true },
  });
}

/** The cards and sealed files of all versions, and what was sealed under a key of the keyring and is not listed yet. */
async function neededIn(session: Session, store: FolderStore): Promise<Set<string>> {
  const market = await session.market(await session.provider());
  const { block } = await session.deployment();
  const { registry } = market;
  const chain = new Chain(await session.provider(), []);
  const events = await chain.logs(registry, registry.filters.VersionPublished(), block);
  const versions = events.map(({ args }) => args.data);
  const needed = new Set<string>();
  const roots = new Set(versions.map(({ root }) => root));
  for (const { uri } of versions) {
    const cid = uri.replace(/^ipfs:\/\//i, "");
    needed.add(cid);
    const blob = await blobOf(store, cid);
    if (blob !== undefined) needed.add(blob);
  }
  const sealed = (await store.files()).filter((file) => file.sealed !== undefined && !needed.has(file.cid));
  for (const { cid, sealed: note } of sealed) {
    if (roots.has(note!.root) || (await isKept(session, note!.keyX))) needed.add(cid);
  }
  return needed;
}

/** The sealed file that a card of the store names. What others published may be anything: it then names none. */
async function blobOf(store: FolderStore, cid: string): Promise<string | undefined> {
  try {
    return (await store.has(cid)) ? cardFromBytes(await readAll(store, cid, MAX_CARD_BYTES)).file?.blob : undefined;
  } catch {
    return undefined;
  }
}

async function isKept(session: Session, keyX: bigint): Promise<boolean> {
  if (!existsSync(session.keyringPath())) return false;
  try {
    await (await session.keyring()).find(keyX);
    return true;
  } catch (error) {
    if (isIsonomyError(error, "KEY_NOT_KEPT")) return false;
    throw error;
  }
}

async function tableOf(store: FolderStore, files: readonly StoredFile[]): Promise<string[]> {
  const rows = files.map(async (file) => {
    const what = file.sealed === undefined ? await nameOf(store, file.cid) : `sealed ${file.sealed.name}`;
    return [file.cid, sizeOf(file.bytes), localTime(BigInt(Math.floor(file.modifiedAt.getTime() / 1_000))), what];
  });
  return columns(await Promise.all(rows));
}

async function nameOf(store: FolderStore, cid: string): Promise<string> {
  try {
    const { name, version } = cardFromBytes(await readAll(store, cid, MAX_CARD_BYTES));
    return `card of ${name} ${version}`;
  } catch {
    return "a file";
  }
}

function sizeOf(bytes: number): string {
  return `${bytes.toLocaleString("en")} bytes`;
}
