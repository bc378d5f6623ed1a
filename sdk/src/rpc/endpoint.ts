import { hideSecret, redact } from "../text/redact";
import { endpointError } from "./errors";

/** A URL as it is requested: the part before its `@` becomes a header, which no error and no log repeats. */
export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What may be shown of it. */
  readonly shown: string;
}

/** How long a part of a path or a query is that may be a key; the names of networks are shorter, and would be missed in sentences. */
const KEY_LENGTH = 20;

/**
 * Reads the HTTP address of a node, a store or a webhook. Names and passwords in it become an `Authorization` header, because
 * `fetch` refuses them in an address; they and keys in the path or the query are hidden from then on, no matter who repeats them.
 * @throws `ENDPOINT_INVALID` for what is no address by http or https.
 * @example
 * ```ts
 * const { url, headers } = endpointOf("https://name:password@node.example/rpc");
 * const answer = await fetch(url, { headers });
 * ```
 */
export function endpointOf(address: string): Endpoint {
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch {
    throw endpointError("ENDPOINT_INVALID", { address: redact(String(address)) });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw endpointError("ENDPOINT_INVALID", { address: redact(address) });
  const { username, password, pathname, searchParams } = url;
  const headers: Record<string, string> = {};
  if (username !== "" || password !== "") {
    const credentials = `${decoded(username)}:${decoded(password)}`;
    const coded = btoa(String.fromCharCode(...new TextEncoder().encode(credentials)));
    headers.authorization = `Basic ${coded}`;
    hideSecret(coded, credentials, `${username}:${password}`, password, decoded(password));
    url.username = url.password = "";
  }
  const keys = [...pathname.split("/"), ...searchParams.values()].filter((part) => part.length >= KEY_LENGTH);
  hideSecret(...keys, ...keys.map(decoded));
  // an address that was written without a path is asked for without one
  const whole = url.toString();
  return { url: whole, headers, shown: redact(whole).replace(/\/$/, "") };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
