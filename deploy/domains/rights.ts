import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

/** The rights modules that new licences may name from the first day, in the order of their indices. */
const MODULES = ["SeatLicenses", "Subscriptions", "UsageChannel"] as const;

export const rights = deployable("rights", {
  says: "Who may use a licence besides its holder, and until when.",
  parameters: fields({}),
  contracts: {
    SeatLicenses: (m, { LicenseToken, Market }) => m.contract("SeatLicenses", [LicenseToken, Market]),
    Subscriptions: (m, { LicenseToken, Market, RevenueLedger, ModelRegistry }) =>
      m.contract("Subscriptions", [LicenseToken, Market, RevenueLedger, ModelRegistry]),
    UsageChannel: (m, { LicenseToken, Market, RevenueLedger }) =>
      m.contract("UsageChannel", [LicenseToken, Market, RevenueLedger]),
    StandingOrders: (m, { LicenseToken, Market, Subscriptions }) =>
      m.contract("StandingOrders", [LicenseToken, Market, Subscriptions]),
  },
  wiring: (m, { LicenseToken, ...contracts }) => {
    let before: ReturnType<typeof m.call> | undefined;
    // one after another, so that every deployment gives them the same indices
    return MODULES.map((name) => {
      before = m.call(LicenseToken, "setRights", [contracts[name], true, false], {
        id: `rights_${name}`,
        ...(before === undefined ? {} : { after: [before] }),
      });
      return before;
    });
  },
});
