import { errorsOf, type Entries } from "../base/template";

/** What can be wrong with a card. */
export const cardErrors = {
  CARD_INVALID: {
    message: "The card cannot be published: {problem}{others}",
    reason: "A card must follow the published schema, because buyers and programs rely on its fields.",
    fix: "{fix}",
  },
  CARD_NOT_JSON: {
    message: "The card is not JSON: {detail}",
    reason: "The bytes are cut short, damaged, or another kind of file.",
    fix: "Check the file with any JSON tool, or fetch it again.",
  },
  CARD_YAML_INVALID: {
    message: "The YAML at the top of the model card cannot be read: {detail}",
    reason: "It stands between two lines of three hyphens, and one of its lines breaks the rules of YAML.",
    fix: "Correct that line; every editor with YAML support shows it.",
  },
  CARD_TOO_LARGE: {
    message: "The card is {size} bytes long and may be at most {limit}.",
    reason: "A card must fit one block of a store, so that nobody downloads more than they agreed to.",
    fix: "Shorten the longest texts and point to their full form instead.",
  },
  CARD_HASH_MISMATCH: {
    message: "The card's hash is {actual}, but the registry keeps {expected}.",
    reason: "The card was changed after it was published, or this is the card of another version.",
    fix: "Do not rely on this card; fetch it by the CID that the version names.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const cardError = errorsOf(cardErrors);
