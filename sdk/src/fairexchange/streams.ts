/** Anything that yields bytes in order: a file's stream, a response's body, a store. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Takes bytes in order. A promise that it returns is waited for, so a slow sink slows the work down. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void> | void;
}

/** Reads a source in pieces of the lengths that its reader wants, each a copy of its own. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: ByteSource) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next `length` bytes, fewer only where the source ends. */
  async read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length && (await this.#fill())) {
      const taken = this.#piece.subarray(0, length - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      this.#piece = this.#piece.subarray(taken.length);
    }
    return filled === length ? bytes : bytes.slice(0, filled);
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** Lets the source close its file or connection. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
    this.#ended = true;
  }

  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0 && !this.#ended) {
      const next = await this.#iterator.next();
      if (next.done) this.#ended = true;
      else this.#piece = next.value;
    }
    return this.#piece.length > 0;
  }
}

/** Starts up to `width` jobs ahead and hands their results on in order. */
export async function inOrder<In, Out>(
  width: number,
  next: () => Promise<In | undefined>,
  work: (input: In) => Promise<Out>,
  take: (output: Out) => Promise<void>,
): Promise<void> {
  const running: Promise<Out>[] = [];
  let ended = false;
  try {
    while (!ended || running.length > 0) {
      while (!ended && running.length < width) {
        const input = await next();
        if (input === undefined) ended = true;
        else {
          const job = work(input);
          // observed here so that a job that fails while an earlier one is awaited is no unhandled rejection
          job.catch(() => undefined);
          running.push(job);
        }
      }
      const first = running.shift();
      if (first !== undefined) await take(await first);
    }
  } finally {
    await Promise.allSettled(running);
  }
}

/**
 * Lets one side write while another reads, a few pieces apart: a sink for `prepare` that a store can put.
 * @example
 * ```ts
 * const pipe = new Pipe();
 * const stored = store.put(pipe);
 * const { root } = await prepare(createReadStream("model.bin"), pipe, nodePlatform());
 * pipe.end();
 * const cid = await stored;
 * ```
 */
export class Pipe implements ByteSink, AsyncIterable<Uint8Array> {
  readonly #pieces: Uint8Array[] = [];
  #ended = false;
  #failure: { error: unknown } | undefined;
  #readerGone = false;
  #wake: () => void = () => undefined;
  #drained: () => void = () => undefined;

  /**
   * Hands bytes to the reader; returns when there is room for more.
   * @throws What the pipe was made to fail with.
   * @example
   * ```ts
   * const pipe = new Pipe();
   * await pipe.write(new TextEncoder().encode("first piece"));
   * ```
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#readerGone) throw this.#failure?.error ?? new Error("Nobody reads what is written.");
    this.#pieces.push(bytes);
    this.#wake();
    while (this.#pieces.length > 2 && !this.#readerGone)
      await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /**
   * Says that nothing follows: the reader ends after what was written.
   * @example
   * ```ts
   * const pipe = new Pipe();
   * pipe.end();
   * ```
   */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /**
   * Ends both sides: the reader throws this error, and so does the next write.
   * @example
   * ```ts
   * const pipe = new Pipe();
   * pipe.fail(new Error("The file changed while it was read."));
   * ```
   */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#readerGone = true;
    this.#wake();
    this.#drained();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#failure) throw this.#failure.error;
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.#drained();
          yield piece;
        } else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#readerGone = true;
      this.#drained();
    }
  }
}
