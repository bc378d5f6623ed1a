// What the page reads of the government beside what the package's clients read; a test holds each line against the contract.
export const GOVERNOR = [
  "function proposalCount() view returns (uint256)",
  "function proposalDetails(uint256 proposalId) view returns (address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash)",
  "function proposalGuardian() view returns (address)",
  "function guardianMandateEndsAt() view returns (uint48)",
  "function proposalThreshold() view returns (uint256)",
  "function votingDelay() view returns (uint256)",
  "function votingPeriod() view returns (uint256)",
  "function quorum(uint256 timepoint) view returns (uint256)",
  "function delayOf(uint256 proposalId) view returns (uint256)",
  "event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
  "event ProposalQueued(uint256 proposalId, uint256 etaSeconds)",
  "event ProposalExecuted(uint256 proposalId)",
  "event ProposalCanceled(uint256 proposalId)",
] as const;
export const TOKEN = [
  "function HOLDING_PERIOD() view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
  "function delegates(address account) view returns (address)",
  "function getVotes(address account) view returns (uint256)",
  "function getPastVotes(address account, uint256 timepoint) view returns (uint256)",
  "function totalSupply() view returns (uint256)",
  "event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)",
] as const;
export const AUTHORITY = [
  "function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)",
] as const;
