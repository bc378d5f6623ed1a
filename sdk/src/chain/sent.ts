import { explainError } from "../errors/explain";

/** Tells the hash of the transaction that a write sends; only the first hash counts. */
export type TellHash = (hash: string) => void;

/**
 * A transaction on its way: a promise of its result, and its hash as soon as it is sent.
 *
 * `await` it for the result. A page that shows the transaction at once reads `hash` first. Both fail with the same
 * `IsonomyError` when nothing could be sent; what fails later, such as a transaction that was cancelled in the wallet, fails
 * the result alone. A transaction that was sped up has another hash in the end: the receipt in the result has that one.
 *
 * A caller that reads `hash` hears of a refusal there, so a result that it never waits for is no unhandled rejection.
 * @typeParam T What the write leads to once it is mined.
 * @example
 * ```ts
 * const sent = market.purchase(offer);
 * show(`On its way: ${await sent.hash}`);
 * const { licenseId, receipt } = await sent;
 * ```
 */
export class Sent<T> extends Promise<T> {
  #hash: Promise<string> | undefined;

  /** What comes of `then`, `catch` and `finally` is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /**
   * Begins a write.
   * @param work Sends the transaction, tells its hash, and returns the result once it is mined.
   * @example
   * ```ts
   * const sent = Sent.begin(async (tell) => {
   *   const response = await signer.sendTransaction(transaction);
   *   tell(response.hash);
   *   return response.wait();
   * });
   * ```
   */
  static begin<T>(work: (tell: TellHash) => Promise<T>): Sent<T> {
    let tell!: TellHash;
    let refuse!: (error: unknown) => void;
    const hash = new Promise<string>((resolve, reject) => ([tell, refuse] = [resolve, reject]));
    // nobody has to read it
    hash.catch(() => undefined);
    const sent = new Sent<T>((resolve, reject) => {
      // what fails before the first await fails the promise too
      const result = (async () => work(tell))();
      result.then(resolve, async (error: unknown) => {
        const known = await explainError(error);
        refuse(known);
        reject(known);
      });
    });
    sent.#hash = hash;
    return sent;
  }

  /** The hash of the transaction, as soon as it is sent; fails when it was not, or when nobody knows its hash. */
  get hash(): Promise<string> {
    // what fails is told here
    this.catch(() => undefined);
    return this.#hash ?? Promise.reject(new TypeError("Sent.begin makes one, and not its constructor."));
  }

  /**
   * The result, once the transaction is mined: the same as `await` of this.
   * @throws What the write failed with, as an `IsonomyError`.
   * @example
   * ```ts
   * const { licenseId } = await market.purchase(offer).wait();
   * ```
   */
  wait(): Promise<T> {
    return this.then();
  }
}
