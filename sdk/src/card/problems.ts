import type { ErrorObject } from "ajv/dist/2020";

/** One thing that is wrong with a card. */
export interface CardProblem {
  /** The field, as a JSON Pointer; empty for the card itself. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

const FORMATS: Record<string, { what: string; fix: string }> = {
  uri: { what: "an absolute address", fix: "Write the whole address, such as https://example.org/report." },
  "spdx-expression": {
    what: "a licence expression of the SPDX list",
    fix: 'Use an SPDX identifier such as "MIT" or "Apache-2.0 OR MIT", or give the licence as name and text.',
  },
};

/** Turns what the schema validator found into one problem for each field, in the order of the card. */
export function problemsOf(errors: readonly ErrorObject[], card: unknown): CardProblem[] {
  const problems = new Map<string, CardProblem>();
  for (const error of errors) {
    const problem = describe(error, card);
    if (problem !== undefined && !problems.has(problem.path)) {
      problems.set(problem.path, problem);
    }
  }
  return [...problems.values()];
}

function describe(error: ErrorObject, card: unknown): CardProblem | undefined {
  const path = error.instancePath;
  const name = path === "" ? "The card" : path;
  const params = error.params as Record<string, unknown>;

  switch (error.keyword) {
    case "required": {
      // Inside the licence's alternatives a missing field is one way among two; `oneOf` reports both together.
      if (path === "/license") return undefined;
      const field = `${path}/${String(params.missingProperty)}`;
      return { path: field, message: `${field} is missing.`, fix: `Add ${field} to the card.` };
    }
    case "additionalProperties": {
      const field = `${path}/${escape(String(params.additionalProperty))}`;
      return {
        path: field,
        message: `${field} is not a field of a card.`,
        fix: "Remove it, or correct its spelling: unknown fields are refused so that no promise goes unread.",
      };
    }
    case "oneOf":
      return {
        path,
        message: `${name} must hold either spdx alone, or name and text.`,
        fix: 'Give an SPDX expression, such as { "spdx": "MIT" }, or the licence\'s name and its whole text.',
      };
    case "type": {
      const wanted = String(params.type);
      return {
        path,
        message: `${name} must be ${article(wanted)}, not ${kindOf(valueAt(card, path))}.`,
        fix: `Write ${name} as ${article(wanted)}.`,
      };
    }
    case "const":
      return {
        path,
        message: `${name} must be ${JSON.stringify(params.allowedValue)}.`,
        fix: `Write ${JSON.stringify(params.allowedValue)} there.`,
      };
    case "enum": {
      const allowed = (params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(", ");
      return { path, message: `${name} must be one of ${allowed}.`, fix: `Choose one of ${allowed}.` };
    }
    case "minLength":
      return { path, message: `${name} is empty.`, fix: `Say something in ${name}.` };
    case "pattern":
      return describePattern(path, name);
    case "maxLength":
      return {
        path,
        message: `${name} is longer than ${String(params.limit)} characters.`,
        fix: `Shorten ${name}, and put the long form where the card can point to it.`,
      };
    case "minItems":
      return {
        path,
        message: `${name} must have at least ${String(params.limit)} entry.`,
        fix:
          path === "/metrics"
            ? "Measure the model on a named data set and add the figure."
            : `Add at least one entry to ${name}.`,
      };
    case "maxItems":
      return {
        path,
        message: `${name} has more than ${String(params.limit)} entries.`,
        fix: `Keep the ${String(params.limit)} entries of ${name} that matter most.`,
      };
    case "uniqueItems":
      return {
        path,
        message: `Entries ${Math.min(Number(params.i), Number(params.j))} and ${Math.max(Number(params.i), Number(params.j))} of ${name} are the same.`,
        fix: "Remove one of the two.",
      };
    case "format": {
      const format = FORMATS[String(params.format)];
      return {
        path,
        message: `${name} is not ${format?.what ?? `a valid ${String(params.format)}`}.`,
        fix: format?.fix ?? `Correct ${name}.`,
      };
    }
    default:
      // "if" and "false schema" only repeat, less clearly, what another error of the same field says.
      return undefined;
  }
}

/** What a field with a pattern takes; by its JSON Pointer, with any number in place of an index. */
const PATTERNS: readonly [field: RegExp, says: string, fix: string][] = [
  [
    /^\/version$/,
    "may hold only letters, digits, dots, hyphens and plus signs, at most 64 of them.",
    'Use a version such as "1.8.1".',
  ],
  [
    /^\/interface\/endpoint$/,
    "must start with http:// or https://.",
    "Write the address a licensee sends requests to.",
  ],
  [
    /^\/(image|baseModels\/\d+\/source)$/,
    "must start with https:// or ipfs://.",
    "Publish it there first; a file of this computer is nothing that others can open.",
  ],
  [
    /^\/file\/blob$/,
    "is no content identifier of version 1 in base 32.",
    'Use what `isonomy prepare` printed; it starts with "b".',
  ],
  [/^\/file\/name$/, "may not hold a slash.", "Give the name of the file without its folder."],
  [/^\/file\/mediaType$/, "is no media type.", 'Use a media type such as "application/octet-stream".'],
  [/^\/authors\/\d+\/url$/, "must start with http:// or https://.", "Write the whole address of the author's page."],
  [
    /^\/tags\/\d+$/,
    "may hold only lower-case letters and digits, with single hyphens between them.",
    'Use a tag such as "text-generation".',
  ],
  [/^\/languages\/\d+$/, "is not a language tag of BCP 47.", 'Use a tag such as "en", "de" or "pt-BR".'],
];

function describePattern(path: string, name: string): CardProblem {
  const known = PATTERNS.find(([field]) => field.test(path));
  if (known !== undefined) return { path, message: `${path} ${known[1]}`, fix: known[2] };
  return { path, message: `${name} holds nothing but white space.`, fix: `Say something in ${name}.` };
}

function valueAt(card: unknown, path: string): unknown {
  return path
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[unescape(key)], card);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return article(typeof value);
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
const unescape = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");
