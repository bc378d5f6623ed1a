import { callOf, type ProposalFor } from "../scripts/lib/proposals";
import { Market__factory } from "../typechain-types";

const FEE_BPS = 200;

const proposal: ProposalFor = (addresses) => ({
  title: "Lower the protocol fee to 2 %",
  why: `
The market takes 2.5 % of a sale. A lower fee leaves more to creators; it holds for offers bought after the vote is carried out. Deals that
are open keep the fee they were opened with.`,
  calls: [callOf(Market__factory.connect(addresses.Market!), "setProtocolFee", FEE_BPS)],
});
export default proposal;
