import { domain } from "../domain";
import { ledgerSentences } from "./sentences";

export const ledger = domain("ledger", {
  contracts: ["RevenueLedger"],
  contractErrors: ledgerSentences,
  commands: ["withdraw"],
});
