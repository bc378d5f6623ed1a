import { isIsonomyError, type IsonomyError } from "../base/error";
import { classify } from "./classify";
import { errorOf } from "./tables";

/**
 * Turns whatever a call threw into one sentence with its reason and fix. A custom error of a contract keeps its name as the code; its
 * data is found however deep a wallet, a node or ethers has wrapped it. It knows every custom error of the protocol from the start;
 * `explainError` does the same and loads them when they are first needed. It never throws.
 * @example
 * ```ts
 * const { code, message, fix } = decodeError(error);
 * ```
 */
export function decodeError(error: unknown): IsonomyError {
  return isIsonomyError(error) ? error : errorOf(classify(error), error);
}
