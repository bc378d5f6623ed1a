import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const ledger = deployable("ledger", {
  says: "What everybody earned, until they withdraw it.",
  parameters: fields({}),
  contracts: {
    RevenueLedger: (m) => m.contract("RevenueLedger"),
  },
});
