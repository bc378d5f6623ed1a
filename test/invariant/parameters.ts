import { id, toBeHex, Wallet } from "ethers";

import { protocol, type ProtocolParameters } from "../../deploy/protocol";

/** As `vm.addr(FIRST_KEY + index)` in the handlers, where the arbiters come last among the people. */
const person = (index: number): string => new Wallet(toBeHex(0xa11ce + index, 32)).address;

/** As forge's `makeAddr`. */
const named = (name: string): string => new Wallet(id(name)).address;

const DAY = 86_400;

/** What the campaigns say otherwise than the manifests. */
const OWN = {
  governance: {
    minDelay: 2 * DAY,
    guardian: named("guardian"),
    // each campaign distributes these before it begins
    genesis: [{ holder: named("whale"), amount: "100000000", cliff: 0, duration: 0 }],
    votingDelay: 2 * DAY,
    // long enough to wait until tokens that were bought after the snapshot have been held for three days
    votingPeriod: 5 * DAY,
    proposalThreshold: "1",
    quorumPercent: 4,
  },
  registry: { metadata: "ipfs://titles" },
  license: { metadata: "ipfs://licences" },
  // an odd number of wei, so that a half is rounded
  court: { arbiters: [10, 11, 12].map(person), threshold: 2, feeWei: "1001" },
  // the handlers deploy tokens and put them on the list
  market: { protocolFeeBps: 250, payTokens: [] },
  resale: { protocolFeeBps: 250, payTokens: [] },
  reputation: { nativeWeight: "1000000000", tokenWeights: [] },
} satisfies Partial<ProtocolParameters>;

/** What the campaigns attack: a deployment to a network, with people whose keys the handlers have. The deployment checks that it is complete. */
export const PARAMETERS = { ...protocol.usual, ...OWN } as ProtocolParameters;
