import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of reviews and metrics. */
export const reputationErrors = {
  METRIC_UNKNOWN: {
    message: "There is no metric {uid}.",
    reason: "Nobody has submitted it to this deployment, or the name is of another chain.",
    fix: "Check the name and the network; a metric that was only signed is named by its file.",
  },
} as const satisfies Entries;

/** Builds an error of reviews and metrics. */
export const reputationError = /* @__PURE__ */ errorsOf(reputationErrors);
