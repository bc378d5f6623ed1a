import { chainError } from "../errors/chainErrors";
import { serverError } from "./errors";

/** Bounds how much is done at a time; more is refused at once, because a queue of strangers has no end. */
export class Slots {
  readonly #most: number;
  #busy = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#most) throw serverError("SERVER_BUSY");
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
    }
  }
}

/** The result of work, or a failure where it takes too long; the work itself goes on. */
export async function inTime<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(chainError("TIMEOUT")), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
