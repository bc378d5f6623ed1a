import { decodeBy, hasRevertData, type RevertDecoder } from "./classify";
import type { IsonomyError } from "./error";

/**
 * Turns whatever a call threw into one sentence with its reason and fix, as `decodeError` of `isonomy/errors` does. The
 * tables of the contracts' errors are loaded when the first contract refuses: a page does without them until then. Where
 * they cannot be loaded, the error is a `CONTRACT_ERROR_UNKNOWN` with the first bytes of what the contract gave back.
 *
 * ```ts
 * try {
 *   const signer = await provider.getSigner();
 *   await new MarketClient(deployment, signer).purchase(offer);
 * } catch (error) {
 *   show((await explainError(error)).message);
 * }
 * ```
 */
export async function explainError(error: unknown): Promise<IsonomyError> {
  return decodeBy(error, hasRevertData(error) ? await tables() : undefined);
}

/** Runs a call and rethrows its failure decoded. */
export async function explained<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw await explainError(error);
  }
}

function tables(): Promise<RevertDecoder | undefined> {
  return import("./reverts").then(
    ({ decodeRevert }) => decodeRevert,
    () => undefined,
  );
}
