import { deployable } from "../engine/system";
import { saleSettings } from "../saleSettings";

const settings = saleSettings("Market", "market");

export const market = deployable("market", {
  says: "Offers, purchases and every way to pay.",
  parameters: settings.parameters,
  contracts: {
    Forwarder: (m) => m.contract("Forwarder"),
    OfferPolicies: (m, { LicenseToken }) => m.contract("OfferPolicies", [LicenseToken]),
    Market: (m, contracts, { protocolFeeBps }) => {
      const { Authority, Forwarder, Treasury } = contracts;
      const parts = {
        registry: contracts.ModelRegistry,
        licenses: contracts.LicenseToken,
        ledger: contracts.RevenueLedger,
        escrow: contracts.Escrow,
        exchange: contracts.Exchange,
        policies: contracts.OfferPolicies,
      };
      return m.contract("Market", [Authority, Forwarder, Treasury, protocolFeeBps, parts]);
    },
  },
  wiring: (m, contracts, parameters) => [
    m.call(contracts.LicenseToken, "setModule", [contracts.Market, true]),
    ...settings.wiring(m, contracts, parameters),
  ],
  readings: settings.readings,
  outside: settings.outside,
  powers: settings.powers,
});
