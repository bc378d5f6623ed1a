import { domain } from "../domain";
import { dealErrors } from "./errors";
import { escrowSentences } from "./sentences";

export const escrow = domain("escrow", {
  contracts: ["Escrow", "UpdateDesk"],
  contractErrors: escrowSentences,
  clientErrors: dealErrors,
  commands: [
    "bond",
    "deals",
    "open",
    "complain",
    "settle",
    "dispute",
    "concede",
    "decline",
    "refund",
    "report",
    "reclaim",
    "update",
    "seller",
  ],
});
