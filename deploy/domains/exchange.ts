import { fields } from "../engine/schema";
import { deployable } from "../engine/system";

export const exchange = deployable("exchange", {
  says: "All pools in one contract, swaps, liquidity, flash loans and the oracle.",
  parameters: fields({}),
  contracts: {
    Exchange: (m, { Authority, Treasury }) => m.contract("Exchange", [Authority, Treasury]),
  },
  defaults: [
    {
      what: "the protocol's share of swap fees, in percent",
      contract: "Exchange",
      call: "settings",
      pick: "protocolShare",
      expected: 0,
    },
    {
      what: "the fee of flash loans, in millionths",
      contract: "Exchange",
      call: "settings",
      pick: "flashFeePips",
      expected: 0,
    },
  ],
  powers: [
    {
      contract: "Exchange",
      event: "event TreasurySet(address indexed treasury)",
      says: ({ treasury }, nameOf) => ["the treasury is", nameOf(treasury)],
    },
  ],
});
