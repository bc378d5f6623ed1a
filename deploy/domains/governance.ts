import { decodeBytes32String, parseEther } from "ethers";

import { address, amount, fields, list, outOfRange, whole } from "../engine/schema";
import { deployable } from "../engine/system";
import { GovernanceToken as token, IsonomyGovernor as governor, Timelock as timelock } from "../schema/constants.json";

const BPS = 10_000n;
const TWENTY_YEARS = 20 * 365 * 86_400;

export const governance = deployable("governance", {
  says: "Proposals, ballots, the token, the treasury, and who may do what.",
  parameters: fields({
    minDelay: whole(
      "Seconds that every change waits at least; the kind of a proposal makes it longer",
      timelock.MIN_DELAY,
      // every kind of proposal waits longer by itself
      governor.PARAMETERS_DELAY,
    ),
    guardian: address(
      "May cancel proposals, and pause purchases, deposits and the issuing of credentials for a few days",
    ),
    genesis: list(
      fields({
        holder: address("Who gets the tokens"),
        amount: amount("How many, in tokens"),
        cliff: whole("Seconds during which nothing vests", 0),
        duration: whole("Seconds until everything has vested; 0 hands the tokens over at once", 0, TWENTY_YEARS),
      }),
      "The genesis distribution. Lines with a duration are the insiders'",
      { minItems: 1 },
    ),
    votingDelay: whole(
      "Seconds between a proposal and its snapshot",
      governor.MIN_VOTING_DELAY,
      governor.MAX_VOTING_DELAY,
    ),
    votingPeriod: whole("Seconds of voting", governor.MIN_VOTING_PERIOD, governor.MAX_VOTING_PERIOD),
    proposalThreshold: amount("Units that a proposal needs"),
    quorumPercent: whole(
      "Percent of the delegated units that For and Abstain need together",
      governor.MIN_QUORUM_PERCENT,
      governor.MAX_QUORUM_PERCENT,
    ),
  }),
  contracts: {
    Timelock: (m, _, { minDelay }) => m.contract("Timelock", [minDelay, [], [], m.getAccount(0)]),
    Authority: (m) => m.contract("Authority", [m.getAccount(0)]),
    GovernanceToken: (m, { Authority }, { genesis }) =>
      m.contract("GovernanceToken", [Authority, genesis.map((line) => ({ ...line, amount: parseEther(line.amount) }))]),
    Treasury: (m, { Authority, CitizenRegistry, RevenueLedger }) =>
      m.contract("Treasury", [Authority, CitizenRegistry, RevenueLedger]),
    Directory: (m, { Authority }) => m.contract("Directory", [Authority]),
    IsonomyGovernor(m, { GovernanceToken, Timelock, Authority, Treasury, CitizenRegistry }, p) {
      // the governor reads the registry from the token when it is created
      const setRegistry = m.call(GovernanceToken, "setRegistry", [CitizenRegistry]);
      const settings = {
        ...{ token: GovernanceToken, timelock: Timelock, authority: Authority, treasury: Treasury },
        guardian: p.guardian,
        votingDelay: p.votingDelay,
        votingPeriod: p.votingPeriod,
        proposalThreshold: parseEther(p.proposalThreshold),
        quorumPercent: p.quorumPercent,
      };
      return m.contract("IsonomyGovernor", [settings], { after: [setRegistry] });
    },
    BallotBox: (m, { IsonomyGovernor }) => m.contractAt("BallotBox", m.staticCall(IsonomyGovernor, "BALLOTS")),
    ProposalRules: (m, { IsonomyGovernor }) => m.contractAt("ProposalRules", m.staticCall(IsonomyGovernor, "RULES")),
    GuardianDesk: (m, { Authority, IsonomyGovernor }) => m.contract("GuardianDesk", [Authority, IsonomyGovernor]),
  },
  contradictions({ genesis, proposalThreshold }) {
    const sum = (lines: typeof genesis): bigint => lines.reduce((total, line) => total + parseEther(line.amount), 0n);
    const supply = sum(genesis);
    const vested = sum(genesis.filter(({ duration }) => duration > 0));
    return [
      ...genesis.flatMap(({ cliff, duration }, i) =>
        cliff <= duration ? [] : [outOfRange(`genesis[${i}].cliff`, cliff, 0, duration)],
      ),
      ...(vested * BPS <= supply * BigInt(token.INSIDER_CAP_BPS)
        ? []
        : ["genesis gives more than a fifth of the tokens to lines that vest, which are the insiders'"]),
      ...(parseEther(proposalThreshold) <= (supply * BigInt(token.CURVE_CAP_BPS)) / BPS
        ? []
        : [
            `proposalThreshold is above 0.75 % of the genesis supply: only large holders could propose. It is ${proposalThreshold}`,
          ]),
    ];
  },
  readings({ minDelay, guardian, votingDelay, votingPeriod, proposalThreshold, quorumPercent }) {
    const governor = (what: string, call: string, expected: string | number | bigint) => ({
      ...{ what, call, expected },
      contract: "IsonomyGovernor",
    });
    return [
      { what: "minDelay", contract: "Timelock", call: "getMinDelay", expected: minDelay },
      governor("guardian", "proposalGuardian", guardian),
      governor("votingDelay", "votingDelay", votingDelay),
      governor("votingPeriod", "votingPeriod", votingPeriod),
      governor("proposalThreshold", "proposalThreshold", parseEther(proposalThreshold)),
      governor("quorumPercent", "quorumNumerator()", quorumPercent),
    ];
  },
  fixedByAddress: ["holder", "amount", "cliff", "duration"].map((field) => `genesis.*.${field}`),
  powers: [
    {
      contract: "Directory",
      event: "event EntrySet(bytes32 indexed name, address indexed entry, address indexed previous)",
      says: ({ name, entry }, nameOf) => [`${textOf(String(name))} is`, nameOf(entry)],
    },
    {
      contract: "GovernanceToken",
      event: "event RegistrySet(address indexed registry)",
      says: ({ registry }, nameOf) => ["the registry of citizens is", nameOf(registry)],
    },
  ],
});

/** A name of the directory; one that is no text, or fills all 32 bytes, as it is. */
function textOf(name: string): string {
  try {
    return decodeBytes32String(name);
  } catch {
    return name;
  }
}
