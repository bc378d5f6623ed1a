import { domain } from "../domain";
import { courtSentences } from "./sentences";

export const court = domain("court", {
  contracts: ["Panel"],
  contractErrors: courtSentences,
});
