import { domain } from "../domain";
import { registrySentences } from "./sentences";

export const registry = domain("registry", {
  contracts: ["ModelRegistry"],
  permissions: [{ contract: "ModelRegistry", signature: "setContractURI(string)", role: "ADMIN" }],
  contractErrors: registrySentences,
  commands: ["card", "prepare", "list", "models", "show", "payee", "store"],
});
