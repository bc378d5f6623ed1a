import { domain } from "../domain";
import { marketErrors } from "./errors";
import { marketSentences } from "./sentences";

export const market = domain("market", {
  contracts: ["Market", "OfferPolicies", "Forwarder"],
  permissions: [
    { contract: "Market", signature: "setProtocolFee(uint16)", role: "PARAMETER" },
    { contract: "Market", signature: "pausePurchases(uint40)", role: "GUARDIAN" },
    { contract: "Market", signature: "resumePurchases()", role: "GUARDIAN" },
    { contract: "Market", signature: "setTreasury(address)", role: "ADMIN" },
    { contract: "Market", signature: "setPayToken(address,bool,uint8)", role: "ADMIN" },
  ],
  contractErrors: marketSentences,
  clientErrors: marketErrors,
  commands: ["offer", "buy", "sponsor", "transfer", "clearance", "watch"],
});
