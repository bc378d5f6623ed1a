import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";

import { fileSink } from "../../fairexchange/node";
import { cliError } from "../errors";
import { requireAbsent, requireWritable } from "../files";
import { licenceIn } from "../ids";
import type { Session } from "../session";
import { dealOf, heldFile } from "./dealOf";

export async function run(
  session: Session,
  [licence]: readonly string[],
  options: { out: string; update?: boolean },
): Promise<void> {
  const id = licenceIn(licence!, "<licence>");
  await requireWritable(options.out);
  await session.openKeyring();
  const deals = await session.deals(await session.provider());
  const { deal } = await dealOf(session, deals, id, options.update);
  const held = await heldFile(session, deal.versionId);

  // under its own name only when all of it is verified; another `open` of the same file has an unfinished one of its own
  const unfinished = `${options.out}.${randomUUID()}.part`;
  session.interruption.onInterrupt(() => rm(unfinished, { force: true }));
  const bytes = await session.output.step("Open and verify the file", async (report) => {
    const sink = await fileSink(unfinished);
    try {
      const onProgress = (done: number) => report.at(`${done.toLocaleString("en")} bytes`);
      const opened = await deals.open(deal, held, sink, { onProgress });
      if (!opened.ok) {
        throw cliError("FILE_WRONG", { chunk: opened.wrongChunk, versionId: deal.versionId, licenseId: id });
      }
      await sink.close();
      await requireAbsent(options.out);
      await rename(unfinished, options.out);
      report.say(`${opened.bytes.toLocaleString("en")} bytes`);
      return opened.bytes;
    } catch (error) {
      await sink.close().catch(() => undefined);
      await rm(unfinished, { force: true });
      throw error;
    }
  });
  session.output.result([`Opened ${options.out}: ${bytes.toLocaleString("en")} bytes, each chunk verified.`], {
    licenseId: id,
    versionId: deal.versionId,
    out: options.out,
    bytes,
  });
}
