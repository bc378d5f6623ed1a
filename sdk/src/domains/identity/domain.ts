import { domain } from "../domain";
import { identityErrors } from "./errors";
import { identitySentences } from "./sentences";

export const identity = domain("identity", {
  contracts: ["CitizenRegistry"],
  permissions: [
    { contract: "CitizenRegistry", signature: "appointIssuer(address,bytes32,bool)", role: "ADMIN" },
    { contract: "CitizenRegistry", signature: "retireIssuer(uint32)", role: "ADMIN" },
    { contract: "CitizenRegistry", signature: "disavowIssuer(uint32)", role: "ADMIN" },
    { contract: "CitizenRegistry", signature: "pauseIssuance()", role: "GUARDIAN" },
  ],
  contractErrors: identitySentences,
  clientErrors: identityErrors,
  commands: ["citizens"],
});
