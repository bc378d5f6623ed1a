import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of a lineage. */
export const lineageErrors = {
  LINEAGE_MISSING: {
    message: "Model {modelId} has no lineage.",
    reason: "Its income goes to its payee alone, and there is no account that shares it.",
    fix: "Withdraw what the payee earned, or create a lineage in the model's first week.",
  },
} as const satisfies Entries;

/** Builds an error of lineages. */
export const lineageError = /* @__PURE__ */ errorsOf(lineageErrors);
