import type { IsonomyError } from "../base/error";
import { cliError } from "./errors";

/** The signals that end a command: Ctrl-C, a supervisor, a terminal that was closed. */
export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How a command ends that was told to stop: the shell's number for Ctrl-C, whichever signal it was. */
export const EXIT_INTERRUPTED = 130;
/** How a command ends whose output nobody reads any more: the shell's number for a broken pipe. */
export const EXIT_OUTPUT_CLOSED = 141;

/** How long a command that was told to stop may tidy up. */
const TIDY_MS = 2_000;

/**
 * What a command that is told to stop has to know: which transactions have left, and what to tidy up. Once the signal has
 * come no transaction leaves any more.
 */
export class Interruption {
  readonly signal: AbortSignal;
  readonly #sent: string[] = [];
  readonly #tidy = new Set<() => void | Promise<void>>();
  #owned = false;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** The transactions that left, oldest first; one that left may still be mined. */
  get sent(): readonly string[] {
    return this.#sent;
  }

  /** Whether the command ends by itself when the signal comes. */
  get owned(): boolean {
    return this.#owned;
  }

  /** For a command that runs until it is told to stop, and then ends in its own way. */
  own(): void {
    this.#owned = true;
  }

  /** Called with the hash of each transaction before it leaves; throws when the command was told to stop. */
  leaving(hash: string): void {
    if (this.signal.aborted && !this.#owned) throw this.error();
    if (!this.#sent.includes(hash)) this.#sent.push(hash);
  }

  /** Does something when the command is interrupted; returns what takes it back. */
  onInterrupt(tidy: () => void | Promise<void>): () => void {
    this.#tidy.add(tidy);
    return () => void this.#tidy.delete(tidy);
  }

  /** Tidies up, for as long as that may take. */
  async tidyUp(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, TIDY_MS)));
    const work = Promise.allSettled([...this.#tidy].map(async (tidy) => tidy()));
    await Promise.race([work, late]);
    clearTimeout(timer);
  }

  /** Rejects once the signal comes, unless the command ends by itself. */
  async come(): Promise<never> {
    return new Promise<never>((_, reject) => {
      const interrupt = (): void => {
        if (!this.#owned) reject(this.error());
      };
      if (this.signal.aborted) interrupt();
      else this.signal.addEventListener("abort", interrupt, { once: true });
    });
  }

  error(): IsonomyError {
    return this.#sent.length === 0 ? cliError("INTERRUPTED") : cliError("INTERRUPTED_AFTER_SENDING", this.#names());
  }

  /** For a command that came to its end, and whose output nobody read. */
  unheard(): IsonomyError {
    return cliError("OUTPUT_CLOSED", this.#names());
  }

  #names() {
    return { transactions: this.#sent.join(", "), count: this.#sent.length, last: this.#sent.at(-1) };
  }
}
