import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The content identifier of a folder, with the settings of the public profile `unixfs-v1-2025`: other tools compute the same. */
export async function cidOfFolder(folder: string, files: readonly string[]): Promise<string> {
  const { importer } = await import("ipfs-unixfs-importer");
  const nowhere = { put: async <Cid>(cid: Cid): Promise<Cid> => cid };
  const content = async function* () {
    for (const path of [...files].sort()) yield { path, content: await readFile(join(folder, path)) };
  };
  let root = "";
  const options = { profile: "unixfs-v1-2025", wrapWithDirectory: true } as const;
  for await (const { cid } of importer(content(), nowhere, options)) root = cid.toString();
  return root;
}
