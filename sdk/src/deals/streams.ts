import { Pipe } from "../fairexchange";
import { fairExchangeError } from "../fairexchange/errors";

/** Hands a source on, and fails before a byte more than the limit. */
export async function* atMost(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > limit) throw fairExchangeError("BLOB_TOO_LONG", { expected: limit });
    yield piece;
  }
}

/** Hands a source on while it is checked; ends well only when the check does. */
export async function* checked(
  source: AsyncIterable<Uint8Array>,
  check: (copy: AsyncIterable<Uint8Array>) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const copy = new Pipe();
  const checking = check(copy);
  checking.catch((error: unknown) => copy.fail(error));
  try {
    for await (const piece of source) {
      await copy.write(piece);
      yield piece;
    }
    copy.end();
    await checking;
  } catch (error) {
    copy.fail(error);
    await checking.catch(() => undefined);
    throw error;
  }
}
