import { hexlify, isHexString, randomBytes, ZeroHash } from "ethers";

import { sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { licenseIdParts, versionIdParts } from "../../market";
import { contentHash, ReviewClient } from "../../reputation";
import { cliError } from "../errors";
import { jsonText, readJson, requireWritable, writeNew } from "../files";
import { licenceIn } from "../ids";
import { columns, transaction } from "../output";
import type { Session } from "../session";
import { small } from "../values";
import { feesIn, reviewRows, reviewsShown } from "./reputationText";
import { offerOfLicence } from "./rights";

const FORMAT = "isonomy.review.v1";
/** Models up to this number can be told from licences, whose ids are far larger. */
const MODELS = 2n ** 48n;

/** The text of a review with its salt: what the hash on chain is of. */
interface Content {
  readonly format: typeof FORMAT;
  readonly licenseId: string;
  readonly salt: string;
  readonly text: string;
}

async function writeOne(
  session: Session,
  [named, starsText]: readonly string[],
  options: { readonly text?: string; readonly out?: string; readonly signed?: string },
): Promise<void> {
  const licenseId = licenceIn(named!, "<licence>");
  const stars = BigInt(small(starsText!, "<stars>", 1, 5));
  const { text, out } = options;
  if ((text === undefined) !== (out === undefined)) {
    const detail = "--text and --out go together: the chain keeps a hash, and the file has the text.";
    throw cliError("USAGE", { detail, command: "review write " });
  }
  if (out !== undefined) await requireWritable(out);
  const signer = await session.signer();
  const reviews = new ReviewClient(await session.deployment(), signer, session.waiting());
  const inFees = await feesIn(session, reviews);
  const before = await reviews.of(licenseId);
  const own = before !== undefined && sameAddress(before.author, signer.address);
  const offer = own
    ? undefined
    : await offerOfLicence(session, await session.market(signer), licenseId, options.signed);
  const weight = own ? before.weight : await reviews.weightOf(offer!, licenseId);
  if (weight === 0n) session.output.note(["The review will weigh nothing, for good: no fee of the licence counts."]);
  const salt = hexlify(randomBytes(32));
  const content = text === undefined ? ZeroHash : contentHash(salt, text);
  // what is refused leaves no file
  const calls = reviews.reviews;
  await decodingErrors<unknown>(() =>
    own ? calls.edit.staticCall(licenseId, stars, content) : calls.review.staticCall(offer!, licenseId, stars, content),
  );
  if (out !== undefined) {
    // before anything is sent: without the salt nobody could show that the text is the review's
    const file: Content = { format: FORMAT, licenseId: String(licenseId), salt, text: text! };
    await writeNew(out, `${jsonText(file, 2)}\n`);
  }
  const receipt = own
    ? await session.output.step("Edit the review", () => reviews.edit(licenseId, stars, content))
    : (await session.output.step("Write the review", () => reviews.review(offer!, licenseId, stars, content))).receipt;
  const { modelId } = versionIdParts(licenseIdParts(licenseId).versionId);
  session.output.result(
    [
      `Model ${modelId} has ${stars} of 5 stars by this licence, which weigh ${inFees(weight)}.`,
      ...(out === undefined ? [] : [`The text is in ${out}, with the salt that proves it: publish it where you like.`]),
    ],
    {
      ...{ licenseId, modelId, stars, weight, contentHash: content, edited: own, out: out ?? null },
      transaction: transaction(receipt),
    },
  );
}

async function showAny(
  session: Session,
  [named]: readonly string[],
  options: { readonly content?: string },
): Promise<void> {
  if (/^\d+$/.test(named!) && BigInt(named!) < MODELS) {
    if (options.content !== undefined) {
      throw cliError("USAGE", { detail: "--content is the text of one licence's review.", command: "review show " });
    }
    const modelId = BigInt(named!);
    const shown = await reviewsShown(session, modelId);
    return session.output.result([...shown.lines, ...reviewRows(shown)], {
      modelId,
      ...shown.data,
    });
  }
  return showOne(session, licenceIn(named!, "<id>"), options.content);
}

async function showOne(session: Session, licenseId: bigint, path: string | undefined): Promise<void> {
  const reviews = new ReviewClient(await session.deployment(), await session.provider());
  const found = await reviews.of(licenseId);
  if (found === undefined) {
    return session.output.result([`Licence ${licenseId} has no review.`], { licenseId, review: null });
  }
  const { modelId } = versionIdParts(licenseIdParts(licenseId).versionId);
  const all = found.stars === 0n ? [] : (await reviews.ofModel(modelId)).reviews;
  const written = all.find((one) => one.licenseId === licenseId);
  const content = path === undefined ? undefined : await contentIn(path);
  const matches = content === undefined ? undefined : written?.contentHash === contentHash(content.salt, content.text);
  const inFees = await feesIn(session, reviews);
  session.output.result(
    [
      ...columns([
        ["licence", String(licenseId)],
        ["model", String(modelId)],
        ["author", found.author],
        ["stars", found.stars === 0n ? "erased" : `${found.stars} of 5`],
        ["weighs", inFees(found.weight)],
        ["text", written === undefined || written.contentHash === ZeroHash ? "none" : `hash ${written.contentHash}`],
      ]),
      ...(matches === undefined ? [] : [matches ? `The text is: ${content!.text}` : `${path} is not its text.`]),
    ],
    { licenseId, modelId, review: { ...found, contentHash: written?.contentHash ?? null }, matches: matches ?? null },
  );
}

async function eraseOne(session: Session, [named]: readonly string[]): Promise<void> {
  const licenseId = licenceIn(named!, "<licence>");
  const reviews = new ReviewClient(await session.deployment(), await session.signer(), session.waiting());
  const receipt = await session.output.step("Erase the review", () => reviews.erase(licenseId));
  session.output.result(
    ["The review counts no longer. Delete its text and its salt wherever you have published them."],
    { licenseId, erased: true, transaction: transaction(receipt) },
  );
}

/** Reads a text back that `review write` wrote. */
async function contentIn(path: string): Promise<Content> {
  const [expected, writer] = ["the text of a review", "review write"];
  const file = await readJson<Content>(path, "--content", expected, writer);
  if (file.format === FORMAT && isHexString(file.salt, 32) && typeof file.text === "string") return file;
  throw cliError("FILE_INVALID", { path, expected, writer, detail: "its format is another." });
}

export const write = { run: writeOne };
export const show = { run: showAny };
export const erase = { run: eraseOne };
