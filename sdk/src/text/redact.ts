/** The longest hexadecimal text that is shown whole: a hash, with its "0x". Every call with an argument is longer. */
const MAX_HEX = 66;
/** What strangers write into an error is cut at this length, so that nobody fills a log with it. */
const MAX_TEXT = 4_000;
/** How deep and how wide a value is read; anything beyond is left out. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
/** Shorter secrets are words of the language: hiding them would spoil every sentence and tell the reader what they are. */
const MIN_SECRET = 8;

/** Text that a person typed beside a secret, or that libraries write around one. `…` replaces what is left out. */
const RULES: readonly [RegExp, string | ((...match: string[]) => string)][] = [
  // ethers puts every argument, the transaction and the request behind its sentence
  [/ ?\((?=[A-Za-z]+=)[^]*?\bcode=([A-Z_]+), version=[^()]*\)/g, " ($1)"],
  // Node quotes the text that is not JSON, and it may have come out of a key file
  [
    /Unexpected (?:token|non-whitespace)[^]*? is not valid JSON|(?:\.\.\.)?"[^]{0,80}?(?:\.\.\.)? is not valid JSON/g,
    "It is not valid JSON",
  ],
  // letters and digits may stand right before a scheme, as in %2Chttp://; a word before an @ may hold what no address may, such as a space
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s:/@]+:(?!(?:\d+|port)(?:[\s/?#.,;:)\]}"'`]|$))[^@\n"'<>]*@/gi, "$1"],
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s"'<>`]*)/gi, (_, scheme, rest) => `${scheme}${placeOf(scheme!, rest!)}`],
  // an address whose scheme was forgotten, also before one of which nothing but the host is left
  [/(?<![\w:/])[^\s:@/"'(]+:[^\s@"'/]+@(?=[\w[…])/g, "…@"],
  [/(?<!:)\/\/[^\s:@/"'(]+:[^\s@"'/]+@(?=[\w[…])/g, "//…@"],
  [/\b(basic|bearer)\s+[\w+/=.~-]{8,}/gi, "$1 …"],
  // a key where the name of a file was expected
  [/(?<=[\\/])0x[0-9a-f]{64}\b/gi, "…"],
  [/\b0x[0-9a-f]+/gi, (hex) => (hex!.length > MAX_HEX ? shortened(hex!) : hex!)],
  // no hash is written without its "0x" here, but keys are; digits alone are a number
  [/(?<![0-9a-zA-Z])(?=\d*[a-fA-F])[0-9a-fA-F]{64,}(?![0-9a-zA-Z])/g, "…"],
  // bytes as numbers: a key has 32
  [/(?:\b\d{1,3}\s*,\s*){31,}\d{1,3}\b/g, "…"],
  // the words of a mnemonic: twelve or more without a comma, a capital letter or a short word between them
  [/(?<![a-z] |[a-z-])(?:[a-z]{3,8} ){11,23}[a-z]{3,8}(?![a-z]| [a-z])/g, "…"],
];

/** Fields of foreign errors that hold what was sent: a call, a request, a key. Nothing in them is needed to explain a failure. */
const HIDDEN = new Set([
  ...[
    "payload",
    "params",
    "request",
    "response",
    "transaction",
    "tx",
    "invocation",
    "input",
    "value",
    "body",
    "headers",
  ],
  ...["responseBody", "requestBody", "raw", "rawTransaction", "serialized", "signedTransaction", "authorization"],
  ...["privateKey", "secret", "scalar", "mnemonic", "phrase", "password", "passphrase", "signature"],
]);

/** Arguments of our own sentences in which a key can only be there by mistake. */
const MISPLACED = new Set(["path", "value", "file"]);
const KEY = /^(0x)?[0-9a-fA-F]{64}$/;

const secrets = new Set<string>();

/**
 * Hides a secret of this process wherever it appears later, no matter who repeats it: a node may echo the key in its own URL.
 * @example
 * ```ts
 * hideSecret(password);
 * console.error(redact(`The node answered: ${password}`)); // the password is left out
 * ```
 */
export function hideSecret(...texts: readonly string[]): void {
  for (const text of texts) if (text.length >= MIN_SECRET) secrets.add(text);
}

/**
 * A text without what was registered as a secret, and otherwise as it is.
 * @example
 * ```ts
 * hideSecret(password);
 * const shown = withoutSecrets(`--password ${password}`);
 * ```
 */
export function withoutSecrets(text: string): string {
  let shown = text;
  for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, "…");
  return shown;
}

/**
 * A text for a message, a log or a terminal: without calldata, signed transactions, keys and mnemonics, and without what an
 * address may hold beside its host, because providers of nodes put their keys into names, paths and queries.
 * @example
 * ```ts
 * console.error(redact("No answer from https://node.example/v3/0123456789abcdef0123456789abcdef"));
 * ```
 */
export function redact(text: string): string {
  let shown = withoutSecrets(text.length > 2 * MAX_TEXT ? text.slice(0, 2 * MAX_TEXT) : text);
  for (const [pattern, replacement] of RULES) shown = shown.replace(pattern, replacement as string);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
}

/**
 * The same for whatever a foreign error or another value holds. Errors stay errors; other objects become plain ones.
 * @example
 * ```ts
 * console.error(redactValue(error));
 * ```
 */
export function redactValue(value: unknown): unknown {
  return copied(value, { foreign: true, depth: 0, seen: new Map() });
}

/**
 * The same for the arguments of a sentence, each under its name.
 * @example
 * ```ts
 * console.error(redactArgs({ node: "https://name:password@node.example", block: 12 }));
 * ```
 */
export function redactArgs(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      // a key that was pasted where a file or an address belongs
      const misplaced = MISPLACED.has(name) && typeof value === "string" && KEY.test(value);
      return [name, misplaced ? "…" : copied(value, { foreign: false, depth: 1, seen: new Map() })];
    }),
  );
}

interface Reading {
  /** Whether fields are left out by their names. */
  readonly foreign: boolean;
  readonly depth: number;
  readonly seen: Map<object, unknown>;
}

function copied(value: unknown, { foreign, depth, seen }: Reading): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (depth > MAX_DEPTH) return "…";
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  const inside = { foreign, depth: depth + 1, seen };
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value.slice(0, MAX_ENTRIES)) list.push(copied(item, inside));
    return list;
  }
  const isError = value instanceof Error;
  const copy: Record<string, unknown> = isError ? errorLike(value) : {};
  seen.set(value, copy);
  const define = (key: string, enumerable: boolean): void => {
    const kept = copied((value as Record<string, unknown>)[key], inside);
    Object.defineProperty(copy, key, { value: kept, enumerable, configurable: true, writable: true });
  };
  for (const key of Object.keys(value).slice(0, MAX_ENTRIES)) if (!(foreign && HIDDEN.has(key))) define(key, true);
  // not enumerable, and printed all the same
  for (const key of isError ? ["cause", "errors"] : []) if (key in value && !(key in copy)) define(key, false);
  return copy;
}

