import { CARD_FORMAT, type CardKind } from "./schema";

/** A card that is being written: it may lack fields, and `checkCard` says which. */
export type CardDraft = Record<string, unknown>;

/**
 * A card with every required field and nothing in them, to fill in. `checkCard` names each field that is still empty.
 * @param kind What the card describes.
 * @example
 * ```ts
 * const draft = emptyCard("model");
 * checkCard(draft)[0]; // { path: "/name", message: "/name is empty.", fix: "Say something in /name." }
 * ```
 */
export function emptyCard(kind: CardKind = "model"): CardDraft {
  return {
    format: CARD_FORMAT,
    kind,
    name: "",
    description: "",
    version: "",
    capabilities: [""],
    // a figure that nobody measured must not look like one
    metrics: kind === "model" ? [{ name: "", value: null, unit: "", dataset: "", method: "" }] : [],
    intendedUses: [""],
    limits: [""],
    license: { spdx: "" },
  };
}
