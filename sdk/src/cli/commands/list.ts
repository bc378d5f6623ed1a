import { MAX_CARD_BYTES, cardFromBytes } from "../../card/card";
import type { FileCommitment } from "../../fairexchange";
import { cliError } from "../errors";
import { readData, readJson } from "../files";
import { transaction } from "../output";
import type { Session } from "../session";
import { basisPoints, whole } from "../values";
import type { PreparedFile } from "./prepare";

interface Options {
  readonly prepared?: string;
  readonly model?: string;
  readonly royalty: string;
}

export async function run(session: Session, [path]: readonly string[], options: Options): Promise<void> {
  const royaltyBps = basisPoints(options.royalty, "--royalty");
  const modelId = options.model === undefined ? undefined : whole(options.model, "--model");
  const card = cardFromBytes(await readData(path!, "<card>", MAX_CARD_BYTES));
  const prepared = options.prepared === undefined ? undefined : await preparedIn(options.prepared);
  const market = await session.market();
  // a version that its own seller cannot deliver must not be published
  if (prepared !== undefined) await (await session.keyring()).find(prepared.file.keyX);

  const store = await session.store();

  const full =
    prepared === undefined ? card : { ...card, file: { ...card.file, blob: prepared.blob, name: prepared.name } };
  const settings = { file: prepared?.file };
  const version = await session.output.step("Publish the version", async (report) => {
    const published = await (modelId === undefined
      ? market.listModel(full, store, { ...settings, royaltyBps })
      : market.publishVersion(modelId, full, store, settings));
    report.say(`version ${published.versionId}, for ${published.receipt.gasUsed.toLocaleString("en")} gas`);
    return published;
  });
  session.warnOfOwnStore();
  session.output.result(
    [
      `Published ${card.name} ${card.version} as version ${version.versionId} of model ${version.modelId}.`,
      prepared === undefined
        ? `Next: isonomy offer ${version.versionId} --price "<number> <token>"`
        : `Next: isonomy offer ${version.versionId} --price "<number> <token>" --deliver 1d`,
    ],
    {
      modelId: version.modelId,
      versionId: version.versionId,
      card: version.cid,
      metadataHash: version.metadataHash,
      transaction: transaction(version.receipt),
    },
  );
}

async function preparedIn(path: string): Promise<{ blob: string; name: string; file: FileCommitment }> {
  const expected = "a prepared file";
  const { format, name, blob, ...file } = await readJson<PreparedFile>(path, "--prepared", expected, "prepare");
  try {
    if (format !== "isonomy.prepared.v1" || typeof blob !== "string" || typeof name !== "string") {
      throw new Error("its format is another.");
    }
    const { root, contentRoot, keyX, size } = file;
    return { blob, name, file: { root, contentRoot, keyX: BigInt(keyX), size: BigInt(size) } };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer: "prepare", detail }, error);
  }
}
