import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of a resale. */
export const resaleErrors = {
  ASK_BITS_USED: {
    message: "All {bits} bits of {seller} are used up in epoch {epoch}.",
    reason: "Each ask uses a bit up, and the resale keeps a limited number of them for a seller.",
    fix: "Start a new epoch with cancelAll: it frees all bits, and cancels every ask that was not used.",
  },
  LICENSE_NOT_HELD: {
    message: "{seller} cannot sell licence {licenseId}: {detail}",
    reason:
      "Only a licence that may change hands, is not locked by an open deal and belongs to the seller can be sold.",
    fix: "Sign with the account that holds the licence, once its deal has ended.",
  },
} as const satisfies Entries;

/** Builds an error of the resale. */
export const resaleError = /* @__PURE__ */ errorsOf(resaleErrors);