function errorLike({ name, message, stack }: Error): Record<string, unknown> {
  const copy = new Error(redact(message));
  if (name !== "Error") Object.defineProperty(copy, "name", { value: name, configurable: true, writable: true });
  copy.stack = stack === undefined ? `${name}: ${copy.message}` : redact(stack);
  return copy as unknown as Record<string, unknown>;
}

/** What is shown of an address behind its scheme: the host, and whether more followed. */
function placeOf(scheme: string, given: string): string {
  const punctuation = /[.,;:)\]}]*$/.exec(given)![0];
  const bracket = given.startsWith("[") && /^\[[^\]]*\]$/.test(given.replace(/[.,;:)}]*$/, "")) ? 1 : 0;
  const rest = given.slice(0, given.length - punctuation.length + bracket);
  const after = punctuation.slice(bracket);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const tail = end < 0 ? "" : rest.slice(end);
  // only addresses of servers have keys in their paths; an identifier of content is what a reader looks for
  if (!/(https?|wss?):\/\/$/i.test(scheme)) return `${host}${tail}${after}`;
  // a password with a slash in it looks like a host and a path
  if (tail.includes("@") || /:(?!(?:\d+|port)$)/.test(host.replace(/^\[[^\]]*\]/, ""))) return `…${after}`;
  return /^[/?#]?$/.test(tail) ? `${host}${tail}${after}` : `${host}/…${after}`;
}

function shortened(hex: string): string {
  return `${hex.slice(0, 10)}…`;
}
