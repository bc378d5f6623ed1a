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

/** Who made the model. */
export interface CardAuthor {
  readonly name: string;
  /** A page of theirs. */
  readonly url?: string;
}

/** How a model was made from another. */
export type BaseModelRelation = "finetune" | "adapter" | "quantized" | "merge";

/** A model that this one was made from, as the maker says; nothing on chain checks it. */
export interface BaseModel {
  /** Its name where it is published, such as `HuggingFaceTB/SmolLM2-135M`. */
  readonly name: string;
  readonly relation?: BaseModelRelation;
  /** Where it is published. */
  readonly source?: string;
}

/**
 * What a buyer may rely on: the hash of this document is part of the terms that are bought. It is also the ERC-721 metadata of the model's
 * title: wallets and marketplaces show `name`, `description` and `image`.
 */
export interface ModelCard {
  readonly format: typeof CARD_FORMAT;
  readonly kind: CardKind;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** A picture, by `https:` or `ipfs:`. */
  readonly image?: string;
  readonly authors?: readonly CardAuthor[];
  /** Words to find it by: lower-case letters, digits and hyphens. */
  readonly tags?: readonly string[];
  /** Human languages it works in, by BCP 47, such as `en` or `pt-BR`. */
  readonly languages?: readonly string[];
  readonly baseModels?: readonly BaseModel[];
  readonly capabilities: readonly string[];
  readonly metrics: readonly Metric[];
  readonly intendedUses: readonly string[];
  readonly limits: readonly string[];
  readonly license: CardLicense;
  readonly interface?: CardInterface;
  readonly file?: CardFile;
}

/** A schema with what it is for. */
const about = <Schema extends object>(description: string, schema: Schema) => ({ description, ...schema });
const sentence = (maxLength: number) => ({ type: "string", minLength: 1, maxLength, pattern: "\\S" });
const uri = { type: "string", format: "uri", maxLength: 2_000 };
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
    format: about("The version of this format.", { const: CARD_FORMAT }),
    kind: about("What is described.", { enum: ["model", "dataset", "content"] as const }),
    name: about("Shown by wallets as the name of the title.", sentence(120)),
    description: about("What it is and does, in prose.", sentence(10_000)),
    version: about("Of this release, such as `1.8.1`.", {
      type: "string",
      pattern: "^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$",
    }),
    image: about("A picture, shown by wallets.", { ...uri, pattern: "^(https|ipfs)://." }),
    authors: about("Who made it.", {
      type: "array",
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: about("A person, a team or a company.", sentence(120)),
          url: about("A page of theirs.", { ...uri, pattern: "^https?://." }),
        },
      },
    }),
    tags: about("Words to find it by, such as `text-generation`.", {
      type: "array",
      maxItems: 50,
      uniqueItems: true,
      items: { type: "string", maxLength: 64, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" },
    }),
    languages: about("Human languages it works in, by BCP 47, such as `en` or `pt-BR`.", {
      type: "array",
      maxItems: 200,
      uniqueItems: true,
      items: { type: "string", maxLength: 35, pattern: "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" },
    }),
    baseModels: about("The models that it was made from.", {
      type: "array",
      maxItems: 20,
      uniqueItems: true,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: {
          name: about("As it is published, such as `HuggingFaceTB/SmolLM2-135M`.", sentence(200)),
          relation: about("How it was used.", { enum: ["finetune", "adapter", "quantized", "merge"] }),
          source: about("Where it is published.", { ...uri, pattern: "^(https|ipfs)://." }),
        },
      },
    }),
    capabilities: about("What it can do, one sentence each.", sentences(1)),
    metrics: about("What was measured; a model has at least one figure.", {
      type: "array",
      maxItems: 100,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "value", "unit", "dataset", "method"],
        properties: {
          name: about("Of the figure, such as `Accuracy`.", sentence(120)),
          value: about("The figure.", { type: "number" }),
          unit: about("What it counts, such as `fraction`, `ms` or `bytes`.", sentence(40)),
          dataset: about("The data it was measured on.", sentence(500)),
          method: about("How to measure it again.", sentence(2_000)),
          source: about("Where the measurement is published.", uri),
        },
      },
    }),
    intendedUses: about("What it is meant for.", sentences(1)),
    limits: about("What it cannot do, or must not be used for.", sentences(1)),
    license: about("Of the content: `spdx` alone, or `name` and `text`.", {
      type: "object",
      additionalProperties: false,
      properties: {
        spdx: about("An expression of the SPDX list, such as `MIT`.", {
          type: "string",
          maxLength: 500,
          format: "spdx-expression",
        }),
        name: about("Of a licence that is not on that list.", sentence(120)),
        text: about("Its whole text.", sentence(100_000)),
      },
      oneOf: [
        { required: ["spdx"], properties: { name: false, text: false } },
        { required: ["name", "text"], properties: { spdx: false } },
      ],
    }),
    interface: about("How a service that runs the model is called.", {
      type: "object",
      additionalProperties: false,
      required: ["protocol", "endpoint", "input", "output"],
      properties: {
        protocol: about("How to talk to it.", { const: "http" }),
        endpoint: about("Where requests are posted.", { ...uri, pattern: "^https?://" }),
        input: about("JSON Schema of a request's body.", { type: "object" }),
        output: about("JSON Schema of a reply's body.", { type: "object" }),
      },
    }),
    file: about("The sealed file that is sold. `isonomy list --prepared` writes it.", {
      type: "object",
      additionalProperties: false,
      required: ["blob", "name"],
      properties: {
        blob: about("Content identifier of the sealed file.", { type: "string", pattern: "^b[a-z2-7]{20,120}$" }),
        name: about("Name of the file once it is opened.", {
          type: "string",
          minLength: 1,
          maxLength: 255,
          pattern: "^[^/]+$",
        }),
        mediaType: about("Such as `application/octet-stream`.", {
          type: "string",
          pattern: "^[\\w.+-]+/[\\w.+-]+$",
          maxLength: 255,
        }),
      },
    }),
  },
  // A model is sold on what it was measured to do, so a model without a figure is no card.
  if: { properties: { kind: { const: "model" } } },
  then: { properties: { metrics: { type: "array", minItems: 1 } } },
} as const;
