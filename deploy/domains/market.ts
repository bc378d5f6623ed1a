import { address, fields, list, whole } from "../engine/schema";
import { deployable } from "../engine/system";
import { Market as constants } from "../schema/constants.json";

export const market = deployable("market", {
  says: "Offers, purchases and every way to pay.",
  parameters: fields({
    protocolFeeBps: whole("The protocol's share of a price, in basis points", 0, constants.MAX_PROTOCOL_FEE_BPS),
    payTokens: list(
      fields({
        token: address("A token that the market accepts from the first day"),
        risks: whole("What its issuer can do to it: bits of PayTokenRisks", 0, 255),
      }),
      "Tokens that the market accepts from the first day, besides the native coin",
    ),
  }),
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
  wiring: (m, { LicenseToken, Market }, { payTokens }) => [
    m.call(LicenseToken, "setModule", [Market, true]),
    ...payTokens.map(({ token, risks }, i) =>
      m.call(Market, "setPayToken", [token, true, risks], { id: `payToken${i}` }),
    ),
  ],
  readings: ({ protocolFeeBps, payTokens }) => [
    {
      what: "protocolFeeBps",
      contract: "Market",
      call: "config",
      pick: "protocolFeeBps",
      expected: protocolFeeBps,
    },
    ...payTokens.flatMap(({ token, risks }) => {
      const entry = { contract: "Market", call: "payTokenRisks", args: [token] };
      return [
        { ...entry, what: "payTokens.*.token", pick: 0, expected: true },
        { ...entry, what: "payTokens.*.risks", pick: 1, expected: risks },
      ];
    }),
  ],
  outside: ({ payTokens }) => payTokens.map(({ token }) => token),
  powers: [
    {
      contract: "Market",
      event: "event TreasurySet(address indexed treasury)",
      says: ({ treasury }, nameOf) => ["the treasury is", nameOf(treasury)],
    },
    {
      contract: "Market",
      event: "event PayTokenSet(address indexed token, bool allowed, uint8 risks)",
      says: ({ token, allowed }, nameOf) => [nameOf(token), allowed ? "is a pay token" : undefined],
    },
  ],
});
