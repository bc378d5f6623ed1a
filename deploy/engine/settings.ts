import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { getAddress } from "ethers";

import { sameAddress } from "../../sdk/src/addresses/address";
import { decodeText } from "../../sdk/src/text/decode";
import { settingOf, type Environment } from "../../sdk/src/text/settings";
import type { System } from "./system";

const PARAMETERS = join(__dirname, "..", "parameters");
const VARIABLE = /^\$\{([A-Z][A-Z0-9_]*)\}$/;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * The parameters of a network, from `deploy/parameters/` or from a file that is named. A file may extend another of its folder, and `"${NAME}"`
 * is replaced by the setting NAME; in a list, by all of its values between commas. What it leaves out is as the domain's manifest has it, if that
 * says anything.
 */
export function loadParameters<P>(system: System<P>, network: string, environment: Environment, file?: string): P {
  const path = file ?? join(PARAMETERS, `${network}.json`);
  if (file === undefined && !existsSync(path)) {
    throw new Error(
      `There are no parameters for the network "${network}". Create deploy/parameters/${network}.json, or name a file by --parameters.`,
    );
  }
  const parameters: unknown = filled(merged(system.usual as Json, readExtended(path)), environment, "");
  checkParameters(system, parameters, `${path} cannot be deployed: `);
  return parameters;
}

/** Throws what of the parameters cannot be deployed, each field in a sentence: what does not fit the schema, or else what contradicts itself. */
export function checkParameters<P>(system: System<P>, parameters: unknown, prefix = ""): asserts parameters is P {
  const problems = system.problems(parameters);
  if (problems.length > 0) throw new Error(`${prefix}${problems.join("; ")}.`);
}

/** Throws when the parameters name the account that deploys: it ends with nothing. */
export function requireNoPart(parameters: unknown, deployer: string): void {
  for (const [address, path] of addressesIn(parameters)) {
    if (sameAddress(address, deployer))
      throw new Error(`${path} is the account that deploys, which ends with nothing. Name another.`);
  }
}

/** Every address among the parameters, with the first field that names it. */
export function addressesIn(parameters: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (typeof parameters === "string" && /^0x[0-9a-fA-F]{40}$/.test(parameters)) {
    const address = getAddress(parameters.toLowerCase());
    if (!found.has(address)) found.set(address, path);
  } else if (Array.isArray(parameters)) {
    parameters.forEach((item, i) => addressesIn(item, `${path}[${i}]`, found));
  } else if (typeof parameters === "object" && parameters !== null) {
    for (const [key, value] of Object.entries(parameters))
      addressesIn(value, path === "" ? key : `${path}.${key}`, found);
  }
  return found;
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
  const value = settingOf(environment, name);
  if (value === undefined) {
    throw new Error(`${path} is the setting ${name}, which is not set. Put it into .env (see .env.example).`);
  }
  return value;
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
