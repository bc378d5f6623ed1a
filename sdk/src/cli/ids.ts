import { parseLicenseId, parseVersionId } from "../market/shortIds";
import { cliError } from "./errors";

/** The id of a version in either form: `1.2`, or its number. */
export function versionIn(text: string, name: string): bigint {
  return parsed(text, name, parseVersionId, "the id of a version", "1.2 (model 1, version 2) or its number");
}

/** The id of a licence in either form: `1.2-5.3te`, or its number; the deal of an update has only a number. */
export function licenceIn(text: string, name: string): bigint {
  return parsed(text, name, parseLicenseId, "the id of a licence", "`isonomy licences` shows it, such as 1.2-5.3te");
}

function parsed(
  text: string,
  name: string,
  parse: (text: string) => bigint,
  expected: string,
  example: string,
): bigint {
  try {
    return parse(text);
  } catch (error) {
    throw cliError("VALUE_INVALID", { value: text, name, expected, example }, error);
  }
}
