import Ajv2020, { type ErrorObject } from "ajv/dist/2020";
import { isAddress } from "ethers";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { decodeText } from "../../sdk/src/text/decode";
import schema from "../schema/parameters.schema.json";
import { checkParameters, type ProtocolParameters } from "../domains/parameters";

const PARAMETERS = join(__dirname, "..", "parameters");
const VARIABLE = /^\$\{([A-Z][A-Z0-9_]*)\}$/;

type Environment = Readonly<Record<string, string | undefined>>;
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false });
ajv.addFormat("address", {
  type: "string",
  validate: (text: string) => text.startsWith("0x") && isAddress(text) && BigInt(text) !== 0n,
});
const validate = ajv.compile<ProtocolParameters>(schema);

/**
 * The parameters of a network, from `deploy/parameters/` or from a file that is named. A file may extend another of its folder, and `"${NAME}"`
 * stands for the setting NAME, in a list for as many values as it has between commas.
 */
export function loadParameters(network: string, environment: Environment, file?: string): ProtocolParameters {
  const path = file ?? join(PARAMETERS, `${network}.json`);
  const parameters = filled(readExtended(path), environment, "");
  return parametersOf(parameters, path);
}

/** Checks parameters against their schema, and then what no schema can say. */
export function parametersOf(parameters: unknown, source: string): ProtocolParameters {
  if (!validate(parameters)) {
    const problems = (validate.errors ?? []).map(sentenceOf);
    throw new Error(`${source} cannot be deployed: ${[...new Set(problems)].join("; ")}.`);
  }
  checkParameters(parameters);
  return parameters;
}

function readExtended(path: string): Json {
  if (!existsSync(path)) throw new Error(`There is no file ${path}. Name one by --parameters.`);
  let own: Json;
  try {
    own = JSON.parse(decodeText(readFileSync(path))) as Json;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}.`);
  }
  if (!isObject(own) || own.extends === undefined) return own;
  const { extends: base, ...rest } = own;
  return merged(readExtended(join(dirname(path), `${String(base)}.json`)), rest);
}

/** The second over the first; lists are replaced, not joined. */
function merged(base: Json, over: Json): Json {
  if (!isObject(base) || !isObject(over)) return over;
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = base[key];
    result[key] = below === undefined ? value : merged(below, value);
  }
  return result;
}

function filled(value: Json, environment: Environment, path: string): Json {
  if (typeof value === "string") {
    const name = VARIABLE.exec(value)?.[1];
    return name === undefined ? value : setting(name, environment, path);
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      const name = typeof item === "string" ? VARIABLE.exec(item)?.[1] : undefined;
      if (name === undefined) return [filled(item, environment, `${path}[${i}]`)];
      return setting(name, environment, path)
        .split(",")
        .map((part) => part.trim());
    });
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      filled(inner, environment, path === "" ? key : `${path}.${key}`),
    ]),
  );
}

function setting(name: string, environment: Environment, path: string): string {
  const value = environment[name]?.trim();
  if (value === undefined || value === "") {
    throw new Error(`${path} is the setting ${name}, which is not set. Put it into .env (see .env.example).`);
  }
  return value;
}

function sentenceOf({ instancePath, message, data, params, keyword }: ErrorObject): string {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
  switch (keyword) {
    case "required":
      return `${dotted(path, String(params.missingProperty))} is missing`;
    case "additionalProperties":
      return `${dotted(path, String(params.additionalProperty))} is not known`;
    case "format":
      return `${path} is not an address: ${JSON.stringify(data)}`;
    default:
      return `${path} ${message}; it is ${JSON.stringify(data)}`;
  }
}

function dotted(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
