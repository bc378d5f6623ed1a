import { addressKey } from "../../sdk/src/addresses/address";
import { address, fields, list, outOfRange, wei, whole } from "../engine/schema";
import { deployable } from "../engine/system";
import { Panel } from "../schema/constants.json";

export const court = deployable("court", {
  says: "Disputes: the panel of arbiters.",
  parameters: fields({
    arbiters: list(address("An arbiter"), "Who decides disputes", { minItems: 1, maxItems: Panel.MAX_ARBITERS }),
    threshold: whole("Arbiters who have to agree: a majority of them", 1),
    feeWei: wei("What an arbitration costs"),
  }),
  contracts: {
    Panel: (m, { RevenueLedger }, { arbiters, threshold, feeWei }) =>
      m.contract("Panel", [arbiters, threshold, BigInt(feeWei), RevenueLedger]),
  },
  contradictions({ arbiters, threshold }) {
    const keys = arbiters.map(addressKey);
    const twice = keys.findIndex((key, i) => keys.indexOf(key) < i);
    const majority = Math.floor(arbiters.length / 2) + 1;
    return [
      ...(twice < 0 ? [] : [`arbiters[${twice}] is named twice: "${arbiters[twice]}"`]),
      ...(threshold >= majority && threshold <= arbiters.length
        ? []
        : [outOfRange("threshold", threshold, majority, arbiters.length)]),
    ];
  },
  readings: ({ arbiters, threshold, feeWei }) => [
    ...arbiters.map((account) => ({
      what: "arbiters.*",
      contract: "Panel",
      call: "isArbiter",
      args: [account],
      expected: true,
    })),
    { what: "threshold", contract: "Panel", call: "THRESHOLD", expected: threshold },
    { what: "feeWei", contract: "Panel", call: "FEE", expected: feeWei },
  ],
});
