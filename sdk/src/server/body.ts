import { malformed } from "./errors";

/** A connection that ended, or a stream that somebody else has read. */
export const cutShort = (): Error => malformed("its body ended early.");

/** The value of a body in JSON. */
export function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("its body is not JSON.");
  }
}
