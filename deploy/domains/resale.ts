import { deployable } from "../engine/system";
import { saleSettings } from "../saleSettings";

const settings = saleSettings("Resale", "resale");

export const resale = deployable("resale", {
  says: "Sales of licences by their holders, at once or with a new delivery of the key.",
  parameters: settings.parameters,
  usual: { protocolFeeBps: 250, payTokens: [] },
  contracts: {
    Resale: (m, contracts, { protocolFeeBps }) => {
      const { Authority, Forwarder, Treasury } = contracts;
      const parts = {
        registry: contracts.ModelRegistry,
        licenses: contracts.LicenseToken,
        ledger: contracts.RevenueLedger,
        escrow: contracts.Escrow,
      };
      return m.contract("Resale", [Authority, Forwarder, Treasury, protocolFeeBps, parts]);
    },
  },
  wiring: settings.wiring,
  readings: settings.readings,
  outside: settings.outside,
  powers: settings.powers,
});
