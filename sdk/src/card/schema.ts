/** The version of the card's own format; a card names it, so that a later format can be told apart. */
export const CARD_FORMAT = "isonomy/card/1";

/** What is on offer: a model, a data set, or other content. */
export type CardKind = "model" | "dataset" | "content";

/** One measured figure, with the data and the method that anyone needs to measure it again. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  /** What the value counts, such as `fraction`, `ms` or `bytes`. */
  readonly unit: string;
  readonly dataset: string;
  readonly method: string;
  /** Where the measurement is published. */
  readonly source?: string;
}

/** The licence text, or its SPDX expression; never both, because they could disagree. */
export type CardLicense = { readonly spdx: string } | { readonly name: string; readonly text: string };

/** How a service that runs the model is called. */
export interface CardInterface {
  readonly protocol: "http";
  readonly endpoint: string;
  /** JSON Schema of a request's body. */
  readonly input: Readonly<Record<string, unknown>>;
  /** JSON Schema of a reply's body. */
  readonly output: Readonly<Record<string, unknown>>;
}

/** The encrypted file that is sold; what it decrypts to is committed to by the version, not by the card. */
export interface CardFile {
  /** Content identifier of the published blob. */
  readonly blob: string;
  /** Name of the file once it is opened. */
  readonly name: string;
  readonly mediaType?: string;
}

/** What a buyer may rely on: the hash of this document is part of the terms that are bought. */
export interface ModelCard {
  readonly format: typeof CARD_FORMAT;
  readonly kind: CardKind;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly metrics: readonly Metric[];
  readonly intendedUses: readonly string[];
  readonly limits: readonly string[];
  readonly license: CardLicense;
  readonly interface?: CardInterface;
  readonly file?: CardFile;
}

const sentence = (maxLength: number) => ({ type: "string", minLength: 1, maxLength, pattern: "\\S" });
const sentences = (minItems: number) => ({
  type: "array",
  items: sentence(2_000),
  minItems,
  maxItems: 100,
  uniqueItems: true,
});

/**
 * JSON Schema (draft 2020-12) of a card. Every length is bounded, so that a card always fits one block of a store
 * and nobody who reads a stranger's card has to trust its size.
 */
export const modelCardSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Isonomy card",
  description: "What a model, a data set or other content can do, how that was measured, and what it may be used for",
  type: "object",
  additionalProperties: false,
  required: [
    "format",
    "kind",
    "name",
    "description",
    "version",
    "capabilities",
    "metrics",
    "intendedUses",
    "limits",
    "license",
  ],
  properties: {
    format: { const: CARD_FORMAT },
    kind: { enum: ["model", "dataset", "content"] },
    name: sentence(120),
    description: sentence(10_000),
    version: { type: "string", pattern: "^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$" },
    capabilities: sentences(1),
    metrics: {
      type: "array",
      maxItems: 100,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "value", "unit", "dataset", "method"],
        properties: {
          name: sentence(120),
          value: { type: "number" },
          unit: sentence(40),
          dataset: sentence(500),
          method: sentence(2_000),
          source: { type: "string", format: "uri", maxLength: 2_000 },
        },
      },
    },
    intendedUses: sentences(1),
    limits: sentences(1),
    license: {
      type: "object",
      additionalProperties: false,
      properties: {
        spdx: { type: "string", maxLength: 500, format: "spdx-expression" },
        name: sentence(120),
        text: sentence(100_000),
      },
      oneOf: [
        { required: ["spdx"], properties: { name: false, text: false } },
        { required: ["name", "text"], properties: { spdx: false } },
      ],
    },
    interface: {
      type: "object",
      additionalProperties: false,
      required: ["protocol", "endpoint", "input", "output"],
      properties: {
        protocol: { const: "http" },
        endpoint: { type: "string", format: "uri", maxLength: 2_000, pattern: "^https?://" },
        input: { type: "object" },
        output: { type: "object" },
      },
    },
    file: {
      type: "object",
      additionalProperties: false,
      required: ["blob", "name"],
      properties: {
        blob: { type: "string", pattern: "^b[a-z2-7]{20,120}$" },
        name: { type: "string", minLength: 1, maxLength: 255, pattern: "^[^/]+$" },
        mediaType: { type: "string", pattern: "^[\\w.+-]+/[\\w.+-]+$", maxLength: 255 },
      },
    },
  },
  // A model is sold on what it was measured to do, so a model without a figure is no card.
  if: { properties: { kind: { const: "model" } } },
  then: { properties: { metrics: { type: "array", minItems: 1 } } },
} as const;
