import type { JsonRpcProvider, JsonRpcSigner } from "ethers";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { Deployment } from "../../sdk/src/addresses";
import { DealClient } from "../../sdk/src/deals";
import { prepareInto } from "../../sdk/src/fairexchange";
import type { Offer, PaymentClient } from "../../sdk/src/market";
import { folderStore, nodePlatform, type FileKeyring } from "../../sdk/src/node";
import { winkCard } from "./card";
import { keyringAt, mineUntilFinal } from "./keys";
import { loadModelFrom, packModel } from "./model";
import { SENTENCES, type JobContext } from "./parts";
import type { Report } from "./ui";

/** The parties of an update, and the licence that includes it. */
export interface UpdateParts {
  provider: JsonRpcProvider;
  deployment: Deployment;
  as: (account: JsonRpcSigner) => PaymentClient;
  seller: JsonRpcSigner;
  licensee: JsonRpcSigner;
  offer: Offer;
  licenseId: bigint;
}

/** Publishes a later version with a file, asks for it with an older licence, and runs the model from the delivered copy. */
export async function deliverUpdate(context: JobContext, parts: UpdateParts, report: Report): Promise<void> {
  const { as, seller, licensee, offer, licenseId } = parts;
  const keys = join(context.root, ".isonomy", "keys-of-updates");
  await rm(keys, { recursive: true, force: true });
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const platform = nodePlatform();
  const keyring = (name: string): FileKeyring => keyringAt(join(keys, `${name}.json`));
  const dealsOf = (account: JsonRpcSigner, own: FileKeyring): DealClient =>
    new DealClient(parts.deployment, account, { platform, keyring: own });

  const store = folderStore(join(context.root, ".isonomy", "store"));
  const model = await packModel();
  const { key, cid, ...file } = await prepareInto(once(model), store, platform);
  const sellers = keyring("seller");
  await sellers.add({ kind: "version", secret: key, x: file.keyX, note: "version 1.8.1-later" });
  const card = { ...winkCard, version: "1.8.1-later" };
  const later = await as(seller).market.publishVersion(offer.versionId >> 16n, card, store, { file });
  report.spent(later.receipt);

  const deals = dealsOf(licensee, keyring("licensee"));
  const pad = await deals.newPad(later.versionId);
  const { receipt, dealId } = await as(licensee).requestUpdate(licenseId, later.versionId, pad);
  report.spent(receipt);

  const selling = dealsOf(seller, sellers);
  const asked = (await selling.toDeliver(seller.address)).find(({ id }) => id === dealId);
  if (asked === undefined || asked.price !== 0n) throw new Error("The update was not asked for as a free deal.");
  await mineUntilFinal(parts.provider);
  report.spent(await selling.deliver(asked));

  const pieces: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array): void => void pieces.push(bytes.slice()) };
  const opened = await deals.open(asked, { store, cid }, sink);
  const copy = Buffer.concat(pieces);
  if (!opened.ok || !copy.equals(model)) throw new Error("The update is not the file that was sealed.");
  const [original, updated] = [loadModelFrom(model), loadModelFrom(copy)];
  if (SENTENCES.some((sentence) => JSON.stringify(original(sentence)) !== JSON.stringify(updated(sentence)))) {
    throw new Error("The model in the update answers differently from the original. Report this as a fault.");
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
