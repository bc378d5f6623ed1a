import type { Result } from "./journal";
import type { Mutant } from "./operators";
import type { Deployable } from "./sources";

/** The exit code of a worker that needed too much memory. */
export const OUT_OF_MEMORY = 77;

/** What a worker is given first. */
export interface Assignment {
  readonly file: string;
  readonly tests: readonly string[];
  /** Contracts that are made from the file. */
  readonly contracts: readonly Deployable[];
}

export type Request =
  { readonly kind: "load"; readonly assignment: Assignment } | { readonly kind: "run"; readonly mutant: Mutant };
export type Answer =
  | { readonly kind: "loaded"; readonly tests: number }
  /** `kept`: the memory that the worker still holds, in bytes. */
  | { readonly kind: "result"; readonly result: Result; readonly kept: number }
  /** Tests fail with the contract as it is, so that their failing says nothing of a mutant. */
  | { readonly kind: "red"; readonly failure: string };
