import { domain } from "../domain";
import { reputationErrors } from "./errors";
import { reputationSentences } from "./sentences";

export const reputation = domain("reputation", {
  contracts: ["Reviews", "Metrics"],
  permissions: [
    { contract: "Reviews", signature: "setUnitWeight(address,uint96)", role: "PARAMETER" },
    { contract: "Reviews", signature: "setPromptMask(address,bytes32)", role: "ADMIN" },
  ],
  contractErrors: reputationSentences,
  clientErrors: reputationErrors,
  commands: ["review", "metric"],
});
