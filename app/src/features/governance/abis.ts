// The contracts of a deployment as a proposal may call them: a chunk of its own, which is loaded with the first proposal that is opened.
import * as abis from "isonomy/abis";
import type { ContractName } from "isonomy/addresses";
import type { Abi } from "viem";

/** By the names of a deployment's contracts: a new one has to be added, or this does not compile. */
export const contractAbis: Readonly<Record<ContractName, Abi>> = {
  RevenueLedger: abis.revenueLedgerAbi,
  ModelRegistry: abis.modelRegistryAbi,
  LicenseToken: abis.licenseTokenAbi,
  Escrow: abis.escrowAbi,
  UpdateDesk: abis.updateDeskAbi,
  Market: abis.marketAbi,
  OfferPolicies: abis.offerPoliciesAbi,
  Forwarder: abis.forwarderAbi,
  SeatLicenses: abis.seatLicensesAbi,
  Subscriptions: abis.subscriptionsAbi,
  UsageChannel: abis.usageChannelAbi,
  StandingOrders: abis.standingOrdersAbi,
  Lineage: abis.lineageAbi,
  Resale: abis.resaleAbi,
  Reviews: abis.reviewsAbi,
  Metrics: abis.metricsAbi,
  Panel: abis.panelAbi,
  Exchange: abis.exchangeAbi,
  Authority: abis.authorityAbi,
  Timelock: abis.timelockAbi,
  GovernanceToken: abis.governanceTokenAbi,
  Treasury: abis.treasuryAbi,
  Directory: abis.directoryAbi,
  IsonomyGovernor: abis.isonomyGovernorAbi,
  BallotBox: abis.ballotBoxAbi,
  ProposalRules: abis.proposalRulesAbi,
  CitizenRegistry: abis.citizenRegistryAbi,
  GuardianDesk: abis.guardianDeskAbi,
};
