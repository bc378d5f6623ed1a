import { domain } from "../domain";
import { lineageErrors } from "./errors";
import { lineageSentences } from "./sentences";

export const lineage = domain("lineage", {
  contracts: ["Lineage"],
  contractErrors: lineageSentences,
  clientErrors: lineageErrors,
  commands: ["lineage"],
});
