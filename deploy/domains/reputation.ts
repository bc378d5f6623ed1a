import { toBeHex, ZeroAddress } from "ethers";

import { address, fields, list, weight } from "../engine/schema";
import { deployable } from "../engine/system";

const ONES = 2n ** 256n - 1n;

/**
 * The bits of an offer's `rightsTerms` that are zero where a rights module keeps no money. Seats keep none: the bits that no offer of theirs
 * can set. Subscriptions keep the price of what can be cancelled: the bits of `cancellable`.
 */
const PROMPT_MASKS = { SeatLicenses: toBeHex((ONES << 48n) & ONES, 32), Subscriptions: toBeHex(0xffn << 72n, 32) };
const MODULES = Object.keys(PROMPT_MASKS) as (keyof typeof PROMPT_MASKS)[];

export const reputation = deployable("reputation", {
  says: "Reviews that weigh what was paid, and what evaluators measured.",
  parameters: fields({
    nativeWeight: weight("What 1e18 of the native coin's smallest units weigh in a review"),
    tokenWeights: list(
      fields({
        token: address("A pay token whose fees weigh from the first day"),
        unitWeight: weight("What 1e18 of its smallest units weigh in a review"),
      }),
      "Pay tokens whose fees weigh in reviews from the first day, besides the native coin",
    ),
  }),
  // a weight of 1 is a billionth of the native coin
  usual: { nativeWeight: "1000000000", tokenWeights: [] },
  contracts: {
    Reviews: (m, { Authority, LicenseToken, Market, Escrow }) =>
      m.contract("Reviews", [Authority, LicenseToken, Market, Escrow]),
    Metrics: (m) => m.contract("Metrics"),
  },
  wiring: (m, { Reviews, ...contracts }, { nativeWeight, tokenWeights }) => [
    m.call(Reviews, "setUnitWeight", [ZeroAddress, BigInt(nativeWeight)], { id: "unitWeight_native" }),
    ...tokenWeights.map(({ token, unitWeight }, i) =>
      m.call(Reviews, "setUnitWeight", [token, BigInt(unitWeight)], { id: `unitWeight${i}` }),
    ),
    ...MODULES.map((name) =>
      m.call(Reviews, "setPromptMask", [contracts[name], PROMPT_MASKS[name]], { id: `promptMask_${name}` }),
    ),
  ],
  readings: ({ nativeWeight, tokenWeights }) => [
    {
      what: "nativeWeight",
      contract: "Reviews",
      call: "unitWeight",
      args: [ZeroAddress],
      expected: BigInt(nativeWeight),
    },
    ...tokenWeights.flatMap(({ token, unitWeight }) => {
      const entry = { contract: "Reviews", call: "unitWeight", args: [token], expected: BigInt(unitWeight) };
      return [
        { ...entry, what: "tokenWeights.*.token" },
        { ...entry, what: "tokenWeights.*.unitWeight" },
      ];
    }),
  ],
  outside: ({ tokenWeights }) => tokenWeights.map(({ token }) => token),
  powers: [
    {
      contract: "Reviews",
      event: "event PromptMaskSet(address indexed module, bytes32 mask)",
      says: ({ module, mask }, nameOf) => [
        nameOf(module),
        BigInt(String(mask)) === 0n ? undefined : "pays the fees of its sales at once, so that reviews weigh them",
      ],
    },
  ],
});
