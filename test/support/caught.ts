import { expect } from "chai";

import { isIsonomyError, type IsonomyError } from "../../sdk/src/errors";

/** Runs an action that must fail with an error of the SDK, and returns that error. */
export async function caught(action: () => unknown, code?: string): Promise<IsonomyError> {
  let result: unknown;
  try {
    result = await action();
  } catch (error) {
    if (!isIsonomyError(error)) throw error;
    if (code !== undefined) expect(error.code).to.equal(code);
    return error;
  }
  throw new Error(`Expected ${code ?? "a failure"}, but the call returned ${String(result)}.`);
}
