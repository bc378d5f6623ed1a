import { domain } from "../domain";
import { rightsErrors } from "./errors";
import { rightsSentences } from "./sentences";

export const rights = domain("rights", {
  contracts: ["SeatLicenses", "Subscriptions", "UsageChannel", "StandingOrders"],
  contractErrors: rightsSentences,
  clientErrors: rightsErrors,
  commands: ["renew", "subscription", "standing", "usage", "seats"],
});
