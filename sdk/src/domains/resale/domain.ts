import { domain } from "../domain";
import { resaleErrors } from "./errors";
import { resaleSentences } from "./sentences";

export const resale = domain("resale", {
  contracts: ["Resale"],
  permissions: [
    { contract: "Resale", signature: "setProtocolFee(uint16)", role: "PARAMETER" },
    { contract: "Resale", signature: "pausePurchases(uint40)", role: "GUARDIAN" },
    { contract: "Resale", signature: "resumePurchases()", role: "GUARDIAN" },
    { contract: "Resale", signature: "setTreasury(address)", role: "ADMIN" },
    { contract: "Resale", signature: "setPayToken(address,bool,uint8)", role: "ADMIN" },
  ],
  contractErrors: resaleSentences,
  clientErrors: resaleErrors,
  commands: ["resale"],
});
