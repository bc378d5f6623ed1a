import { chacha20 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { randomBytes } from "@noble/hashes/utils.js";

import { runTask, type Primitives, type Result, type Task } from "./kernel";
import { segmentHasher } from "./segments";

/** Runs batches, several at once where the platform can. Results belong to their tasks, in whatever order they end. */
export interface Engine {
  /** How many tasks are worth giving at once. */
  readonly width: number;
  run(task: Task): Promise<Result>;
  close(): Promise<void>;
}

/** Where the ciphers, the hashes and the randomness come from. */
export interface Platform {
  readonly name: string;
  readonly primitives: Primitives;
  randomBytes(length: number): Uint8Array;
  /** An engine for a file of about `bytes`, or of unknown size. The caller closes it. */
  engine(bytes?: number): Engine;
}

/** An engine that does the work where it is called. */
export function inlineEngine(primitives: Primitives): Engine {
  return {
    width: 1,
    run: async (task) => runTask(primitives, task),
    close: async () => undefined,
  };
}

const portablePrimitives: Primitives = {
  sha256: (data) => sha256(data),
  chacha20: (key, nonce, counter, data) => chacha20(key, nonce, data, undefined, counter),
  segments: segmentHasher,
};

/**
 * Runs everywhere, a page included: audited JavaScript for both functions, because WebCrypto has no ChaCha20 and its
 * hash is asynchronous, which a million small hashes cannot afford. Whole segments are hashed four chunks at a time. Randomness is the platform's own.
 */
export const portablePlatform: Platform = {
  name: "portable",
  primitives: portablePrimitives,
  randomBytes,
  engine: () => inlineEngine(portablePrimitives),
};
