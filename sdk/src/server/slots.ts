import { chainError } from "../errors/chainErrors";
import { inTime as answeredInTime } from "../rpc/patient";
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
export const inTime = <T>(timeoutMs: number, work: Promise<T>): Promise<T> =>
  answeredInTime(timeoutMs, work, () => chainError("TIMEOUT"));
