import { checked } from "../base/checked";
import { hideSecret } from "../text/redact";
import { storeError } from "./errors";

/** Headers by their names, an authorization for example. */
export type StoreHeaders = Readonly<Record<string, string>>;

/** What HTTP allows in the name and in the value of a header. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Headers as they can be sent. Their values are hidden from then on, no matter who repeats them; what `fetch` says of a wrong one
 * would quote it.
 */
export function safeHeaders(given: StoreHeaders): Record<string, string> {
  const refuse = (detail: string): never => {
    throw storeError("STORE_HEADER_INVALID", { detail });
  };
  if (typeof given !== "object" || given === null) refuse("headers are an object of names and values.");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    // a name that is none may be the secret itself, and is not repeated
    if (!NAME.test(name)) refuse("its name holds what no name may.");
    if (typeof value !== "string" || !VALUE.test(value)) refuse(`the value of ${name} holds what no value may.`);
    const text = value.trim();
    hideSecret(text, text.replace(/^\S+\s+/, ""));
    headers[name] = text;
  }
  return headers;
}

/**
 * Headers as a person writes them, `Name: value` on a line each, as `curl --header` takes them.
 * @throws `STORE_HEADER_INVALID` for what is none; the message does not repeat it.
 * @example
 * ```ts
 * const store = new IpfsStore("https://ipfs.example/api/v0", headersIn(`Authorization: Bearer ${password}`));
 * ```
 */
export const headersIn = /* @__PURE__ */ checked((text: string): Record<string, string> => {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return safeHeaders(
    Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(":");
        if (at < 1) throw storeError("STORE_HEADER_INVALID", { detail: "a line has no colon behind the name." });
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
    ),
  );
});
