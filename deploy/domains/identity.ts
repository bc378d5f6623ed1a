import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const identity = deployable("identity", {
  says: "Citizens: credentials, issuers and the phases of the DAO.",
  parameters: fields({}),
  contracts: {
    CitizenRegistry: (m, { Authority, GovernanceToken }) => m.contract("CitizenRegistry", [Authority, GovernanceToken]),
  },
  powers: [
    {
      contract: "CitizenRegistry",
      event:
        "event IssuerAppointed(uint32 indexed issuerId, address indexed signer, bytes32 indexed domain, bool adapter)",
      says: ({ issuerId, signer }, nameOf) => [`issuer ${issuerId} is`, nameOf(signer)],
    },
  ],
});
