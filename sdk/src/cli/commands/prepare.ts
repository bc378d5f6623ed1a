import { rm } from "node:fs/promises";
import { basename } from "node:path";

import { prepareFile } from "../../fairexchange/node";
import { nodePlatform } from "../../fairexchange/node";
import { Pipe } from "../../fairexchange/streams";
import { folderOf } from "../../store/folderStore";
import { jsonText, requireFile, requireWritable, writeNew } from "../files";
import { quoted } from "../quoted";
import type { Session } from "../session";

/** What `prepare` writes for `list`: all of it is public. */
export interface PreparedFile {
  readonly format: "isonomy.prepared.v1";
  readonly name: string;
  readonly blob: string;
  readonly root: string;
  readonly contentRoot: string;
  readonly keyX: string;
  readonly size: string;
}

export async function run(session: Session, [path]: readonly string[], options: { out?: string }): Promise<void> {
  const out = options.out ?? `${path}.isonomy.json`;
  await requireFile(path!, "<file>");
  await requireWritable(out);
  const keyring = await session.keyring();
  await keyring.requireWritable();

  const store = await session.store();

  const name = basename(path!);
  const { cid, ...file } = await session.output.step(`Seal ${name}`, async (report) => {
    const pipe = new Pipe();
    const { signal } = session.interruption;
    // what begins after the signal would be left behind when the process ends
    signal.throwIfAborted();
    const stored = store.put(pipe);
    stored.catch((error: unknown) => pipe.fail(error));
    session.interruption.onInterrupt(async () => {
      pipe.fail(signal.reason);
      await stored.catch(() => undefined);
    });
    try {
      const onProgress = (bytes: number) => report.at(`${bytes.toLocaleString("en")} bytes`);
      const keep = async ({ secret, x }: { secret: bigint; x: bigint }): Promise<void> => {
        await keyring.add({ kind: "version", secret, x, note: `version of ${name}` });
        // read back: from here on the sealed file is worth nothing without it
        await keyring.find(x);
      };
      const sealed = await prepareFile(path!, pipe, nodePlatform(), { onProgress, keep, signal });
      pipe.end();
      const blob = await stored;
      report.say(`${sealed.size.toLocaleString("en")} bytes, published as ${blob}`);
      const { root, contentRoot, keyX, size } = sealed;
      // until it is listed, only this says whose key opens it
      await folderOf(store)?.noteSealed(blob, { name, root, keyX });
      return { root, contentRoot, keyX, size, cid: blob };
    } catch (error) {
      pipe.fail(error);
      await stored.catch(() => undefined);
      throw error;
    }
  });
  const prepared: PreparedFile = {
    format: "isonomy.prepared.v1",
    name,
    blob: cid,
    root: file.root,
    contentRoot: file.contentRoot,
    keyX: file.keyX.toString(),
    size: file.size.toString(),
  };
  // once it was told to stop it leaves nothing that a second run would find
  if (session.interruption.signal.aborted) throw session.interruption.error();
  session.interruption.onInterrupt(() => rm(out, { force: true }));
  await writeNew(out, `${jsonText(prepared, 2)}\n`);
  session.warnOfOwnStore();
  session.output.result(
    [
      `Sealed ${name} under a fresh key, which is in ${session.keyringPath()}.`,
      `Keep a copy of that file: without it nothing can be delivered.`,
      `Next: isonomy list <card> --prepared ${quoted(out)}`,
    ],
    { ...prepared, out, keyring: session.keyringPath() },
  );
}
