import { domain } from "../domain";
import { exchangeErrors } from "./errors";
import { exchangeSentences } from "./sentences";

export const exchange = domain("exchange", {
  contracts: ["Exchange"],
  permissions: [
    { contract: "Exchange", signature: "setProtocolShare(uint256)", role: "PARAMETER" },
    { contract: "Exchange", signature: "setFlashFee(uint256)", role: "PARAMETER" },
    { contract: "Exchange", signature: "listTier(uint256)", role: "PARAMETER" },
    { contract: "Exchange", signature: "pauseDeposits()", role: "GUARDIAN" },
    { contract: "Exchange", signature: "resumeDeposits()", role: "GUARDIAN" },
    { contract: "Exchange", signature: "setTreasury(address)", role: "ADMIN" },
  ],
  contractErrors: exchangeSentences,
  clientErrors: exchangeErrors,
  commands: ["swap", "pool"],
});
