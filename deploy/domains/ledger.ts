import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const ledger = deployable("ledger", {
  parameters: fields({}),
  contracts: {
    RevenueLedger: (m) => m.contract("RevenueLedger"),
  },
});
