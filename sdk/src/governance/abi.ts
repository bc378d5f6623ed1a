// What the clients call of the government. The whole factories would bring the bytecode along, which nobody who votes needs; a test
// holds each line against the compiled contract.
export const GOVERNOR_ABI = [
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "function latestProposalId() view returns (uint256)",
  "function castVoteWithReasonAndParams(uint256 id, uint8 support, string reason, bytes params) returns (uint256)",
  "function castVoteWithReason(uint256 id, uint8 support, string reason) returns (uint256)",
  "function queue(uint256 id)",
  "function execute(uint256 id) payable",
  "function cancel(uint256 id)",
  "function state(uint256 id) view returns (uint8)",
  "function proposalSnapshot(uint256 id) view returns (uint256)",
  "function proposalDeadline(uint256 id) view returns (uint256)",
  "function proposalEta(uint256 id) view returns (uint256)",
  "function delayOf(uint256 id) view returns (uint256)",
  "function BALLOTS() view returns (address)",
  "function UNITS() view returns (address)",
  "event ProposalClassified(uint256 indexed proposalId, uint8 kind, uint8 phase)",
  "event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)",
  "event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)",
  "event ProposalQueued(uint256 proposalId, uint256 etaSeconds)",
  "event ProposalExecuted(uint256 proposalId)",
  "event ProposalCanceled(uint256 proposalId)",
] as const;
export const BALLOTS_ABI = [
  "function tallyOf(uint256 id) view returns (tuple(uint256 forUnits, uint256 againstUnits, uint256 abstainUnits, uint256 largeForUnits, uint256 forCitizens, uint256 againstCitizens, uint256 abstainCitizens))",
  "function termsOf(uint256 id) view returns (tuple(uint8 kind, uint8 phase, uint8 quorumPercent, uint32 citizens, uint256 quorumUnits, uint48 extendedDeadline, bool regrows))",
] as const;
export const TOKEN_ABI = [
  "function delegate(address to)",
  "function reweigh(address account)",
  "event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)",
  "event Reweighed(address indexed account, bool counted, uint48 since, uint48 endsAt)",
] as const;
export const REGISTRY_ABI = [
  "function issue(tuple(address account, uint32 issuerId, bytes32 nullifier, bytes32 claimHash, uint48 validUntil, uint48 deadline, uint256 nonce) attestation, bytes signature)",
  "function renounce()",
  "function nonces(address account) view returns (uint256)",
  "function phase() view returns (uint8)",
  "function citizens() view returns (uint256)",
  "function isCitizen(address account) view returns (bool)",
  "event CredentialIssued(address indexed account, uint32 indexed issuerId, bytes32 indexed nullifier, bytes32 claimHash, uint48 validUntil)",
  "event CredentialRenewed(address indexed account, uint32 indexed issuerId, bytes32 claimHash, uint48 validUntil)",
  "event ChangeOfIssuerBegun(address indexed account, uint32 indexed issuerId, uint48 possibleAt)",
  "event CredentialRevoked(address indexed account, uint32 indexed issuerId, bool byHolder)",
] as const;
