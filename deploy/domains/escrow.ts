import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const escrow = deployable("escrow", {
  says: "Deals: a price that waits for the key to a file, bonds, and disputes.",
  parameters: fields({}),
  contracts: {
    Escrow: (m, { ModelRegistry, RevenueLedger }) => m.contract("Escrow", [ModelRegistry, RevenueLedger]),
    UpdateDesk: (m, { ModelRegistry, LicenseToken, Escrow }) =>
      m.contract("UpdateDesk", [ModelRegistry, LicenseToken, Escrow]),
  },
});
