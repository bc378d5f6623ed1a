import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of rights. */
export const rightsErrors = {
  RIGHTS_CLOSED: {
    message: "{module} at {address} takes no new licences.",
    reason: "The DAO has not opened this rights module on this chain, or has closed it.",
    fix: "Sell licences without it, or check the deployment; licences that name it are used and renewed as before.",
  },
  CHANNEL_MISSING: {
    message: "Licence {licenseId} has no channel.",
    reason: "It is not a licence by the unit, or was never sold on this chain.",
    fix: "Check the id; licences by the unit name the rights module UsageChannel.",
  },
} as const satisfies Entries;

/** Builds an error of rights. */
export const rightsError = /* @__PURE__ */ errorsOf(rightsErrors);
