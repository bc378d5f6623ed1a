import { encodeBytes32String } from "ethers";

import { callOf, type ProposalFor } from "../scripts/lib/proposals";
import { CitizenRegistry__factory } from "../typechain-types";

/** The account that signs for the first issuer, by the name that the deployment's addresses give it. */
const ISSUER = "FirstIssuer";

const proposal: ProposalFor = (addresses) => ({
  title: "Name a first issuer of credentials",
  why: `
Nobody can become a citizen before somebody vouches for people. This names the first issuer, in the domain "persons": the
issuers that are named next should share it, so that nobody holds two credentials.

An issuer adds at most 50 credentials in 30 days, and can be retired by another vote.`,
  calls: [
    callOf(
      CitizenRegistry__factory.connect(addresses.CitizenRegistry!),
      "appointIssuer",
      addresses[ISSUER]!,
      encodeBytes32String("persons"),
      false,
    ),
  ],
});
export default proposal;
