import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const lineage = deployable("lineage", {
  says: "Models that were made from others, and the accounts that share their income.",
  parameters: fields({}),
  contracts: {
    Lineage: (m, { ModelRegistry, RevenueLedger }) => m.contract("Lineage", [ModelRegistry, RevenueLedger]),
  },
});
