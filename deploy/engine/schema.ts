import { Type, type Static, type TProperties, type TSchema } from "@sinclair/typebox";
import Ajv2020, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import { isAddress, parseEther } from "ethers";

/** Kinds of text that parameters have, with what is said of one that does not fit. */
const FORMATS: Readonly<Record<string, { readonly says: string; readonly fits: (text: string) => boolean }>> = {
  address: {
    says: "is not an address",
    fits: (text) => text.startsWith("0x") && isAddress(text) && BigInt(text) !== 0n,
  },
  amount: {
    says: "is not an amount of tokens above 0",
    fits: (text) => /^[0-9]{1,30}(\.[0-9]{1,18})?$/.test(text) && parseEther(text) > 0n,
  },
  wei: { says: "is not a whole number of wei", fits: (text) => /^[0-9]{1,38}$/.test(text) },
  // what fits 96 bits for certain
  weight: { says: "is not a whole number of at most 28 digits", fits: (text) => /^[0-9]{1,28}$/.test(text) },
};

/** An account or a contract. */
export const address = (description: string) => Type.String({ format: "address", description });

/** An amount of a token with 18 decimals, as a decimal number in text. */
export const amount = (description: string) => Type.String({ format: "amount", description });

/** An amount in wei, in text. */
export const wei = (description: string) => Type.String({ format: "wei", description });

/** What 1e18 of a token's smallest units weigh, in text: it can be more than a number holds exactly. */
export const weight = (description: string) => Type.String({ format: "weight", description });

/** A text that is not empty. */
export const text = (description: string) => Type.String({ minLength: 1, description });

/** A whole number within bounds. */
export const whole = (description: string, minimum: number, maximum?: number) =>
  Type.Integer({ minimum, ...(maximum === undefined ? {} : { maximum }), description });

/** An object that has these fields and no others. */
export const fields = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) });

/** A list with a least and a greatest length. */
export const list = <T extends TSchema>(
  items: T,
  description: string,
  { minItems, maxItems }: { readonly minItems?: number; readonly maxItems?: number } = {},
) =>
  Type.Array(items, {
    description,
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  });

const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false });
for (const [name, { fits }] of Object.entries(FORMATS)) ajv.addFormat(name, { type: "string", validate: fits });

/** A function that says what does not fit a schema, one sentence for each field and without its full stop. */
export function validatorOf<S extends TSchema>(schema: S): (value: unknown) => string[] {
  let validate: ValidateFunction<Static<S>> | undefined;
  return (value) => {
    // compiled when it is needed: most programs that know a schema check nothing by it
    validate ??= ajv.compile<Static<S>>(schema);
    return validate(value) ? [] : [...new Set((validate.errors ?? []).map(sentenceOf))];
  };
}

function sentenceOf({ instancePath, message, data, params, keyword, parentSchema = {} }: ErrorObject): string {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
  const found = JSON.stringify(data);
  const format = FORMATS[String(parentSchema.format)];
  if (format !== undefined) return `${path} ${format.says}: ${found}`;
  switch (keyword) {
    case "required":
      return `${dotted(path, String(params.missingProperty))} is missing`;
    case "additionalProperties":
      return `${dotted(path, String(params.additionalProperty))} is not known`;
    case "minLength":
    case "minItems":
      return params.limit === 1 ? `${path} is empty` : `${path} ${message}; it is ${found}`;
    default:
      return parentSchema.type === "integer"
        ? outOfRange(path, data, Number(parentSchema.minimum), parentSchema.maximum as number | undefined)
        : `${path === "" ? "the whole" : path} ${message}; it is ${found}`;
  }
}

/** What is said of a number that is not a whole one within its bounds. */
export function outOfRange(path: string, value: unknown, minimum: number, maximum?: number): string {
  const range = maximum === undefined ? `of ${minimum} or more` : `from ${minimum} to ${maximum}`;
  return `${path} must be a whole number ${range}; it is ${String(value)}`;
}

function dotted(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
