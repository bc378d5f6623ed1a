import { isIsonomyError, type IsonomyError } from "../base/error";
import { classify, isToldAtOnce, toldAtOnce } from "./classify";

/**
 * Turns whatever a call threw into one sentence with its reason and fix, as `decodeError` of `isonomy/errors` does. The sentences of
 * nodes and wallets and the errors of the contracts are loaded when the first of them is met: a page does without them until then.
 * Where they cannot be loaded, an error has its code all the same, and one of a contract is a `CONTRACT_ERROR_UNKNOWN` with the first
 * bytes of what the contract gave back. It never fails.
 * @example
 * ```ts
 * try {
 *   await market.purchase(offer);
 * } catch (error) {
 *   show((await explainError(error)).message);
 * }
 * ```
 */
export async function explainError(error: unknown): Promise<IsonomyError> {
  if (isIsonomyError(error)) return error;
  const finding = classify(error);
  if (isToldAtOnce(finding.code)) return toldAtOnce(finding, error);
  const tables = await import("./tables").catch(() => undefined);
  return tables === undefined ? toldAtOnce(finding, error) : tables.errorOf(finding, error);
}

/**
 * Runs a call and rethrows its failure decoded.
 * @throws An `IsonomyError` for whatever the call failed with.
 * @example
 * ```ts
 * const owner = await decodingErrors(() => market.licenses.ownerOf(licenseId));
 * ```
 */
export async function decodingErrors<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw await explainError(error);
  }
}
