import { decodeAtOnce } from "../errors/classify";
import { explainError } from "../errors/explain";
import { Sent } from "./sent";

const explained = new WeakSet<object>();

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/**
 * Decodes whatever the methods of an object's classes throw: each failure of each of them is an `IsonomyError`, also of
 * one that is written later. The classes are changed once, when their first object is made, so that a bundler can still
 * drop those that a page does not use.
 */
export function explainFailures(object: object): void {
  for (
    let prototype = Object.getPrototypeOf(object) as object | null;
    prototype !== null && prototype !== Object.prototype && !explained.has(prototype);
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    explained.add(prototype);
    for (const [name, { value, writable }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === "constructor" || typeof value !== "function" || writable !== true) continue;
      const method = value as Method;
      Object.defineProperty(prototype, name, {
        configurable: true,
        writable: true,
        value: Object.defineProperty(
          function (this: unknown, ...parameters: unknown[]): unknown {
            return explainedResult(() => method.apply(this, parameters));
          },
          "name",
          { value: name },
        ),
      });
    }
  }
}

/** Runs something that may fail at once, later, or while it is iterated, and decodes the failure. */
export function explainedResult<T>(call: () => T): T {
  let result: T;
  try {
    result = call();
  } catch (error) {
    throw decodeAtOnce(error);
  }
  // it decodes by itself, and has a hash that an ordinary promise has not
  if (result instanceof Sent) return result;
  if (result instanceof Promise) return result.catch(rethrow) as T;
  if (isGenerator(result)) return explainedSteps(result) as T;
  return result;
}

async function rethrow(error: unknown): Promise<never> {
  throw await explainError(error);
}

function isGenerator(value: unknown): value is AsyncGenerator {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}

async function* explainedSteps(steps: AsyncGenerator): AsyncGenerator {
  try {
    yield* steps;
  } catch (error) {
    throw await explainError(error);
  }
}
