import { encodeBytes32String } from "ethers";

import { PERMISSIONS, ROLES } from "../sdk/src/governance/roles";
import { callOf, type ProposalFor } from "../scripts/lib/proposals";
import { Authority__factory, Directory__factory, LicenseToken__factory, Market__factory } from "../typechain-types";

/** The market that follows, and a token that it takes, by the names that the addresses give them. Anyone may have deployed the market. */
const NEXT = "NextMarket";
const PAY_TOKEN = "PayToken";
/** What is known of the token's issuer: bits of `PayTokenRisks`. */
const RISKS = 0;

const proposal: ProposalFor = (addresses) => {
  const licenses = LicenseToken__factory.connect(addresses.LicenseToken!);
  const authority = Authority__factory.connect(addresses.Authority!);
  const next = Market__factory.connect(addresses[NEXT]!);
  const selectorsOf = (role: "PARAMETER" | "GUARDIAN"): string[] =>
    PERMISSIONS.filter((row) => row.contract === "Market" && row.role === role).map(
      ({ signature }) => next.interface.getFunction(signature as never)!.selector,
    );

  return {
    title: "Sell licences through the next market",
    why: `
The market at ${addresses[NEXT]} takes the place of the one at ${addresses.Market}, which sells nothing from then on. Anyone who votes for
this should first compare the code there with its source, and read with which Authority, escrow, ledger and treasury it was built.

Licences that were sold keep their rights, and deals that are open go on under their own terms: both belong to the market that made them,
which stays where it is. Offers do not move: a creator lists or signs them again.`,
    calls: [
      callOf(licenses, "setModule", next, true),
      callOf(licenses, "setModule", addresses.Market!, false),
      callOf(authority, "setTargetFunctionRole", next, selectorsOf("PARAMETER"), ROLES.PARAMETER),
      callOf(authority, "setTargetFunctionRole", next, selectorsOf("GUARDIAN"), ROLES.GUARDIAN),
      callOf(next, "setPayToken", addresses[PAY_TOKEN]!, true, RISKS),
      callOf(Directory__factory.connect(addresses.Directory!), "set", encodeBytes32String("Market"), next),
    ],
  };
};
export default proposal;
