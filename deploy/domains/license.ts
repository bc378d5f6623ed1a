import { fields, text } from "../engine/schema";
import { deployable } from "../engine/system";

export const license = deployable("license", {
  says: "Licences: who holds one, and who may use it.",
  parameters: fields({ metadata: text("URI of what shops show about the collection of licences (ERC-7572)") }),
  usual: { metadata: 'data:application/json,{"name":"Isonomy Licences"}' },
  contracts: {
    LicenseToken: (m, { Authority, ModelRegistry }, { metadata }) =>
      m.contract("LicenseToken", [Authority, ModelRegistry, metadata]),
  },
  readings: ({ metadata }) => [{ what: "metadata", contract: "LicenseToken", call: "contractURI", expected: metadata }],
  powers: [
    {
      contract: "LicenseToken",
      event: "event ModuleSet(address indexed module, uint32 indexed index, bool minting)",
      says: ({ module, minting }, nameOf) => [nameOf(module), minting ? "may issue licences" : undefined],
    },
    {
      contract: "LicenseToken",
      event: "event RightsSet(address indexed module, uint32 indexed index, bool open, bool guarded)",
      says: ({ module, open }, nameOf) => [nameOf(module), open ? "says who may use new licences" : undefined],
    },
  ],
});
