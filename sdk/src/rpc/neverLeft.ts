/** Failures that come before the first byte is written: no connection was made, so nobody has heard anything. */
const BEFORE_WRITING = new Set<unknown>([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  // a command that was told to stop lets nothing leave any more
  "INTERRUPTED",
]);
/** A certificate is judged before anything is sent to the server that showed it. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;
const MAX_DEPTH = 8;

/**
 * Whether a request certainly never left this machine, by what sending it threw. Only what the transport itself says counts:
 * a node or a gateway that cannot reach another one uses the same words, and has read what it was sent.
 */
export function neverLeft(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return false;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  // one for each address of a host: all of them have to have failed so early
  if (Array.isArray(errors) && errors.length > 0) return errors.every((one) => neverLeft(one, depth + 1));
  // a port that no browser, and no `fetch`, connects to
  if (error instanceof TypeError && (cause as Error | undefined)?.message === "bad port") return true;
  if (BEFORE_WRITING.has(code) || (typeof code === "string" && CERTIFICATE.test(code))) return true;
  return neverLeft(cause, depth + 1);
}
