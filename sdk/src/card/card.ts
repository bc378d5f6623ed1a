import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { canonicalize } from "json-canonicalize";

import { checked } from "../base/checked";
import { decodeText } from "../text/decode";
import { cardError } from "./errors";
import { problemsOf, type CardProblem } from "./problems";
import { modelCardSchema, type ModelCard } from "./schema";
import { isSpdx } from "./spdx";

/** Canonical bytes of a card may not exceed this; one block of the store holds it, and a reader can refuse early. */
export const MAX_CARD_BYTES = 262_144;

const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false });
addFormats(ajv, ["uri"]);
ajv.addFormat("spdx-expression", { type: "string", validate: isSpdx });
const validate = ajv.compile<ModelCard>(modelCardSchema);

/**
 * Everything that is wrong with a card, one problem for each field; empty for a good card.
 * @example
 * ```ts
 * for (const { path, message, fix } of checkCard(draft)) console.log(path, message, fix);
 * ```
 */
export function checkCard(card: unknown): CardProblem[] {
  if (!validate(card)) {
    return problemsOf(validate.errors ?? [], card);
  }
  return loneSurrogates(card, "");
}

/**
 * Returns the card, typed.
 * @throws `CARD_INVALID`, which names each field that is wrong.
 * @example
 * ```ts
 * const card = parseCard(JSON.parse(await readFile("card.json", "utf8")));
 * ```
 */
export function parseCard(card: unknown): ModelCard {
  const problems = checkCard(card);
  if (problems.length > 0) {
    const first = problems[0]!;
    const others = problems.length - 1;
    throw cardError("CARD_INVALID", {
      problem: first.message,
      others: others === 0 ? "" : ` (and ${others} more)`,
      fix: first.fix,
      problems,
    });
  }
  return card as ModelCard;
}

/** The JSON of a card that may still lack fields; throws `CARD_TOO_LARGE` or `CARD_NOT_JSON`. */
export function cardJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_CARD_BYTES) {
    throw cardError("CARD_TOO_LARGE", { size: bytes.length, limit: MAX_CARD_BYTES });
  }
  try {
    return JSON.parse(decodeText(bytes, true));
  } catch (error) {
    throw cardError("CARD_NOT_JSON", { detail: error instanceof Error ? error.message : String(error) }, error);
  }
}

/**
 * Reads a card from the bytes of a store or a file.
 * @throws `CARD_NOT_JSON`, `CARD_TOO_LARGE` or `CARD_INVALID`.
 * @example
 * ```ts
 * const card = cardFromBytes(await readFile("card.json"));
 * ```
 */
export const cardFromBytes = /* @__PURE__ */ checked((bytes: Uint8Array): ModelCard => parseCard(cardJson(bytes)));

/**
 * The canonical bytes of a card: JSON by RFC 8785, so that spacing and key order change nothing.
 * @throws `CARD_INVALID` for a card that is not valid.
 * @example
 * ```ts
 * const cid = await store.put(cardBytes(card));
 * ```
 */
export function cardBytes(card: ModelCard): Uint8Array {
  const bytes = new TextEncoder().encode(canonicalize(parseCard(card)));
  if (bytes.length > MAX_CARD_BYTES) {
    throw cardError("CARD_TOO_LARGE", { size: bytes.length, limit: MAX_CARD_BYTES });
  }
  return bytes;
}

/**
 * SHA-256 of the card's canonical bytes, as the registry keeps it.
 * @returns The hash as hex, with `0x`.
 * @throws `CARD_INVALID` for a card that is not valid.
 * @example
 * ```ts
 * const hash = metadataHash(card);
 * ```
 */
export function metadataHash(card: ModelCard): string {
  return `0x${bytesToHex(sha256(cardBytes(card)))}`;
}

/**
 * Reads a card and checks that it is the one whose hash the registry keeps.
 * @param expectedHash The hash in the registry, as hex.
 * @throws `CARD_HASH_MISMATCH` for another card, and what `cardFromBytes` throws.
 * @example
 * ```ts
 * const bytes = await readAll(store, cid, MAX_CARD_BYTES);
 * const card = verifiedCard(bytes, newest.metadataHash);
 * ```
 */
export const verifiedCard = /* @__PURE__ */ checked((bytes: Uint8Array, expectedHash: string): ModelCard => {
  const card = cardFromBytes(bytes);
  const actual = metadataHash(card);
  if (actual !== expectedHash.toLowerCase()) {
    throw cardError("CARD_HASH_MISMATCH", { expected: expectedHash, actual });
  }
  return card;
});

/** UTF-8 cannot carry half of a surrogate pair: an encoder would replace it, and two cards would share a hash. */
function loneSurrogates(value: unknown, path: string): CardProblem[] {
  if (typeof value === "string") {
    return /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(value)
      ? [{ path, message: `${path} holds half of a character.`, fix: `Write ${path} again as plain text.` }]
      : [];
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, child]) => [
      ...loneSurrogates(key, `${path}/${key}`),
      ...loneSurrogates(child, `${path}/${key}`),
    ]);
  }
  return [];
}
