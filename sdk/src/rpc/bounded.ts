const FIRST_BYTES = 65_536;

/** The first bytes of an answer, at most `limit` and one more, which says that there are more; the rest is not read. */
export async function readAnswer(
  { body }: Pick<Response, "body">,
  limit: number,
  onPiece: () => void = () => undefined,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  // grows with what came: a limit says what may come, not what does
  let bytes = new Uint8Array(Math.min(limit + 1, FIRST_BYTES));
  let length = 0;
  const reader = body.getReader();
  try {
    while (length <= limit) {
      const { done, value } = await reader.read();
      if (done) break;
      onPiece();
      const taken = value.subarray(0, limit + 1 - length);
      if (length + taken.length > bytes.length) {
        const larger = new Uint8Array(Math.min(limit + 1, Math.max(2 * bytes.length, length + taken.length)));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(taken, length);
      length += taken.length;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return bytes.slice(0, length);
}

/** Ends a request when nothing has moved for a while, or when all of it takes too long. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #idle: ReturnType<typeof setTimeout> | undefined;
  readonly #total: ReturnType<typeof setTimeout> | undefined;
  /** Why it ended the request; undefined while it did not. */
  reason: string | undefined;

  constructor(idleMs: number, totalMs?: number) {
    this.#idleMs = idleMs;
    this.#total = totalMs === undefined ? undefined : setTimeout(() => this.#end(totalMs), totalMs);
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something moved. */
  touch = (): void => {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(this.#idleMs), this.#idleMs);
  };

  /** Ends the request now. */
  abort(): void {
    this.#controller.abort();
  }

  stop(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
  }

  #end(after: number): void {
    this.reason ??= `no answer within ${after / 1_000} seconds`;
    this.#controller.abort();
  }
}
