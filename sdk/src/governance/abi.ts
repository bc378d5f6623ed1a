// What the clients call of OpenZeppelin's contracts, of which there are no typings: the factories of the contracts that inherit
// them would bring the bytecode along, which nobody who votes needs. A test holds each line against the compiled contract.
export const GOVERNOR_ABI = [
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "function castVoteWithReasonAndParams(uint256 id, uint8 support, string reason, bytes params) returns (uint256)",
  "function castVoteWithReason(uint256 id, uint8 support, string reason) returns (uint256)",
  "function queue(uint256 id)",
  "function execute(uint256 id) payable",
  "function cancel(uint256 id)",
  "function state(uint256 id) view returns (uint8)",
  "function proposalSnapshot(uint256 id) view returns (uint256)",
  "function proposalDeadline(uint256 id) view returns (uint256)",
  "function proposalEta(uint256 id) view returns (uint256)",
  "event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)",
  "event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)",
  "event ProposalQueued(uint256 proposalId, uint256 etaSeconds)",
  "event ProposalExecuted(uint256 proposalId)",
  "event ProposalCanceled(uint256 proposalId)",
] as const;
export const VOTES_ABI = [
  "function delegate(address to)",
  "event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)",
] as const;
export const CITIZENS_ABI = [
  "function nonces(address account) view returns (uint256)",
  "function SEASONING() view returns (uint48)",
  "function CHANGE_PERIOD() view returns (uint48)",
  "function MAX_VALIDITY() view returns (uint48)",
] as const;
